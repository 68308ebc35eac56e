"""Words whose labels are asked for, because the language is known: all short words, random words, and near-misses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from crasp.learning.compared_prefixes import PointWord, padded, points_of
from tasks.ground.automata.automaton import Automaton

SHORT_WORDS, DRAWN_WORDS, LONGEST_LETTERS = 600, 1_000, 50  # the most short words, drawn words, and letters of these
LONGEST_SHORT_LETTERS = 400  # the largest length of short words, which is reached only over one letter
CONFIRMING_SHORT_WORDS, CONFIRMING_WORDS, CONFIRMING_LETTERS = 3_000, 1_500, 120  # the same for confirming words

Membership = Callable[[Sequence[PointWord]], Sequence[bool]]
DrawWords = Callable[[np.random.Generator, int, int], list[PointWord]]  # given how many words, and the largest length


@dataclass(frozen=True)
class AskedLanguage:
    """A language whose words can be labelled.

    `members` gives the labels of words, and `draw` makes random words near the boundary of the language. `automaton` is
    the language's automaton if it is regular and known.
    """

    alphabet: tuple[str, ...]
    members: Membership
    draw: DrawWords
    automaton: Automaton | None = None

    def words(self, rng: np.random.Generator, *, confirming: bool = False) -> list[PointWord]:
        """All short words and some random ones, each once; more and longer words if `confirming`."""
        most, drawn, longest = (
            (CONFIRMING_SHORT_WORDS, CONFIRMING_WORDS, CONFIRMING_LETTERS)
            if confirming
            else (SHORT_WORDS, DRAWN_WORDS, LONGEST_LETTERS)
        )
        return list(dict.fromkeys(short_words(len(self.alphabet), most) + self.draw(rng, drawn, longest)))

    def labels(self, words: Sequence[PointWord]) -> dict[PointWord, bool]:
        """The labels of all prefixes of the words."""
        prefixes = points_of(self.alphabet, words).words
        return dict(zip(prefixes, map(bool, self.members(prefixes)), strict=True))


def short_words(letters: int, most: int) -> list[PointWord]:
    """All words up to a length: the largest length for which there are at most `most` words in all."""
    words: list[PointWord] = [()]
    for length in range(1, min(most, LONGEST_SHORT_LETTERS) + 1):
        if len(words) + letters**length > most:
            break
        words += product(range(letters), repeat=length)
    return words


def automaton_language(automaton: Automaton) -> AskedLanguage:
    """The language of an automaton, with random words of which every other one has one letter replaced."""
    successors, accepting = automaton.successors, [bool(output) for output in automaton.outputs]
    live = set(np.flatnonzero(accepting).tolist())
    while more := {s for s, row in enumerate(successors) if s not in live and live & set(row)}:
        live |= more

    steps = np.array([[*row, state] for state, row in enumerate(successors)], dtype=np.int64)  # an ended word stays

    def members(words: Sequence[PointWord]) -> list[bool]:
        states = np.zeros(len(words), dtype=np.int64)
        for letters in padded(words, len(automaton.alphabet)).T:
            states = steps[states, letters]
        return [accepting[state] for state in states.tolist()]

    def walk(rng: np.random.Generator, length: int) -> PointWord:
        found, word = 0, []
        for chance in rng.random(length).tolist():
            letters = [k for k, to in enumerate(successors[found]) if to in live] or list(range(len(successors[0])))
            word.append(letters[int(chance * len(letters))])
            found = successors[found][word[-1]]
        return tuple(word)

    def draw(rng: np.random.Generator, number: int, longest: int) -> list[PointWord]:
        words: list[PointWord] = []
        for k, length in enumerate(rng.integers(1, longest + 1, size=number).tolist()):
            word = walk(rng, length)
            if k % 2:
                place = int(rng.integers(length))
                word = (*word[:place], int(rng.integers(len(automaton.alphabet))), *word[place + 1 :])
            words.append(word)
        return words

    return AskedLanguage(automaton.alphabet, members, draw, automaton)
