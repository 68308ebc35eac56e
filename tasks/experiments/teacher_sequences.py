"""Sequences of vectors on which the teacher and student of Ahuja and Mansouri are trained and tested.

A token is a vector of `width` numbers. The labels come from a teacher, which is a model of
`train.teaching.architectures`. Source: arXiv 2402.04875, section 5 and appendix B.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import halves, integers_below

Distribution: TypeAlias = Literal["uniform", "normal", "grid", "band", "corners"]
DISTRIBUTIONS: tuple[Distribution, ...] = ("uniform", "normal", "grid", "band", "corners")

# Part of the identity of every run. It is raised when the same name and seed give other sequences.
DATA_VERSION = 1

NARROWEST = 0.05  # the smallest band: in a narrower one nearly all draws would be rejected


@dataclass(frozen=True, kw_only=True)
class TokenDistribution:
    """How the tokens of sequences are drawn.

    uniform  each number is uniform in [0, 1)
    normal   each number is from N(0, 1), so that every point of R^n may have a token near it
    grid     each number is one of 0, 1/2, 1, so that there are finitely many tokens (Theorem 17)
    band     uniform, with |sum over the positions of (x - 1/2)| <= `band` for each component on its own
    corners  a fair coin for each sequence and component: all its numbers are in [0, 1/4), or all in [3/4, 1)

    Raises:
        ValueError: The distribution is unknown, the width is below 1, or the band is too narrow.
    """

    distribution: Distribution = "uniform"
    width: int = 20
    band: float = 0.5

    def __post_init__(self) -> None:
        if self.distribution not in DISTRIBUTIONS:
            raise ValueError(f"tokens: expected one of {', '.join(DISTRIBUTIONS)}, found {self.distribution!r}")
        if self.width < 1:
            raise ValueError(f"width: expected at least 1, found {self.width}")
        if not self.band >= NARROWEST:
            raise ValueError(f"band: expected at least {NARROWEST}, found {self.band}")


def draw_tokens(
    rng: np.random.Generator, tokens: TokenDistribution, sequences: int, length: int
) -> NDArray[np.float32]:
    """Return random sequences of tokens; the same generator gives the same sequences.  (sequences, length, width)"""
    shape = sequences, length, tokens.width
    match tokens.distribution:
        case "uniform":
            return even(rng, shape)
        case "normal":
            return rng.standard_normal(shape, dtype=np.float32)
        case "grid":
            return (np.floor(even(rng, shape) * 3) / 2).astype(np.float32)
        case "band":
            return _banded(rng, tokens, sequences, length)
        case "corners":
            high = even(rng, (sequences, 1, tokens.width)) < 0.5
            return (even(rng, shape) / 4 + 0.75 * high).astype(np.float32)
        case _:
            assert_never(tokens.distribution)


def draw_lengths(rng: np.random.Generator, lengths: tuple[int, int], sequences: int) -> NDArray[np.int64]:
    """Return lengths drawn evenly from the shortest to the longest, both included.  (sequences,)"""
    return lengths[0] + integers_below(rng, np.full(sequences, lengths[1] - lengths[0] + 1))


def even(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return uniform numbers in [0, 1), all multiples of 2**-24."""
    size = int(np.prod(shape))
    drawn = halves(rng, size) >> np.uint32(8)
    return (drawn.astype(np.float32) * np.float32(2**-24)).reshape(shape)


def _banded(rng: np.random.Generator, tokens: TokenDistribution, sequences: int, length: int) -> NDArray[np.float32]:
    """Return uniform sequences that meet the condition of `band`.

    The condition never ties two components together, so each component is redrawn until it holds. For sequences of
    length 10 and a band of 1/2, 41% of the draws are accepted.
    """
    wanted = sequences * tokens.width
    parts: list[NDArray[np.float32]] = []
    found = 0
    while found < wanted:
        drawn = even(rng, (wanted, length))
        kept = drawn[np.abs((drawn - 0.5).sum(axis=1, dtype=np.float64)) <= tokens.band]
        parts.append(kept)
        found += len(kept)
    columns = np.concatenate(parts)[:wanted].reshape(sequences, tokens.width, length)
    return np.ascontiguousarray(columns.transpose(0, 2, 1))
