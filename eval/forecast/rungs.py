"""The rungs of the forecast: the smallest family of programs that has one for a language."""

from typing import Final, TypeAlias

from eval.encodings.family_ladder import FamilyLadder, smallest_families

NO_FAMILY: Final = "none"
RungName: TypeAlias = str  # the name of the smallest family with a program, or "none"
RUNGS: Final[tuple[RungName, ...]] = ("plain", "local", "periodic", "periodic_local", NO_FAMILY)


def rung_of(ladder: FamilyLadder | None) -> RungName | None:
    """The smallest family with a program, "none" if no family has one, or None if that is not known.

    If two families are smallest, it is the preferred one. If a program is known, but not whether a smaller family has
    one, it is the family of the known program.
    """
    if ladder is None:
        return None
    smallest = smallest_families(ladder)
    if smallest:
        return smallest[0]
    return NO_FAMILY if all(rung.answer is False for rung in ladder) else None
