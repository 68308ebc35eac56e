"""Words with their answers, read letter by letter, and what is known of each letter at the places where a token is due.

Numbers of letters are arrays (places, letters), in which the mark is one of the letters.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from eval.explain.atoms import MODULI

MOST_PAIRED = 30  # the largest alphabet for which pairs of letters are recorded

LetterArray = NDArray[np.int16]
LetterFlags = NDArray[np.bool_]


@dataclass(frozen=True)
class AnswerPlaces:
    """What is known at each place where a token is due.

    number            (places, letters)           how often each letter was read
    inside            (places, letters)           how often it was read before the mark
    said              (places, letters)           how often it was read from the mark on
    age               (places, letters)           the number of positions from its first occurrence to here
    residues          (places, 9, letters)        how often it was read before the mark, by residues modulo MODULI
    follows           (places, letters, letters)  whether the second letter has come right after the first; may be None
    pair_age          (places, letters, letters)  the number of positions since it first did; may be None
    length            (places,)                   letters before the mark
    asked             (places,)                   positions from the mark on
    last, back        (places,)                   the letter here, and the one before
    """

    mark: int
    number: LetterArray
    inside: LetterArray
    said: LetterArray
    age: LetterArray
    residues: LetterArray
    follows: LetterFlags | None
    pair_age: LetterArray | None
    length: LetterArray
    asked: LetterArray
    last: NDArray[np.int64]
    back: NDArray[np.int64]

    @property
    def letters(self) -> int:
        """The number of letters, including the mark."""
        return int(self.number.shape[1])

    def rows(self, chosen: NDArray[np.int64]) -> "AnswerPlaces":
        """Some of the places, by their numbers."""
        return joined_places([self], [chosen])


FIELDS = ("number", "inside", "said", "age", "residues", "follows", "pair_age", "length", "asked", "last", "back")


def joined_places(parts: list[AnswerPlaces], chosen: list[NDArray[np.int64]] | None = None) -> AnswerPlaces:
    """The places of all parts, one part after the other; with `chosen`, only those rows of each part."""
    fields: dict[str, Any] = {}
    for name in FIELDS:
        values = [getattr(part, name) for part in parts]
        if values[0] is None:
            fields[name] = None
            continue
        rows = values if chosen is None else [value[rows] for value, rows in zip(values, chosen, strict=True)]
        fields[name] = np.concatenate(rows)
    return AnswerPlaces(parts[0].mark, **fields)


class WordReader:
    """A reader of some words, one letter at a time."""

    def __init__(self, words: int, letters: int, mark: int) -> None:
        def zeros(*shape: int) -> LetterArray:
            return np.zeros((words, *shape), dtype=np.int16)

        self.mark = mark
        self.number, self.inside, self.said, self.age = (zeros(letters) for _ in range(4))
        self.seen = np.zeros((words, letters), dtype=bool)
        self.residues = zeros(sum(MODULI), letters)
        paired = letters <= MOST_PAIRED
        self.follows = np.zeros((words, letters, letters), dtype=bool) if paired else None
        self.pair_age = zeros(letters, letters) if paired else None
        self.length, self.asked = zeros(), zeros()
        self.last, self.back = np.full(words, -1), np.full(words, -1)

    def read(self, rows: NDArray[np.int64], tokens: NDArray[np.int64]) -> None:
        """Read one more letter of each of these words."""
        asked = (self.asked[rows] > 0) | (tokens == self.mark)
        self.length[rows] += ~asked
        self.asked[rows] += asked
        self.number[rows, tokens] += 1
        self.inside[rows, tokens] += ~asked
        self.said[rows, tokens] += asked
        self.seen[rows, tokens] = True
        self.age[rows] += self.seen[rows]
        first = 0
        for modulus in MODULI:
            self.residues[rows, first + self.length[rows] % modulus, tokens] += ~asked
            first += modulus
        if self.follows is not None and self.pair_age is not None:
            later = self.last[rows] >= 0
            self.follows[rows[later], self.last[rows[later]], tokens[later]] = True
            self.pair_age[rows] += self.follows[rows]
        self.back[rows] = self.last[rows]
        self.last[rows] = tokens

    def places(self, rows: NDArray[np.int64]) -> AnswerPlaces:
        """What is known of these words at the positions up to which they have been read."""
        fields: dict[str, Any] = {}
        for name in FIELDS:
            values = getattr(self, name)
            fields[name] = None if values is None else values[rows].copy()
        return AnswerPlaces(self.mark, **fields)


def places_of(
    words: Words, starts: NDArray[np.int64], letters: int, mark: int
) -> tuple[AnswerPlaces, NDArray[np.int64], NDArray[np.int64]]:
    """The places of words from their mark to their last letter, with the word and the position of each place.

    Args:
        words: The words with their answers.
        starts: The position of each word's mark, (words,).
        letters: The number of letters, including the mark.
        mark: The number of the mark.
    """
    reader = WordReader(len(words.lengths), letters, mark)
    parts, rows_of, positions = [], [], []
    for position in range(1, words.tokens.shape[1] + 1):
        rows = np.flatnonzero(words.lengths >= position)
        reader.read(rows, words.tokens[rows, position - 1].astype(np.int64))
        due = rows[starts[rows] <= position]
        if len(due):
            parts.append(reader.places(due))
            rows_of.append(due)
            positions.append(np.full(len(due), position))
    if not parts:
        none = np.zeros(0, np.int64)
        parts, rows_of, positions = [reader.places(none)], [none], [none]
    return joined_places(parts), np.concatenate(rows_of), np.concatenate(positions)
