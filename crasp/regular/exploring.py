"""The automaton of a program, found by asking the program for its answers; checked, not proved.

Words are one state while no ending that has been tried tells them apart (Angluin's table). A word on which the
automaton so found and the program differ gives more endings to try.
"""

import random
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from crasp import ir
from crasp.interpreter import Words, run
from crasp.regular.automaton import Automaton, explore

MOST_STATES = 100
MANY_WORDS = 20_000
WALKS, WALK_LENGTH = 200, 200
Word = tuple[int, ...]


@dataclass(frozen=True)
class Explored:
    """An automaton that answers as the program on every word that was tried; None where it would be too large."""

    automaton: Automaton | None
    checked: str


def explore_program(program: ir.Program, *, seed: int = 0) -> Explored:
    """The minimal automaton of what the program answers: whether it accepts, else which outputs it allows."""
    oracle = _Oracle(program)
    endings: list[Word] = [()]
    while True:
        automaton = _hypothesis(oracle, endings)
        if automaton is None:
            return Explored(None, f"more than {MOST_STATES} states were found")
        length, words = _words_to_try(automaton, random.Random(seed))
        given = oracle.answers(words)
        wrong = next(
            (w for w, answer in zip(words, given, strict=True) if automaton.outputs[_run(automaton, w)] != answer), None
        )
        if wrong is None:
            checked = f"all words to length {length} and {WALKS} random walks of length {WALK_LENGTH}"
            return Explored(automaton, f"equal to the program on {checked}; not proved")
        endings += [wrong[k:] for k in range(len(wrong)) if wrong[k:] not in endings]


class _Oracle:
    """The program's answers, each word asked once."""

    def __init__(self, program: ir.Program) -> None:
        self.program = program
        self.known: dict[Word, Hashable] = {}

    def answers(self, words: Sequence[Word]) -> list[Hashable]:
        by_length: dict[int, list[Word]] = {}
        for word in words:
            if word not in self.known:
                by_length.setdefault(len(word), []).append(word)
        for length, some in by_length.items():
            self.known |= zip(some, self._ask(some, length), strict=True)
        return [self.known[word] for word in words]

    def _ask(self, words: list[Word], length: int) -> Iterable[Hashable]:
        tokens = np.array(words, dtype=np.int64).reshape(len(words), length)
        outputs = run(self.program, Words(tokens, np.full(len(words), length, dtype=np.int64)))
        if outputs.accept is not None:
            return [bool(value) for value in outputs.accept]
        return [tuple(row) for row in outputs.next[:, length].tolist()]


def _hypothesis(oracle: _Oracle, endings: Sequence[Word]) -> Automaton | None:
    """The automaton whose states are the rows of the table; None if there are too many."""
    letters = range(len(oracle.program.alphabet))

    def row(word: Word) -> tuple[Hashable, ...]:
        return tuple(oracle.answers([word + ending for ending in endings]))

    numbers = {row(()): 0}
    order: list[Word] = [()]
    successors = []
    for word in order:  # grows while it is read
        oracle.answers([(*word, letter, *ending) for letter in letters for ending in endings])
        targets = []
        for letter in letters:
            longer = (*word, letter)
            name = row(longer)
            if name not in numbers:
                if len(order) == MOST_STATES:
                    return None
                numbers[name] = len(order)
                order.append(longer)
            targets.append(numbers[name])
        successors.append(targets)
    outputs = [row(word)[0] for word in order]
    return explore(0, oracle.program.alphabet, lambda s, a: successors[s][a], outputs.__getitem__)


def _words_to_try(automaton: Automaton, rng: random.Random) -> tuple[int, list[Word]]:
    """All short words, and random walks that rarely enter a state that no letter leaves."""
    letters = len(automaton.alphabet)
    length = 1
    while letters ** (length + 1) <= MANY_WORDS and length < 2 * MOST_STATES:
        length += 1
    words = [word for n in range(length + 1) for word in product(range(letters), repeat=n)]
    sinks = {s for s, row in enumerate(automaton.successors) if all(t == s for t in row)}
    for _ in range(WALKS):
        state, walk = 0, list[int]()
        favourite = rng.randrange(letters)
        weight = rng.random()
        for _ in range(WALK_LENGTH):
            row = automaton.successors[state]
            going_on = [a for a in range(letters) if row[a] not in sinks] or list(range(letters))
            letter = favourite if favourite in going_on and rng.random() < weight else rng.choice(going_on)
            walk.append(letter)
            state = row[letter]
        words += [tuple(walk[:k]) for k in {WALK_LENGTH, rng.randrange(WALK_LENGTH)}]
    return length, words


def _run(automaton: Automaton, word: Word) -> int:
    state = 0
    for letter in word:
        state = automaton.successors[state][letter]
    return state
