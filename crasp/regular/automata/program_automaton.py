"""Finds the automaton of a program by asking the program for its answers. The result is tested, not proved.

Two words lead to one state as long as no suffix that has been tried tells them apart (Angluin's observation table).
If the automaton so found and the program differ on a word, one suffix of that word is tried too: the one that tells a
state's word from another that led there (Rivest and Schapire 1993). So each suffix makes the automaton larger.
"""

import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.meaning.interpreter import Words, run
from crasp.meaning.operations import IntegerArray
from crasp.regular.automata.automaton import Automaton, explore
from tasks.ground.automata.automaton import LetterNumbers

MOST_STATES = 60
MANY_WORDS = 20_000  # all words are tried up to the largest length that has at most this many
WALKED_WORDS, BLOCK_WORDS, RANDOM_LENGTH = 200, 1_000, 200  # how many random words of each kind, and their length
MOST_PAIRS = 400  # pairs of letters (a, b) for which words a^k b^j are tried
MOST_LETTERS = 30


@dataclass(frozen=True)
class Explored:
    """An automaton that gave the program's answers on every word that was tried, and a sentence that says which.

    The automaton is None if it would be too large.
    """

    automaton: Automaton | None
    checked: str


def explore_program(program: ir.Program) -> Explored:
    """The minimal automaton of a program's answers: whether it accepts, or else which tokens it allows next."""
    oracle = _Oracle(program)
    letters = len(program.alphabet)
    if letters > MOST_LETTERS:
        return Explored(None, f"programs over at most {MOST_LETTERS} letters are explored, the limit here")
    too_many = Explored(None, f"more than {MOST_STATES} states were found")
    if _grows_with_repetitions(oracle, letters):
        return too_many
    length = 1
    while letters ** (length + 1) <= MANY_WORDS and length < RANDOM_LENGTH:
        length += 1
    every = np.array(list(product(range(letters), repeat=length)), dtype=np.int64)
    fixed = [(words, oracle.everywhere(words)) for words in (every, _blocks(letters, random.Random(0)))]
    endings: list[LetterNumbers] = [()]
    while True:
        table = _table(oracle, endings)
        if table is None:
            return too_many
        automaton = explore(
            0, program.alphabet, lambda s, a, table=table: table.successors[s][a], table.outputs.__getitem__
        )
        walks = _walks(automaton, random.Random(0))
        tried = [*fixed, (walks, oracle.everywhere(walks))]
        wrong = next((word for each in tried if (word := _difference(oracle, automaton, *each)) is not None), None)
        if wrong is None:
            checked = (
                f"all words to length {length} and {WALKED_WORDS + BLOCK_WORDS:,} random ones of length {RANDOM_LENGTH}"
            )
            return Explored(automaton, f"equal to the program on {checked}; not proved")
        endings.append(_telling_suffix(oracle, table, wrong))


# --- what the program answers --------------------------------------------------------------------------------


class _Oracle:
    """Gives the program's answers at every position of words. The answer for a single word is computed only once."""

    def __init__(self, program: ir.Program) -> None:
        answers = program.next if program.accept is None else (("accept", program.accept),)
        self.single = program.accept is not None
        self.program = ir.Program(program.alphabet, program.lines, program.definitions, None, answers)
        self.known: dict[LetterNumbers, Hashable] = {}

    def everywhere(self, words: IntegerArray) -> NDArray[np.bool_]:
        """The answers of shape (words, positions 0..n, answers) for words of one length n, given as (words, n)."""
        lengths = np.full(len(words), words.shape[1], dtype=np.int64)
        return run(self.program, Words(words, lengths)).next

    def named(self, answer: NDArray[np.bool_]) -> Hashable:
        """The answer at one position, as the output of an automaton's state."""
        return bool(answer[0]) if self.single else tuple(answer.tolist())

    def answers(self, words: Sequence[LetterNumbers]) -> list[Hashable]:
        """The answer after each word."""
        by_length: dict[int, list[LetterNumbers]] = {}
        for word in words:
            if word not in self.known:
                by_length.setdefault(len(word), []).append(word)
        for length, some in by_length.items():
            found = self.everywhere(np.array(some, dtype=np.int64).reshape(len(some), length))
            self.known |= zip(some, map(self.named, found[:, length]), strict=True)
        return [self.known[word] for word in words]


def _grows_with_repetitions(oracle: _Oracle, letters: int) -> bool:
    """Whether words a^k b^j show more than MOST_STATES states, for some letters a and b."""
    pairs = list(product(range(letters), repeat=2))
    size = MOST_STATES + MOST_STATES // 2  # some of the first words may be alike
    for first, second in random.Random(0).sample(pairs, min(len(pairs), MOST_PAIRS)):
        words = np.where(np.arange(2 * size) < np.arange(size)[:, None], first, second)
        found = oracle.everywhere(words)
        rows = {found[k, k : k + size].tobytes() for k in range(size)}
        if len(rows) > MOST_STATES:
            return True
    return False


# --- the automaton -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _ObservedRows:
    """The different rows of the observation table, each of which is a state, with a word that leads to it."""

    words: tuple[LetterNumbers, ...]
    successors: tuple[tuple[int, ...], ...]  # (states, letters)
    outputs: tuple[Hashable, ...]


def _table(oracle: _Oracle, endings: Sequence[LetterNumbers]) -> _ObservedRows | None:
    """The observation table with these endings, the first of which is the empty word; None if it has too many rows."""
    letters = range(len(oracle.program.alphabet))

    def row(word: LetterNumbers) -> tuple[Hashable, ...]:
        return tuple(oracle.answers([word + ending for ending in endings]))

    numbers = {row(()): 0}
    order: list[LetterNumbers] = [()]
    successors = []
    for word in order:  # grows while it is read
        oracle.answers([(*word, letter, *ending) for letter in letters for ending in endings])
        targets = []
        for letter in letters:
            name = row((*word, letter))
            if name not in numbers:
                if len(order) == MOST_STATES:
                    return None
                numbers[name] = len(order)
                order.append((*word, letter))
            targets.append(numbers[name])
        successors.append(tuple(targets))
    return _ObservedRows(tuple(order), tuple(successors), tuple(row(word)[0] for word in order))


def _telling_suffix(oracle: _Oracle, table: _ObservedRows, wrong: LetterNumbers) -> LetterNumbers:
    """A suffix of a word on which table and program differ that tells apart two words which lead to one state."""
    states = [0]
    for letter in wrong:
        states.append(table.successors[states[-1]][letter])

    def answer(k: int) -> Hashable:
        """The program's answer after the word of the state that the first k letters lead to, and the other letters."""
        return oracle.answers([table.words[states[k]] + wrong[k:]])[0]

    low, high = 0, len(wrong)  # the answers after these numbers of letters differ
    first = answer(low)
    while high - low > 1:
        middle = (low + high) // 2
        if answer(middle) == first:
            low = middle
        else:
            high = middle
    return wrong[high:]


def _difference(
    oracle: _Oracle, automaton: Automaton, words: IntegerArray, found: NDArray[np.bool_]
) -> LetterNumbers | None:
    """A shortest prefix of the words after which the automaton and the program differ; None if there is none.

    Args:
        oracle: The program.
        automaton: The automaton.
        words: (words, letters) the words.
        found: (words, positions 0..letters, answers) the program's answers on them.
    """
    successors = np.array(automaton.successors)
    right = np.array([[output] if oracle.single else output for output in automaton.outputs], dtype=bool)
    state = np.zeros(len(words), dtype=np.int64)
    for position in range(words.shape[1] + 1):
        differs = np.flatnonzero((found[:, position] != right[state]).any(axis=1))
        if len(differs):
            return tuple(words[differs[0], :position].tolist())
        if position < words.shape[1]:
            state = successors[state, words[:, position]]
    return None


# --- words to try --------------------------------------------------------------------------------------------


def _walks(automaton: Automaton, rng: random.Random) -> IntegerArray:
    """Random walks through the automaton, of shape (WALKED_WORDS, RANDOM_LENGTH).

    Each walk prefers some letters over others. Every other walk avoids the states that no letter leaves.
    """
    letters = range(len(automaton.alphabet))
    sinks = {s for s, row in enumerate(automaton.successors) if all(t == s for t in row)}
    walks = []
    for number in range(WALKED_WORDS):
        state, walk = 0, list[int]()
        weights = [rng.random() ** 2 + 0.01 for _ in letters]
        for _ in range(RANDOM_LENGTH):
            row = automaton.successors[state]
            going_on = [a for a in letters if number % 2 or row[a] not in sinks] or letters
            (letter,) = rng.choices(going_on, [weights[a] for a in going_on])
            walk.append(letter)
            state = row[letter]
        walks.append(walk)
    return np.array(walks, dtype=np.int64)


def _blocks(letters: int, rng: random.Random) -> IntegerArray:
    """Words made of short blocks, each repeated many times, of shape (BLOCK_WORDS, RANDOM_LENGTH).

    Some of the blocks are repeated equally often, since programs that count compare such numbers.
    """
    words = []
    for number in range(BLOCK_WORDS):
        word: list[int] = []
        if number % 2:  # begin with some letters, each repeated equally often
            order = rng.sample(range(letters), rng.randint(1, min(letters, 6)))
            word = np.repeat(order, rng.randint(1, RANDOM_LENGTH // len(order))).tolist()
        often = rng.randint(1, RANDOM_LENGTH // 2)
        while len(word) < RANDOM_LENGTH:
            block = [rng.randrange(letters) for _ in range(rng.choice((1, 1, 2, 3)))]
            times = rng.choice((often, often, 2 * often, often + 1, rng.randint(1, often)))
            word += block * times
        words.append(word[:RANDOM_LENGTH])
    return np.array(words, dtype=np.int64)
