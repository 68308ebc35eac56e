"""Languages as tasks: the input `<bos> w` is judged at every position by the tokens that may come next.

The targets after a prefix are the letters that extend it to a prefix of some member, and `<eos>` if the prefix is
itself a member.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.lengths import check_request, draw_lengths, inside
from tasks.drawing.mixture import Strata, draw_strata, rows_of
from tasks.languages.members import DrawMembers, DrawnMembers, unpacked
from tasks.words import BOS, PAD, SPECIAL, Batch, Sampler


def continuation_sampler(
    task: str,
    alphabet: tuple[str, ...],
    exist: Callable[[int], NDArray[np.bool_]],
    draws: tuple[DrawMembers, DrawMembers, DrawMembers],
) -> Sampler:
    """Return the sampler of a language's task.

    Args:
        task: The name of the task, for messages.
        alphabet: The letters; a letter's number is its index here.
        exist: Given a longest length, marks the lengths 0..longest of which there are members.
        draws: For each stratum of `tasks.drawing.mixture`, in order, draws members of given lengths.
    """

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
    """Return members of these lengths, each drawn as its stratum says, and the strata.

    Places past a word's end hold `filling`.
    """
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
