"""The spectrum of a table of position embeddings, which says which periods the rows of the table have."""

import math

import numpy as np

from eval.explain.inside.evidence import PeriodPower, PositionSpectrum
from limit_transformer.reading.position_dependence import Doubles

PERIODS_POSITIONS = range(2, 13)
LEAST_ROWS = 24  # with fewer rows the longer periods cannot be told from noise


def position_spectrum(table: Doubles | None, rows: int) -> PositionSpectrum | None:
    """The power of each period in the rows 1 to `rows` of a table; None if there is nothing to measure.

    That is so without a table, with too few rows, or if all rows are the same. Row 0, which is that of the begin token,
    is left out. The power of a period is that of the frequencies k / period with k coprime to it, which have this
    period and no shorter one. The mean row is subtracted first. If there are few rows, neighbouring frequencies share
    some power, 1/11 and 1/12 most.
    """
    if table is None:
        return None
    chosen = table[1 : rows + 1]
    centred = chosen - chosen.mean(axis=0)
    number, total = len(chosen), float((centred**2).sum())
    if number < LEAST_ROWS or total <= 1e-18 * max(1.0, float((chosen**2).sum())):
        return None
    powers = []
    for period in PERIODS_POSITIONS:
        turns = [turn for turn in range(1, period) if math.gcd(turn, period) == 1]
        waves = np.exp(-2j * math.pi * np.outer(turns, np.arange(number)) / period)
        power = float((np.abs(waves @ centred) ** 2).sum()) / number
        powers.append(PeriodPower(period, min(1.0, power / total), len(turns) / (number - 1)))
    return PositionSpectrum(number, tuple(powers))
