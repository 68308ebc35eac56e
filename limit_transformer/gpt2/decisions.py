"""The margins of a GPT-2's decisions, against the errors of the columns they read: see `gpt2_bounds`."""

from limit_transformer.gpt2.columns import Columns
from limit_transformer.gpt2.machine_parts import IntegerTerms, UnitArgument
from limit_transformer.gpt2.masses import Masses, masses_of
from limit_transformer.gpt2.steps import EXACT

CHAIN = 1.02  # the errors' own errors


def threshold_margin(
    columns: Columns, gates: IntegerTerms, terms: IntegerTerms, by_letter: tuple[int, ...], bias: int
) -> float:
    """The margin of an odd combination of integers: see the argument."""
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
    """The margin of a unit that reads shares, in units of 1/s: see the argument."""
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
    """The margin where the guards leave something from `least` to `most`, and counts decide."""
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
    """The part of the error that does not depend on the counts, the guards being at that end of their range."""
    shares = sum(abs(weight) * columns.size[k] for k, weight in form.shares)
    noise = columns.noise(form.terms, form.bias) - (len(form.terms) + 8) * columns.unit * shares
    return masses.constant + columns.tokens * (columns.dirt(form.gates, end) + noise)
