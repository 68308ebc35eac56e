"""A synthesised program: its canonical text with comments, and the typed program that the text denotes.

Both are made from one syntax tree, because writing a text and parsing it again would take longer than all the rest.
That the text denotes the same program as the tree is guaranteed by the formatter, and is tested on random programs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from crasp.errors import Source
from crasp.meaning import ir
from crasp.regular.witnesses.syntax_parts import index
from crasp.spelling import spell_token
from crasp.text import syntax
from crasp.text.checker import check
from crasp.text.expression_text import format_definition, format_head

# A comment without its `//`, or a definition; None is a blank line.
TextLine: TypeAlias = str | syntax.Definition | None


@dataclass(frozen=True)
class Written:
    """The canonical text of a program, and the typed program that it denotes."""

    text: str
    meaning: ir.Program


def written(title: Iterable[str], alphabet: Sequence[str], lines: Sequence[TextLine]) -> Written:
    """The program with this title as a comment above its alphabet, followed by these lines."""
    tree = syntax.Program(tuple(map(index, alphabet)), tuple(d for d in lines if isinstance(d, syntax.Definition)))
    blocks = [list(block) for filled, block in groupby(lines, key=lambda line: line is not None) if filled]
    head = [_comment(line) for line in title]
    head.append(f"alphabet {' '.join(map(spell_token, alphabet))}")
    text = "\n\n".join("\n".join(rows) for rows in (head, *map(_rows, blocks))) + "\n"
    return Written(text, check(tree, Source("synthesised program", text)))


def _comment(line: str) -> str:
    return f"// {line}".rstrip()


def _rows(block: Iterable[TextLine]) -> Iterator[str]:
    """Yields the rows of a block, with the `:=` of neighbouring definitions in one column."""
    for is_comment, group in groupby(block, key=lambda line: isinstance(line, str)):
        if is_comment:
            yield from (_comment(str(line)) for line in group)
            continue
        definitions = [line for line in group if isinstance(line, syntax.Definition)]
        heads = [format_head(definition) for definition in definitions]
        widest = max(map(len, heads))
        for head, definition in zip(heads, definitions, strict=True):
            yield f"{head.ljust(widest)}{format_definition(definition)[len(head) :]}"
