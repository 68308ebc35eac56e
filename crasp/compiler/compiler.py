"""Compiles a program to the exact Limit Transformer of arXiv 2410.02140, Theorem 9, with few layers.

crasp/compiler/gadgets.py proves each part of the construction. A program without periodic predicates gets a machine
without positions, and a program without local counts a machine with phi = 0.
"""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from crasp.compiler.assembly import Assembly, Coordinate
from crasp.compiler.circuit import Circuit, Form, Position, operands
from crasp.compiler.footprint import check_capacity
from crasp.compiler.gadgets import UnitInput
from crasp.compiler.scheduling import schedule
from crasp.compiler.settled_booleans import settle, unsettled
from crasp.compiler.translation import Translation, translate
from crasp.meaning import ir
from limit_transformer.machine.machine import LimitTransformer

ACCEPT = "<accept>"  # the name of the output `accept` of a machine
END = "<eos>"  # the name of the output `next[eos]`
LARGE_LAYER_UNITS = 2000  # margins are looked at while compiling only up to this many units

Terms: TypeAlias = tuple[tuple[int, int], ...]  # (coordinate, weight)


@dataclass(frozen=True, slots=True)
class BooleanReading:
    """How a Boolean line is read: from `layer` on, the terms plus the constant are exactly 0 or 1."""

    terms: Terms
    constant: int
    layer: int


@dataclass(frozen=True, slots=True)
class CountReading:
    """How a count line is read: s times the sum of `shares`, plus the sum of `terms`, plus the constant.

    Here s is the prefix length with the begin marker.
    """

    shares: Terms
    terms: Terms
    constant: int
    layer: int


@dataclass(frozen=True, eq=False)
class Origins:
    """Which part of the program each coordinate and unit belongs to.

    circuit   the circuit
    items     for a coordinate the item whose value, or a part of it, it holds
    names     the name of each item
    exact     for an item that is the value of a definition: the definition, and whether the item is its negation
    booleans  for each Boolean item in the stream, how it is read
    """

    circuit: Circuit
    items: MappingProxyType[int, int]
    names: MappingProxyType[int, str]
    exact: MappingProxyType[int, tuple[str, bool]]
    booleans: MappingProxyType[int, BooleanReading]


@dataclass(frozen=True)
class CompiledProgram:
    """A machine that computes a program, and how the values of the program's lines are read from its stream.

    `booleans` and `counts` have the lines that the outputs need, by index. A line is missing if it was dissolved into
    what
    reads it: a conjunction folded into an output row, a comparison into a guarded unit, or a minimum into comparisons.
    """

    program: ir.Program
    machine: LimitTransformer
    coordinates: tuple[Coordinate, ...]
    booleans: MappingProxyType[int, BooleanReading]
    counts: MappingProxyType[int, CountReading]
    origins: Origins = field(compare=False, repr=False)


def compile_program(program: ir.Program, *, keep_lines: bool = False) -> CompiledProgram:
    """The machine whose outputs are the program's, for every word, length, position and offset of positions.

    Args:
        program: The program.
        keep_lines: Whether every line is computed and can be read, also those that no output needs.

    Raises:
        CapacityError: The machine would be too large. This is found before the memory is taken.
    """
    wanted = ir.needed_lines(program, range(len(program.lines)) if keep_lines else program.outputs)
    check_capacity(program, wanted)
    translation = translate(program, wanted)
    translation, assembly, machine = _assembled(program, translation, keep_lines=keep_lines)
    return CompiledProgram(
        program,
        machine,
        tuple(assembly.coordinates),
        MappingProxyType(_boolean_readings(translation, assembly)),
        MappingProxyType(_count_readings(translation, assembly)),
        _origins(program, translation, assembly),
    )


def _origins(program: ir.Program, translation: Translation, assembly: Assembly) -> Origins:
    names, exact = MappingProxyType(dict(assembly.names)), MappingProxyType(_exact(program, translation))
    booleans = {
        number: BooleanReading(tuple(sorted(weights.items())), constant, assembly.plan.layer[number])
        for number, (weights, constant) in assembly.affine.items()
    }
    items = MappingProxyType(assembly.items)
    return Origins(translation.circuit, items, names, exact, MappingProxyType(booleans))


def _assembled(
    program: ir.Program, translation: Translation, *, keep_lines: bool
) -> tuple[Translation, Assembly, LimitTransformer]:
    """The machine of a schedule, with the translation and the assembly that it was made from.

    If the weights do not show a margin for some unit, some Booleans are settled and the machine is made again.
    """
    while True:
        kept = _kept_items(translation) if keep_lines else frozenset()
        plan = schedule(translation.circuit, tuple(translation.booleans[line] for line in program.outputs), kept)
        assembly = Assembly(translation.circuit, plan, program.alphabet, _names(program, translation))
        machine = assembly.machine(_output_names(program))
        chosen = unsettled(assembly, machine) if machine.units <= LARGE_LAYER_UNITS else frozenset[int]()
        if not chosen:
            return translation, assembly, machine
        translation = settle(translation, chosen)


def _kept_items(translation: Translation) -> frozenset[int]:
    booleans = (literal >> 1 for literal in translation.booleans.values())
    counts = (number for form in translation.counts.values() for number, _ in form.terms)
    return frozenset(booleans) | frozenset(counts)


def _output_names(program: ir.Program) -> tuple[str, ...]:
    accept = () if program.accept is None else (ACCEPT,)
    return accept + tuple(END if token == ir.EOS else token for token, _ in program.next)


def _names(program: ir.Program, translation: Translation) -> dict[int, str]:
    """The name of each item: the definition whose value or negated value it is, or of which it is a part."""
    exact = _exact(program, translation)
    names = {number: f"not {name}" if is_negated else name for number, (name, is_negated) in exact.items()}
    roots: list[tuple[str, list[int]]] = []
    for definition in program.definitions:
        literal = translation.booleans.get(definition.line)
        form = translation.counts.get(definition.line)
        if literal is not None:
            roots.append((definition.display, [literal >> 1]))
        elif form is not None:
            roots.append((definition.display, [number for number, _ in form.terms]))
    _name_parts(translation.circuit, names, roots)
    return names


def _exact(program: ir.Program, translation: Translation) -> dict[int, tuple[str, bool]]:
    """For each item that is the value of a definition: the first such definition, and whether the item negates it."""
    found: dict[int, tuple[str, bool]] = {}
    for definition in program.definitions:
        literal = translation.booleans.get(definition.line)
        form = translation.counts.get(definition.line)
        if literal is not None:
            found.setdefault(literal >> 1, (definition.display, bool(literal & 1)))
        elif form is not None and form.constant == 0 and len(form.terms) == 1 and form.terms[0][1] == 1:
            found.setdefault(form.terms[0][0], (definition.display, False))
    return found


def _name_parts(circuit: Circuit, names: dict[int, str], roots: list[tuple[str, list[int]]]) -> None:
    """Gives each item without a name one that says which definition it is first needed for."""
    seen: set[int] = set()
    for definition, waiting in roots:
        made = 0
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            waiting += [*operands(circuit.items[number]), *circuit.alternatives.get(number, ())]
            if number not in names:
                made += 1
                names[number] = f"part {made} of {definition}"


def _boolean_readings(translation: Translation, assembly: Assembly) -> dict[int, BooleanReading]:
    found = {}
    for line, literal in translation.booleans.items():
        if literal >> 1 == 0:
            found[line] = BooleanReading((), literal & 1, 0)
        elif literal >> 1 in assembly.affine:
            weights, constant = assembly.literal(literal)
            terms = tuple(sorted(weights.items()))
            found[line] = BooleanReading(terms, constant, assembly.plan.layer[literal >> 1])
    return found


def _count_readings(translation: Translation, assembly: Assembly) -> dict[int, CountReading]:
    found = {}
    for line, form in translation.counts.items():
        counted = _count_reading(translation, assembly, form)
        if counted is not None:
            found[line] = counted
    return found


def _count_reading(translation: Translation, assembly: Assembly, form: Form) -> CountReading | None:
    """How a form is read from coordinates; None if one of its items is not in the stream."""
    circuit = translation.circuit
    shares: dict[int, int] = {}
    terms: dict[int, int] = {}
    constant = form.constant
    layer = 0
    for number, factor in form.terms:
        if isinstance(circuit.items[number], Position):
            # The position is s - 1.
            shares[assembly.one] = shares.get(assembly.one, 0) + factor
            constant -= factor
        elif number in assembly.affine:
            weights, own = assembly.affine[number]
            constant += factor * own
            layer = max(layer, assembly.plan.layer[number])
            for coordinate, weight in weights.items():
                terms[coordinate] = terms.get(coordinate, 0) + factor * weight
        elif UnitInput("value", number) in assembly.places:
            place = assembly.places[UnitInput("value", number)]
            shares[place] = shares.get(place, 0) + factor
            layer = max(layer, assembly.coordinates[place].layer)
        else:
            return None
    return CountReading(tuple(sorted(shares.items())), tuple(sorted(terms.items())), constant, layer)
