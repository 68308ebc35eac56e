"""The report of `check` on a program: what it defines, and its measures."""

from dataclasses import dataclass

from crasp.lengths.bound_parameters import program_parameters
from crasp.meaning import ir
from crasp.meaning.measures import measure
from limit_transformer.lengths.training_length_bounds import coverage_floor


@dataclass(frozen=True)
class DefinedName:
    """A name that a program defines, its kind, and how many members it has, which is 1 unless it is a family."""

    name: str
    kind: ir.Kind
    members: int


@dataclass(frozen=True)
class ProgramReport:
    """The report on a checked program: its alphabet, its outputs, and the measures that docs/language.md defines.

    `next` has the tokens for which the program defines `next`; `eos` stands for the end of the word.
    """

    file: str
    alphabet: tuple[str, ...]
    accepts: bool
    next: tuple[str, ...]
    operations: int
    depth: int
    counting_depth: int
    period: int
    window: int
    coverage_floor: int
    fragment: str
    definitions: tuple[DefinedName, ...]


def report_of(file: str, program: ir.Program) -> ProgramReport:
    """The report on a program. `file` is the name that the report gives it."""
    measures, parameters = measure(program), program_parameters(program)
    members: dict[str, int] = {}
    kinds: dict[str, ir.Kind] = {}
    for definition in program.definitions:
        members[definition.name] = members.get(definition.name, 0) + 1
        kinds[definition.name] = program.lines[definition.line].kind
    return ProgramReport(
        file=file,
        alphabet=program.alphabet,
        accepts=program.accept is not None,
        next=tuple(token for token, _ in program.next),
        operations=measures.operations,
        depth=measures.depth,
        counting_depth=measures.counting_depth,
        period=measures.period,
        window=measures.window,
        coverage_floor=coverage_floor(parameters.period, parameters.locality),
        fragment=measures.fragment,
        definitions=tuple(DefinedName(name, kinds[name], number) for name, number in members.items()),
    )
