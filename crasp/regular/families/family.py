"""The four families of programs: their names, the verdicts on them, and which family includes which."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Family: TypeAlias = Literal["plain", "local", "periodic", "periodic_local"]
FAMILIES: tuple[Family, ...] = get_args(Family)
FRAGMENTS: dict[Family, str] = {
    "plain": "C-RASP",
    "local": "C-RASP[local]",
    "periodic": "C-RASP[periodic]",
    "periodic_local": "C-RASP[periodic, local]",
}


@dataclass(frozen=True)
class Families:
    """For each family whether one of its programs gives a machine's answers; None if that is not known."""

    plain: bool | None
    local: bool | None
    periodic: bool | None
    periodic_local: bool | None
    refused: tuple[tuple[Family, str], ...] = ()  # (family, the reason) for each that could not be decided
    not_asked: tuple[Family, ...] = ()  # families that are None because only another was asked about

    def __getitem__(self, family: Family) -> bool | None:
        value: bool | None = getattr(self, family)
        return value

    @property
    def smallest(self) -> Family | None:
        """The first family that is known to have a program, in the order of FAMILIES."""
        return next((family for family in FAMILIES if self[family]), None)


@dataclass(frozen=True)
class FamilyParameters:
    """The modulus and the look-back of the program that is written for a family."""

    family: Family
    modulus: int
    lookback: int

    @property
    def in_words(self) -> str:
        """What the program uses beside counting, as a noun phrase; empty for plain counting."""
        modulus = [f"positions modulo {self.modulus}"] if "periodic" in self.family else []
        return " and ".join([*modulus, *([f"look-back {self.lookback}"] if "local" in self.family else [])])

    def record(self) -> dict[str, str | int]:
        """The parameters as JSON data."""
        return {"family": self.family, "modulus": self.modulus, "lookback": self.lookback}


def includes(larger: Family, smaller: Family) -> bool:
    """Whether every program of the smaller family belongs to the larger one."""
    return smaller in ("plain", larger) or larger == "periodic_local"
