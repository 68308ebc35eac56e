"""How far sums of steps are off: exact at one end, dirty at the other."""

from typing import NamedTuple

from limit_transformer.gpt2.machine_parts import IntegerTerms


class Error(NamedTuple):
    """How far a column that holds an integer is off: where it is at its least, at its most, and anywhere."""

    at_low: float
    at_high: float
    anywhere: float


class Dirt(NamedTuple):
    """How far a step is off where it is not exact: a constant, and `by_count` times the share `counted`."""

    constant: float
    counted: int | None
    by_count: float


EXACT = Error(0.0, 0.0, 0.0)


class StepSum(NamedTuple):
    """A coordinate that is a sum of steps: (unit, weight) each, their dirt.

    `fewest`: the fewest columns that one reads; `together`: how many can be 1 at once.
    """

    terms: IntegerTerms
    dirt: tuple[Dirt, ...]
    fewest: int
    together: int

    @property
    def signs(self) -> set[bool]:
        """Of the weights: whether they are positive."""
        return {weight > 0 for _, weight in self.terms}

    def fired(self, ends: tuple[int, int]) -> int:
        """How many can be 1 together: of one sign, no more than the sum's range, from `ends`, allows."""
        return min(self.together, ends[1] - ends[0]) if len(self.signs) == 1 else self.together


def error_of(steps: StepSum, ends: tuple[int, int], exact_ones: frozenset[int]) -> Error:
    """The error of the sum, whose range is from `ends`; `exact_ones`: the units that are exact where they are 1."""
    low_end, high_end = ends
    each = [
        abs(weight) * (dirt.constant + dirt.by_count) for (_, weight), dirt in zip(steps.terms, steps.dirt, strict=True)
    ]
    fired = steps.fired(ends)
    total = sum(sorted(each)[len(each) - fired :]) * _adding(fired, steps.fewest)
    if len(steps.signs) == 1 and not any(unit in exact_ones for unit, _ in steps.terms):
        rests_low = steps.signs == {True} and low_end == 0
        rests_high = steps.signs == {False} and high_end == 0
        return Error(0.0 if rests_low else total, 0.0 if rests_high else total, total)
    low = high = 0.0
    for (unit, weight), error in zip(steps.terms, each, strict=True):
        if (weight > 0) == (unit in exact_ones):
            low += error
        else:
            high += error
    more = _adding(len(steps.terms), steps.fewest)
    # At an end of the range each step is known only where no step keeps another from its own end.
    least = sum(weight for _, weight in steps.terms if weight < 0)
    most = sum(weight for _, weight in steps.terms if weight > 0)
    at_low = low if low_end == least else low + high
    at_high = high if high_end == most else low + high
    if any(unit in exact_ones for unit, _ in steps.terms):
        return Error(at_low * more, at_high * more, (low + high) * more)
    return Error(min(at_low * more, total), min(at_high * more, total), min((low + high) * more, total))


def counted_dirt(steps: StepSum, ends: tuple[int, int], exact_ones: frozenset[int]) -> dict[int, float]:
    """What of `error_of` is a share times a number, by the share; empty where the error is not the sum of all."""
    fired = steps.fired(ends)
    if fired < len(steps.terms) or any(unit in exact_ones for unit, _ in steps.terms):
        return {}
    more = _adding(fired, steps.fewest)
    found: dict[int, float] = {}
    for (_, weight), dirt in zip(steps.terms, steps.dirt, strict=True):
        if dirt.counted is not None:
            found[dirt.counted] = found.get(dirt.counted, 0.0) + abs(weight) * dirt.by_count * more
    return found


def _adding(steps: int, columns: int) -> float:
    """By how much the roundings of a sum of A steps make their errors larger; `columns`: what each reads, at least.

    A steps that are not exact are 2 A numbers of size k Z, and rounding their sum adds 4 A u k Z to each step's error
    of 2 (n + 3) u k Z.
    """
    return 1.0 if steps <= 1 else 1 + 2 * steps / (columns + 3)
