"""How many words a program contradicts, of each kind; few are as many as the verdict lets differ."""

from dataclasses import dataclass
from typing import Any

from eval.explain.agreement import STRESS_SHARE, TYPICAL_SHARE


@dataclass(frozen=True)
class SetAside:
    """The words that a program contradicts, of how many that were tried; `short` are all words of few letters.

    Of short words those count after which the two part first: all others that begin so part there too.
    """

    typical: tuple[int, int]
    stress: tuple[int, int]
    short: tuple[int, int] = (0, 0)

    @property
    def number(self) -> int:
        """How many words of all kinds."""
        return self.typical[0] + self.stress[0] + self.short[0]

    @property
    def few(self) -> bool:
        """Whether they are no more than may differ where a program describes a model."""
        return all(total - number >= share * total for (number, total), share in self._bounds)

    @property
    def worth_trying(self) -> bool:
        """Whether of so few words more may differ by chance alone, so that others have to be tried."""
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
        """The numbers in a sentence's part."""
        kinds = [("typical", self.typical), ("stress", self.stress), ("short", self.short)]
        said = ", ".join(f"{number} of {total:,} {kind}" for kind, (number, total) in kinds if total)
        return f"set aside, for the program contradicts them: {said} words"

    def record(self) -> dict[str, Any]:
        """As JSON data: for each kind how many words, of how many."""
        return {"typical": list(self.typical), "stress": list(self.stress), "short": list(self.short)}
