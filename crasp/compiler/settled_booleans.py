"""Settles Booleans whose sums the weights alone do not show to be 0 or 1, before other units build on them.

A Boolean is a sum of units (crasp/compiler/boolean_plans.py), and the proofs of the gadgets show that it is 0 or 1. The
certificate does not use these proofs. It derives the possible values from the weights alone
(`limit_transformer.values.machine_values`). This derivation sees the units, but not why no two of them fire together,
so it may find more values possible. Then a guard or a count that reads such a sum has no margin.

One more unit settles the Boolean: [2 b - 1 > 0] has an odd argument for every integer b, and it is 0 or 1 because it is
a step unit. This costs a layer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from crasp.compiler.assembly import Assembly
from crasp.compiler.circuit import (
    Circuit,
    Conjunction,
    Echo,
    Form,
    Item,
    Literal,
    Position,
    Ramp,
    Residues,
    Selection,
    Settled,
    Steps,
    Tally,
    Tokens,
    Total,
    operands,
)
from crasp.compiler.translation import Translation
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.values.machine_values import combination_values, machine_values


def unsettled(assembly: Assembly, machine: LimitTransformer) -> frozenset[int]:
    """The Booleans to settle so that more units have a margin.

    There are none if all units have a margin, or if settling would not help. The candidates are the Booleans that a
    unit without a margin reads, directly or through counts. Of these, the ones are chosen that may be other than 0 and
    1 as far as the weights tell. If there are none, all candidates that are not settled yet are chosen.
    """
    values = machine_values(machine)
    if values.is_certified:
        return frozenset()
    read: set[int] = set()
    for draft, layer in zip(assembly.drafts, values.layers, strict=True):
        for unit, said in zip(draft.units, layer.units, strict=True):
            if said.reason is not None:
                read.update(quantity.item for quantity, _ in unit.terms if quantity.kind == "value")
    found = sorted(_made_of(assembly.circuit, read) & assembly.affine.keys())
    ranges = combination_values(machine, [assembly.affine[number] for number in found])
    open_ = [
        number
        for number, value in zip(found, ranges, strict=True)
        if value.kind != "integer" or value.low < 0 or value.high > 1
    ]
    return frozenset(open_ or (number for number in found if _can_be_settled(assembly.circuit, number)))


def _can_be_settled(circuit: Circuit, number: int) -> bool:
    return not isinstance(circuit.items[number], Tokens | Settled)


def _made_of(circuit: Circuit, numbers: Iterable[int]) -> set[int]:
    """The Booleans among the items, and the Booleans that the counts among them are made of."""
    booleans: set[int] = set()
    waiting, seen = list(numbers), set(numbers)
    while waiting:
        number = waiting.pop()
        if circuit.is_boolean(number):
            booleans.add(number)
            continue
        for operand in operands(circuit.items[number]):
            if operand not in seen:
                seen.add(operand)
                waiting.append(operand)
    return booleans


def settle(translation: Translation, chosen: frozenset[int]) -> Translation:
    """The same translation, except that whatever reads one of the chosen Booleans reads it settled."""
    old = translation.circuit
    new = Circuit(old.letters)
    numbers: dict[int, int] = {}
    for number, item in enumerate(old.items):
        made = numbers[number] = new.number(_renumbered(item, numbers))
        if number in old.alternatives:
            new.alternatives[made] = tuple(numbers[other] for other in old.alternatives[number])
        if number in chosen:
            numbers[number] = new.number(Settled(made))
    return Translation(
        new,
        {line: _literal(literal, numbers) for line, literal in translation.booleans.items()},
        {line: _form(form, numbers) for line, form in translation.counts.items()},
    )


def _literal(literal: Literal, numbers: Mapping[int, int]) -> Literal:
    return 2 * numbers[literal >> 1] | literal & 1


def _form(form: Form, numbers: Mapping[int, int]) -> Form:
    return form._replace(terms=_terms(form.terms, numbers))


def _terms(terms: tuple[tuple[int, int], ...], numbers: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    """The terms with new numbers. They stay ascending, because new numbers are given in the order of the old ones."""
    return tuple((numbers[number], factor) for number, factor in terms)


def _renumbered(item: Item, numbers: Mapping[int, int]) -> Item:
    match item:
        case Tokens() | Residues() | Position():
            return item
        case Steps(terms, _):
            return replace(item, terms=_terms(terms, numbers))
        case Conjunction(literals) | Total(literals):
            return replace(item, literals=tuple(_literal(literal, numbers) for literal in literals))
        case Echo(literal, _):
            return replace(item, literal=_literal(literal, numbers))
        case Tally(source) | Selection(source, _):
            return _selection(replace(item, item=numbers[source]), numbers)
        case Settled(source):
            return replace(item, item=numbers[source])
        case Ramp(form):
            return replace(item, form=_form(form, numbers))


def _selection(item: Tally | Selection, numbers: Mapping[int, int]) -> Tally | Selection:
    return replace(item, form=_form(item.form, numbers)) if isinstance(item, Selection) else item
