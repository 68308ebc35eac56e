"""The four families of programs as a ladder: which of them have a program for a language, and with which parameters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, assert_never

from crasp.meaning.measures import Measures
from crasp.regular.families.family import FAMILIES, FRAGMENTS, Families, Family, FamilyParameters, includes
from tasks.task import ENCODINGS, Encoding


@dataclass(frozen=True)
class FamilyRung:
    """One family, and what its smallest known program for the language needs.

    Attributes:
        family: The family.
        answer: Whether it has a program; None if that is not known.
        modulus: The modulus of positions, 1 for a program without; None if no program is known.
        lookback: How far back local counts look, 0 for a program without; None if no program is known.
        depth: The nesting depth of counts, without local ones; None if it is not known.
    """

    family: Family
    answer: bool | None
    modulus: int | None = None
    lookback: int | None = None
    depth: int | None = None

    @property
    def in_words(self) -> str:
        """Yes, no or not known, with the parameters."""
        said = {True: "yes", False: "no", None: "not known"}[self.answer]
        if self.modulus is None or self.lookback is None:
            return said
        parameters = FamilyParameters(_kind(self.modulus, self.lookback), self.modulus, self.lookback).in_words
        depth = "" if self.depth is None else f", depth {self.depth}"
        return f"{said:4} {parameters or 'counting alone'}{depth}"

    def record(self) -> dict[str, Any]:
        """Return the rung as JSON data."""
        return {
            "family": self.family,
            "answer": self.answer,
            "modulus": self.modulus,
            "lookback": self.lookback,
            "depth": self.depth,
        }


FamilyLadder: TypeAlias = tuple[FamilyRung, ...]  # one rung for each family, in the order of FAMILIES


def _kind(modulus: int, lookback: int) -> Family:
    if modulus > 1:
        return "periodic_local" if lookback else "periodic"
    return "local" if lookback else "plain"


def allowed_family(pe: Encoding) -> Family:
    """Return the largest family whose programs a transformer with the encoding can express."""
    match pe:
        case "ape":
            return "periodic_local"
        case "nope":
            return "plain"
        case other:
            assert_never(other)


def ladder_of_families(families: Families) -> FamilyLadder:
    """Return the ladder with each family's answer, without parameters."""
    return tuple(FamilyRung(family, families[family]) for family in FAMILIES)


def smallest_families(ladder: FamilyLadder) -> tuple[Family, ...]:
    """Return the families with a program that include no smaller family with one; the preferred one comes first."""
    having = [rung.family for rung in ladder if rung.answer]
    return tuple(f for f in having if not any(g != f and includes(f, g) for g in having))


def with_parameters(
    ladder: FamilyLadder, family: Family, modulus: int, lookback: int, depth: int | None = None
) -> FamilyLadder:
    """Return the ladder with the parameters of a smallest family's program.

    They are put on the family's own rung. If it is the preferred smallest family, they are also put on the rungs of
    larger families.
    """
    smallest = smallest_families(ladder)
    larger = {f for f in FAMILIES if includes(f, family) and f not in smallest and family == smallest[0]}
    return tuple(
        replace(rung, modulus=modulus, lookback=lookback, depth=depth)
        if rung.answer and rung.family in {family, *larger}
        else rung
        for rung in ladder
    )


def ladder_of_program(measures: Measures) -> FamilyLadder:
    """Return what one program shows: the families that include it have a program; nothing is known of the others."""
    family = next(family for family in FAMILIES if FRAGMENTS[family] == measures.fragment)
    rungs = tuple(FamilyRung(each, True if includes(each, family) else None) for each in FAMILIES)
    return with_parameters(rungs, family, measures.period, measures.window, measures.counting_depth)


def ladder_record(ladder: FamilyLadder) -> dict[str, bool | None]:
    """Return each family's answer as JSON data."""
    return {rung.family: rung.answer for rung in ladder}


def ladder_lines(ladder: FamilyLadder, encodings: Sequence[Encoding]) -> list[str]:
    """Return the ladder as lines of text, with the family that each encoding allows."""
    lines = [f"  {FRAGMENTS[rung.family]:<26} {rung.in_words}" for rung in ladder]
    allowed = [f"{ENCODINGS[pe]} allows {FRAGMENTS[allowed_family(pe)]}" for pe in encodings]
    return [*lines, *([f"  {', '.join(allowed)}."] if allowed else [])]
