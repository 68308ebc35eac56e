"""The assumptions about a teacher, its students and their training data under which a theorem is sought."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from train.teaching.architectures.architecture import ArchitectureName, Normalise

Capacity: TypeAlias = Literal["single-layer", "diffeo", "any"]
Support: TypeAlias = Literal["cube", "full", "states", "finite", "grid", "band"]


@dataclass(frozen=True, kw_only=True)
class BoundedClass:
    """The constants of Theorem 12, for students with `parameters` numbers in a ball of radius `radius`.

    Outputs move at most `lipschitz` times as far as parameters do, at every length. The learner is within `epsilon` of
    the best student at every training length.
    """

    epsilon: float
    lipschitz: float
    radius: float
    parameters: float

    @property
    def mesh(self) -> float:
        """How near every student must be to some student of the cover: epsilon divided by the Lipschitz constant."""
        return self.epsilon / self.lipschitz

    @property
    def cover_log10(self) -> float:
        """The decimal logarithm of (1 + 2 r / mesh)^p, which bounds the size of the smallest cover with that mesh."""
        return self.parameters * math.log10(1 + 2 * self.radius / self.mesh)


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """The assumptions about an experiment.

    capacity    of the map from a state to the output: a perceptron of a single layer with a bijective activation, a C1
                diffeomorphism (which a single layer between equal sizes is), or anything
    bias        whether the single layer adds a bias; the paper's proofs have none, the models of this project have one
    support     of the training tokens: [0, 1]^n (cube), all of R^n (full), R^n with all of R^m for the hidden
                representations as well (states), finitely many tokens as in Assumption 15 (finite), the grid
                {0, 1/2, 1}^n read by the states' own coordinates (grid), or a band of [0, 1]^n, in which components
                are rejected by their sums (band)
    band        how far the sum of a component may be from its mean, in a band
    realisable  whether the teacher is one of the students
    thought     whether the states are supervised as well (chain of thought)
    square      whether all maps are between spaces of one size
    fills       for a recurrence: the number of tokens after which the states span R^m and no combination of them is
                constant, so that state and next token together have rank m + n; None stands for 1 if all maps are
                square, and otherwise for an unknown number
    length      the longest training length, if it is known; labels are at every position
    offsets     how far relative positions reach (T_max); None if there are none
    zeros       Assumption 13's condition: for each x every map psi_d of the teacher has some y with psi_d(x, y) = 0
    blocks      the number of blocks of the model
    bounded     whether parameters are bounded, maps are Lipschitz uniformly in the length (Assumption 11), and the
                learner is within epsilon of the optimum at every training length
    constants   of the bounded class, if they are given
    finite      whether the class of students is finite
    """

    kind: ArchitectureName
    normalise: Normalise
    capacity: Capacity = "any"
    bias: bool = True
    support: Support = "cube"
    band: float = 0.5
    realisable: bool = True
    thought: bool = False
    square: bool = True
    fills: int | None = None
    length: int | None = None
    offsets: int | None = None
    zeros: bool = False
    blocks: int = 1
    bounded: bool = False
    constants: BoundedClass | None = None
    finite: bool = False

    @property
    def known_lipschitz(self) -> bool:
        """Whether the paper shows Assumption 11 for such models, as it does for averages, with several blocks too.

        A recurrence would have to contract, and its activation to keep 0; a sum grows with the length.
        """
        return self.kind not in ("ssm", "rnn") and self.normalise in ("mean", "earlier")

    @property
    def filled(self) -> int | None:
        """The number of tokens after which the states fill their space, if it is known."""
        # Square maps take a single token to any state; if there are finitely many tokens, nothing follows.
        return 1 if self.fills is None and self.square and self.support != "finite" else self.fills

    def length_with_free(self, tokens: int) -> int:
        """The least training length at which so many tokens together may take any values in their space.

        In a band the other tokens have to compensate: each takes back at most 1/2 of what the free tokens can add.
        """
        return max(tokens, math.ceil(2 * tokens - 2 * self.band - 1e-9)) if self.support == "band" else tokens
