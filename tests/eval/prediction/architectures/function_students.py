"""Students that are any functions of a linear space: all that are exact in training are found at once.

Teacher and student of Theorems 4 to 7, 13, 14 and 18 are compared in the teacher's states. There a student is a
polynomial or a spline for each map psi, a constant for the biases of a single layer, and for a diffeomorphism g, the
teacher's output map followed by the student's undone. That a student is exact is linear in all of these: the exact ones
are the null space of the training equations, and the furthest of them on longer words is looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.prediction.architectures.assumptions import Assumptions
from tasks.experiments.teacher_sequences import TokenDistribution, draw_tokens

Numbers = NDArray[np.float64]
Features = Callable[[Numbers, Numbers], Numbers]  # of the token at a position and of another: (sequences, functions)
LATER = 4  # how many more positions than in training are looked at
EXACT, WRONG = 1e-9, 1e-3  # singular values of training, as a share of the greatest; the error later, of a unit vector


@dataclass(frozen=True)
class FunctionStudents:
    """A space of students: what is assumed, the space of each map, and the equations.

    first, last   the distances i - j that have a term
    divisor       what the sum is divided by at position i = 1, 2, ...
    teacher       the teacher's terms, one for each map, where its output map is a diffeomorphism; () for a single layer
    shared        one map for all distances
    bends         where a diffeomorphism g may begin to bend

    With chain of thought the student's state is the teacher's in training, times one number, as all is up to scale.
    """

    assumed: Assumptions
    space: Features
    first: int
    last: int
    divisor: Callable[[int], int]
    teacher: Sequence[Callable[[Numbers, Numbers], Numbers]] = ()
    shared: bool = True
    bends: tuple[float, ...] = ()


def worst_exact(students: FunctionStudents, length: int, rng: np.random.Generator, sequences: int = 400) -> float:
    """The greatest error at later positions among students of unit norm that are exact to this length."""
    words = _tokens(students, rng, sequences, length, trained=True)
    trained = _equations(students, words, range(1, length + 1))
    if students.assumed.thought:
        trained = np.concatenate([trained, _equations(students, words, range(1, length + 1), thought=True)])
    later = range(length + 1, length + LATER + 1)
    # Words of one length more are what later positions are of: in a band, of the whole cube.
    tested = _equations(students, _tokens(students, rng, sequences, later[-1], trained=False), range(1, later.stop))
    _, values, rows = np.linalg.svd(trained, full_matrices=len(trained) < trained.shape[1])
    rank = int((values > EXACT * values[0]).sum())
    exact = rows[rank:]
    if not len(exact):
        return 0.0
    return float(np.linalg.norm(tested @ exact.T, ord=2) / np.sqrt(len(tested)))


def finds(students: FunctionStudents, length: int, rng: np.random.Generator) -> bool:
    """Whether some student is exact to this length and wrong later."""
    return worst_exact(students, length, rng) > WRONG


def _tokens(
    students: FunctionStudents, rng: np.random.Generator, sequences: int, length: int, *, trained: bool
) -> Numbers:
    assumed = students.assumed
    if assumed.support in ("full", "states"):
        return rng.normal(size=(sequences, length))
    if assumed.support == "band" and trained:
        tokens = TokenDistribution(distribution="band", width=1, band=assumed.band)
        return draw_tokens(rng, tokens, 10 * sequences, length)[:, :, 0].astype(np.float64)
    return rng.random((sequences * (10 if assumed.support == "band" else 1), length))


def _equations(students: FunctionStudents, tokens: Numbers, places: range, *, thought: bool = False) -> Numbers:
    return np.concatenate([_at(students, tokens[:, :place], thought=thought) for place in places])


def _at(students: FunctionStudents, tokens: Numbers, *, thought: bool) -> Numbers:
    """The error at the last position, of the output or the state, as a linear map of the student.

    (sequences, unknowns)
    """
    place, own = tokens.shape[1], tokens[:, -1]
    distances = [d for d in range(students.first, students.last) if d < place]
    terms = {d: students.space(own, tokens[:, -1 - d]) / students.divisor(place) for d in distances}
    blank = np.zeros_like(students.space(own, own))
    if students.shared:
        found = [sum(terms.values(), start=blank)]
    else:
        found = [terms.get(d, blank) for d in range(students.first, students.last)]
    if not students.teacher:
        biases = [np.ones((len(tokens), 1))] if students.assumed.bias else []
        return np.hstack([*found, *biases])
    parts = [students.teacher[0 if students.shared else d - students.first](own, tokens[:, -1 - d]) for d in distances]
    state = sum(parts, start=np.zeros(len(tokens))) / students.divisor(place)
    # 1, u and u^3 with the sign that makes u + eps g a diffeomorphism of R.
    output = [state**power for power in (0, 1, 3)] + [np.maximum(state - bend, 0) ** 3 for bend in students.bends]
    wanted = [*np.zeros_like(output), state] if thought else [*output, np.zeros_like(state)]
    return np.hstack([*found, *(-column[:, None] for column in wanted)])


def polynomials(own: Numbers, other: Numbers, degree: int = 3) -> Numbers:
    """All monomials of two tokens."""
    return np.stack([own**a * other**b for a in range(degree + 1) for b in range(degree + 1 - a)], axis=1)


def of_one_token(_own: Numbers, other: Numbers) -> Numbers:
    """Monomials of the other token alone: a deep set's."""
    return np.stack([other**a for a in range(4)], axis=1)


def splines(own: Numbers, other: Numbers) -> Numbers:
    """Products of quadratic splines on tenths of [0, 1]: C1, each nonzero on a small square only."""
    return np.einsum("sa,sb->sab", _spline(own), _spline(other)).reshape(len(own), -1)


def _spline(values: Numbers) -> Numbers:
    knots = np.concatenate([[0.0, 0.0], np.linspace(0, 1, 11), [1.0, 1.0]])
    basis = ((knots[:-1] <= values[:, None]) & (values[:, None] < knots[1:])).astype(np.float64)
    for order in (1, 2):
        parts = []
        for k in range(basis.shape[1] - 1):
            left, right = knots[k + order] - knots[k], knots[k + order + 1] - knots[k + 1]
            rising = (values - knots[k]) / left * basis[:, k] if left else 0 * values
            falling = (knots[k + order + 1] - values) / right * basis[:, k + 1] if right else 0 * values
            parts.append(rising + falling)
        basis = np.stack(parts, axis=1)
    return basis
