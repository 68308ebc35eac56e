"""The published accuracies: Huang et al., ICLR 2025, figures of the released code; and by encoding.

Those by encoding are of Kazemnejad et al. 2023 (arXiv 2305.19466): the means of three seeds in the repository of that
paper, trained to 20.
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
    """What a published model with an encoding gets right of the words of some lengths, in percent."""

    task: str
    lengths: tuple[int, int]
    encoding: str
    percent: float


@cache
def published_encodings() -> tuple[EncodingFigure, ...]:
    """The published figures by encoding, in the order of the file."""
    with BY_ENCODING.open(encoding="utf-8", newline="") as file:
        return tuple(
            EncodingFigure(
                row["task"], (int(row["shortest"]), int(row["longest"])), row["encoding"], float(row["accuracy"])
            )
            for row in csv.DictReader(file)
        )


def published(task: str) -> Mapping[str, Accuracies]:
    """Setting ("APE", "NoPE", "APE+reg") to percent right on the training lengths and the two longer bins.

    Empty for a task that was not published.
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
