"""Writes the canonical text of a program.

Each definition has one line, with parentheses only where the meaning needs them, and comments are kept. Where
definitions follow each other without a blank line or a comment between them, their `:=` are aligned in one column.
"""

from collections import deque
from dataclasses import dataclass
from itertools import groupby, zip_longest

from crasp.errors import Source, Span
from crasp.text import syntax
from crasp.text.expression_text import format_definition, format_head, spelt_index
from crasp.text.parser import comments, parse


def format_text(source: Source) -> str:
    """The canonical text of a program, which has the same meaning.

    Formatting twice gives the same text as formatting once. A comment that stood beside, above or below a definition
    stays there. A comment inside a definition moves above it. Of several blank lines together one is kept.

    Raises:
        CraspError: The text cannot be parsed.
    """
    program = parse(source)
    pieces = [_SourceRow(_alphabet_span(program), _format_alphabet(program))]
    pieces += [_SourceRow(d.span, format_definition(d), head=len(format_head(d))) for d in program.definitions]
    return _laid_out(pieces, comments(source.text))


# --- layout: definitions, comments, blank lines ---------------------------------------------------------------


@dataclass
class _SourceRow:
    """A line of canonical text, the place in the source that it was made from, and the comment beside it.

    `head` is the length of the text before ` :=` in a definition, and 0 for any other line.
    """

    span: Span
    text: str
    beside: str = ""
    head: int = 0


def _laid_out(pieces: list[_SourceRow], notes: tuple[tuple[Span, str], ...]) -> str:
    rows: list[_SourceRow] = []
    waiting = deque(notes)
    for piece, following in zip_longest(pieces, pieces[1:]):
        while waiting and waiting[0][0].line < piece.span.end_line:
            rows.append(_SourceRow(*waiting.popleft()))
        rows.append(piece)
        last_on_line = following is None or following.span.line > piece.span.end_line
        if waiting and last_on_line and waiting[0][0].line == piece.span.end_line:
            piece.beside = waiting.popleft()[1]
    rows += [_SourceRow(*note) for note in waiting]
    blocks = _aligned(_blocks(rows, pieces[0]))
    return "\n\n".join("\n".join(f"{row.text}  {row.beside}".rstrip() for row in block) for block in blocks) + "\n"


def _blocks(rows: list[_SourceRow], alphabet: _SourceRow) -> list[list[_SourceRow]]:
    """The rows in blocks: a new block begins where the source has a blank line, and after the alphabet."""
    blocks: list[list[_SourceRow]] = []
    below = 0
    for row in rows:
        if not blocks or row.span.line > below + 1 or blocks[-1][-1] is alphabet:
            blocks.append([])
        blocks[-1].append(row)
        below = max(below, row.span.end_line)
    return blocks


def _aligned(blocks: list[list[_SourceRow]]) -> list[list[_SourceRow]]:
    """The blocks, with the `:=` of consecutive definitions padded to one column."""
    for block in blocks:
        for is_definition, group in groupby(block, key=lambda row: row.head > 0):
            neighbours = list(group)
            widest = max(row.head for row in neighbours)
            for row in neighbours if is_definition else ():
                row.text = row.text[: row.head].ljust(widest) + row.text[row.head :]
    return blocks


def _alphabet_span(program: syntax.Program) -> Span:
    return program.alphabet[0].span.to(program.alphabet[-1].span)


def _format_alphabet(program: syntax.Program) -> str:
    return " ".join(["alphabet", *map(spelt_index, program.alphabet)])
