"""Random expressions and random automata."""

import random
import string

from hypothesis import strategies as st

from crasp.regular.automata.automaton import Automaton, automaton_of_regex, explore
from tasks.ground.automata.regex import parse_regex


def random_expression(rng: random.Random, size: int, letters: str) -> str:
    """An expression with that many letters."""
    if size == 1:
        return rng.choice(letters)
    kind = rng.random()
    if kind < 0.25:
        return f"({random_expression(rng, size - 1, letters)})*"
    if kind < 0.32:
        return f"({random_expression(rng, size - 1, letters)}){rng.choice('+?')}"
    cut = rng.randint(1, size - 1)
    left, right = random_expression(rng, cut, letters), random_expression(rng, size - cut, letters)
    return f"{left}{right}" if kind < 0.75 else f"({left}|{right})"


def starred_blocks(rng: random.Random, letters: str) -> str:
    """A star of some words: strongly connected, and near the borders between the families."""
    words = ["".join(rng.choices(letters, k=rng.randint(1, 4))) for _ in range(rng.randint(1, 3))]
    return f"({'|'.join(words)})*"


def random_regex(rng: random.Random) -> str:
    letters = string.ascii_lowercase[: rng.randint(1, 3)]
    return starred_blocks(rng, letters) if rng.random() < 0.5 else random_expression(rng, rng.randint(2, 12), letters)


def random_automaton(rng: random.Random, most: int) -> Automaton:
    """A minimal automaton of at most so many states, from a random table."""
    size, letters = rng.randint(2, most), rng.randint(1, 3)
    # A letter that maps few states to a dead one, and injectively otherwise, is where the verdicts vary.
    rows = []
    for _ in range(letters):
        targets = list(range(size))
        rng.shuffle(targets)
        dead = rng.random() * 0.7
        rows.append([0 if rng.random() < dead else t for t in targets])
    accepting = [rng.random() < 0.5 for _ in range(size)]
    start = rng.randrange(size)
    return explore(
        start, tuple(string.ascii_lowercase[:letters]), lambda state, letter: rows[letter][state], accepting.__getitem__
    )


def random_injections(rng: random.Random) -> Automaton:
    """A minimal automaton whose letters never merge two states that live: here triples and later rounds matter."""
    size, letters = rng.randint(3, 7), rng.randint(2, 4)
    rows = []
    for _ in range(letters):
        targets = list(range(size))
        rng.shuffle(targets)
        dead = rng.random() * 0.5
        rows.append([size if rng.random() < dead else target for target in targets] + [size])
    accepting = [rng.random() < 0.5 for _ in range(size)] + [False]
    return explore(
        0, tuple(string.ascii_lowercase[:letters]), lambda state, letter: rows[letter][state], accepting.__getitem__
    )


seeds = st.integers(0, 2**32 - 1)
regexes = seeds.map(lambda seed: random_regex(random.Random(seed)))
automata = st.one_of(
    regexes.map(lambda text: automaton_of_regex(parse_regex(text))),
    seeds.map(lambda seed: random_automaton(random.Random(seed), 7)),
)
injections = seeds.map(lambda seed: random_injections(random.Random(seed)))
