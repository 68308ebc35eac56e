"""Deciding regular languages: a thousand expressions, large automata, and how the cost grows with the automaton.

Every figure is of one thread, except where several workers are named. The grid is a two-dimensional Dyck language of
bounded depth: it has brackets of two kinds, each never deeper than its bound, and its states are pairs of depths.
Cylinders are grids whose second depth goes round.
"""

import os
import platform
import random
import resource
import string
import sys
import tempfile
from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np

from crasp.regular.answered_lines import answered_lines
from crasp.regular.automata.moore_machine import Component, components, machine_of
from crasp.regular.families.decision import counts, decide, looks_back, residues_for
from crasp.regular.families.family import FAMILIES
from crasp.regular.families.lookback_pairs import recurrent_pairs
from crasp.regular.printed_verdicts import Question
from tasks.ground.automata.automaton import Automaton, automaton_of_table
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.regex import automaton_of_regex, parse_regex
from tests.crasp.regular.decided import proved

EXPRESSIONS, SYMBOLS = 1_000, 30
SIZES = (8, 16, 32, 64, 128, 200)
EXPRESSION_LIMIT, PLAIN_LIMIT, BOTH_LIMIT, HARD_LIMIT = 10.0, 2.0, 120.0, 3.0  # seconds


def random_expression(rng: random.Random, size: int, letters: str) -> str:
    """Return a random expression with `size` letters or stars."""
    if size == 1:
        return rng.choice(letters)
    kind = rng.random()
    if kind < 0.2:
        return f"({random_expression(rng, size - 1, letters)})*"
    cut = rng.randint(1, size - 1)
    left, right = random_expression(rng, cut, letters), random_expression(rng, size - cut, letters)
    return f"{left}{right}" if kind < 0.75 else f"({left}|{right})"


def grid(width: int, height: int, *, round_: bool = False) -> Automaton:
    """Return the automaton of the depths of two kinds of brackets.

    With `round_`, every letter opens a bracket of the second kind, whose depth goes round.
    """
    rows = {}
    for x in range(width):
        for y in range(height):
            moves = {"a": (x + 1, y), "b": (x - 1, y), "c": (x, y + 1), "d": (x, y - 1)}
            if round_:
                moves = {"a": (x + 1, (y + 1) % height), "b": (x - 1, (y + 1) % height)}
            rows[x, y] = {k: (i, j) for k, (i, j) in moves.items() if 0 <= i < width and 0 <= j < height}
    return automaton_of_table("ab" if round_ else "abcd", rows, (0, 0), [(0, 0)])


def nested(depth: int) -> Automaton:
    return grid(depth + 1, 1)


def timed(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def bench_expressions() -> bool:
    rng = random.Random(0)
    texts = []
    while len(texts) < EXPRESSIONS:
        letters = string.ascii_lowercase[: rng.randint(1, 4)]
        text = random_expression(rng, rng.randint(5, SYMBOLS), letters)
        texts.append(text)
    verdicts: dict[str, int] = {}
    automata = []

    def all_of_them() -> None:
        for text in texts:
            automaton = automaton_of_regex(parse_regex(text))
            families = decide(machine_of(automaton))
            automata.append((automaton, families))
            name = " ".join("yes" if families[f] else "no " for f in FAMILIES)
            verdicts[name] = verdicts.get(name, 0) + 1

    seconds = timed(all_of_them)
    largest = max(len(automaton.outputs) for automaton, _ in automata)
    print(f"{EXPRESSIONS:,} expressions of up to {SYMBOLS} letters, four families: {seconds:.2f} s, limit 10 s")
    print(f"  automata of up to {largest} states; verdicts (plain, local, periodic, both):")
    for name, number in sorted(verdicts.items(), key=lambda item: -item[1]):
        print(f"    {name} {number}")

    def prove() -> None:
        for automaton, families in automata:
            assert proved(automaton).families == families

    print("  with programs and certificates, all run and checked:")
    print_rate("in this process", prove)
    bench_lines(texts)
    return seconds < EXPRESSION_LIMIT


def bench_lines(texts: Sequence[str]) -> None:
    """Decide the same expressions as lines of a file, by one worker process and by two."""
    question = Question("last", "membership", None, None, None)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
        file.write("".join(f"{text}\n" for text in texts))
        file.flush()
        for workers in (1, 2):

            def answer_all(workers: int = workers) -> None:
                lines = answered_lines(file.name, LanguageText(), question, str, workers=workers, as_json=True)
                assert all(line.status == 0 for line in lines)

            print_rate(f"as lines of JSON, {workers} worker{'s' * (workers > 1)}", answer_all)


def print_rate(name: str, work: Callable[[], None]) -> None:
    """Print how long the expressions took, on the clock and in CPU time, ended worker processes included."""
    before = processor_seconds()
    seconds = timed(work)
    used = processor_seconds() - before
    print(
        f"    {name:<27}{seconds:>7.2f} s, {EXPRESSIONS / seconds:.0f} a second; "
        f"{used:.2f} CPU seconds, {EXPRESSIONS / used:.0f} for each"
    )


def processor_seconds() -> float:
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, who))


def bench_hard() -> bool:
    """Decide three languages with large moduli, many words or many states; return whether all stay in the limit."""
    rng = random.Random(0)
    words = "|".join("".join(rng.choices(string.ascii_lowercase[:10], k=12)) for _ in range(500))
    ring = automaton_of_table("a", {k: {"a": (k + 1) % 512} for k in range(512)}, 0, [0])
    within = True
    print(f"verdicts alone, seconds (limit {HARD_LIMIT:g} s):")
    for name, build, asked in (
        ("(a{37}|b{41})*", lambda: automaton_of_regex(parse_regex("(a{37}|b{41})*")), None),
        ("500 words of 12 letters", lambda: automaton_of_regex(parse_regex(words)), None),
        ("512 states, plain alone", lambda: ring, "plain"),
    ):
        seconds = timed(lambda build=build, asked=asked: decide(machine_of(build()), asked=asked))  # type: ignore[misc]
        print(f"  {name:<26}{seconds:.2f}")
        within &= seconds < HARD_LIMIT
    return within


QUESTIONS: tuple[Callable[[Component], bool], ...] = (
    counts,
    lambda part: looks_back(part, residues=False),
    lambda part: looks_back(part, residues=True),
    lambda part: residues_for(part) is not None,
)


def all_of(question: Callable[[Component], bool], parts: Sequence[Component]) -> tuple[float, bool]:
    """Return the seconds that the question takes for all parts, and whether all answers are yes."""
    start = perf_counter()
    answer = all(question(part) for part in parts)
    return perf_counter() - start, answer


def bench_large() -> bool:
    within = True
    print("large automata, seconds (plain limit 2 s, periodic and local 120 s):")
    print(f"  {'':<16}{'states':>7}{'plain':>9}{'local':>9}{'both':>9}{'periodic':>10}  verdicts")
    for name, automaton in (
        ("D_200", nested(200)),
        ("grid 14 x 14", grid(14, 14)),
        ("cylinder 14 x 28", grid(14, 28, round_=True)),
        ("random 200", random_automaton(200)),
    ):
        parts = components(machine_of(automaton))
        plain, local, both, periodic = (all_of(question, parts) for question in QUESTIONS)
        answers = ("yes" if answer else "no" for _, answer in (plain, local, both, periodic))
        states = len(automaton.outputs)
        times = f"{plain[0]:>9.3f}{local[0]:>9.2f}{both[0]:>9.2f}{periodic[0]:>10.2f}"
        print(f"  {name:<16}{states:>7}{times}  {' '.join(answers)}")
        within &= plain[0] < PLAIN_LIMIT and both[0] < BOTH_LIMIT
    return within


def random_automaton(states: int) -> Automaton:
    """Return a random automaton over two letters, most of whose states are strongly connected.

    Each letter is a random partial injection that is undefined for about one state in twenty.
    """
    rng = random.Random(states)
    rows: dict[int, dict[str, int]] = {state: {} for state in range(states)}
    for letter in "ab":
        targets = rng.sample(range(states), states)
        for state, target in enumerate(targets):
            if rng.random() < 0.95:
                rows[state][letter] = target
    return automaton_of_table("ab", rows, 0, [0])


def fastest(question: Callable[[Component], object], size: int) -> float:
    """Return the seconds that the question takes for D_n: the least of three runs, each with empty caches."""
    seconds = []
    for _ in range(3):
        for answered in (machine_of, counts, looks_back, recurrent_pairs):
            answered.cache_clear()
        part = components(machine_of(nested(size)))[0]
        seconds.append(timed(lambda part=part: question(part)))  # type: ignore[misc]
    return min(seconds)


def bench_growth() -> None:
    print(f"cost as D_n grows, n = {', '.join(map(str, SIZES))}: seconds, and the exponent fitted to the last four")
    for name, question in zip(("plain", "local", "both"), QUESTIONS, strict=False):
        seconds = [fastest(question, size) for size in SIZES]
        slope = np.polyfit(np.log(SIZES[-4:]), np.log(seconds[-4:]), 1)[0]
        print(f"  {name:<6}{'  '.join(f'{s:.4f}' for s in seconds)}   n^{slope:.2f}")


def main() -> int:
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    within = bench_expressions()
    within &= bench_hard()
    within &= bench_large()
    bench_growth()
    print("every limit held" if within else "a limit was exceeded")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
