"""The four families as a ladder: which rungs have a program, and with what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, assert_never

from crasp.meaning.measures import Measures
from crasp.regular.families.family import FAMILIES, FRAGMENTS, Families, Family, FamilyParameters, includes
from tasks.task import ENCODINGS, Encoding


@dataclass(frozen=True)
class FamilyRung:
    """One family: whether it has a program (None: not known), and what its smallest program known here has.

    `modulus` is 1 and `lookback` 0 for a program without. `depth` counts the counts on a path, local ones left out.
    """

    family: Family
    answer: bool | None
    modulus: int | None = None
    lookback: int | None = None
    depth: int | None = None

    @property
    def in_words(self) -> str:
        """Yes or no, and with what."""
        said = {True: "yes", False: "no", None: "not known"}[self.answer]
        if self.modulus is None or self.lookback is None:
            return said
        parameters = FamilyParameters(_kind(self.modulus, self.lookback), self.modulus, self.lookback).in_words
        depth = "" if self.depth is None else f", depth {self.depth}"
        return f"{said:4} {parameters or 'counting alone'}{depth}"

    def record(self) -> dict[str, Any]:
        """The rung as JSON data."""
        return {
            "family": self.family,
            "answer": self.answer,
            "modulus": self.modulus,
            "lookback": self.lookback,
            "depth": self.depth,
        }


FamilyLadder: TypeAlias = tuple[FamilyRung, ...]  # one of each family, in their order


def _kind(modulus: int, lookback: int) -> Family:
    if modulus > 1:
        return "periodic_local" if lookback else "periodic"
    return "local" if lookback else "plain"


def allowed_family(pe: Encoding) -> Family:
    """The largest family whose programs an encoding allows."""
    match pe:
        case "ape":
            return "periodic_local"
        case "nope":
            return "plain"
        case other:
            assert_never(other)


def ladder_of_families(families: Families) -> FamilyLadder:
    """The yes and no of each family, without parameters."""
    return tuple(FamilyRung(family, families[family]) for family in FAMILIES)


def smallest_families(ladder: FamilyLadder) -> tuple[Family, ...]:
    """The families with a program that include no smaller one with a program; the one preferred first."""
    having = [rung.family for rung in ladder if rung.answer]
    return tuple(f for f in having if not any(g != f and includes(f, g) for g in having))


def with_parameters(
    ladder: FamilyLadder, family: Family, modulus: int, lookback: int, depth: int | None = None
) -> FamilyLadder:
    """The ladder with a smallest family's program on its own rung, and on those above that have no other yet."""
    smallest = smallest_families(ladder)
    larger = {f for f in FAMILIES if includes(f, family) and f not in smallest and family == smallest[0]}
    return tuple(
        replace(rung, modulus=modulus, lookback=lookback, depth=depth)
        if rung.answer and rung.family in {family, *larger}
        else rung
        for rung in ladder
    )


def ladder_of_program(measures: Measures) -> FamilyLadder:
    """What a program shows by existing: the families that include it, and nothing of the others."""
    family = next(family for family in FAMILIES if FRAGMENTS[family] == measures.fragment)
    rungs = tuple(FamilyRung(each, True if includes(each, family) else None) for each in FAMILIES)
    return with_parameters(rungs, family, measures.period, measures.window, measures.counting_depth)


def ladder_record(ladder: FamilyLadder) -> dict[str, bool | None]:
    """Each family's answer as JSON data."""
    return {rung.family: rung.answer for rung in ladder}


def ladder_lines(ladder: FamilyLadder, encodings: Sequence[Encoding]) -> list[str]:
    """The ladder as lines of text, and which rung each encoding allows."""
    lines = [f"  {FRAGMENTS[rung.family]:<26} {rung.in_words}" for rung in ladder]
    allowed = [f"{ENCODINGS[pe]} allows {FRAGMENTS[allowed_family(pe)]}" for pe in encodings]
    return [*lines, *([f"  {', '.join(allowed)}."] if allowed else [])]
