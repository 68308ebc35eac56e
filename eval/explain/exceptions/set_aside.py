"""How many words of each kind a program contradicts; few are as many as the verdict allows to differ."""

from dataclasses import dataclass
from typing import Any

from eval.explain.agreement import STRESS_SHARE, TYPICAL_SHARE


@dataclass(frozen=True)
class SetAside:
    """For each kind the number of words that a program contradicts, and the number that was tried.

    `short` are all words of few letters. A short word counts only if program and model agree on all its proper
    prefixes, for they differ on every longer word that begins with it.
    """

    typical: tuple[int, int]
    stress: tuple[int, int]
    short: tuple[int, int] = (0, 0)

    @property
    def number(self) -> int:
        """The number of contradicted words of all kinds together."""
        return self.typical[0] + self.stress[0] + self.short[0]

    @property
    def few(self) -> bool:
        """Whether they are no more than may differ if a program is to describe a model."""
        return all(total - number >= share * total for (number, total), share in self._bounds)

    @property
    def worth_trying(self) -> bool:
        """Whether chance alone may explain that there are more than a few, so that other words have to be tried."""
        return all(number <= 2 + 3 * (1 - share) * total for (number, total), share in self._bounds)

    @property
    def _bounds(self) -> tuple[tuple[tuple[int, int], float], ...]:
        return ((self.typical, TYPICAL_SHARE), (self.stress, STRESS_SHARE), (self.short, TYPICAL_SHARE))

    def with_others(self, other: "SetAside") -> "SetAside":
        """The words of both, counted together."""
        pairs = ((self.typical, other.typical), (self.stress, other.stress), (self.short, other.short))
        typical, stress, short = ((a + c, b + d) for (a, b), (c, d) in pairs)
        return SetAside(typical, stress, short)

    @property
    def in_words(self) -> str:
        """The numbers as a clause of a sentence."""
        kinds = [("typical", self.typical), ("stress", self.stress), ("short", self.short)]
        said = ", ".join(f"{number} of {total:,} {kind}" for kind, (number, total) in kinds if total)
        return f"{said} words are set aside because the program contradicts them"

    def record(self) -> dict[str, Any]:
        """The numbers as JSON data: for each kind how many words are contradicted, and how many were tried."""
        return {"typical": list(self.typical), "stress": list(self.stress), "short": list(self.short)}
