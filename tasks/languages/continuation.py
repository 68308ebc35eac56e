"""Languages as tasks: `<bos> w`, judged at every position by the tokens that may come next.

After a prefix the targets are every letter with which it is still a prefix of a member, and `<eos>` if it is
a member itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.lengths import check_request, draw_lengths, inside
from tasks.drawing.mixture import Strata, draw_strata, rows_of
from tasks.task import BOS, EOS, PAD, SPECIAL, Batch, Example, Sampler, Word


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


def continuation_sampler(
    task: str,
    alphabet: tuple[str, ...],
    exist: Callable[[int], NDArray[np.bool_]],
    draws: tuple[DrawMembers, DrawMembers, DrawMembers],
) -> Sampler:
    """A sampler of lengths marked by `exist(longest)`, of members drawn for lengths by stratum."""

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        drawn_lengths = draw_lengths(rng, task, lengths, size, exist(lengths[1]))
        drawn, strata = _draw_members(rng, drawn_lengths, draws, len(alphabet) + SPECIAL.index(PAD))
        tokens = np.empty((size, drawn.letters.shape[1] + 1), dtype=np.int64)  # (words, positions)
        tokens[:, 0] = len(alphabet) + SPECIAL.index(BOS)
        tokens[:, 1:] = drawn.letters
        judged = inside(drawn_lengths + 1, tokens.shape[1])
        return Batch(tokens, judged, unpacked(drawn.allowed, len(alphabet) + 1), drawn_lengths, strata)

    return sample


def _draw_members(
    rng: np.random.Generator, lengths: NDArray[np.int64], draws: tuple[DrawMembers, ...], filling: int
) -> tuple[DrawnMembers, Strata]:
    """Members of these lengths, each by the draw of its stratum; and the strata."""
    strata = draw_strata(rng, len(lengths))
    rows = rows_of(strata)
    parts = [draws[number](rng, lengths[chosen]) for number, chosen in rows.items()]
    longest = int(lengths.max(initial=0))
    letters = np.full((len(lengths), longest), filling, dtype=np.int16)
    allowed = np.zeros((len(lengths), longest + 1), dtype=parts[0].allowed.dtype)
    for chosen, part in zip(rows.values(), parts, strict=True):
        letters[chosen, : part.letters.shape[1]] = part.letters
        allowed[chosen, : part.allowed.shape[1]] = part.allowed
    return DrawnMembers(letters, allowed), strata


def targets_of(alphabet: tuple[str, ...], letters: tuple[bool, ...], *, end: bool) -> Word:
    """The letters that are allowed, in order, and `<eos>` if the word may end."""
    allowed = tuple(letter for letter, holds in zip(alphabet, letters, strict=True) if holds)
    return (*allowed, EOS) if end else allowed
