"""Languages as tasks: `<bos> w`, judged at every position by the tokens that may come next.

After a prefix the targets are every letter with which it is still a prefix of a member, and `<eos>` if it is
a member itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.randomness import check_request, draw_lengths
from tasks.task import BOS, EOS, PAD, SPECIAL, Batch, Example, Sampler, Word


@dataclass(frozen=True)
class DrawnMembers:
    """Members and what may follow each prefix; what lies past a row's length has no meaning.

    letters  (words, longest)             numbers of letters
    allowed  (words, longest + 1, outputs) bool, outputs being the letters, then `<eos>`
    """

    letters: NDArray[np.int64]
    allowed: NDArray[np.bool_]


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


def continuation_sampler(
    task: str,
    alphabet: tuple[str, ...],
    exist: Callable[[int], NDArray[np.bool_]],
    draw: Callable[[np.random.Generator, NDArray[np.int64]], DrawnMembers],
) -> Sampler:
    """A sampler of lengths marked by `exist(longest)`, of members drawn for lengths by `draw`."""

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        drawn_lengths = draw_lengths(rng, task, lengths, size, exist(lengths[1]))
        drawn = draw(rng, drawn_lengths)
        columns = np.arange(drawn.letters.shape[1] + 1)
        judged = columns <= drawn_lengths[:, None]  # (words, positions)
        tokens = np.full(judged.shape, len(alphabet) + SPECIAL.index(BOS))
        tokens[:, 1:] = np.where(judged[:, 1:], drawn.letters, len(alphabet) + SPECIAL.index(PAD))
        return Batch(tokens, judged, drawn.allowed & judged[:, :, None], drawn_lengths)

    return sample


def targets_of(alphabet: tuple[str, ...], letters: tuple[bool, ...], *, end: bool) -> Word:
    """The letters that are allowed, in order, and `<eos>` if the word may end."""
    allowed = tuple(letter for letter, holds in zip(alphabet, letters, strict=True) if holds)
    return (*allowed, EOS) if end else allowed
