"""What integer combinations of Booleans can be at one position, by a search over the cases that are possible there.

A unit fires if a combination of Booleans is large enough and a form of counts is large enough. Two units depend on each
other if they read the same form with different thresholds, or if they need different letters. Then a sum of them can be
smaller than the sum of what each can be. The search branches on letters, residues and units, and drops the cases that
contradict themselves.

The search is sound: what it cannot exclude counts as possible. After MOST_CASES cases, everything that is left counts
as possible.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from limit_transformer.values.quantities import (
    Affine,
    Choice,
    Classes,
    Components,
    Firing,
    IntegerForm,
    IntegerRange,
    QuantitySource,
    components,
    either,
)

MOST_CASES = 4000  # the most cases that are looked at for one combination
MOST_SUMS = 1000  # the most values of a combination that are listed one by one
PASSES = 4  # how often the consequences of a case are followed
MOST_TERMS = 300  # for a combination with more terms, cases are not told apart


class Case(NamedTuple):
    """What is assumed in a case.

    masks  for each one-hot group, the members that are still possible, as bits
    fired  the values of units and choices that are assumed
    forms  for each form of counts, a lower and an upper bound; None: no bound
    """

    masks: Mapping[int, int]
    fired: Mapping[int, int]
    forms: Mapping[IntegerForm, tuple[int | None, int | None]]


class ContradictionError(Exception):
    """The case is impossible."""


class Possibilities:
    """The integer quantities known so far, by number, and what combinations of them can be."""

    def __init__(self, sources: Mapping[int, QuantitySource]) -> None:
        self.sources = sources
        # The key is the id of a combination's terms. The terms are kept here too, so that nothing else gets their id.
        self._components: dict[int, tuple[Mapping[int, int], Components]] = {}
        self._negated: dict[int, tuple[Mapping[int, int], Mapping[int, int]]] = {}
        # The key is the terms and the possible members. Entries stay valid, for what a quantity is never changes.
        self._found: dict[tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]], tuple[int, int]] = {}

    def bounds(self, affine: Affine, masks: Mapping[int, int]) -> tuple[int, int]:
        """Return the least and the greatest value without telling cases apart, with every quantity at its worst."""
        case = Case(masks, {}, {})
        low = high = affine.constant
        for least, most in self._ranges(affine, case).values():
            low, high = low + least, high + most
        return low, high

    def refined(self, affine: Affine, masks: Mapping[int, int]) -> tuple[int, int]:
        """Return the least and the greatest value over all possible cases; choices are taken apart if that helps."""
        asked = frozenset(affine.terms.items()), frozenset(masks.items())
        if asked not in self._found:
            self._found[asked] = self._told_apart(Affine(0, affine.terms), masks)
        low, high = self._found[asked]
        return affine.constant + low, affine.constant + high

    def _told_apart(self, affine: Affine, masks: Mapping[int, int]) -> tuple[int, int]:
        low, high = self._extremes(affine, masks)
        if high - low > 1 and any(isinstance(self.sources[number], Choice) for number in affine.terms):
            spelled = self._extremes(self._spelled(affine), masks)
            return max(low, spelled[0]), min(high, spelled[1])
        return low, high

    def _extremes(self, affine: Affine, masks: Mapping[int, int]) -> tuple[int, int]:
        if len(affine.terms) > MOST_TERMS:
            return self.bounds(affine, masks)
        return -self._maximum(self._opposite(affine), masks), self._maximum(affine, masks)

    def _spelled(self, affine: Affine) -> Affine:
        """Return the combination with each choice replaced by the combination that it stands for."""
        constant, terms, waiting = affine.constant, dict[int, int](), list(affine.terms.items())
        while waiting:
            number, weight = waiting.pop()
            source = self.sources[number]
            if isinstance(source, Choice):
                constant += weight * source.affine.constant
                waiting += [(inner, weight * factor) for inner, factor in source.affine.terms.items()]
            else:
                terms[number] = terms.get(number, 0) + weight
        return Affine(constant, {number: weight for number, weight in terms.items() if weight})

    def sums(self, affine: Affine, masks: Mapping[int, int]) -> frozenset[int] | None:
        """Return the values that are sums of what each quantity can be; None if there are more than MOST_SUMS."""
        groups = self._parts(affine).groups
        choices = [set(_values(classes, masks[group])) for group, classes in groups.items()]
        for number, weight in affine.terms.items():
            source = self.sources[number]
            if isinstance(source, Firing | Choice):
                choices.append({weight * value for value in either(source)})
            elif isinstance(source, IntegerRange):
                if source.high - source.low > MOST_SUMS:
                    return None
                choices.append({weight * value for value in range(source.low, source.high + 1)})
        found = {affine.constant}
        for choice in choices:
            found = {value + added for value in found for added in choice}
            if len(found) > MOST_SUMS:
                return None
        return frozenset(found)

    def _maximum(self, affine: Affine, masks: Mapping[int, int]) -> int:
        low, _ = self.bounds(affine, masks)
        self._looks = MOST_CASES
        return self._search(affine, Case(masks, {}, {}), low)

    def _search(self, affine: Affine, case: Case, best: int) -> int:
        """Return the maximum over the case if it is larger than `best`, else `best`."""
        ranges = self._ranges(affine, case)
        optimistic = affine.constant + sum(most for _, most in ranges.values())
        if optimistic <= best:
            return best
        self._looks -= 1
        open_ = [key for key, (least, most) in ranges.items() if least != most and self._splits(key)]
        if not open_ or self._looks < 0:
            return optimistic
        for branch in self._branches(affine, case, open_[0]):
            best = self._search(affine, branch, best)
        return best

    # --- components of a combination: a one-hot group (key ~group), or a single quantity (key: its number) ------

    def _either(self, key: int) -> tuple[int, int]:
        source = self.sources[key]
        assert isinstance(source, Firing | Choice)
        return either(source)

    def _splits(self, key: int) -> bool:
        return key < 0 or isinstance(self.sources[key], Firing | Choice)

    def _ranges(self, affine: Affine, case: Case) -> dict[int, tuple[int, int]]:
        """Return what each component adds at least and at most, as far as the case shows at first sight."""
        groups, singles = self._parts(affine)
        masks, fired, forms = case
        result: dict[int, tuple[int, int]] = {}
        for group, classes in groups.items():
            values = _values(classes, masks[group])
            result[~group] = values[0], values[-1]
        for number, weight, ends, bounded in singles:
            if number in fired:
                ends = (weight * fired[number],) * 2
            elif (
                forms
                and bounded is not None
                and bounded.form is not None
                and (known := forms.get(bounded.form)) is not None
                and not _meet(known, (bounded.low, bounded.high))
            ):
                ends = (0, 0)
            result[number] = ends
        return result

    def _parts(self, affine: Affine) -> Components:
        known = self._components.get(id(affine.terms))
        if known is None:
            known = affine.terms, components(affine.terms, self.sources)
            self._components[id(affine.terms)] = known
        return known[1]

    def _opposite(self, affine: Affine) -> Affine:
        known = self._negated.get(id(affine.terms))
        if known is None:
            known = affine.terms, {number: -weight for number, weight in affine.terms.items()}
            self._negated[id(affine.terms)] = known
        return Affine(-affine.constant, known[1])

    def _branches(self, affine: Affine, case: Case, key: int) -> Iterable[Case]:
        """Yield the case divided by what the component adds, the largest first; contradictions are left out."""
        options: list[Case] = []
        if key < 0:
            mask = case.masks[~key]
            for _, members in reversed(self._parts(affine).groups[~key]):
                if mask & members:
                    options.append(case._replace(masks={**case.masks, ~key: mask & members}))
        else:
            for output in sorted(self._either(key), reverse=affine.terms[key] > 0):
                options.append(case._replace(fired={**case.fired, key: output}))
        for option in options:
            try:
                yield self._settled(option, tuple(option.fired) if key < 0 else (key,))
            except ContradictionError:
                continue

    # --- consequences -----------------------------------------------------------------------------------------

    def _settled(self, case: Case, changed: Iterable[int]) -> Case:
        """Return the case with what follows from the outputs of these units, and then of all."""
        for _ in range(PASSES):
            before = case
            for number in changed:
                unit, value = self.sources[number], case.fired[number]
                if isinstance(unit, Choice):
                    case = self._at_least(unit.affine, value, case)
                    case = self._at_least(self._opposite(unit.affine), -value, case)
                else:
                    assert isinstance(unit, Firing)
                    case = self._fires(unit, case) if value else self._rests(unit, case)
            if case is before:
                break
            changed = tuple(case.fired)
        return case

    def _fires(self, unit: Firing, case: Case) -> Case:
        if unit.form is not None:
            case = _narrowed(case, unit.form, unit.low, unit.high)
        return self._at_least(unit.guard, unit.level, case)

    def _rests(self, unit: Firing, case: Case) -> Case:
        ranges = self._ranges(unit.guard, case)
        if unit.guard.constant + sum(least for least, _ in ranges.values()) >= unit.level:
            if unit.form is None:
                raise ContradictionError
            if unit.low is not None and unit.high is None:
                return _narrowed(case, unit.form, None, unit.low - 1)
            if unit.high is not None and unit.low is None:
                return _narrowed(case, unit.form, unit.high + 1, None)
            return case
        if unit.form is None or _inside(case.forms.get(unit.form, (None, None)), (unit.low, unit.high)):
            return self._at_least(self._opposite(unit.guard), 1 - unit.level, case)
        return case

    def _at_least(self, affine: Affine, level: int, case: Case) -> Case:
        """Return the case with affine >= level: each component is within the slack of its greatest value."""
        ranges = self._ranges(affine, case)
        slack = affine.constant + sum(most for _, most in ranges.values()) - level
        if slack < 0:
            raise ContradictionError
        tight = [(key, most) for key, (least, most) in ranges.items() if most - least > slack]
        if not tight:
            return case
        masks, fired = dict(case.masks), dict(case.fired)
        groups = self._parts(affine).groups
        for key, most in tight:
            if key < 0:
                kept = 0
                for value, members in groups[~key]:
                    if value >= most - slack:
                        kept |= members
                masks[~key] &= kept
            elif self._splits(key):
                fired[key] = self._either(key)[affine.terms[key] > 0]
        return Case(masks, fired, case.forms)


def _values(classes: Classes, mask: int) -> list[int]:
    """Return what the group can add with the members that are still possible, in ascending order.

    Raises:
        ContradictionError: No member is possible.
    """
    values = [value for value, members in classes if members & mask]
    if not values:
        raise ContradictionError
    return values


def _meet(left: tuple[int | None, int | None], right: tuple[int | None, int | None]) -> bool:
    low, high = _both(left, right)
    return low is None or high is None or low <= high


def _inside(inner: tuple[int | None, int | None], outer: tuple[int | None, int | None]) -> bool:
    low = outer[0] is None or (inner[0] is not None and inner[0] >= outer[0])
    return low and (outer[1] is None or (inner[1] is not None and inner[1] <= outer[1]))


def _both(left: tuple[int | None, int | None], right: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    (low, high), (least, most) = left, right
    if low is None or (least is not None and least > low):
        low = least
    if high is None or (most is not None and most < high):
        high = most
    return low, high


def _narrowed(case: Case, form: IntegerForm, low: int | None, high: int | None) -> Case:
    known = case.forms.get(form, (None, None))
    bounds = _both(known, (low, high))
    if bounds == known:
        return case
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        raise ContradictionError
    return case._replace(forms={**case.forms, form: bounds})
