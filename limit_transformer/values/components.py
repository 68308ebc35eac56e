"""Integer quantities, their combinations, and what a search asks of a combination again and again."""

from collections.abc import Mapping
from dataclasses import dataclass
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
