"""A program's text cut into its definitions, each with a number, and which definitions each of them reads."""

from dataclasses import dataclass

from crasp.errors import Span
from crasp.meaning import ir
from crasp.pages.highlighting import Coloured, coloured


@dataclass(frozen=True)
class TextPiece:
    """A stretch of the text: a definition, by its number, or what stands between definitions."""

    number: int | None
    pieces: tuple[Coloured, ...]


@dataclass(frozen=True)
class NumberedDefinitions:
    """The definitions as written, a family being one, numbered from 0 in the order of the text.

    `spans` has the place of each, `of_member` the number that each of the program's definitions comes from, and
    `reads` for each number those that its expression reads.
    """

    spans: tuple[Span, ...]
    of_member: tuple[int, ...]
    reads: tuple[tuple[int, ...], ...]


def number_definitions(program: ir.Program) -> NumberedDefinitions:
    """The numbers of a program's definitions."""
    places = {(d.span.line, d.span.column): d.span for d in program.definitions}
    order = {place: number for number, place in enumerate(sorted(places))}
    of_member = tuple(order[d.span.line, d.span.column] for d in program.definitions)
    return NumberedDefinitions(tuple(places[place] for place in order), of_member, _reads(program, of_member))


def _reads(program: ir.Program, of_member: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """For each number the earlier ones whose lines its own lines reach without passing another definition's line."""
    owner: dict[int, int] = {}
    roots: dict[int, list[int]] = {}
    for definition, number in zip(program.definitions, of_member, strict=True):
        owner.setdefault(definition.line, number)
        roots.setdefault(number, []).append(definition.line)
    found = []
    for number in sorted(roots):
        reached: set[int] = set()
        seen: set[int] = set()
        # A line of its own that an earlier definition has is that definition's value.
        own = {line for line in roots[number] if owner[line] == number}
        reached.update(owner[line] for line in roots[number] if line not in own)
        waiting = [operand for line in own for operand in ir.operands_of(program.lines[line].operation)]
        while waiting:
            line = waiting.pop()
            if line in seen:
                continue
            seen.add(line)
            if owner.get(line, number) < number:
                reached.add(owner[line])
            elif line not in own:
                waiting += ir.operands_of(program.lines[line].operation)
        found.append(tuple(sorted(reached)))
    return tuple(found)


def text_pieces(text: str, spans: tuple[Span, ...]) -> list[TextPiece]:
    """The text in pieces, those of the definitions at these places numbered; together they are the text."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    found = []
    end = 0
    for number, span in enumerate(spans):
        first = starts[span.line - 1] + span.column - 1
        last = starts[span.end_line - 1] + span.end_column - 1
        found.append(TextPiece(None, tuple(coloured(text[end:first]))))
        found.append(TextPiece(number, tuple(coloured(text[first:last]))))
        end = last
    return [*found, TextPiece(None, tuple(coloured(text[end:].rstrip())))]
