"""What was measured of compiled and trained models, kept as JSON lines; a line is one model at one moment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from eval.compiled_start.protocol import RANGES, TRAINED_LENGTHS, WORDS, Gpt2Measures
from limit_transformer.norms.regularizer import RegularizerTerms
from tasks.data_version import DATA_VERSION
from tasks.ground.files import replace_text
from train.ledger import SHIPPED
from train.ledger.damaged_files import read_json_lines

StartOrigin: TypeAlias = Literal["compiled", "trained"]
FILE = SHIPPED / "compiled_start" / "models.jsonl"


@dataclass(frozen=True)
class StartRecord:
    """One model of a task: compiled, then trained from there by `rate` for `step` steps; or trained from nothing.

    key      what it is, whatever came out: two records of one key are of one experiment
    shape    layers, width and heads
    moved    how far its weights are from the compiled ones, as a share of these
    versions of the data and the libraries
    """

    task: str
    setting: str
    origin: StartOrigin
    shape: str
    noise: float
    rate: float
    step: int
    moved: float
    asked: Gpt2Measures
    versions: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str, str, float, float, int]:
        """What it is, whatever came out."""
        return self.task, self.setting, self.origin, self.noise, self.rate, self.step

    def to_json(self) -> dict[str, Any]:
        """As one JSON object, with the number of words and their lengths."""
        asked = self.asked
        return {
            "task": self.task,
            "setting": self.setting,
            "origin": self.origin,
            "shape": self.shape,
            "noise": self.noise,
            "rate": self.rate,
            "step": self.step,
            "moved": self.moved,
            "loss": asked.loss,
            "margin": asked.margin,
            "margin_5": asked.margin_5,
            "terms": asked.terms.as_dict(),
            "right": [
                {"lengths": list(lengths), "share": share, "words": WORDS}
                for lengths, share in zip(RANGES, asked.right, strict=True)
            ],
            "trained_on": list(TRAINED_LENGTHS),
            "versions": dict(self.versions),
        }


def record_from_json(value: Mapping[str, Any]) -> StartRecord:
    """The record that `to_json` wrote; ValueError, KeyError or TypeError where it is none."""
    right = tuple(float(each["share"]) for each in value["right"])
    if [tuple(each["lengths"]) for each in value["right"]] != list(RANGES) or not all(0 <= x <= 1 for x in right):
        raise ValueError(f"right: expected a share for each of {RANGES}")
    if value["origin"] not in ("compiled", "trained"):
        raise ValueError(f"origin: expected compiled or trained, found {value['origin']!r}")
    terms = RegularizerTerms(**value["terms"])
    asked = Gpt2Measures(float(value["loss"]), float(value["margin"]), float(value["margin_5"]), terms, right)
    return StartRecord(
        task=str(value["task"]),
        setting=str(value["setting"]),
        origin=value["origin"],
        shape=str(value["shape"]),
        noise=float(value["noise"]),
        rate=float(value["rate"]),
        step=int(value["step"]),
        moved=float(value["moved"]),
        asked=asked,
        versions={str(name): str(version) for name, version in value["versions"].items()},
    )


def read_records(file: Path) -> tuple[StartRecord, ...]:
    """The records on words of the present version; a line that cannot be read is named on standard error."""
    if not file.is_file():
        return ()
    found = read_json_lines(file, record_from_json)
    return tuple(each for each in found if each.versions.get("data") == str(DATA_VERSION))


def write_records(file: Path, records: tuple[StartRecord, ...]) -> None:
    """The file with these records alone, never half-written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(file, "".join(json.dumps(each.to_json()) + "\n" for each in records))
