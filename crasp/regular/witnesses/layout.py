"""Programs written here have a definition a line: their canonical text, and its meaning, line by line.

Many programs share lines, and reading one takes longer than anything else that is done to it: so a line that has been
read is remembered.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby

from crasp.errors import Source
from crasp.meaning import ir
from crasp.text import syntax
from crasp.text.checker import check
from crasp.text.formatter import format_definition
from crasp.text.parser import parse

REMEMBERED = 20_000  # lines
NAME = "synthesised program"
DEFINES = " := "


def lay_out(lines: Iterable[str]) -> str:
    """The text as the formatter has it, of lines that are a definition, a comment, the alphabet or blank."""
    blocks = [list(block) for filled, block in groupby(lines, key=bool) if filled]
    return "\n\n".join("\n".join(_aligned(block)) for block in blocks) + "\n"


def meaning(text: str) -> ir.Program:
    """What a text that was laid out here means."""
    alphabet: syntax.Program | None = None
    definitions = []
    for line in text.splitlines():
        head, defines, body = line.partition(DEFINES)
        if line.startswith("alphabet "):
            alphabet = parse(Source(NAME, line))
        elif line and not line.startswith("//"):
            definitions.append(_read(f"{head.rstrip()}{defines}{body}"))
    assert alphabet is not None
    return check(syntax.Program(alphabet.alphabet, tuple(definitions)), Source(NAME, text))


def _aligned(block: list[str]) -> list[str]:
    """The lines with the `:=` of neighbouring definitions in one column."""
    found: list[str] = []
    for defines, group in groupby(block, key=lambda line: not line.startswith(("//", "alphabet "))):
        if not defines:
            found += group
            continue
        parts = [_canonical(line).partition(DEFINES) for line in group]
        widest = max(len(head) for head, _, _ in parts)
        found += [f"{head.ljust(widest)}{between}{body}" for head, between, body in parts]
    return found


@lru_cache(REMEMBERED)
def _canonical(line: str) -> str:
    return format_definition(_read(line))


@lru_cache(REMEMBERED)
def _read(line: str) -> syntax.Definition:
    (definition,) = parse(Source(NAME, f"alphabet a\n{line}")).definitions
    return definition
