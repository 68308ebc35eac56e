"""How far sums of units max(z, 0) are off, which are shares: see `gpt2_bounds`.

Where z is positive its error is that of a comparison's z, and the row's factor f times z. A value with a sign is
max(z, 0) - max(-z, 0), read twice with errors e and e'. Where z > 0 it is z + e, less max(e' - z, 0) <= |e'|; so it is
off by the larger of the two, and so where z < 0. Where guards hold both off, each z is a negative integer in units of
1 but for shares x and -x of opposite signs: the two add up to -2 at most, so with errors below 1 one of them is 0.
"""

import math

from limit_transformer.gpt2.columns import Columns
from limit_transformer.gpt2.decisions import CHAIN, constant_error
from limit_transformer.gpt2.machine_parts import IntegerTerms, LayerParts, UnitArgument
from limit_transformer.gpt2.masses import ShareError, masses_of


def rectified(columns: Columns, part: LayerParts, terms: IntegerTerms) -> ShareError:
    """The error of the sum of the units, (unit, weight) each."""
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
    """The error of max(z, 0), one of so many that are added."""
    masses = masses_of(columns.parts, form, columns.shares, (len(form.terms) + 8) * columns.unit)
    counted = columns.tokens * (masses.positive + masses.negative) + masses.plus + masses.minus
    most = counted + columns.tokens * _largest(columns, form)
    relative = CHAIN * columns.unit * columns.tokens * masses.quadratic / 2 + masses.linear
    end = 1 if _open(columns, form) is not None else 0
    error = relative * counted + constant_error(columns, form, masses, end)
    return error + (columns.factor + (added + 16) * columns.unit) * most


def _largest(columns: Columns, form: UnitArgument) -> float:
    """The most that all but the shares add to z where it is positive."""
    if form.sums is not None:
        return max(0.0, float(form.sums[-1]))
    return columns.mass(form.gates, form.bias + max(map(abs, form.by_letter)))


def _open(columns: Columns, form: UnitArgument) -> int | None:
    """The one value of all but the shares at which z can be positive; None where there are several."""
    high = masses_of(columns.parts, form, columns.shares, 0.0).high
    found = [] if form.sums is None else [rest for rest in form.sums if rest + high > 0]
    return found[0] if len(found) == 1 else None


def _opposite(columns: Columns, first: UnitArgument, second: UnitArgument) -> bool:
    """Whether the same guards leave z to one and -z to the other."""
    one, other = _open(columns, first), _open(columns, second)
    if one is None or other != -one or dict(first.shares) != {k: -weight for k, weight in second.shares}:
        return False
    return _guard(first, one) == _guard(second, other)


def _guard(form: UnitArgument, rest: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What is 0 exactly where the guards leave `rest`, up to a positive factor: by letter, and the gates' weights."""
    found = (*(letter + form.bias - rest for letter in form.by_letter), *(weight for _, weight in form.gates))
    scale = max(1, math.gcd(*found))
    return tuple(k for k, _ in form.gates), tuple(value // scale for value in found)
