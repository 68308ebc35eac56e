"""Reads and checks the text of a program; programs of the library are kept in memory once read."""

from functools import lru_cache

from crasp.errors import Source
from crasp.meaning import ir
from crasp.text.checker import check
from crasp.text.parser import parse_leniently
from crasp.text.sources import LIBRARY, load_source


def read_program(source: Source) -> ir.Program:
    """The typed program that a text denotes.

    A program of the library is read once in a process, because the largest of them takes a second.

    Raises:
        CraspError: The text is no program. The error carries every problem, those of the syntax and all others.
    """
    return _read_once(source) if source.name.startswith(LIBRARY) else _read(source)


@lru_cache(maxsize=64)
def _read_once(source: Source) -> ir.Program:
    return _read(source)


def _read(source: Source) -> ir.Program:
    parsed = parse_leniently(source)
    return check(parsed.program, source, problems=parsed.problems, unreadable=parsed.unreadable)


def load_program(name: str) -> ir.Program:
    """The program in a file, or in the library if the name is `lib:NAME`.

    Raises:
        CraspError: The text is no program.
        LoadError: There is no such file, or no such program in the library.
    """
    return read_program(load_source(name))
