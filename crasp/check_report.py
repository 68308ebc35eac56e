"""What `check` says of a program: what it defines, and its measures."""

from dataclasses import dataclass

from crasp.lengths.bound_parameters import program_parameters
from crasp.meaning import ir
from crasp.meaning.measures import measure
from limit_transformer.lengths.training_length_bounds import coverage_floor


@dataclass(frozen=True)
class DefinedName:
    """A name that a program defines; a family has as many members as it has definitions."""

    name: str
    kind: ir.Kind
    members: int


@dataclass(frozen=True)
class ProgramReport:
    """A checked program: its alphabet, its outputs, and the measures that docs/language.md defines.

    `next` has the tokens that it predicts, `eos` for the end of the word.
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
    """The report on a program, which is called so."""
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
