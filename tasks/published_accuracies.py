"""Published accuracies: those of Huang et al. (ICLR 2025), and those of Kazemnejad et al. by positional encoding.

The first are the figures of the code that Huang et al. released. The second are from the repository of Kazemnejad et
al. 2023 (arXiv 2305.19466): means of three seeds, of models trained on lengths up to 20.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

Accuracies: TypeAlias = tuple[float, float, float]
FIGURES = Path(__file__).parent / "huang2025_results.csv"
BY_ENCODING = Path(__file__).parent / "kazemnejad2023_results.csv"
BINS = ("acc_len_1_50", "acc_len_51_100", "acc_len_101_150")


@dataclass(frozen=True)
class EncodingFigure:
    """The percentage of words of a length range that a published model with this positional encoding gets right."""

    task: str
    lengths: tuple[int, int]
    encoding: str
    percent: float


@cache
def published_encodings() -> tuple[EncodingFigure, ...]:
    """Return the published figures by encoding, in the order of the file."""
    with BY_ENCODING.open(encoding="utf-8", newline="") as file:
        return tuple(
            EncodingFigure(
                row["task"], (int(row["shortest"]), int(row["longest"])), row["encoding"], float(row["accuracy"])
            )
            for row in csv.DictReader(file)
        )


def published(task: str) -> Mapping[str, Accuracies]:
    """Return the published accuracies of a task by setting ("APE", "NoPE", "APE+reg").

    Returns:
        For each setting three percentages: on the training lengths 1-50, then on 51-100 and on 101-150. Empty for a
            task without published figures.
    """
    return _figures().get(task, MappingProxyType({}))


@cache
def _figures() -> Mapping[str, Mapping[str, Accuracies]]:
    figures: dict[str, dict[str, Accuracies]] = {}
    with FIGURES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            first, second, third = (float(row[column]) for column in BINS)
            figures.setdefault(row["task"], {})[row["setting"]] = (first, second, third)
    return MappingProxyType({task: MappingProxyType(settings) for task, settings in figures.items()})
