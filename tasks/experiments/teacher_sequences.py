"""Sequences of vectors for teacher and student: what the experiments of Ahuja and Mansouri are trained and tested on.

A token is a vector of `width` numbers. Labels come from a teacher, which is a model: `train.teaching.architectures` has
those. Source: arXiv 2402.04875, section 5 and appendix B.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import halves, integers_below

Distribution: TypeAlias = Literal["uniform", "normal", "grid", "band", "corners"]
DISTRIBUTIONS: tuple[Distribution, ...] = ("uniform", "normal", "grid", "band", "corners")

# Part of every run's identity: raised when the same name and seed give other sequences.
DATA_VERSION = 1

NARROWEST = 0.05  # of a band: narrower ones are rejected too often to wait for


@dataclass(frozen=True, kw_only=True)
class TokenDistribution:
    """How tokens are drawn; ValueError where that cannot be.

    uniform  each number evenly in [0, 1)
    normal   each number from N(0, 1): every point of R^n is near a token
    grid     each number one of 0, 1/2, 1: finitely many tokens (Theorem 17)
    band     uniform, accepted where |sum over the positions of (x - 1/2)| <= `band`, for each component on its own
    corners  a fair coin for each sequence and component: all its numbers in [0, 1/4), or all in [3/4, 1)
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
    """Sequences of that length, (sequences, length, width); the same generator gives the same."""
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
    """Lengths, evenly between the shortest and the longest: (sequences,)."""
    return lengths[0] + integers_below(rng, np.full(sequences, lengths[1] - lengths[0] + 1))


def even(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Even numbers in [0, 1), multiples of 2**-24."""
    size = int(np.prod(shape))
    drawn = halves(rng, size) >> np.uint32(8)
    return (drawn.astype(np.float32) * np.float32(2**-24)).reshape(shape)


def _banded(rng: np.random.Generator, tokens: TokenDistribution, sequences: int, length: int) -> NDArray[np.float32]:
    """The condition binds no two components, so each is drawn until it holds: 41% of length 10 are in a band of 1/2."""
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
