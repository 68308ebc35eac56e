"""How far a student's hidden representation is its teacher's: up to a linear map, up to a permutation, or exactly.

A linear fit can be good without anything learnt: that of an untrained RNN is .90. It should therefore be compared with
the fit at initialisation, and scored on sequences that it was not fitted on. A fit that is made again at every position
does not show a representation that drifts with the length. So there is also one that is fitted on the training lengths
and then kept. Source: Ahuja and Mansouri, arXiv 2402.04875: Theorems 4 to 8 (linear), 9 (permutation), 18 to 20
(parameters).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LinearFit:
    """R² of the teacher's representation from the student's by ordinary least squares, at each position.

    Attributes:
        in_sample: Fitted and scored on the same sequences, as in the paper.
        held_out: Fitted on the first half of the sequences, scored on the second.
        frozen: Fitted once, on all training positions of the first half together; scored on the second half.
    """

    in_sample: tuple[float, ...]
    held_out: tuple[float, ...]
    frozen: tuple[float, ...]


@dataclass(frozen=True)
class Permutation:
    """The best matching of the student's coordinates with the teacher's, by correlation.

    Attributes:
        correlation: The mean absolute correlation of matched coordinates.
        share: The mean squared difference of matched coordinates over the teacher's variance; 0 if the student's are
            the teacher's in another order.
    """

    correlation: float
    share: float


def linear_identification(student: Array, teacher: Array, training_length: int) -> LinearFit:
    """Return the linear fits of a teacher's representation from a student's.

    Args:
        student: The student's representation (sequences, length, m).
        teacher: The teacher's representation (sequences, length, m').
        training_length: The last training position, for the frozen fit.

    Raises:
        ValueError: There are too few sequences to fit.
    """
    sequences, length, width = student.shape
    half = sequences // 2
    if half <= width + 1:
        raise ValueError(f"expected more than {2 * (width + 1)} sequences for {width} numbers, found {sequences}")
    in_sample, held_out, frozen = [], [], []
    last = min(training_length, length)
    kept = _fit(student[:half, :last].reshape(-1, width), teacher[:half, :last].reshape(half * last, -1))
    for place in range(length):
        one, other = student[:, place], teacher[:, place]
        in_sample.append(score(_apply(_fit(one, other), one), other))
        held_out.append(score(_apply(_fit(one[:half], other[:half]), one[half:]), other[half:]))
        frozen.append(score(_apply(kept, one[half:]), other[half:]))
    return LinearFit(tuple(in_sample), tuple(held_out), tuple(frozen))


def _fit(inputs: Array, outputs: Array) -> tuple[Array, Array, Array]:
    """Return a least-squares fit with an intercept: the inputs' mean, the matrix, the outputs' mean."""
    centre, middle = inputs.mean(0), outputs.mean(0)
    matrix = np.linalg.lstsq(inputs - centre, outputs - middle, rcond=None)[0]
    return centre, matrix, middle


def _apply(fit: tuple[Array, Array, Array], inputs: Array) -> Array:
    centre, matrix, middle = fit
    made: Array = (inputs - centre) @ matrix + middle
    return made


def score(found: Array, wanted: Array) -> float:
    """Return R², which is one minus squared error over variance, averaged over the coordinates.

    Both arrays are (sequences, m). A coordinate that does not vary counts 1 if it is met exactly, and otherwise 0.
    """
    error = np.square(found - wanted).sum(0)
    spread = np.square(wanted - wanted.mean(0)).sum(0)
    varies = spread > 0
    each = np.where(varies, 1 - error / np.where(varies, spread, 1), error == 0)
    return float(each.mean())


def permutation_recovery(student: Array, teacher: Array) -> Permutation:
    """Return how well the student's coordinates are the teacher's in another order.

    Args:
        student: The student's representation (samples, m).
        teacher: The teacher's representation (samples, m).

    Raises:
        ValueError: The shapes differ.
    """
    width = teacher.shape[1]
    if student.shape != teacher.shape:
        raise ValueError(f"expected representations of one shape, found {student.shape} and {teacher.shape}")
    correlations = _correlations(student, teacher)  # (m, m)
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        (("student", i), ("teacher", j), abs(correlations[i, j])) for i in range(width) for j in range(width)
    )
    # Edges are undirected, so the ends of a pair are looked up by name.
    pairs = [dict(pair) for pair in nx.max_weight_matching(graph, maxcardinality=True)]
    rows, columns = (np.array([pair[side] for pair in pairs]) for side in ("student", "teacher"))
    difference = np.square(student[:, rows] - teacher[:, columns]).mean(0).sum()
    return Permutation(
        correlation=float(np.abs(correlations[rows, columns]).mean()),
        share=float(difference / teacher.var(0).sum()),
    )


def _correlations(student: Array, teacher: Array) -> Array:
    one, other = (each - each.mean(0) for each in (student, teacher))
    scale = np.outer(np.sqrt(np.square(one).sum(0)), np.sqrt(np.square(other).sum(0)))
    products = one.T @ other
    made: Array = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    return made


def parameter_recovery(student: Mapping[str, Array], teacher: Mapping[str, Array]) -> dict[str, float]:
    """Return, for each array of equal name and shape, the norm of the difference over the teacher's norm.

    It is 0 for an array that is recovered.
    """
    found = {}
    for name, wanted in teacher.items():
        made, norm = student.get(name), float(np.linalg.norm(wanted))
        if made is not None and made.shape == wanted.shape and norm > 0:
            found[name] = float(np.linalg.norm(made - wanted)) / norm
    return found
