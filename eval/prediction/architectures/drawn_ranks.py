"""The rank condition of Theorems 19 and 20, computed from drawn data: after how many tokens states fill their space."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.prediction.architectures.assumptions import Support
from tasks.drawing.randomness import generator
from tasks.experiments.teacher_sequences import Distribution, TokenDistribution, draw_tokens
from train.teaching.architectures.architecture import (
    Architecture,
    ArchitectureName,
    architecture_of,
    initial,
    parameters,
)

Numbers = NDArray[np.float64]
MORE_SEQUENCES = 4  # so many times as many sequences are drawn as the rank needs
MOST_NUMBERS = 4_000_000  # in all matrices whose ranks are computed, which takes a second or two
DRAWN_AS: dict[Support, Distribution] = {
    "cube": "uniform",
    "band": "band",
    "full": "normal",
    "states": "normal",
    "grid": "grid",
}


@dataclass(frozen=True)
class DrawnRank:
    """The ranks of [h_t; x_(t+1)] over drawn sequences, for the first t at which they suffice, or the last tried.

    tokens            t
    rank              of [h_t; x_(t+1)]
    needed            the rank that it should have, m + n
    with_ones         the rank of [h_t; 1], which determines an output layer with a bias
    needed_with_ones  the rank that this should have, m + 1
    least             the least singular value of [h_t; x_(t+1); 1], divided by the greatest: the margin of full rank
    sequences         the number of sequences
    """

    tokens: int
    rank: int
    needed: int
    with_ones: int
    needed_with_ones: int
    least: float
    sequences: int

    @property
    def fills(self) -> int | None:
        """The number of tokens after which the states fill their space; None if none was found."""
        enough = self.rank >= self.needed and self.with_ones >= self.needed_with_ones
        return self.tokens if enough else None

    @property
    def in_words(self) -> str:
        """A clause that states the ranks."""
        after = "one token" if self.tokens == 1 else f"{self.tokens} tokens"
        return (
            f"after {after} state and next token have rank {self.rank} of {self.needed}, the state with a one "
            f"{self.with_ones} of {self.needed_with_ones}, over {self.sequences} sequences (least singular value "
            f"{self.least:.1g} of the greatest)"
        )

    def record(self) -> dict[str, Any]:
        """The ranks as JSON data."""
        return asdict(self)


@lru_cache
def drawn_rank(teacher: Architecture, support: Support, *, band: float = 0.5) -> DrawnRank:
    """The ranks after the first number of tokens at which a random teacher's states fill R^m.

    Args:
        teacher: A recurrence; its maps are drawn as in the experiments.
        support: What the tokens are drawn from.
        band: The width of the band, if that is the support.

    Returns:
        The ranks at that number of tokens, or at the last that was tried, ceil(m / n) + 1.

    Raises:
        ValueError: There would be more than MOST_NUMBERS numbers, or tokens cannot be drawn from the support.
    """
    if support not in DRAWN_AS:
        raise ValueError(f"no data is drawn of the support {support}: expected one of {', '.join(DRAWN_AS)}")
    rng = generator("rank condition", teacher.kind, (1, 1), 0)
    size, tried = teacher.width + teacher.hidden + 1, -(-teacher.hidden // teacher.width) + 1
    sequences = MORE_SEQUENCES * size
    if sequences * size * tried > MOST_NUMBERS:
        raise ValueError(f"inputs={teacher.width} and states={teacher.hidden} are too many to draw data of")
    weights = _maps(initial(rng, teacher), teacher)
    drawn = TokenDistribution(distribution=DRAWN_AS[support], width=teacher.width, band=band)
    tokens = draw_tokens(rng, drawn, sequences, tried + 1).astype(np.float64)
    state: Numbers = np.zeros((sequences, teacher.hidden))
    for place in range(tried):
        state = state @ weights["transition"] + tokens[:, place] @ weights["input"]
        if teacher.kind == "rnn":
            state = 1 / (1 + np.exp(-state))
        found = _ranks(state, tokens[:, place + 1], place + 1)
        if found.fills is not None:
            break
    return found


def recurrence_of(kind: ArchitectureName, inputs: int, states: int) -> Architecture:
    """A recurrence with these sizes, for which ranks are computed."""
    return architecture_of(kind, width=inputs, hidden=states, outputs=1, output_layers=0)


def _maps(flat: NDArray[np.float32], architecture: Architecture) -> dict[str, Numbers]:
    found, start = {}, 0
    for each in parameters(architecture):
        found[each.name] = flat[start : start + each.size].reshape(each.shape).astype(np.float64)
        start += each.size
    return found


def _ranks(state: Numbers, token: Numbers, tokens: int) -> DrawnRank:
    sequences, (m, n) = len(state), (state.shape[1], token.shape[1])
    ones = np.ones((sequences, 1))
    both = np.hstack([state, token])
    values = np.linalg.svd(np.hstack([both, ones]), compute_uv=False)
    rank, with_ones = (int(np.linalg.matrix_rank(each)) for each in (both, np.hstack([state, ones])))
    return DrawnRank(tokens, rank, m + n, with_ones, m + 1, float(values[-1] / values[0]), sequences)
