"""Programs of the library, compiled once in a process: the largest take seconds."""

from functools import cache

from crasp.compiler.compiler import CompiledProgram, compile_program
from crasp.text.loader import load_program

LIBRARY = "library"  # the group of the files whose tests ask for them, which one process runs


@cache
def library(name: str) -> CompiledProgram:
    return compile_program(load_program(f"lib:{name}"))
