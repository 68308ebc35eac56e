"""`python -m eval.predict --architecture`: which theorem guarantees generalisation, under assumptions in words."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from eval.prediction.guarantees import PAPER, Assumptions, Guarantee, because, guarantee
from tasks.ground.console import RefusedError
from train.teaching.architectures.architecture import KINDS, NORMALISATIONS, RECURRENT, ArchitectureName

# Words of --assume, in groups of which one word can be given, and what each changes.
WORDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "single-layer": ("capacity", {"capacity": "single-layer"}),
    "diffeo": ("capacity", {"capacity": "diffeo"}),
    "any-capacity": ("capacity", {"capacity": "any"}),
    "cube": ("support", {"support": "cube"}),
    "full": ("support", {"support": "full"}),
    "states": ("support", {"support": "states"}),
    "finite": ("support", {"support": "finite"}),
    "band": ("support", {"support": "band"}),
    "realisable": ("realisability", {"realisable": True}),
    "not-realisable": ("realisability", {"realisable": False}),
    "square": ("sizes", {"square": True}),
    "not-square": ("sizes", {"square": False}),
    "sum": ("normalisation", {"normalise": "sum"}),
    "mean": ("normalisation", {"normalise": "mean"}),
    "earlier": ("normalisation", {"normalise": "earlier"}),
    "released": ("normalisation", {"normalise": "released"}),
    "thought": ("thought", {"thought": True}),
    "bounded": ("bounded", {"bounded": True}),
    "finite-class": ("finite-class", {"finite": True}),
}
# Words with a number, and what each sets.
NUMBERS: Mapping[str, str] = {"length": "length", "reach": "offsets", "fills": "fills"}
ASSUME_HELP = (
    "With --architecture, words with commas: single-layer|diffeo|any-capacity (of the output map), "
    "cube|full|states|finite|band (support), realisable|not-realisable, square|not-square, sum|mean|earlier|released, "
    "thought (chain of thought), bounded, finite-class, length=T, reach=T_max, fills=T (tokens after which a "
    "recurrence's states fill their space, where maps are not square)."
)


@dataclass(frozen=True)
class ArchitecturePrediction:
    """What the theorems say of an architecture, as the other predictions are shown."""

    guarantee: Guarantee

    @property
    def verdict(self) -> str:
        """generalizes where a theorem holds from a known length, else unknown: no theorem says that one fails."""
        return "generalizes" if self.guarantee.holds else "unknown"

    def record(self) -> dict[str, Any]:
        """The prediction as JSON data."""
        found, theorem = self.guarantee, self.guarantee.theorem
        assumed = {name: value for name, value in vars(found.assumed).items() if name != "kind"}
        return {
            "subject": found.assumed.kind,
            "pe": None,
            "verdict": self.verdict,
            "because": because(found),
            "standing": "theorem" if theorem is not None else "open",
            "witness": None,
            "certificate": None,
            "reference": PAPER + ("" if theorem is None else f", Theorem {theorem.number}"),
            "theorem": None if theorem is None else theorem.number,
            "composition": found.holds and theorem is not None and theorem.composition,
            "identifies": None if theorem is None else theorem.identifies,
            "sufficient_training_length": _length_record(found),
            "assumed": assumed,
            "missing": [{"theorem": each.number, "assumptions": list(without)} for each, without in found.missing],
        }


def _length_record(found: Guarantee) -> dict[str, Any]:
    if found.from_length is not None:
        return {"kind": "sufficient", "value": found.from_length, "because": because(found)}
    return {"kind": "none known", "value": None, "because": because(found)}


def predict_architecture(kind: str, assume: str | None) -> ArchitecturePrediction:
    """The prediction for an architecture under assumptions in words; RefusedError names what is wrong with them.

    What is not said: the architecture's own normalisation, tokens in [0, 1]^n, a teacher among the students, square
    maps, no bound on the output map.
    """
    known: ArchitectureName | None = next((each for each in KINDS if each == kind), None)
    if known is None:
        raise RefusedError(f"--architecture: expected one of {', '.join(KINDS)}, found {kind!r}")
    assumed = Assumptions(kind=known, normalise=NORMALISATIONS[known][0])
    words = [word.strip() for word in (assume or "").split(",")] if (assume or "").strip() else []
    groups: dict[str, str] = {}
    for word in words:
        group, change = _meaning(word)
        if group in groups:
            raise RefusedError(f"--assume: {groups[group]} and {word}: expected one of them")
        groups[group] = word
        assumed = replace(assumed, **change)
    if assumed.normalise not in NORMALISATIONS[known]:
        expected = " or ".join(NORMALISATIONS[known])
        raise RefusedError(f"--assume: {known} has {expected}, found {assumed.normalise}")
    if assumed.offsets is not None and known not in ("softmax", "sigmoid", "linear"):
        raise RefusedError(f"--assume: reach is of attention, not of {known}")
    if assumed.fills is not None and (known not in RECURRENT or assumed.square):
        raise RefusedError("--assume: fills is of a recurrence (ssm, rnn) whose maps are not-square")
    return ArchitecturePrediction(guarantee(assumed))


def _meaning(word: str) -> tuple[str, Mapping[str, Any]]:
    if word in WORDS:
        return WORDS[word]
    number = re.fullmatch(rf"({'|'.join(NUMBERS)})=(\d{{1,9}})", word, re.ASCII)
    if number is None or int(number[2]) == 0:
        numbers = ", ".join(f"{name}=N" for name in NUMBERS)
        raise RefusedError(f"--assume: expected some of {', '.join(WORDS)}, {numbers} with N >= 1, found {word!r}")
    return number[1], {NUMBERS[number[1]]: int(number[2])}


def show(prediction: ArchitecturePrediction, *, as_json: bool, put: Callable[[str], None] = print) -> None:
    """Prints the prediction: the verdict, the reason, and what each other theorem misses."""
    record = prediction.record()
    if as_json:
        put(json.dumps(record, indent=2, ensure_ascii=False))
        return
    put(f"{record['subject']}: {record['verdict']} ({record['standing']})")
    put(f"  because    {record['because']}")
    put(f"  reference  {record['reference']}")
    for each in record["missing"]:
        put(f"  Theorem {each['theorem']} needs also: {'; '.join(each['assumptions'])}")
