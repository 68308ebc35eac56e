"""The measures of compiled and trained models as JSON lines; a line is one model at one moment."""

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
    """One model of a task: compiled and then trained further, or trained from random weights.

    Attributes:
        task: The task's name.
        setting: The setting, such as APE or NoPE.
        origin: "compiled" or "trained".
        shape: Layers, width and heads.
        noise: The noise that was added to the compiled weights, as a share of each array's root mean square.
        rate: The learning rate at the beginning.
        step: How many steps were done.
        moved: The distance of its weights from the compiled ones, as a share of the norm of these.
        asked: Its measures.
        versions: The versions of the data and the libraries.
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
        """What identifies the model. Two records with one key are of one experiment."""
        return self.task, self.setting, self.origin, self.noise, self.rate, self.step

    def to_json(self) -> dict[str, Any]:
        """Return the record as one JSON object, with the number of words and their lengths."""
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
    """Return the record that `to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: The value is no such record.
    """
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
    """Return the records on words of the present version; a line that cannot be read is named on standard error."""
    if not file.is_file():
        return ()
    found = read_json_lines(file, record_from_json)
    return tuple(each for each in found if each.versions.get("data") == str(DATA_VERSION))


def write_records(file: Path, records: tuple[StartRecord, ...]) -> None:
    """Replace the file by these records; it is never half-written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_text(file, "".join(json.dumps(each.to_json()) + "\n" for each in records))
