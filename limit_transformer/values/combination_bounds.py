"""What follows for combinations of quantities: the values that they may take, their bounds, and their margins.

s is the number of tokens visible at a position. Unless something else is said, the position is not the begin marker's,
so s >= 2.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from limit_transformer.values.boolean_combinations import Possibilities
from limit_transformer.values.quantities import (
    Affine,
    Choice,
    Firing,
    IntegerForm,
    IntegerRange,
    Margin,
    Member,
    Parts,
    Quantity,
    QuantitySource,
    Real,
    Received,
    Reciprocal,
    Share,
)

MOST_VALUES = 10_000  # the most values that are looked at one by one
NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Lattice:
    """The values start + a multiple of stride, from low to high; low and high are such values."""

    start: int
    stride: int
    low: int
    high: int

    def near(self, low: Fraction | int, high: Fraction | int) -> Sequence[int] | None:
        """Return the values from low to high and the nearest one beyond on each side; None if there are too many."""
        if self.stride == 0:
            return (self.start,)
        first = self.start + (low.__floor__() - self.start) // self.stride * self.stride
        last = self.start - (self.start - high.__ceil__()) // self.stride * self.stride
        first, last = min(max(first, self.low), self.high), max(min(last, self.high), self.low)
        return None if (last - first) // self.stride > MOST_VALUES else range(first, last + 1, self.stride)

    @property
    def top(self) -> tuple[int, int | None]:
        """The largest value, and the next one, or None if there is only one."""
        return self.high, self.high - self.stride if self.stride else None


@dataclass(frozen=True, slots=True)
class Listed:
    """One or more values, in ascending order."""

    values: tuple[int, ...]

    def near(self, low: Fraction | int, high: Fraction | int) -> Sequence[int] | None:
        """Return the values from low to high, and the nearest one beyond on each side."""
        below = max((k for k, value in enumerate(self.values) if value < low), default=0)
        above = min((k for k, value in enumerate(self.values) if value > high), default=len(self.values) - 1)
        return self.values[below : above + 1]

    @property
    def top(self) -> tuple[int, int | None]:
        """The largest value, and the next one, or None if there is only one."""
        return self.values[-1], self.values[-2] if len(self.values) > 1 else None


def lattice(start: int, stride: int, bounds: tuple[int, int]) -> Lattice:
    """Return the values start + a multiple of stride between two bounds, of which there is at least one."""
    if stride == 0:
        return Lattice(start, 0, start, start)
    low = start - (start - bounds[0]) // stride * stride
    return Lattice(start, stride, low, max(low, start + (bounds[1] - start) // stride * stride))


class Arena:
    """All quantities so far, by number."""

    def __init__(self, masks: Mapping[int, int]) -> None:
        self.masks = masks  # for each one-hot group, the possible members as bits
        self.quantities: list[Quantity] = []
        self._in_group: dict[int, list[int]] = {}
        self._sources: dict[int, QuantitySource] = {}
        self._possibilities = Possibilities(self._sources)

    def new(self, quantity: Quantity) -> int:
        """Add a quantity, and return its number."""
        self.quantities.append(quantity)
        number = len(self.quantities) - 1
        if isinstance(quantity, Member):
            self._in_group.setdefault(quantity.group, []).append(number)
        if isinstance(quantity, Member | Firing | IntegerRange | Choice):
            self._sources[number] = quantity
        return number

    def parts(self, affine: Affine) -> Parts:
        """Return the combination sorted by the kinds of its quantities."""
        constant, integer, shares, reciprocal = affine.constant, dict[int, int](), [], 0
        error = low = high = NOTHING
        for number, weight in affine.terms.items():
            match self.quantities[number]:
                case Member() | Firing() | IntegerRange() | Choice():
                    integer[number] = integer.get(number, 0) + weight
                case Reciprocal():
                    reciprocal += weight
                case Share():
                    shares.append((number, weight))
                case Received(ideal, off):
                    constant += weight * ideal.constant
                    for place, own in ideal.terms.items():
                        integer[place] = integer.get(place, 0) + weight * own
                    error += abs(weight) * off
                case Real(least, most):
                    low, high = low + min(weight * least, weight * most), high + max(weight * least, weight * most)
        return Parts(self._reduced(constant, integer), tuple(sorted(shares)), reciprocal, error, (low, high))

    def _reduced(self, constant: int, integer: dict[int, int]) -> Affine:
        """Return the combination without the coefficient that most members of a one-hot group share: they sum to 1."""
        groups: dict[int, dict[int, int]] = {}
        for number, weight in integer.items():
            source = self.quantities[number]
            if isinstance(source, Member):
                groups.setdefault(source.group, {})[number] = weight
        kept = dict(integer)
        for group, weights in groups.items():
            mask = self.masks[group]
            inside = {number: weight for number, weight in weights.items() if mask >> self._index(number) & 1}
            often = Counter(inside.values())
            often[0] += mask.bit_count() - len(inside)
            common = often.most_common(1)[0][0]
            constant += common
            everyone = self._members(group) if common else weights
            kept |= {
                number: inside.get(number, 0) - common if mask >> self._index(number) & 1 else 0 for number in everyone
            }
        return Affine(constant, {number: weight for number, weight in kept.items() if weight})

    def _index(self, number: int) -> int:
        member = self.quantities[number]
        assert isinstance(member, Member)
        return member.index

    def _members(self, group: int) -> list[int]:
        return self._in_group.get(group, [])

    def integers(self, affine: Affine, *, narrow: bool, masks: Mapping[int, int] | None = None) -> tuple[int, int]:
        """Return the least and the greatest value of an integer combination.

        Args:
            affine: The combination.
            narrow: Whether to tell cases apart, which is slower and gives a narrower range.
            masks: For each one-hot group the possible members; by default all that the arena allows.
        """
        chosen = self.masks if masks is None else masks
        found = self._possibilities.refined if narrow else self._possibilities.bounds
        return found(affine, chosen)

    def tight(self, affine: Affine, *, masks: Mapping[int, int] | None = None) -> tuple[int, int]:
        """Return the range of an integer combination; cases are told apart if it could have more than two values."""
        low, high = self.integers(affine, narrow=False, masks=masks)
        return (low, high) if high - low <= 1 else self.integers(affine, narrow=True, masks=masks)

    def share_bounds(self, parts: Parts) -> tuple[int, int]:
        """Return integers between which the part over s lies."""
        low, high = min(0, parts.reciprocal), max(0, parts.reciprocal)
        for number, weight in parts.shares:
            share = self.quantities[number]
            assert isinstance(share, Share)
            ends = (weight * share.low, weight * share.high)
            low, high = low + min(ends), high + max(ends)
        return low, high

    # --- steps ------------------------------------------------------------------------------------------------

    def margin(self, parts: Parts) -> Margin | str:
        """Return a bound below which the combination's absolute value never falls, or why none is known."""
        common = self._by_remainder(parts)
        if common is not None:
            return common
        found: Margin | str = ""
        for levels in self._levels(parts.integer):
            found = self._by_level(parts, levels)
            if isinstance(found, Margin):
                break
        return found

    def _by_remainder(self, parts: Parts) -> Margin | None:
        """Return a margin if s z, or z, is never 0 modulo what all coefficients have in common.

        Let t be the integer part. Then s z = s t + n, or z = t if there is no part over s.
        """
        stride = gcd(*parts.integer.terms.values())
        if parts.is_integer:
            common = _distance(parts.integer.constant, stride)
            return Margin(Fraction(common), None) if common else None
        if not parts.is_exact:
            return None
        step = gcd(*(weight for _, weight in parts.shares))
        common = _distance(parts.reciprocal, gcd(stride, parts.integer.constant, step))
        return Margin(None, common) if common else None

    def _by_level(self, parts: Parts, levels: Lattice | Listed) -> Margin | str:
        """Return a margin that holds for each value t of the integer part.

        Either |z| is large because t is, or s t + n is not 0 modulo t and the coefficients of the shares.
        """
        step = gcd(*(weight for _, weight in parts.shares))
        low, high = self.share_bounds(parts)
        below, above = low + parts.real[0] - parts.error, high + parts.real[1] + parts.error
        cases = levels.near(-above, -below)
        if cases is None:
            return "its integer part can take too many values"
        constants: list[Fraction] = []
        shares: list[int] = []
        for value in cases:
            size = max(-(value + above), value + below)
            over = _distance(parts.reciprocal, gcd(value, step)) if parts.is_exact and not parts.is_integer else 0
            if size > 0:
                constants.append(Fraction(size))
            elif over:
                shares.append(over)
            else:
                return f"it can be 0 where its integer part is {value}"
        return Margin(min(constants, default=None), min(shares, default=None))

    def _levels(self, affine: Affine) -> Iterator[Lattice | Listed]:
        """Yield what is known of the values of the combination, more and more narrowly."""
        stride = gcd(*affine.terms.values())
        yield lattice(affine.constant, stride, self.integers(affine, narrow=False))
        if affine.terms:
            bounds = self.integers(affine, narrow=True)
            yield lattice(affine.constant, stride, bounds)
            sums = self._possibilities.sums(affine, self.masks)
            inside = () if sums is None else tuple(value for value in sorted(sums) if bounds[0] <= value <= bounds[1])
            if inside:
                yield Listed(inside)

    def firing(self, parts: Parts) -> Firing | None:
        """Return a step unit as [guard >= level and a form of counts lies between bounds]; None if it has no such form.

        If every value of the integer part but the largest, v, makes z negative, then z > 0 means that the integer part
        is v and that s v + n > 0.
        """
        if parts.is_integer:
            return Firing(parts.integer, 1, None, None, None)
        if not parts.is_exact:
            rounded = not parts.over_s and not any(parts.real) and parts.error < 1 and _odd(parts.integer)
            return Firing(parts.integer, 1, None, None, None) if rounded else None
        _, above = self.share_bounds(parts)
        for levels in self._levels(parts.integer):
            most, second = levels.top
            if second is None or second + above < 0:
                form, low, high = _form(parts, most)
                return Firing(parts.integer, most, form, low, high)
        return None


def _odd(affine: Affine) -> bool:
    """Return whether every value of the combination is odd."""
    return affine.constant % 2 == 1 and all(weight % 2 == 0 for weight in affine.terms.values())


def _form(parts: Parts, value: int) -> tuple[IntegerForm, int | None, int | None]:
    """Return s value + n > 0 as bounds of a primitive form of s (number -1) and numerators.

    The first coefficient of the form is positive.
    """
    terms = (((-1, value),) if value else ()) + parts.shares
    if not terms:
        return (), 1 - parts.reciprocal, None  # the form is empty, so its value is 0
    scale = gcd(*(weight for _, weight in terms))
    cut = -((parts.reciprocal - 1) // scale)
    form = tuple((number, weight // scale) for number, weight in terms)
    if form[0][1] > 0:
        return form, cut, None
    return tuple((number, -weight) for number, weight in form), None, -cut


def _distance(start: int, stride: int) -> int:
    """Return the least absolute value of start + a multiple of stride."""
    if stride == 0:
        return abs(start)
    return min(start % stride, -start % stride)


def plus(parts: Iterable[tuple[int, Affine]], constant: int = 0) -> Affine:
    """Return the constant plus the sum of factor times combination."""
    terms: dict[int, int] = {}
    for factor, affine in parts:
        constant += factor * affine.constant
        for number, weight in affine.terms.items():
            terms[number] = terms.get(number, 0) + factor * weight
    return Affine(constant, {number: weight for number, weight in terms.items() if weight})
