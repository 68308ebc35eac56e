"""Makes arrays of words from others: several joined into one, or the same words over another alphabet."""

from collections.abc import Sequence

import numpy as np

from crasp.meaning.interpreter import Words


def joined(*parts: Words) -> Words:
    """The words of all parts in one array, one part after the other."""
    width = max(part.tokens.shape[1] for part in parts)
    tokens = [
        np.pad(part.tokens.astype(np.int64), ((0, 0), (0, width - part.tokens.shape[1])), constant_values=-1)
        for part in parts
    ]
    return Words(np.concatenate(tokens), np.concatenate([part.lengths for part in parts]))


def renumbered(words: Words, alphabet: Sequence[str], other: Sequence[str]) -> Words:
    """The same words over another alphabet.

    Args:
        words: The words, each token given by its number in `alphabet`.
        alphabet: Their alphabet.
        other: The other alphabet, which has all of their tokens.
    """
    numbers = np.array([other.index(letter) for letter in alphabet])
    return Words(np.where(words.tokens < 0, -1, numbers[np.maximum(words.tokens, 0)]), words.lengths)
