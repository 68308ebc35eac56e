"""How long an encoding works for what it cannot do at every length.

RoPE tells lags, sines tell residues, and ALiBi counts up to some length.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from tasks.position_schemes import LinearBiases, RotaryPositions

LARGEST_HARMONIC = 100  # the largest multiple of the fastest angle, 1, by which a feed-forward layer may read a residue
MOST_LAGS = 300_000


@dataclass(frozen=True)
class CarriedLength:
    """How long something may work, and why.

    Attributes:
        tokens: The number of tokens; None if no end was found.
        of: Whether it is the length of a word, or the lag to an earlier letter.
        why: The reason.
    """

    tokens: int | None
    of: Literal["word", "lag"]
    why: str

    @property
    def in_words(self) -> str:
        """The number, with what it is the number of."""
        if self.tokens is None:
            return "no end found"
        return f"words of about {self.tokens:,} tokens" if self.of == "word" else f"lags below {self.tokens:,}"

    def record(self) -> dict[str, Any]:
        """Return the length as JSON data."""
        return {"tokens": self.tokens, "of": self.of, "why": self.why}


@lru_cache
def lag_horizon(scheme: RotaryPositions) -> CarriedLength:
    """Return the first lag from 2 on that RoPE makes look as near as lag 1.

    That is, the mean of cos(lag x angle) over the angles is at least that of lag 1. A head that weighs all angles alike
    then takes this token for the previous one. Lags up to 300,000 are tried.
    """
    angles = scheme.base ** (-np.arange(0, scheme.width, 2) / scheme.width)
    nearest = float(np.cos(angles).mean())
    for start in range(2, MOST_LAGS, 10_000):
        lags = np.arange(start, min(start + 10_000, MOST_LAGS))
        alike = np.cos(lags[:, None] * angles).mean(axis=1) >= nearest
        if alike.any():
            found = int(lags[int(alike.argmax())])
            return CarriedLength(found, "lag", f"a token {found:,} back looks as near as the one before")
    return CarriedLength(None, "lag", f"no token up to {MOST_LAGS:,} back looks as near as the one before")


def residue_horizon(modulus: int) -> CarriedLength:
    """Return about how long a multiple of the angle 1 tells the position modulo a number.

    The multiple h does as long as i |h - 2 pi k / modulus| < pi / modulus for position i, where k is the nearest whole
    number and is coprime to the modulus. The best h up to 100 is taken.
    """
    best, harmonic = 0.0, 1
    for h in range(1, LARGEST_HARMONIC + 1):
        k = round(h * modulus / (2 * math.pi))
        apart = abs(h - 2 * math.pi * k / modulus)
        if math.gcd(k, modulus) == 1 and math.pi / modulus / apart > best:
            best, harmonic = math.pi / modulus / apart, h
    tokens = round(best)
    return CarriedLength(
        tokens, "word", f"the {harmonic}-fold of the fastest angle keeps step with i modulo {modulus} so long"
    )


def count_horizon(scheme: LinearBiases) -> CarriedLength:
    """Return the length at which the head with the smallest slope above 0 weighs its oldest token by 1/e: 1 / slope."""
    slope = min(s for s in scheme.in_use if s > 0)
    return CarriedLength(
        round(1 / slope), "word", f"the flattest head, of slope {slope:g}, weighs a token so far back by 1/e"
    )
