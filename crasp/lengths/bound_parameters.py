"""What the bounds on the training length are made of, read off a program."""

import math
from typing import assert_never

from crasp.meaning import ir
from crasp.meaning.measures import measure
from limit_transformer.lengths.training_length_bounds import BoundParameters


def program_parameters(program: ir.Program) -> BoundParameters:
    """The parameters of a program, over all that its outputs read.

    `locality` is how far back local counts look; where they nest, their lags add up. `norm` is the largest sum of
    absolute coefficients of a comparison, at least 1. `margin` is 1 where there are local counts: the compiled
    machine's logits are integers, and its global counts have equal ones.
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
    """How many positions before its own a Boolean or a local count depends on, global counts left out: the most."""
    reach = reaches(program)
    return max((reach[k] for k in read_lines(program)), default=0)


def reaches(program: ir.Program) -> list[int]:
    """How many positions before its own each line depends on, global counts left out."""
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
    """The lines that some output depends on, ascending."""
    return sorted(ir.needed_lines(program, program.outputs))


def _norms(program: ir.Program, read: set[int]) -> list[int]:
    """The sum of absolute coefficients of each comparison's counts."""
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
