"""Quantities of a machine, what is known of each, and how a search reads a combination of them.

Throughout, s is the number of tokens visible at a position.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias

IntegerForm: TypeAlias = tuple[tuple[int, int], ...]  # integer combination of counts' numerators and s, primitive
Classes: TypeAlias = tuple[tuple[int, int], ...]  # what a one-hot group can add, ascending, and the members that add it


class Affine(NamedTuple):
    """constant + the sum of coefficient times quantity, by the quantities' numbers; no coefficient is 0."""

    constant: int
    terms: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Member:
    """1 where the position's member of the one-hot group is this one, else 0."""

    group: int
    index: int


@dataclass(frozen=True, slots=True)
class Firing:
    """1 exactly where guard >= level and, if there is a form, low <= form <= high; else 0."""

    guard: Affine
    level: int
    form: IntegerForm | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class IntegerRange:
    """An integer from low to high of which no more is known."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A combination that is `low` or `low` + 1, as was found when it was made."""

    affine: Affine
    low: int


QuantitySource: TypeAlias = Member | Firing | IntegerRange | Choice  # quantities that are integers


@dataclass(frozen=True, slots=True)
class Reciprocal:
    """1/s."""


@dataclass(frozen=True, slots=True)
class Share:
    """n/s for an integer n with low * s <= n <= high * s."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Received:
    """Within `error` of an integer combination."""

    ideal: Affine
    error: Fraction


@dataclass(frozen=True, slots=True)
class Real:
    """A number from low to high."""

    low: Fraction
    high: Fraction


Quantity: TypeAlias = Member | Firing | IntegerRange | Choice | Reciprocal | Share | Received | Real


@dataclass(frozen=True, slots=True)
class Margin:
    """|z| >= min(constant, shares / s), where None leaves a part out."""

    constant: Fraction | None
    shares: int | None

    def at(self, visible: int) -> Fraction:
        """The bound where `visible` tokens or fewer are visible."""
        found = [] if self.constant is None else [self.constant]
        if self.shares is not None:
            found.append(Fraction(self.shares, visible))
        return min(found)


class Parts(NamedTuple):
    """A combination: integer + (sum of shares + reciprocal)/s + something of size `error` + something in `real`."""

    integer: Affine
    shares: tuple[tuple[int, int], ...]  # (quantity, coefficient)
    reciprocal: int
    error: Fraction
    real: tuple[Fraction, Fraction]

    @property
    def over_s(self) -> bool:
        """Whether there is a part over s."""
        return bool(self.shares) or self.reciprocal != 0

    @property
    def is_exact(self) -> bool:
        """Whether s times the combination is an integer."""
        return self.error == 0 and not any(self.real)

    @property
    def is_integer(self) -> bool:
        """Whether the combination is an integer."""
        return self.is_exact and not self.over_s


class Single(NamedTuple):
    """A quantity that is no member of a group: what it adds at least and at most; `bounded` if a form decides it."""

    number: int
    weight: int
    ends: tuple[int, int]
    bounded: Firing | None


class Components(NamedTuple):
    """What a combination adds up: the classes of each one-hot group that it reads, and its other quantities."""

    groups: Mapping[int, Classes]
    singles: tuple[Single, ...]


def components(terms: Mapping[int, int], sources: Mapping[int, QuantitySource]) -> Components:
    """The combination's components."""
    groups: dict[int, dict[int, int]] = {}
    singles = []
    for number, weight in terms.items():
        match source := sources[number]:
            case Member(group, index):
                groups.setdefault(group, {})[index] = weight
                continue
            case IntegerRange(low, high):
                values = (low, high)
            case Firing() | Choice():
                values = either(source)
        low, high = sorted(weight * value for value in values)
        bounded = source if isinstance(source, Firing) and source.form is not None else None
        singles.append(Single(number, weight, (low, high), bounded))
    return Components({group: _classes(members) for group, members in groups.items()}, tuple(singles))


def _classes(members: Mapping[int, int]) -> Classes:
    """The members as bits, by what they add; those that are not mentioned add 0."""
    masks = {0: -1}
    for index, weight in members.items():
        masks[0] &= ~(1 << index)
        masks[weight] = masks.get(weight, 0) | 1 << index
    return tuple(sorted(masks.items()))


def either(source: Firing | Choice) -> tuple[int, int]:
    """The two values that a unit or choice can have, ascending."""
    return (0, 1) if isinstance(source, Firing) else (source.low, source.low + 1)
