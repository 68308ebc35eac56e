"""Members of a language, as they are drawn, and what may follow each of their prefixes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.words import BOS, EOS, Example, Word


@dataclass(frozen=True)
class DrawnMembers:
    """Members, with what may follow each of their prefixes.

    letters  (words, longest)      the numbers of letters; that of `<pad>` past a row's length
    allowed  (words, longest + 1)  the outputs that may come next, packed; none past a row's length
    """

    letters: NDArray[np.int16]
    allowed: NDArray[np.generic]


DrawMembers: TypeAlias = Callable[[np.random.Generator, NDArray[np.int64]], DrawnMembers]


def packed(allowed: NDArray[np.bool_]) -> NDArray[np.generic]:
    """Return each vector of outputs (..., outputs) as a single item (...), which is faster to move."""
    outputs = allowed.shape[-1]
    width = next((size for size in (1, 2, 4, 8) if size >= outputs), outputs)
    whole = np.zeros((*allowed.shape[:-1], width), dtype=np.bool_)
    whole[..., :outputs] = allowed
    return whole.view(f"u{width}" if width <= 8 else f"V{width}")[..., 0]


def unpacked(items: NDArray[np.generic], outputs: int) -> NDArray[np.bool_]:
    """Return the vectors of outputs, (..., outputs), that `packed` made into items."""
    items = np.ascontiguousarray(items)
    return items[..., None].view(np.bool_)[..., :outputs]


def continuation_label(
    alphabet: tuple[str, ...], continuations: Callable[[Word], tuple[Word, ...]]
) -> Callable[[Word], Example]:
    """Return the label function of a language's task.

    It raises ValueError for a word with a token outside the alphabet.

    Args:
        alphabet: The letters.
        continuations: Given a word, it returns for each of its prefixes what may come next.
    """

    def label(word: Word) -> Example:
        check_letters(word, alphabet)
        return Example((BOS, *word), tuple(range(len(word) + 1)), continuations(word))

    return label


def check_letters(word: Word, alphabet: tuple[str, ...]) -> None:
    """Raise ValueError for a token that is not one of the letters; the message has its position."""
    for place, token in enumerate(word, start=1):
        if token not in alphabet:
            raise ValueError(f"expected letters of {' '.join(alphabet)}, found {token!r} at position {place}")


def targets_of(alphabet: tuple[str, ...], letters: tuple[bool, ...], *, end: bool) -> Word:
    """Return the letters that are allowed, in order, then `<eos>` if the word may end.

    Args:
        alphabet: The letters.
        letters: For each letter whether it may come next.
        end: Whether the word may end.
    """
    allowed = tuple(letter for letter, holds in zip(alphabet, letters, strict=True) if holds)
    return (*allowed, EOS) if end else allowed
