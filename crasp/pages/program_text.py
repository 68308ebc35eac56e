"""Splits a program's text into numbered definitions, and finds which definitions each of them reads."""

from dataclasses import dataclass

from crasp.errors import Span
from crasp.meaning import ir
from crasp.pages.highlighting import Coloured, coloured


@dataclass(frozen=True)
class TextPiece:
    """A stretch of the text. `number` is the number of a definition, or None between definitions."""

    number: int | None
    pieces: tuple[Coloured, ...]


@dataclass(frozen=True)
class NumberedDefinitions:
    """The definitions as they are written, where a family is one, numbered from 0 in the order of the text.

    spans      the place of each
    of_member  for each definition of the typed program the number of the written definition that it comes from
    reads      for each number the numbers that its expression reads
    """

    spans: tuple[Span, ...]
    of_member: tuple[int, ...]
    reads: tuple[tuple[int, ...], ...]


def number_definitions(program: ir.Program) -> NumberedDefinitions:
    """The numbers of the definitions of a program."""
    places = {(d.span.line, d.span.column): d.span for d in program.definitions}
    order = {place: number for number, place in enumerate(sorted(places))}
    of_member = tuple(order[d.span.line, d.span.column] for d in program.definitions)
    return NumberedDefinitions(tuple(places[place] for place in order), of_member, _reads(program, of_member))


def _reads(program: ir.Program, of_member: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """For each number the earlier numbers that its lines read without passing through another definition's line."""
    owner: dict[int, int] = {}
    roots: dict[int, list[int]] = {}
    for definition, number in zip(program.definitions, of_member, strict=True):
        owner.setdefault(definition.line, number)
        roots.setdefault(number, []).append(definition.line)
    found = []
    for number in sorted(roots):
        reached: set[int] = set()
        seen: set[int] = set()
        # A line that an earlier definition has too is the value of that definition.
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
    """The pieces of the text in order; those at the given places are numbered. Joined together they are the text."""
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
