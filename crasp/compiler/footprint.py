"""How much a program takes to compile, known before any of it is taken: coordinates of its machine, and memory."""

from math import prod

from crasp.compiler.translation import EXPANDED_COMPARISONS
from crasp.meaning import ir

MOST_COORDINATES = 1_000_000  # coordinates of a machine that this implementation makes
MOST_BYTES = 4 << 30  # of memory
LINE_BYTES = 2500  # of a line on its way to the machine; measured, 1,700 on programs of 360,000 lines
LAG_BYTES = 600  # of a lag of a window


class CapacityError(ValueError):
    """The program's machine would be larger than this implementation makes."""


def check_capacity(program: ir.Program, wanted: frozenset[int]) -> None:
    """CapacityError, with the coordinates that they need, for lines that do not fit: see `coordinates_of`."""
    lines = [program.lines[number].operation for number in wanted]
    lags = _lags(program, lines)
    coordinates = coordinates_of(program, wanted)
    # A set of letters is a bit for each; a Boolean has that of where it may hold, and that of where it must.
    sets = sum(2 for operation in lines if isinstance(operation, ir.Symbol | ir.And | ir.Or | ir.Compare))
    memory = len(lines) * LINE_BYTES + lags * LAG_BYTES + sets * (len(program.alphabet) // 8)
    if coordinates > MOST_COORDINATES:
        raise CapacityError(
            f"the program needs {coordinates:,} coordinates for its alphabet, periodic predicates, windows and "
            f"{len(lines):,} operations; this implementation makes machines of at most {MOST_COORDINATES:,}"
        )
    if memory > MOST_BYTES:
        raise CapacityError(
            f"the program needs {memory / 1e9:.1f} GB to compile, for {coordinates:,} coordinates, "
            f"{len(lines):,} operations and {len(program.alphabet):,} letters; this implementation takes at most "
            f"{MOST_BYTES / 1e9:.1f} GB"
        )


def coordinates_of(program: ir.Program, wanted: frozenset[int]) -> int:
    """A coordinate for each letter, residue and anchor of a modulus, lag, count, comparison and case of a choice.

    What is shared or folded away later is not foreseen, nor the conjunctions that need a unit of their own.
    """
    lines = [program.lines[number].operation for number in wanted]
    residues = 2 * sum({operation.modulus for operation in lines if isinstance(operation, ir.Periodic)})
    cases = sum(_cases(program, operation) for operation in lines)
    return len(program.alphabet) + 3 + residues + _lags(program, lines) + cases


def _lags(program: ir.Program, lines: list[ir.Operation]) -> int:
    """Lags of windows, those of the same Boolean once; a window of all positions needs none."""
    farthest: dict[int, int] = {}
    single: set[tuple[int, int]] = set()
    for operation in lines:
        if isinstance(operation, ir.LocalCount) and program.lines[operation.body].operation != ir.And(()):
            if operation.nearest == operation.farthest:
                single.add((operation.body, operation.farthest))
            else:
                farthest[operation.body] = max(farthest.get(operation.body, 0), operation.farthest)
    return sum(farthest.values()) + sum(lag > farthest.get(body, 0) for body, lag in single)


def _cases(program: ir.Program, operation: ir.Operation) -> int:
    """The coordinates of an operation itself."""
    if isinstance(operation, ir.Compare):
        sides = [program.lines[side].operation for side in (operation.left, operation.right)]
        cases = prod(len(side.operands) for side in sides if isinstance(side, ir.Extremum))
        return cases if cases <= EXPANDED_COMPARISONS else 1
    if isinstance(operation, ir.Extremum):
        return len(operation.operands) - 1
    return int(isinstance(operation, ir.Count | ir.Conditional))
