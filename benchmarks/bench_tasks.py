"""Every task's sampler against a straightforward generator of the same task: words a second, and their ratio.

Both make batches of labelled words of lengths 51-100. The sampler makes them as arrays, and draws all strata. The
straightforward generator is the oracle of the tests, `tests/tasks/benchmark/plain_generators.py`; it makes them as
lists, and draws uniform words alone.

Everything runs in one thread. Each figure is the fastest of several passes, made in turn, because other load on the
machine can only slow them down. Before the first pass a large array is made and freed, so that the samplers' arrays
come from memory that the process keeps, as in a training that has run for a while.
"""

import argparse
import os
import platform
import random
import sys
from collections.abc import Callable
from statistics import median
from time import process_time

import numpy as np

from tasks.asking.recognition import SUFFIX
from tasks.drawing.randomness import generator, halves
from tasks.registry import TASKS, get_task
from tests.tasks.benchmark.plain_generators import plain_batch

LENGTHS = (51, 100)
WORDS, PLAIN_WORDS = 2048, 100
PASSES, CALLS = 9, 3
WANTED = 50


def words_a_second(draw: Callable[[int], object], words: int, calls: int) -> float:
    start = process_time()
    for call in range(calls):
        draw(call)
    return calls * words / (process_time() - start)


def measure(name: str) -> tuple[list[float], list[float]]:
    """Return the words a second of the sampler and of the plain generator, pass by pass."""
    task = get_task(name)

    def fast(seed: int) -> object:
        return task.sample(generator(name, "bench", LENGTHS, seed), LENGTHS, WORDS)

    def plain(seed: int) -> object:
        return plain_batch(random.Random(seed), name, task.vocabulary, LENGTHS, PLAIN_WORDS)

    fast(0), plain(0)  # each makes its tables on its first call
    passes = [(words_a_second(fast, WORDS, CALLS), words_a_second(plain, PLAIN_WORDS, 1)) for _ in range(PASSES)]
    return [one for one, _ in passes], [other for _, other in passes]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", help="names of tasks; without any, all, and recognition of each language")
    recognised = [name + SUFFIX for name, task in TASKS.items() if task.language is not None]
    names = parser.parse_args().tasks or [*TASKS, *recognised]
    sys.setrecursionlimit(10_000)  # the plain generator counts words by recursion on their length
    np.ones(30 * 2**20, dtype=np.uint8)
    print(f"lengths {LENGTHS[0]}-{LENGTHS[1]}, batches of {WORDS} words, plain ones of {PLAIN_WORDS}, {PASSES} passes")
    load = os.getloadavg()[0]
    print(f"NumPy {np.__version__}, Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}")
    print(f"\n{'task':<30}{'words/s':>12}{'plain':>10}{'ratio':>8}{'of a pass':>12}")
    short = []
    for name in names:
        fast, plain = measure(name)
        ratio = max(fast) / max(plain)
        middle = median(a / b for a, b in zip(fast, plain, strict=True))
        print(f"{name:<30}{max(fast):>12,.0f}{max(plain):>10,.0f}{ratio:>8.0f}{middle:>12.0f}", flush=True)
        if ratio < WANTED:
            short.append(name)
    rng = generator("majority", "bench", LENGTHS, 0)
    # The number of calls is large enough for a clock that ticks a hundred times a second.
    floor = max(words_a_second(lambda _: halves(rng, WORDS * LENGTHS[1]), WORDS, 100 * CALLS) for _ in range(PASSES))
    print(f"\nthe random numbers alone, 32 bits for each of {LENGTHS[1]} letters: {floor:,.0f} words/s;")
    print("majority draws 1.6 words for each that it gives: those without a single mode are left out")
    print(f"\nunder {WANTED} times: {', '.join(short) or 'none'}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
