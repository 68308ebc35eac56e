"""Members of a language: as they are drawn, and what may follow each of their prefixes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.words import BOS, EOS, Example, Word


@dataclass(frozen=True)
class DrawnMembers:
    """Members and what may follow each prefix.

    letters  (words, longest)      numbers of letters, that of `<pad>` past a row's length
    allowed  (words, longest + 1)  the outputs that may come next, packed; none past a row's length
    """

    letters: NDArray[np.int16]
    allowed: NDArray[np.generic]


DrawMembers: TypeAlias = Callable[[np.random.Generator, NDArray[np.int64]], DrawnMembers]


def packed(allowed: NDArray[np.bool_]) -> NDArray[np.generic]:
    """Each row of outputs (..., outputs) as one item (...), so that it is moved as one."""
    outputs = allowed.shape[-1]
    width = next((size for size in (1, 2, 4, 8) if size >= outputs), outputs)
    whole = np.zeros((*allowed.shape[:-1], width), dtype=np.bool_)
    whole[..., :outputs] = allowed
    return whole.view(f"u{width}" if width <= 8 else f"V{width}")[..., 0]


def unpacked(items: NDArray[np.generic], outputs: int) -> NDArray[np.bool_]:
    """The inverse of `packed`: (..., outputs)."""
    items = np.ascontiguousarray(items)
    return items[..., None].view(np.bool_)[..., :outputs]


def continuation_label(
    alphabet: tuple[str, ...], continuations: Callable[[Word], tuple[Word, ...]]
) -> Callable[[Word], Example]:
    """The labels that follow from a function that gives, for each prefix of a word, what may come next.

    ValueError for a word with a token that the alphabet lacks.
    """

    def label(word: Word) -> Example:
        check_letters(word, alphabet)
        return Example((BOS, *word), tuple(range(len(word) + 1)), continuations(word))

    return label


def check_letters(word: Word, alphabet: tuple[str, ...]) -> None:
    """ValueError, with its place, for a token that is not one of the letters."""
    for place, token in enumerate(word, start=1):
        if token not in alphabet:
            raise ValueError(f"expected letters of {' '.join(alphabet)}, found {token!r} at position {place}")


def targets_of(alphabet: tuple[str, ...], letters: tuple[bool, ...], *, end: bool) -> Word:
    """The letters that are allowed, in order, and `<eos>` if the word may end."""
    allowed = tuple(letter for letter, holds in zip(alphabet, letters, strict=True) if holds)
    return (*allowed, EOS) if end else allowed
