"""Programs for a yes, with the least modulus and look-back that do."""

from collections.abc import Sequence
from typing import Any

from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.moore_machine import Accept, Target, machine_of
from crasp.regular.families.family import Family
from crasp.regular.witnesses.lookback_contexts import stuck
from crasp.regular.witnesses.product_machine import ProductMachine, least_product
from crasp.regular.witnesses.program_outputs import Output
from crasp.regular.witnesses.witness import Witness, write_witness


def synthesise(
    automaton: Automaton,
    family: Family,
    *,
    accept: Accept = "last",
    target: Target = "membership",
    subject: str = "the language",
    outputs: Sequence[Output] | None = None,
) -> Witness:
    """A program of the family that answers for the automaton; one is known to exist."""
    product = least_product(machine_of(automaton, accept=accept, target=target), family)
    options: dict[str, Any] = {"accept": accept, "target": target, "subject": subject, "outputs": outputs}
    return write_witness(automaton, product, family, **options).witness


def suffices(product: ProductMachine) -> bool:
    """Whether counting with this modulus and look-back tells the states of the machine apart, exactly."""
    return not stuck(product.steps, product.shown)
