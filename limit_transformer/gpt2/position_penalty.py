"""The trainer's penalty on positions for a GPT-2: how strongly scores depend on two positions.

Source: Huang et al. (ICLR 2025), equation (8), and the form of it in their released code. Let M[i, j] = <q(p_i),
k(p_j)> for the raw position embeddings, without LayerNorm, without biases, and without the division by the root of the
head's width. A head's term is one of two forms. `tapered`, the form of the released code, is the mean over keys j of
the sum over queries i >= j of M[i, j]^2. `eq8` is the sum over queries i of M[i, 0]^2. The terms of all layers and
heads are added up.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limit_transformer.gpt2.weights import Weights


@dataclass(frozen=True)
class Penalty:
    """The two forms of the penalty."""

    tapered: float
    eq8: float


def head_penalty(positions: NDArray[Any], queries: NDArray[Any], keys: NDArray[Any]) -> Penalty:
    """Return the terms of one head.

    M itself is not formed: M[i, j]^2 is the entrywise product of q_i q_i^T and k_j k_j^T, and the sum over j <= i of
    the latter is a running sum.

    Args:
        positions: (positions, width) The position embeddings.
        queries: (width, columns of the head) The weights of the queries.
        keys: (width, columns of the head) The weights of the keys.
    """
    used = np.flatnonzero((queries != 0).any(0) & (keys != 0).any(0))
    read = np.flatnonzero(positions.any(0))
    queried = positions[:, read].astype(np.float64) @ queries[np.ix_(read, used)].astype(np.float64)
    keyed = positions[:, read].astype(np.float64) @ keys[np.ix_(read, used)].astype(np.float64)
    total = 0.0
    seen = np.zeros((len(used), len(used)))
    for start in range(0, len(positions), 1024):
        q, k = queried[start : start + 1024], keyed[start : start + 1024]
        total += float(np.einsum("ia,ib,ab->", q, q, seen, optimize=True))
        total += float(np.sum(np.tril(q @ k.T) ** 2))
        seen += k.T @ k
    first = queried @ keyed[0]
    return Penalty(total / len(positions), float(np.sum(first**2)))


def trainer_penalty(weights: Weights) -> Penalty:
    """Return the penalty of a model to be written, over all its heads; uniform heads add nothing."""
    positions = weights.positions()
    found = [head_penalty(positions, queries, keys) for queries, keys in weights.looking()]
    return Penalty(sum(each.tapered for each in found), sum(each.eq8 for each in found))
