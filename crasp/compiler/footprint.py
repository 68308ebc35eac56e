"""Estimates what compiling a program takes before any of it is taken: the machine's coordinates, and memory."""

from math import prod

from crasp.compiler.translation import EXPANDED_COMPARISONS
from crasp.meaning import ir

MOST_COORDINATES = 1_000_000  # the most coordinates of a machine that this implementation makes
MOST_BYTES = 4 << 30  # the most memory that compiling may take
LINE_BYTES = 2500  # memory for one line; 1,700 were measured on programs of 360,000 lines
LAG_BYTES = 600  # memory for one lag of a window


class CapacityError(ValueError):
    """The program's machine would be larger than this implementation makes."""


def check_capacity(program: ir.Program, wanted: frozenset[int]) -> None:
    """Checks that the machine of these lines is not too large.

    Args:
        program: The program.
        wanted: The numbers of the lines that are compiled.

    Raises:
        CapacityError: The lines need too many coordinates (see `coordinates_of`) or too much memory.
    """
    lines = [program.lines[number].operation for number in wanted]
    lags = _lags(program, lines)
    coordinates = coordinates_of(program, wanted)
    # A set of letters has a bit for each letter. A Boolean has two: where it can hold, and where it certainly holds.
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
    """An estimate of the coordinates that the machine of these lines needs.

    There is one for each letter, for each residue and anchor of a modulus, and for each lag, count, comparison and
    conditional. The estimate does not foresee what is shared or folded away later, nor conjunctions that need a unit.
    """
    lines = [program.lines[number].operation for number in wanted]
    residues = 2 * sum({operation.modulus for operation in lines if isinstance(operation, ir.Periodic)})
    cases = sum(_cases(program, operation) for operation in lines)
    return len(program.alphabet) + 3 + residues + _lags(program, lines) + cases


def _lags(program: ir.Program, lines: list[ir.Operation]) -> int:
    """The number of lags of the windows. Lags of the same Boolean count once.

    A window that counts all positions needs none.
    """
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
    """The number of coordinates that an operation itself needs."""
    if isinstance(operation, ir.Compare):
        sides = [program.lines[side].operation for side in (operation.left, operation.right)]
        cases = prod(len(side.operands) for side in sides if isinstance(side, ir.Extremum))
        return cases if cases <= EXPANDED_COMPARISONS else 1
    if isinstance(operation, ir.Extremum):
        return len(operation.operands) - 1
    return int(isinstance(operation, ir.Count | ir.Conditional))
