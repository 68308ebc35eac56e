"""Reads from a program the parameters that the bounds on the training length depend on."""

import math
from typing import assert_never

from crasp.meaning import ir
from crasp.meaning.measures import measure
from limit_transformer.lengths.training_length_bounds import BoundParameters


def program_parameters(program: ir.Program) -> BoundParameters:
    """The parameters of a program, over all lines that its outputs read.

    `locality` is how many positions back local counts look; the lags of nested ones are added. `norm` is the largest
    sum of absolute coefficients in a comparison, and at least 1. `margin` is 1 if there are local counts, because the
    logits of the compiled machine are integers and those of its global counts are equal.
    """
    read = read_lines(program)
    operations = [program.lines[k].operation for k in read]
    local = any(isinstance(o, ir.LocalCount) for o in operations)
    norm = max([1, *_norms(program, set(read))])
    return BoundParameters(
        alphabet=len(program.alphabet),
        period=math.lcm(*(o.modulus for o in operations if isinstance(o, ir.Periodic))),
        locality=look_back(program),
        depth=measure(program).depth,
        norm_log10=math.log10(norm),
        margin=1.0 if local else None,
        exact=any(isinstance(o, ir.Count) for o in operations),
    )


def look_back(program: ir.Program) -> int:
    """The most positions before its own that a line read by an output depends on, global counts left out."""
    reach = reaches(program)
    return max((reach[k] for k in read_lines(program)), default=0)


def reaches(program: ir.Program) -> list[int]:
    """For each line how many positions before its own it depends on, global counts left out."""
    reach: list[int] = []
    for line in program.lines:
        below = max((reach[k] for k in ir.operands_of(line.operation)), default=0)
        match line.operation:
            case ir.Count():
                reach.append(0)
            case ir.LocalCount(_, _, farthest):
                reach.append(below + farthest)
            case _:
                reach.append(below)
    return reach


def read_lines(program: ir.Program) -> list[int]:
    """The lines that the outputs depend on, ascending."""
    return sorted(ir.needed_lines(program, program.outputs))


def _norms(program: ir.Program, read: set[int]) -> list[int]:
    """For each comparison the sum of the absolute coefficients of its counts."""
    sizes: list[int] = []
    found = []
    for number, line in enumerate(program.lines):
        size = 0
        match line.operation:
            case ir.Count() | ir.LocalCount():
                size = 1
            case ir.Linear(terms):
                size = sum(abs(factor) * sizes[k] for factor, k in terms)
            case ir.Extremum(_, operands):
                size = max(sizes[k] for k in operands)
            case ir.Conditional(_, then, otherwise):
                size = max(sizes[then], sizes[otherwise])
            case ir.Compare(_, left, right):
                found += [sizes[left] + sizes[right]] if number in read else []
            case ir.Symbol() | ir.Periodic() | ir.Not() | ir.And() | ir.Or():
                pass
            case _:
                assert_never(line.operation)
        sizes.append(size)
    return found
