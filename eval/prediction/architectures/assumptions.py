"""What is assumed of a teacher, its students and their training data, where a theorem on architectures is asked for."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from train.teaching.architectures.architecture import ArchitectureName, Normalise

Capacity: TypeAlias = Literal["single-layer", "diffeo", "any"]
Support: TypeAlias = Literal["cube", "full", "states", "finite", "grid", "band"]


@dataclass(frozen=True, kw_only=True)
class BoundedClass:
    """The constants of Theorem 12: students with `parameters` numbers in a ball of this radius.

    Outputs move at most `lipschitz` times as far as parameters do, at every length; the learner is within `epsilon` of
    the best at every training length.
    """

    epsilon: float
    lipschitz: float
    radius: float
    parameters: float

    @property
    def mesh(self) -> float:
        """How near to some student of the cover every student must be: epsilon over the Lipschitz constant."""
        return self.epsilon / self.lipschitz

    @property
    def cover_log10(self) -> float:
        """The logarithm of (1 + 2 r / mesh)^p, which bounds the students of the smallest cover of that mesh."""
        return self.parameters * math.log10(1 + 2 * self.radius / self.mesh)


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What is assumed of an experiment.

    capacity    of the map from a state to the output: a perceptron of a single layer with a bijective activation, a C1
                diffeomorphism (which a single layer between equal sizes is), or anything
    bias        the single layer adds a bias; the paper's proofs have none, the models of this project have one
    support     of the training tokens: [0, 1]^n, all of R^n, R^n and all of R^m for the hidden representations as well,
                finitely many tokens as in Assumption 15, the grid {0, 1/2, 1}^n read by the states' own coordinates, or
                a band of [0, 1]^n whose components are rejected on their sums
    band        how far a component's sum may be from its mean, in a band
    realisable  the teacher is one of the students
    thought     the states are supervised as well: chain of thought
    square      all maps are between spaces of one size
    fills       of a recurrence: tokens after which the states span R^m with no part that is constant, so that state and
                next token together have rank m + n; None: 1 where all maps are square, else not known
    length      the longest training length, where it is known; labels are at every position
    offsets     relative positions, and how far they reach (T_max); None: none
    zeros       Assumption 13's condition: for each x every map psi_d of the teacher has some y with psi_d(x, y) = 0
    blocks      of the model, one after the other
    bounded     parameters are bounded, maps Lipschitz uniformly in the length (Assumption 11), and the learner is
                within epsilon of the optimum at every training length
    constants   of the bounded class, where they are given
    finite      the class of students is finite
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
        """Whether the paper shows Assumption 11 of such models: averages do, with several blocks too.

        A recurrence has to contract, and its activation to keep 0; a sum grows with the length.
        """
        return self.kind not in ("ssm", "rnn") and self.normalise in ("mean", "earlier")

    @property
    def filled(self) -> int | None:
        """The tokens after which the states fill their space, where that is known."""
        # Square maps take one token anywhere; of finitely many tokens nothing follows.
        return 1 if self.fills is None and self.square and self.support != "finite" else self.fills

    def length_with_free(self, tokens: int) -> int:
        """The least training length at which so many tokens may be anything in their space, together.

        In a band the other tokens have to make up for them: each takes back at most 1/2 of what these can add.
        """
        return max(tokens, math.ceil(2 * tokens - 2 * self.band - 1e-9)) if self.support == "band" else tokens
