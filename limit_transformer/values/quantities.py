"""Quantities of a machine, what is known of each, and how a search reads a combination of them.

s is the number of tokens visible at a position.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeAlias

IntegerForm: TypeAlias = tuple[tuple[int, int], ...]  # primitive integer combination of counts' numerators and of s
Classes: TypeAlias = tuple[tuple[int, int], ...]  # (what a one-hot group can add, ascending; the members that add it)


class Affine(NamedTuple):
    """constant + the sum of coefficient times quantity, by the numbers of the quantities; no coefficient is 0."""

    constant: int
    terms: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Member:
    """1 if the position's member of the one-hot group is this one, else 0."""

    group: int
    index: int


@dataclass(frozen=True, slots=True)
class Firing:
    """1 exactly if guard >= level and, if there is a form, low <= form <= high; else 0. A bound None does not apply."""

    guard: Affine
    level: int
    form: IntegerForm | None
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class IntegerRange:
    """An integer from low to high of which nothing more is known."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Choice:
    """A combination that can only be `low` or `low` + 1."""

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
    """A number that differs from an integer combination by at most `error`."""

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
    """The bound |z| >= min(constant, shares / s); a part that is None is left out."""

    constant: Fraction | None
    shares: int | None

    def at(self, visible: int) -> Fraction:
        """Return the bound that holds if at most `visible` tokens are visible."""
        found = [] if self.constant is None else [self.constant]
        if self.shares is not None:
            found.append(Fraction(self.shares, visible))
        return min(found)


class Parts(NamedTuple):
    """A combination split into its parts: integer + (sum of shares + reciprocal)/s + a bounded error + a real number.

    `error` bounds the size of the third part, and `real` is the least and the greatest value of the last one.
    """

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
    """A quantity that is not a member of a group: the least and the greatest that it adds.

    `bounded` is the quantity if a form decides it, else None.
    """

    number: int
    weight: int
    ends: tuple[int, int]
    bounded: Firing | None


class Components(NamedTuple):
    """What a combination consists of: the classes of each one-hot group that it reads, and its other quantities."""

    groups: Mapping[int, Classes]
    singles: tuple[Single, ...]


def components(terms: Mapping[int, int], sources: Mapping[int, QuantitySource]) -> Components:
    """Return the components of a combination."""
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
    """Return the members as bits, by what they add; members that are not mentioned add 0."""
    masks = {0: -1}
    for index, weight in members.items():
        masks[0] &= ~(1 << index)
        masks[weight] = masks.get(weight, 0) | 1 << index
    return tuple(sorted(masks.items()))


def either(source: Firing | Choice) -> tuple[int, int]:
    """Return the two values that a unit or choice can have, in ascending order."""
    return (0, 1) if isinstance(source, Firing) else (source.low, source.low + 1)
