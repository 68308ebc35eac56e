"""How far units are off: the margins of their decisions, and the errors of sums of max(z, 0); see `error_bounds.py`."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from limit_transformer.gpt2.column_errors import EXACT, Columns, ShareError, are_disjoint
from limit_transformer.gpt2.machine_parts import IntegerTerms, LayerParts, MachineParts, UnitArgument


@dataclass(frozen=True)
class Masses:
    """What the shares of a unit's argument can add up to, and their errors.

    positive, negative  the most that all shares, except constants over s, can add or take away
    plus, minus         the positive and the negative constants over s, times s
    quadratic, linear   the largest coefficients of the shares' errors
    constant            the sum of the shares' constant errors, weighted
    shared              w w' / (w + w') for the largest weights w, w' of the two sides; None unless all are counts of
                        different tokens
    """

    positive: float
    negative: float
    plus: float
    minus: float
    quadratic: float
    linear: float
    constant: float
    shared: float | None

    @property
    def low(self) -> float:
        """The least that all shares add up to."""
        return -(self.negative + self.minus)

    @property
    def high(self) -> float:
        """The most that all shares add up to."""
        return self.positive + self.plus


def masses_of(parts: MachineParts, form: UnitArgument, errors: Mapping[int, ShareError], reading: float) -> Masses:
    """Return the masses of a unit's argument.

    Args:
        parts: The parts of the machine.
        form: The unit's argument.
        errors: The error of each share.
        reading: The relative error with which a share is read.
    """
    positive = negative = plus = minus = constant = 0.0
    quadratic = linear = 0.0
    counts = []
    for k, weight in form.shares:
        error = errors[k]
        quadratic, linear = max(quadratic, error.quadratic), max(linear, error.linear + reading)
        constant += abs(weight) * error.constant
        if k in parts.reciprocals:
            value = weight * parts.reciprocals[k]
            plus, minus = plus + max(value, 0), minus + max(-value, 0)
            continue
        counts.append((k, weight))
        low, high = sorted((weight * parts.low[k], weight * parts.high[k]))
        positive, negative = positive + max(high, 0), negative + max(-low, 0)
    return Masses(positive, negative, plus, minus, quadratic, linear, constant, _shared(parts, counts))


def _shared(parts: MachineParts, counts: list[tuple[int, int]]) -> float | None:
    """Return `Masses.shared`; None if counts may overlap, or a share is not a count."""
    if not are_disjoint(parts, [k for k, _ in counts]):
        return None
    up = max((weight for _, weight in counts if weight > 0), default=0)
    down = max((-weight for _, weight in counts if weight < 0), default=0)
    return up * down / (up + down) if counts else 0.0


CHAIN = 1.02  # covers the second-order errors of the quadratic term


def threshold_margin(
    columns: Columns, gates: IntegerTerms, terms: IntegerTerms, by_letter: tuple[int, ...], bias: int
) -> float:
    """Return the margin of an odd combination of integers: 1 less its error; see "Thresholds" in `error_bounds.py`.

    Args:
        columns: The errors so far.
        gates: The terms that the letter does not decide.
        terms: All terms.
        by_letter: The part of the combination that each letter decides.
        bias: The constant.
    """
    base = float(bias)
    masses = [0.0, 0.0]
    resting = worst = total = 0.0
    for k, weight in gates:
        error, low, high = columns.errors.get(k, EXACT), columns.parts.low[k], columns.parts.high[k]
        rest, other = (low, high) if error.at_low <= error.at_high else (high, low)
        resting, worst = resting + abs(weight) * min(error.at_low, error.at_high), max(worst, error.anywhere)
        total += abs(weight) * error.anywhere
        base += weight * rest
        masses[weight * (other - rest) > 0] += abs(weight) * (high - low)
    base = max(abs(base + letter) for letter in by_letter)
    total -= columns.shared_dirt(gates)
    off = min(total, worst * (1 + base + 2 * min(masses)) + resting)
    return 1 - off - columns.noise(terms, bias)


def comparison_margin(columns: Columns, form: UnitArgument) -> float:
    """Return the margin of a unit that reads shares, in units of 1/s; see "Comparisons" in `error_bounds.py`."""
    masses = masses_of(columns.parts, form, columns.shares, (len(form.terms) + 8) * columns.unit)
    if form.sums is None:
        rests = columns.mass(form.gates, form.bias + max(map(abs, form.by_letter)))
        return _near(columns, masses, -rests, rests, constant_error(columns, form, masses, 0))
    margins = []
    for rest in form.sums:
        away = max(rest + masses.low, -(rest + masses.high))
        if away > 0:
            relative = CHAIN * columns.unit * columns.tokens * masses.quadratic / 2 + masses.linear
            error = relative * (masses.high - masses.low) + constant_error(columns, form, masses, 0) / columns.tokens
            margins.append(columns.tokens * (away - error))
        else:
            end = 1 if rest == form.sums[-1] else -1 if rest == form.sums[0] else 0
            margins.append(_near(columns, masses, rest, rest, constant_error(columns, form, masses, end)))
    return min(margins)


def _near(columns: Columns, masses: Masses, least: float, most: float, constant: float) -> float:
    """Return the margin where the guards leave something from `least` to `most`, so that counts decide."""
    tokens = columns.tokens
    positive = tokens * (masses.positive + max(most, 0)) + masses.plus
    negative = tokens * (masses.negative + max(-least, 0)) + masses.minus
    smaller = min(positive, negative)
    decided = max(1.0, masses.plus - negative, masses.minus - positive)
    halved = masses.shared is not None and least == most == 0
    if masses.shared is not None and halved:
        smaller = min(smaller, tokens * masses.shared + masses.plus + masses.minus)
    counted = tokens * (masses.positive + masses.negative)
    one_sided = decided + min(positive + tokens * masses.positive, negative + tokens * masses.negative)
    squared = min(decided + (1 if halved else 2) * smaller, counted, one_sided)
    error = CHAIN * columns.unit * tokens / 2 * masses.quadratic * squared
    constants = masses.plus + masses.minus
    error += masses.linear * min(decided + 2 * smaller, counted + constants, one_sided + constants)
    return decided - error - constant


def constant_error(columns: Columns, form: UnitArgument, masses: Masses, end: int) -> float:
    """Return the part of a comparison's error that does not depend on counts.

    Args:
        columns: The errors so far.
        form: The unit's argument.
        masses: Its masses.
        end: Where the guards are in their range: 1 at its greatest value, -1 at its least, 0 anywhere.
    """
    shares = sum(abs(weight) * columns.size[k] for k, weight in form.shares)
    noise = columns.noise(form.terms, form.bias) - (len(form.terms) + 8) * columns.unit * shares
    return masses.constant + columns.tokens * (columns.dirt(form.gates, end) + noise)


# Sums of units max(z, 0) are shares. Where z is positive, its error is that of a comparison's z, plus the row's factor
# f times z. A value with a sign is max(z, 0) - max(-z, 0), for which z is read twice, with errors e and e'. If z > 0,
# the value is z + e less max(e' - z, 0), which is at most |e'|. So it is off by at most the larger of the two errors.
# The same holds if z < 0. If guards switch both units off, each argument is a negative integer, in units of 1, plus a
# share: x in the one and -x in the other. The two arguments add up to at most -2. So with errors below 1 at least one
# of the two units is 0.
def rectified(columns: Columns, part: LayerParts, terms: IntegerTerms) -> ShareError:
    """Return the error of a sum of units max(z, 0), given as (unit, weight) each."""
    errors = {unit: abs(weight) * _positive(columns, part.units[unit], len(terms)) for unit, weight in terms}
    total = 0.0
    waiting = dict(terms)
    while waiting:
        unit, weight = waiting.popitem()
        error = errors[unit]
        for other, opposite in waiting.items():
            larger = max(error, errors[other])
            if weight == -opposite and larger < abs(weight) and _opposite(columns, part.units[unit], part.units[other]):
                error = larger
                del waiting[other]
                break
        total += error
    return ShareError(0, 0, total)


def _positive(columns: Columns, form: UnitArgument, added: int) -> float:
    """Return the error of max(z, 0), as one of `added` units that are summed."""
    masses = masses_of(columns.parts, form, columns.shares, (len(form.terms) + 8) * columns.unit)
    counted = columns.tokens * (masses.positive + masses.negative) + masses.plus + masses.minus
    most = counted + columns.tokens * _largest(columns, form)
    relative = CHAIN * columns.unit * columns.tokens * masses.quadratic / 2 + masses.linear
    end = 1 if _open(columns, form) is not None else 0
    error = relative * counted + constant_error(columns, form, masses, end)
    return error + (columns.factor + (added + 16) * columns.unit) * most


def _largest(columns: Columns, form: UnitArgument) -> float:
    """Return the most that the terms other than shares add to z where z is positive."""
    if form.sums is not None:
        return max(0.0, float(form.sums[-1]))
    return columns.mass(form.gates, form.bias + max(map(abs, form.by_letter)))


def _open(columns: Columns, form: UnitArgument) -> int | None:
    """Return the one value of the terms other than shares at which z can be positive; None unless there is just one."""
    high = masses_of(columns.parts, form, columns.shares, 0.0).high
    found = [] if form.sums is None else [rest for rest in form.sums if rest + high > 0]
    return found[0] if len(found) == 1 else None


def _opposite(columns: Columns, first: UnitArgument, second: UnitArgument) -> bool:
    """Return whether the same guards leave z to one unit and -z to the other."""
    one, other = _open(columns, first), _open(columns, second)
    if one is None or other != -one or dict(first.shares) != {k: -weight for k, weight in second.shares}:
        return False
    return _guard(first, one) == _guard(second, other)


def _guard(form: UnitArgument, rest: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the combination that is 0 exactly where the guards leave `rest`, up to a positive factor.

    It is given by the gates that it reads, then its value for each letter and the weights of the gates.
    """
    found = (*(letter + form.bias - rest for letter in form.by_letter), *(weight for _, weight in form.gates))
    scale = max(1, math.gcd(*found))
    return tuple(k for k, _ in form.gates), tuple(value // scale for value in found)
