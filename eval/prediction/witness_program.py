"""The witness programs of the library, each read once: the check against the labels and the page ask for the same."""

from functools import cache

from crasp.errors import Source
from crasp.meaning.ir import Program
from crasp.text.loader import read_program


@cache
def witness_program(name: str, text: str) -> Program:
    """The program of that name with that text; CraspError where it is none."""
    return read_program(Source(name, text))
