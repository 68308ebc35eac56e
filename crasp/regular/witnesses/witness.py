"""Writes a program for a language that a family defines, runs it against the automaton, and measures it."""

from collections.abc import Sequence
from dataclasses import dataclass

from crasp.meaning.ir import Program
from crasp.meaning.measures import measure
from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.moore_machine import Accept, Target
from crasp.regular.families.family import FRAGMENTS, Family
from crasp.regular.witnesses.product_machine import ProductMachine
from crasp.regular.witnesses.program_outputs import Output, outputs_of
from crasp.regular.witnesses.program_text import write_program
from crasp.regular.witnesses.state_tracking import follow
from crasp.regular.witnesses.trial_run import check_program


@dataclass(frozen=True)
class Witness:
    """A program that gives a machine's answers, its measures, and the words that it was run on.

    `depth` is the nesting depth of all counts, and `counting_depth` that of the global counts alone.
    """

    family: Family
    modulus: int
    lookback: int
    depth: int
    counting_depth: int
    program: str
    checked: str


@dataclass(frozen=True)
class WrittenWitness:
    """A witness, and the typed program of its text. The latter is not sent between processes."""

    witness: Witness
    meaning: Program


def write_witness(
    automaton: Automaton,
    product: ProductMachine,
    family: Family,
    *,
    accept: Accept,
    target: Target,
    subject: str,
    outputs: Sequence[Output] | None,
) -> WrittenWitness:
    """A program of the family that gives the automaton's answers.

    It has been run on all words up to a length and on long random words.

    Args:
        automaton: The language.
        product: The product machine with a modulus and a look-back that suffice.
        family: The family.
        accept: Where the answer is given.
        target: What is answered.
        subject: The name of the language in the program's title.
        outputs: The outputs that the program shall define, or None for those of the target.

    Raises:
        SizeError: The program would be too large.
        WrongProgramError: The program is wrong, which would be a defect.
    """
    machine = product.machine
    defined = tuple(outputs_of(automaton, machine, target) if outputs is None else outputs)
    program = write_program(
        follow(product), defined, _title(subject, family, product.modulus, product.lookback, accept)
    )
    checked = check_program(program.meaning, machine, defined)
    found = measure(program.meaning)
    parameters = product.modulus, product.lookback, found.depth, found.counting_depth
    return WrittenWitness(Witness(family, *parameters, program.text, checked), program.meaning)


def _title(subject: str, family: Family, modulus: int, lookback: int, accept: Accept) -> list[str]:
    with_what = {
        "plain": "counting alone",
        "local": f"look-back {lookback}",
        "periodic": f"positions modulo {modulus}",
        "periodic_local": f"positions modulo {modulus}, look-back {lookback}",
    }[family]
    where = "at the last letter" if accept == "last" else "at an end marker after the last letter"
    printable = "".join(c if c.isprintable() else " " for c in subject)
    return [f"{printable}, as a program of {FRAGMENTS[family]}: {with_what}.", f"Accepted {where}.", ""]
