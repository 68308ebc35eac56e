"""What a program's text means: read, checked, and for those of the library kept."""

from functools import lru_cache

from crasp.errors import Source
from crasp.meaning import ir
from crasp.text.checker import check
from crasp.text.parser import parse_leniently
from crasp.text.sources import LIBRARY, load_source


def read_program(source: Source) -> ir.Program:
    """The meaning of a text; CraspError with every problem, of the syntax and of the rest, if there is one.

    A program of the library is read once: the largest takes a second.
    """
    return _read_once(source) if source.name.startswith(LIBRARY) else _read(source)


@lru_cache(maxsize=64)
def _read_once(source: Source) -> ir.Program:
    return _read(source)


def _read(source: Source) -> ir.Program:
    parsed = parse_leniently(source)
    return check(parsed.program, source, problems=parsed.problems, unreadable=parsed.unreadable)


def load_program(name: str) -> ir.Program:
    """The program in a file or in the library (`lib:NAME`)."""
    return read_program(load_source(name))
