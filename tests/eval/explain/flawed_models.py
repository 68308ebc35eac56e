"""Models that are a program but for a few words, drawn by a hash of the word: their errors have no pattern."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from eval.explain.answers.asked_answers import NextTokens, TokenNumbers
from eval.explain.next_sets import Masks, NextSets, with_dead

FIRST, LAST = (
    6,
    24,
)  # letters of the prefixes after which a set may be wrong: few words share one, longer words have one


def hashes(words: Words, seed: int) -> NDArray[np.uint64]:
    """A number for each prefix, (words, positions 0..longest)."""
    found = np.full((len(words.lengths), words.tokens.shape[1] + 1), 1469598103934665603 + 7919 * seed, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for place, letters in enumerate(words.tokens.T):
            found[:, place + 1] = (found[:, place] ^ (letters + 2).astype(np.uint64)) * np.uint64(1099511628211)
        for shift, times in ((31, 0xBF58476D1CE4E5B9), (29, 0x94D049BB133111EB)):
            found = (found ^ (found >> np.uint64(shift))) * np.uint64(times)
    return found ^ (found >> np.uint64(32))


def drawn(numbers: NDArray[np.uint64], share: float) -> NDArray[np.bool_]:
    """So large a share of the numbers."""
    return np.asarray((numbers >> np.uint64(11)).astype(np.float64) / 2**53 < share)


@dataclass(frozen=True)
class FlawedSets:
    """A set with one token more or less after one prefix of so large a share of the words."""

    source: NextSets
    share: float
    seed: int

    @property
    def alphabet(self) -> tuple[str, ...]:
        return self.source.alphabet

    def masks(self, words: Words) -> Masks:
        masks, numbers = np.maximum(self.source.masks(words), 0), hashes(words, self.seed)
        places = np.arange(masks.shape[1])
        wrong = drawn(numbers, self.share / (LAST - FIRST + 1)) & (places >= FIRST) & (places <= LAST)
        token = (numbers & np.uint64(255)).astype(np.int64) % (len(self.alphabet) + 1)
        return with_dead(np.where(wrong, masks ^ (1 << token), masks), words)


@dataclass(frozen=True)
class FlawedAnswers:
    """Another first token of the answer to so large a share of the words."""

    source: NextTokens
    share: float
    seed: int
    mark: int

    @property
    def alphabet(self) -> tuple[str, ...]:
        return self.source.alphabet

    def after(self, words: Words) -> TokenNumbers:
        found, numbers = self.source.after(words).copy(), hashes(words, self.seed)
        asked = np.zeros_like(found, dtype=bool)
        asked[:, 1:] = words.tokens == self.mark
        other = (found + 1 + (numbers & np.uint64(7)).astype(np.int64)) % (len(self.alphabet) - 1)
        return np.where(asked & drawn(numbers, self.share), other, found)
