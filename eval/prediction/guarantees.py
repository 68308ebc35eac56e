"""Which theorem of Ahuja and Mansouri guarantees that an architecture generalises in length, and from which length on.

A theorem is data: the architectures that it is about, what it assumes, the shortest training length that suffices.
Source: arXiv 2402.04875, Theorems 4 to 9, 10, 12 to 14, 17 to 20.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from train.teaching.architectures.architecture import ArchitectureName, Normalise

Capacity: TypeAlias = Literal["single-layer", "diffeo", "any"]
Support: TypeAlias = Literal["cube", "full", "states", "finite", "band"]

PAPER = "Ahuja and Mansouri (arXiv 2402.04875)"


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What is assumed of an experiment.

    capacity    of the map from a state to the output: a perceptron of a single layer with a bijective activation, a C1
                diffeomorphism (which a single layer between equal sizes is), or anything
    support     of the training tokens: [0, 1]^n, all of R^n, R^n and all of R^m for the hidden representations as well,
                finitely many tokens as in Assumption 15, or a band of [0, 1]^n whose components are rejected on their
                sums
    realisable  the teacher is one of the students
    thought     the states are supervised as well: chain of thought
    square      all maps are between spaces of one size
    fills       of a recurrence: tokens after which the states fill R^m, the rank of [B, .., Λ^(fills-1) B] being m; one
                where all maps are square; None: not known to fill it
    length      the longest training length, where it is known
    offsets     relative positions, and how far they reach (T_max); None: none
    bounded     parameters are bounded, maps Lipschitz uniformly in the length (Assumption 11), and the learner is
                within epsilon of the optimum at every training length
    finite      the class of students is finite
    """

    kind: ArchitectureName
    normalise: Normalise
    capacity: Capacity = "any"
    support: Support = "cube"
    realisable: bool = True
    thought: bool = False
    square: bool = True
    fills: int | None = None
    length: int | None = None
    offsets: int | None = None
    bounded: bool = False
    finite: bool = False


@dataclass(frozen=True)
class Condition:
    """Something that a theorem assumes, in words, and whether it holds."""

    text: str
    holds: Callable[[Assumptions], bool]


@dataclass(frozen=True)
class Theorem:
    """A theorem: its number, what it is about, what it assumes, from which training length on, what is identified.

    `from_length` is None where only the existence of a length is stated.
    """

    number: str
    kinds: tuple[ArchitectureName, ...]
    conditions: tuple[Condition, ...]
    from_length: Callable[[Assumptions], int] | None
    composition: bool
    identifies: str

    def missing(self, assumed: Assumptions) -> tuple[str, ...]:
        """The assumptions that do not hold, in words; the training length is not among them."""
        return tuple(condition.text for condition in self.conditions if not condition.holds(assumed))


def _at_least(length: int) -> Callable[[Assumptions], int]:
    return lambda _: length


def _filled(assumed: Assumptions) -> int | None:
    return 1 if assumed.square else assumed.fills


def _after_filled(assumed: Assumptions) -> int:
    """The length at which the state before the last token fills its space, whatever that token is."""
    return (_filled(assumed) or 1) + 1


def _normalised(form: Normalise, text: str) -> Condition:
    return Condition(text, lambda a: a.normalise == form)


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
# In a band too: of three tokens or more, two may be anything, and a third makes up for them.
PAIRS = Condition(
    "every pair of tokens has the support [0, 1]^2n", lambda a: a.support in ("cube", "full", "states", "band")
)
FULL = Condition("the tokens have the support R^n", lambda a: a.support in ("full", "states"))
STATES = Condition("the hidden representations have all of their space as support", lambda a: a.support == "states")
FINITE = Condition("finitely many tokens, placed as in Assumption 15", lambda a: a.support == "finite")
SQUARE = Condition("all maps are between spaces of one size", lambda a: a.square)
FILLED = Condition(
    "the states fill their space after some number of tokens (the rank of [B, .., Λ^t B] is m)",
    lambda a: _filled(a) is not None,
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

THEOREMS: tuple[Theorem, ...] = (
    Theorem("4", ("deepset",), (REALISABLE, SUM, SINGLE, CUBE), _at_least(1), True, LINEAR_MAP),
    Theorem("5", ("deepset",), (REALISABLE, SUM, DIFFEO, STATES), _at_least(2), True, LINEAR_MAP),
    Theorem("6", PAIRWISE, (REALISABLE, MEAN, NO_OFFSETS, SINGLE, PAIRS), _at_least(2), True, LINEAR_MAP),
    Theorem("7", PAIRWISE, (REALISABLE, EARLIER, NO_OFFSETS, DIFFEO, STATES), _at_least(3), True, LINEAR_MAP),
    Theorem(
        "13", PAIRWISE, (REALISABLE, MEAN, OFFSETS, SINGLE, PAIRS), lambda a: max(2, a.offsets or 2), True, LINEAR_MAP
    ),
    Theorem(
        "14",
        PAIRWISE,
        (REALISABLE, EARLIER, OFFSETS, DIFFEO, STATES),
        lambda a: max(3, a.offsets or 3),
        False,
        LINEAR_MAP,
    ),
    Theorem("8", ("ssm",), (REALISABLE, SQUARE, DIFFEO, FULL), _at_least(2), True, LINEAR_MAP),
    Theorem("9", ("rnn",), (REALISABLE, SQUARE, SINGLE, CUBE), _at_least(2), True, "up to a permutation"),
    Theorem("17", ("rnn",), (REALISABLE, SQUARE, SINGLE, FINITE), _at_least(2), True, "up to a permutation"),
    Theorem("18", ("deepset",), (REALISABLE, SUM, THOUGHT, STATES), _at_least(1), False, "exactly"),
    Theorem("19", ("ssm",), (REALISABLE, THOUGHT, FILLED, FULL), _after_filled, False, "exactly, with its maps"),
    Theorem(
        "20", ("rnn",), (REALISABLE, THOUGHT, FILLED, SINGLE, FULL), _after_filled, False, "exactly, with its maps"
    ),
    Theorem("10", ALL, (REALISABLE, FINITE_CLASS), None, False, "nothing of the hidden representation"),
    Theorem("12", ALL, (REALISABLE, BOUNDED), None, False, "nothing of the hidden representation"),
)


@dataclass(frozen=True)
class Guarantee:
    """The first theorem whose assumptions all hold, or None; and for every other one what it misses.

    `long_enough` is False where a theorem holds but the training length is below its own.
    """

    assumed: Assumptions
    theorem: Theorem | None
    long_enough: bool
    missing: tuple[tuple[Theorem, tuple[str, ...]], ...]

    @property
    def holds(self) -> bool:
        """Whether generalisation is guaranteed from a length that is known and, where it is given, trained on."""
        return self.theorem is not None and self.theorem.from_length is not None and self.long_enough

    @property
    def from_length(self) -> int | None:
        """The shortest training length that suffices, where it is known."""
        if self.theorem is None or self.theorem.from_length is None:
            return None
        return self.theorem.from_length(self.assumed)


def guarantee(assumed: Assumptions) -> Guarantee:
    """What the theorems say under these assumptions: those with a length come before those without."""
    about = [theorem for theorem in THEOREMS if assumed.kind in theorem.kinds]
    missing = tuple((theorem, theorem.missing(assumed)) for theorem in about)
    holding = [theorem for theorem, without in missing if not without]
    chosen = next((each for each in holding if _reached(each, assumed)), holding[0] if holding else None)
    failing = tuple((theorem, without) for theorem, without in missing if without)
    return Guarantee(assumed, chosen, chosen is None or _reached(chosen, assumed), failing)


def _reached(theorem: Theorem, assumed: Assumptions) -> bool:
    if theorem.from_length is None or assumed.length is None:
        return True
    return assumed.length >= theorem.from_length(assumed)


def because(found: Guarantee) -> str:
    """The guarantee in a sentence or two: the theorem and its length, or why none gives one."""
    theorem, assumed = found.theorem, found.assumed
    if theorem is None:
        if assumed.kind == "softmax":
            lead = "No theorem covers softmax attention (Conjecture 1)"
        else:
            lead = f"No theorem gives a guarantee for {assumed.kind}"
        return f"{lead}. {_nearest(found)}"
    if theorem.from_length is None:
        return f"Theorem {theorem.number}: some training length suffices, which one is not known. {_nearest(found)}"
    length = theorem.from_length(assumed)
    if not found.long_enough:
        return f"Theorem {theorem.number} needs training lengths to {length}; they end at {assumed.length}."
    what = "in length and composition" if theorem.composition else "in length"
    return (
        f"Theorem {theorem.number}: every student without error on lengths to {length} generalises {what}, and its "
        f"hidden representation is the teacher's {theorem.identifies}."
    )


def _nearest(found: Guarantee) -> str:
    """What the theorem that misses least would need, of those that name a length."""
    with_length = [each for each in found.missing if each[0].from_length is not None]
    if not with_length:
        return "Without a bound on the class (Theorems 10 and 12) nothing is known."
    theorem, without = min(with_length, key=lambda each: len(each[1]))
    if theorem.from_length is not None and not _reached(theorem, found.assumed):
        without = (*without, f"training lengths to {theorem.from_length(found.assumed)}")
    return f"Theorem {theorem.number} would need: {'; '.join(without)}."
