"""The measures of a program that `check` reports: depth, period, window, fragment."""

from dataclasses import dataclass
from math import lcm

from crasp.meaning import ir


@dataclass(frozen=True)
class Measures:
    """The measures of the program as written and expanded. docs/language.md defines each of them."""

    operations: int
    depth: int
    counting_depth: int
    period: int
    window: int
    fragment: str


def measure(program: ir.Program) -> Measures:
    """The measures of a program."""
    operations = [line.operation for line in program.lines]
    periodic = any(isinstance(operation, ir.Periodic) for operation in operations)
    local = any(isinstance(operation, ir.LocalCount) for operation in operations)
    extensions = ", ".join(word for word, used in (("periodic", periodic), ("local", local)) if used)
    return Measures(
        operations=len(operations),
        depth=_depth(program, local=True),
        counting_depth=_depth(program, local=False),
        period=lcm(*(o.modulus for o in operations if isinstance(o, ir.Periodic))),
        window=max((o.farthest for o in operations if isinstance(o, ir.LocalCount)), default=0),
        fragment=f"C-RASP[{extensions}]" if extensions else "C-RASP",
    )


def reads_own_letter(program: ir.Program) -> bool:
    """Whether the value of `accept` at a position depends on the letter there other than by a count of letters so far.

    If it does not, the counts of the letters before the next position give the same answer there.
    """
    reads: list[bool] = []
    for line in program.lines:
        match line.operation:
            case ir.Symbol() | ir.LocalCount():
                reads.append(True)
            case ir.Count():
                reads.append(False)
            case operation:
                reads.append(any(reads[k] for k in ir.operands_of(operation)))
    return program.accept is not None and reads[program.accept]


def _depth(program: ir.Program, *, local: bool) -> int:
    """The largest number of counts on a path to an output; local counts are included where `local`."""
    depths: list[int] = []
    for line in program.lines:
        counts = isinstance(line.operation, ir.Count) or (local and isinstance(line.operation, ir.LocalCount))
        below = max((depths[k] for k in ir.operands_of(line.operation)), default=0)
        depths.append(below + counts)
    return max((depths[k] for k in program.outputs), default=0)
