"""Cards of other architectures, which this project measured with the same protocol, for comparison."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).resolve().parents[2] / "results" / "probe"


@dataclass(frozen=True)
class ReferenceCell:
    """The results of one capability: how many of the runs learnt it, and the median horizon in training lengths.

    `at_least` says whether the horizon is a lower bound.
    """

    learnt: int
    runs: int
    horizon: float | None
    at_least: bool

    @property
    def text(self) -> str:
        """The cell of a table."""
        return learnt_text(self.learnt, self.runs, self.horizon, at_least=self.at_least)


@dataclass(frozen=True)
class ReferenceCard:
    """One architecture's results by capability, without those that were not run. `shown` is the head of its column."""

    name: str
    shown: str
    cells: Mapping[str, ReferenceCell]


def learnt_text(learnt: int, runs: int, horizon: float | None, *, at_least: bool) -> str:
    """Return how many runs learnt it, and up to which length it holds, such as `3/3 ≥4x`."""
    if horizon is None:
        return f"{learnt}/{runs}"
    return f"{learnt}/{runs} {'≥' if at_least else ''}{horizon:.1f}x"


def reference_cards(directory: Path = SHIPPED) -> tuple[ReferenceCard, ...]:
    """Return the cards that come with the project, by name.

    Raises:
        ValueError, KeyError: A file is not as it was written.
    """
    files = sorted(directory.glob("*.json")) if directory.is_dir() else []
    return tuple(_read(json.loads(file.read_text(encoding="utf-8"))) for file in files)


def _read(value: Mapping[str, Any]) -> ReferenceCard:
    cells = {
        row["capability"]: ReferenceCell(row["learnt"], row["runs"], row["horizon"], row["horizon_at_least"])
        for row in value["capabilities"]
    }
    return ReferenceCard(value["architecture"], value["shown"], cells)
