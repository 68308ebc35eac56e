"""The interpreter against a plain loop over words and lists: tokens a second of both in one run, and their ratio.

Both evaluate every line that acceptance needs, for the Dyck-1 program on random words of length 500. The plain loop
gets fewer words, because it would take minutes for all. Each figure is the median of several passes, made in turn.
"""

import operator
import os
import platform
from collections.abc import Callable
from itertools import accumulate
from statistics import median
from time import perf_counter

import numpy as np

from crasp.meaning import ir
from crasp.meaning.interpreter import Words, accepts
from crasp.text.loader import load_program

LENGTH = 500
WORDS, PLAIN_WORDS = 10_000, 200
PASSES = 7
RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}


def plainly_accepts(program: ir.Program, word: list[int]) -> bool:
    """Return whether the program accepts one word, computed as one would first write it.

    Each line is a list of n + 1 values, and lines are evaluated in their order.
    """
    positions = range(len(word) + 1)
    values: list[list[int]] = []
    for line in program.lines:
        match line.operation:
            case ir.Symbol(token):
                value = [False, *(w == token for w in word)]
            case ir.Not(a):
                value = [not x for x in values[a]]
            case ir.And(many):
                value = [all(values[k][i] for k in many) for i in positions]
            case ir.Or(many):
                value = [any(values[k][i] for k in many) for i in positions]
            case ir.Compare(relation, a, b):
                value = [RELATIONS[relation](x, y) for x, y in zip(values[a], values[b], strict=True)]
            case ir.Count(a, False):
                value = [0, *accumulate(values[a][1:])]
            case ir.Linear(terms, constant):
                value = [constant + sum(c * values[k][i] for c, k in terms) for i in positions]
            case other:
                raise NotImplementedError(f"the benchmark's program uses no {other}")
        values.append(value)
    assert program.accept is not None
    return bool(values[program.accept][-1])


def only_acceptance(program: ir.Program) -> ir.Program:
    """Return the program cut after the line of `accept`, so that the plain loop does no work that nobody asked for."""
    assert program.accept is not None
    return ir.Program(program.alphabet, program.lines[: program.accept + 1], (), program.accept, ())


def main() -> None:
    program = only_acceptance(load_program("lib:dyck1"))
    tokens = np.random.default_rng(0).integers(0, 2, (WORDS, LENGTH))
    words = Words(tokens, np.full(WORDS, LENGTH))
    few = tokens[:PLAIN_WORDS].tolist()
    fast, plain = [], []
    for _ in range(PASSES):
        start = perf_counter()
        answers = accepts(program, words)
        fast.append(WORDS * LENGTH / (perf_counter() - start))
        start = perf_counter()
        expected = [plainly_accepts(program, word) for word in few]
        plain.append(PLAIN_WORDS * LENGTH / (perf_counter() - start))
        assert answers[:PLAIN_WORDS].tolist() == expected
    print(
        f"Dyck-1, {WORDS:,} random words of length {LENGTH}, one thread, {platform.processor() or platform.machine()}"
    )
    print(f"NumPy {np.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores, {PASSES} passes")
    for name, figures in (("interpreter", fast), ("plain loop", plain)):
        low, high = min(figures) / 1e6, max(figures) / 1e6
        print(f"{name:<12} {median(figures) / 1e6:8.1f} million tokens/s   ({low:.1f} to {high:.1f})")
    ratios = [a / b for a, b in zip(fast, plain, strict=True)]
    print(f"{'ratio':<12} {median(ratios):8.0f}                    ({min(ratios):.0f} to {max(ratios):.0f})")


if __name__ == "__main__":
    main()
