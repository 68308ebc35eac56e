"""The spectrum of a table of position embeddings: which periods its rows have."""

import math

import numpy as np

from eval.explain.inside.evidence import PeriodPower, PositionSpectrum
from limit_transformer.reading.position_dependence import Doubles

PERIODS_POSITIONS = range(2, 13)
LEAST_ROWS = 24  # fewer tell the longer periods from no noise


def position_spectrum(table: Doubles | None, rows: int) -> PositionSpectrum | None:
    """The powers of the rows 1 to `rows`, the begin token's row left out; None without a table, or where it is flat.

    A period's power is that of the frequencies that have this period and no shorter one, k / period with k coprime to
    it. The mean row is taken off first. Of few rows neighbouring frequencies share some power, 1/11 and 1/12 most.
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
