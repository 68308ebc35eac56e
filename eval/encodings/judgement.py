"""Predictions for a language with RoPE, ALiBi, sinusoidal or randomised positions: verdict, standing and reason.

Each encoding is bounded by families of programs: rational angles by C-RASP[periodic], and any slope of ALiBi by
C-RASP[local] (Yang et al. 2025, arXiv 2506.16055, appendix F). Programs of counts alone are within all of these bounds.
No theorem says what training finds with any of these encodings, so no verdict here is a theorem about a learner.
"""

from dataclasses import dataclass
from typing import assert_never

from crasp.regular.families.family import FRAGMENTS, Family
from eval.encodings.family_ladder import FamilyLadder
from eval.encodings.horizons import CarriedLength, count_horizon, lag_horizon, residue_horizon
from tasks.position_schemes import (
    LinearBiases,
    PositionScheme,
    RandomizedPositions,
    RotaryPositions,
    SinusoidalPositions,
)
from tasks.task import Standing, Verdict

BOUNDS = "Yang et al. 2025 (arXiv 2506.16055), appendix F"
OURS = "an argument of docs/encodings.md, not peer reviewed"
MEASURED = "Kazemnejad et al. 2023 (arXiv 2305.19466)"
UNIFORM = "uniform heads, which are all that counting needs,"
NO_LEARNER = "No theorem says that training finds it"
ROUNDED = "in the model that rounds every number but the sums inside attention"


@dataclass(frozen=True)
class EncodingJudgement:
    """A verdict with its standing and reason.

    Attributes:
        verdict: The verdict.
        standing: How far it is established.
        because: The reason.
        reference: The source.
        program: The family whose programs show that the language can be expressed; None if none does.
        against: The family without a program that decides the verdict; None if none does.
        carried: How long a model may be right nevertheless; None if nothing is known.
    """

    verdict: Verdict
    standing: Standing
    because: str
    reference: str
    program: Family | None = None
    against: Family | None = None
    carried: CarriedLength | None = None


def judge_encoding(scheme: PositionScheme, ladder: FamilyLadder) -> EncodingJudgement:
    """Return the prediction for a language of this ladder with an encoding.

    Args:
        scheme: The encoding with checked parameters.
        ladder: Which families have a program. An answer of None makes the verdict unknown if it matters.
    """
    has = {rung.family: rung.answer for rung in ladder}
    moduli = {rung.family: rung.modulus for rung in ladder}
    match scheme:
        case RotaryPositions():
            if scheme.modulus is not None:
                return _rational("rotations", scheme.modulus, has, moduli["periodic"], OURS)
            return _rotary(scheme, has)
        case SinusoidalPositions():
            if scheme.modulus is not None:
                return _rational("sines", scheme.modulus, has, moduli["periodic"], BOUNDS)
            return _sinusoidal(has, moduli["periodic"])
        case LinearBiases():
            return _linear(scheme, has)
        case RandomizedPositions():
            return _randomized(scheme, has)
        case other:
            assert_never(other)


FamilyAnswers = dict[Family, bool | None]


def _unknown(what: str, reference: str = "none", carried: CarriedLength | None = None) -> EncodingJudgement:
    return EncodingJudgement("unknown", "conjecture", what, reference, carried=carried)


def _looks_back(has: FamilyAnswers) -> str:
    needs = "It needs" if has["plain"] is False else "The program known here needs"
    return f"{needs} the letters a few places ago"


def _undecided(family: Family) -> EncodingJudgement:
    return _unknown(f"Whether a program of {FRAGMENTS[family]} exists is not known here, and it decides the verdict.")


def _without_positions(missing: str) -> EncodingJudgement:
    because = (
        f"Without {missing} there are no positions. No program of {FRAGMENTS['plain']} exists, and so no transformer "
        f"is right at every length {ROUNDED}. That training fails is a conjecture."
    )
    return EncodingJudgement("fails", "excluded", because, BOUNDS, against="plain")


def _no_program_at_all(name: str) -> EncodingJudgement:
    because = (
        f"No program of {FRAGMENTS['periodic_local']} exists. That {name} then fails is a conjecture: its frequencies "
        "are not rational, and no bound is proved for them."
    )
    return EncodingJudgement("fails", "conjecture", because, OURS, against="periodic_local")


def _rotary(scheme: RotaryPositions, has: FamilyAnswers) -> EncodingJudgement:
    """Judge RoPE with stock angles, which are not rational multiples of pi."""
    if has["plain"]:
        because = (
            f"A transformer with RoPE can: {UNIFORM} ignore the rotation. {NO_LEARNER}; in published runs RoPE lost "
            "tasks of this kind (repeating a letter n times)."
        )
        return EncodingJudgement("generalizes", "expressible", because, f"{OURS}; {MEASURED}", program="plain")
    if has["periodic_local"] is False:
        return _no_program_at_all("RoPE")
    if has["local"]:
        carried = lag_horizon(scheme)
        because = (
            f"{_looks_back(has)}. With rational angles no RoPE transformer knows them at every "
            f"length. With these angles, {carried.why}; so it may hold up to some length."
        )
        return _unknown(because, f"{BOUNDS}; {OURS}", carried)
    if None in (has["plain"], has["local"]):
        return _undecided("local")
    because = (
        "It needs the position modulo a number. These frequencies never repeat (pi is transcendental): exact at no "
        "modulus for ever. A model may hold to some length."
    )
    return EncodingJudgement("fails", "conjecture", because, OURS, against="local")


def _sinusoidal(has: FamilyAnswers, modulus: int | None) -> EncodingJudgement:
    """Judge the stock sinusoidal table, whose angles are not rational multiples of pi."""
    if has["plain"]:
        because = (
            "A transformer can, where the table leaves some coordinates to the letters: the programs that exist need "
            f"counting alone. {NO_LEARNER}."
        )
        return EncodingJudgement("generalizes", "expressible", because, OURS, program="plain")
    if has["periodic_local"] is False:
        return _no_program_at_all("a model with sinusoidal positions")
    if has["plain"] is None or has["periodic"] is None:
        return _undecided("plain")
    if not has["periodic"]:
        because = (
            "It needs the letters a few places ago. That a fixed table does not give them at all lengths is a "
            "conjecture."
        )
        return EncodingJudgement("fails", "conjecture", because, OURS, against="periodic")
    carried = None if modulus is None else residue_horizon(modulus)
    because = (
        "It needs the position modulo a number. These frequencies never repeat (pi is transcendental): exact at no "
        "modulus for ever. A model may hold to some length."
    )
    return EncodingJudgement("fails", "conjecture", because, OURS, against="plain", carried=carried)


def _rational(name: str, repeats: int, has: FamilyAnswers, modulus: int | None, expressed_by: str) -> EncodingJudgement:
    """Judge angles that are multiples of 2 pi / repeats: they tell the position modulo that number and nothing else."""
    if has["plain"]:
        because = f"A transformer can: {UNIFORM} need no position. {NO_LEARNER}."
        return EncodingJudgement("generalizes", "expressible", because, OURS, program="plain")
    if has["periodic"] is False:
        because = (
            f"No program of {FRAGMENTS['periodic']} exists, and so no transformer with these angles is right at every "
            f"length {ROUNDED}. That training fails is a conjecture."
        )
        return EncodingJudgement("fails", "excluded", because, BOUNDS, against="periodic")
    if has["periodic"] and modulus is not None and repeats % modulus == 0:
        because = (
            f"A transformer can: {name} of these angles tell the position modulo {repeats}, and modulo {modulus} "
            f"suffices. {NO_LEARNER}."
        )
        return EncodingJudgement("generalizes", "expressible", because, expressed_by, program="periodic")
    if has["periodic"] is None:
        return _undecided("periodic")
    if has["plain"] is False and repeats == 1:
        return _without_positions("angles")
    if has["plain"] is None or modulus is None:
        return _unknown(
            f"A program of {FRAGMENTS['periodic']} exists. Whether it can do with the position modulo {repeats} is not "
            "known here, and this decides the verdict."
        )
    because = (
        f"The program known here needs the position modulo {modulus}, and these angles repeat every {repeats} "
        "positions. That no other way exists is a conjecture."
    )
    return EncodingJudgement("fails", "conjecture", because, OURS)


def _linear(scheme: LinearBiases, has: FamilyAnswers) -> EncodingJudgement:
    """Judge ALiBi, with one slope of any size for each head."""
    if has["local"] is False:
        because = (
            f"No program of {FRAGMENTS['local']} exists, and so no ALiBi transformer, of any slopes, is right at every "
            f"length {ROUNDED} (formalised in Lean). That training fails is a conjecture."
        )
        return EncodingJudgement("fails", "excluded", because, BOUNDS, against="local")
    if has["local"] is None:
        return _undecided("local")
    slopes = scheme.in_use
    if not any(slopes) and has["plain"] is False:
        return _without_positions("slopes")
    flat, steep = 0.0 in slopes, max(slopes) >= 1
    if flat and has["plain"]:
        because = f"A transformer can: a head of slope 0 is one without positions. {NO_LEARNER}."
        return EncodingJudgement("generalizes", "expressible", because, OURS, program="plain")
    if flat and steep:
        because = (
            "A transformer can: a head of slope 0 counts, and one of slope 1 or more reads the letter before. "
            f"{NO_LEARNER}."
        )
        return EncodingJudgement("generalizes", "expressible", because, OURS, program="local")
    if flat:
        because = (
            f"{_looks_back(has)}, and no slope here is steep enough to read one: e^(-slope) is to be less than a half."
        )
        return _unknown(because, OURS)
    carried = count_horizon(scheme)
    because = (
        "A program exists, but counting needs a head without slope: these slopes weigh the oldest of n tokens by "
        f"e^(-n slope), and {carried.why}. Whether training finds a way, and how far, is not known."
    )
    return _unknown(because, f"{BOUNDS}; {OURS}", carried)


def _randomized(scheme: RandomizedPositions, has: FamilyAnswers) -> EncodingJudgement:
    """Judge positions that are drawn, of which only the order is certain."""
    carried = CarriedLength(scheme.largest, "word", "there are as many positions to draw from")
    if has["plain"]:
        because = (
            f"A program of counts alone exists, which needs no position. {NO_LEARNER}, nor that the draws do no harm."
        )
        return EncodingJudgement("generalizes", "conjecture", because, OURS, program="plain", carried=carried)
    if has["local"]:
        because = (
            f"{_looks_back(has)}, and of positions that are drawn only the order is sure. A head "
            "that looks at the nearest earlier token may do; nothing is published."
        )
        return _unknown(because, OURS, carried)
    if None in (has["plain"], has["local"]):
        return _undecided("local")
    because = (
        "It needs the position modulo a number, and of positions that are drawn only the order is sure."
        if has["periodic_local"]
        else f"No program of {FRAGMENTS['periodic_local']} exists, and randomised positions tell less than fixed ones."
    )
    against: Family = "local" if has["periodic_local"] else "periodic_local"
    because += " That training then fails is a conjecture."
    return EncodingJudgement("fails", "conjecture", because, OURS, against=against)
