"""The theorems of Ahuja and Mansouri as data: the architecture, the assumptions, and the training length that suffices.

The source is arXiv 2402.04875, Theorems 4 to 9, 10, 12 to 14 and 17 to 20. The models here differ from the paper's in
that their output map has a bias, and some proofs use less than the statement. There the length and the condition are
those that the proof gives. The argument stands beside them, and docs/teacher_student.md has all arguments. The tests in
`tests/eval/prediction/architectures` search for counterexamples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from eval.prediction.architectures.assumptions import Assumptions
from train.teaching.architectures.architecture import ArchitectureName, Normalise

PAPER = "Ahuja and Mansouri (arXiv 2402.04875)"
LengthOf: TypeAlias = Callable[[Assumptions], int]


@dataclass(frozen=True)
class Condition:
    """An assumption of a theorem, in words, and whether it holds."""

    text: str
    holds: Callable[[Assumptions], bool]


@dataclass(frozen=True)
class Theorem:
    """A theorem: its number, its architectures, its assumptions, the training length, and what is identified.

    `from_length` is None if the theorem only states that some length suffices. `composition` says that the student also
    generalises to new compositions of tokens. `remark` says where the length differs from the paper's, and why.
    """

    number: str
    kinds: tuple[ArchitectureName, ...]
    conditions: tuple[Condition, ...]
    from_length: LengthOf | None
    composition: bool
    identifies: str
    remark: Callable[[Assumptions], str | None] = lambda _: None

    def missing(self, assumed: Assumptions) -> tuple[str, ...]:
        """The assumptions that do not hold, in words; the training length is not one of them."""
        return tuple(condition.text for condition in self.conditions if not condition.holds(assumed))


def _normalised(form: Normalise, text: str) -> Condition:
    return Condition(text, lambda a: a.normalise == form)


# For several blocks only Theorem 12 is known (section 5.2 of the paper), and Theorem 10, about any finite class.
ONE_BLOCK = Condition("the model is a single block", lambda a: a.blocks == 1)
REALISABLE = Condition("the teacher is one of the students", lambda a: a.realisable)
SINGLE = Condition("the output map is a single-layer perceptron", lambda a: a.capacity == "single-layer")
DIFFEO = Condition(
    "the output map is a C1 diffeomorphism",
    lambda a: a.capacity == "diffeo" or (a.capacity == "single-layer" and a.square),
)
CUBE = Condition(
    "the training tokens have a regular closed support with marginals [0, 1]^n or all of R^n",
    lambda a: a.support in ("cube", "full", "states", "band"),
)
PAIRS = Condition(
    "every pair of tokens has the support [0, 1]^2n", lambda a: a.support in ("cube", "full", "states", "band")
)
FULL = Condition("the tokens have the support R^n", lambda a: a.support in ("full", "states"))
FULL_OR_SINGLE = Condition(
    "the tokens have the support R^n, or the output map is a single-layer perceptron",
    lambda a: FULL.holds(a) or SINGLE.holds(a),
)
# The paper states the theorem for tokens of [0, 1]^n. The image of a compact set under a continuous map is compact, so
# hidden representations of such tokens never have the support R^m: nothing would satisfy the theorem as it is printed.
STATES = Condition(
    "the hidden representations have all of their space as support (which tokens of a bounded set cannot give)",
    lambda a: a.support == "states",
)
# With a bias, sigma(c z) = M sigma(z) + m has further solutions on some finite sets: any c if z is -1, 0 or 1. On the
# grid only c = 1 and c = -1 are left, and the second token excludes -1 as in Theorem 9.
FINITE = Condition(
    "finitely many tokens, placed as in Assumption 15 (where the output map has a bias: the grid {0, 1/2, 1}^n, read "
    "by the states' own coordinates)",
    lambda a: a.support == "grid" or (a.support == "finite" and not a.bias),
)
SQUARE = Condition("all maps are between spaces of one size", lambda a: a.square)
FILLED = Condition(
    "the states fill their space after some number of tokens: state and next token together have rank m + n (fills=T, "
    "or inputs=N and states=M, which draw data and compute the rank)",
    lambda a: a.filled is not None,
)
THOUGHT = Condition("the states are supervised (chain of thought)", lambda a: a.thought)
SUM = _normalised("sum", "the embeddings are added, without normalisation")
MEAN = _normalised("mean", "attention is divided by the number of positions")
EARLIER = _normalised("earlier", "attention is the mean over the positions before")
NO_OFFSETS = Condition("no relative positions", lambda a: a.offsets is None)
OFFSETS = Condition("relative positions that vanish beyond T_max", lambda a: a.offsets is not None)
BOUNDED = Condition("bounded parameters, Lipschitz uniformly in the length (Assumption 11)", lambda a: a.bounded)
FINITE_CLASS = Condition("finitely many students", lambda a: a.finite)

ALL: tuple[ArchitectureName, ...] = ("deepset", "softmax", "sigmoid", "linear", "ssm", "rnn")
PAIRWISE: tuple[ArchitectureName, ...] = ("sigmoid", "linear")
LINEAR_MAP = "up to a linear map"
SOLVED = "exactly, with its maps"


# The training lengths. B phi and A psi are what the output layers of teacher and student read, b and a their biases.


def _at_least(length: int) -> LengthOf:
    return lambda _: length


def _of_pairs(assumed: Assumptions) -> int:
    """The length of Theorem 6.

    A psi = B phi + b - a for every pair, hence for means of pairs; so a pair has to be free.
    """
    return assumed.length_with_free(2)


def _of_sums(assumed: Assumptions) -> int:
    """The length of Theorem 4.

    One token gives A psi = B phi + b - a. Then t tokens differ by (t - 1)(b - a), which two tokens exclude.
    """
    return max(2 if assumed.bias else 1, assumed.length_with_free(1))


def _of_distances(assumed: Assumptions) -> int:
    """The length of Theorem 13.

    Words up to T_max give A psi_d = B phi_d + b - a for every distance. Beyond T_max the mean over i positions has only
    T_max of these terms, and is off by (b - a)(1 - T_max / i), which one more token excludes.
    """
    reach = assumed.offsets or 1
    return max(reach + 1 if assumed.bias else reach, assumed.length_with_free(2))


def _of_earlier_distances(assumed: Assumptions) -> int:
    """The length of Theorem 14. Let g be the teacher's output map followed by the inverse of the student's.

    So g(state) is the student's state. With the condition on zeros, g(u / 2) = g(u) / 2, and all else follows as in the
    paper. Without it, from T_max on the sum S of all terms is divided by i - 1. Words up to T_max + 1 give (r - 1) g(S
    / (r - 1)) = r g(S / r) with r = T_max, hence g(q u) = q g(u) for q = (r - 1) / r and all u. So g(0) = 0, and g(u) =
    g(q^k u) / q^k -> g'(0) u, which is linear.
    """
    reach = assumed.offsets or 1
    return max(3, reach if assumed.zeros else reach + 1)


def _after_filled(assumed: Assumptions) -> int:
    """The length at which the state before the last token fills its space, whatever the last token is."""
    return (assumed.filled or 1) + 1


def _bias_remark(assumed: Assumptions) -> str | None:
    if not assumed.bias:
        return None
    return "The paper's proof has no bias in the output map and needs one token less, which is too few with a bias."


def _zeros_remark(assumed: Assumptions) -> str | None:
    if assumed.zeros or _of_earlier_distances(assumed) == 3:
        return None
    return (
        f"The paper's length, {max(3, assumed.offsets or 1)}, needs Assumption 13's condition (zeros): for each x "
        "every map psi_d has some y with psi_d(x, y) = 0. Without it one token more is needed."
    )


def _rank_remark(assumed: Assumptions) -> str | None:
    return (
        None
        if FULL.holds(assumed)
        else "The ranks of the data suffice for it: the tokens need not have the support R^n."
    )


# The theorems in the order in which they are tried: for one architecture, those with weaker assumptions come first.
THEOREMS: tuple[Theorem, ...] = (
    Theorem("4", ("deepset",), (REALISABLE, ONE_BLOCK, SUM, SINGLE, CUBE), _of_sums, True, LINEAR_MAP, _bias_remark),
    Theorem("5", ("deepset",), (REALISABLE, ONE_BLOCK, SUM, DIFFEO, STATES), _at_least(2), True, LINEAR_MAP),
    Theorem("6", PAIRWISE, (REALISABLE, ONE_BLOCK, MEAN, NO_OFFSETS, SINGLE, PAIRS), _of_pairs, True, LINEAR_MAP),
    Theorem(
        "7", PAIRWISE, (REALISABLE, ONE_BLOCK, EARLIER, NO_OFFSETS, DIFFEO, STATES), _at_least(3), True, LINEAR_MAP
    ),
    Theorem(
        "13",
        PAIRWISE,
        (REALISABLE, ONE_BLOCK, MEAN, OFFSETS, SINGLE, PAIRS),
        _of_distances,
        True,
        LINEAR_MAP,
        _bias_remark,
    ),
    Theorem(
        "14",
        PAIRWISE,
        (REALISABLE, ONE_BLOCK, EARLIER, OFFSETS, DIFFEO, STATES),
        _of_earlier_distances,
        False,
        LINEAR_MAP,
        _zeros_remark,
    ),
    Theorem("8", ("ssm",), (REALISABLE, ONE_BLOCK, SQUARE, DIFFEO, FULL), _at_least(2), True, LINEAR_MAP),
    Theorem("9", ("rnn",), (REALISABLE, ONE_BLOCK, SQUARE, SINGLE, CUBE), _at_least(2), True, "up to a permutation"),
    Theorem("17", ("rnn",), (REALISABLE, ONE_BLOCK, SQUARE, SINGLE, FINITE), _at_least(2), True, "up to a permutation"),
    Theorem("18", ("deepset",), (REALISABLE, ONE_BLOCK, SUM, THOUGHT, STATES), _at_least(1), False, "exactly"),
    Theorem(
        "19",
        ("ssm",),
        (REALISABLE, ONE_BLOCK, THOUGHT, FILLED, FULL_OR_SINGLE),
        _after_filled,
        False,
        SOLVED,
        _rank_remark,
    ),
    Theorem(
        "20", ("rnn",), (REALISABLE, ONE_BLOCK, THOUGHT, FILLED, SINGLE), _after_filled, False, SOLVED, _rank_remark
    ),
    Theorem("10", ALL, (REALISABLE, FINITE_CLASS), None, False, "nothing of the hidden representation"),
    Theorem("12", ALL, (REALISABLE, BOUNDED), None, False, "nothing of the hidden representation"),
)
