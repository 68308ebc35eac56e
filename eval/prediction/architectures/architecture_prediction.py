"""The prediction of `python -m eval.predict --architecture`: which theorem guarantees generalisation.

The assumptions are given as words.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from eval.prediction.architectures.assumptions import Assumptions, BoundedClass
from eval.prediction.architectures.drawn_ranks import DrawnRank, drawn_rank, recurrence_of
from eval.prediction.architectures.guarantees import Guarantee, because, guarantee
from eval.prediction.architectures.theorems import PAPER
from tasks.experiments.teacher_sequences import NARROWEST
from tasks.ground.console import RefusedError
from train.model.config import ConfigError
from train.teaching.architectures.architecture import KINDS, NORMALISATIONS, RECURRENT, ArchitectureName

# For each word of --assume its group, of which only one word may be given, and the assumptions that it changes.
WORDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "single-layer": ("capacity", {"capacity": "single-layer"}),
    "diffeo": ("capacity", {"capacity": "diffeo"}),
    "any-capacity": ("capacity", {"capacity": "any"}),
    "bias": ("bias", {"bias": True}),
    "no-bias": ("bias", {"bias": False}),
    "cube": ("support", {"support": "cube"}),
    "full": ("support", {"support": "full"}),
    "states": ("support", {"support": "states"}),
    "finite": ("support", {"support": "finite"}),
    "grid": ("support", {"support": "grid"}),
    "band": ("support", {"support": "band"}),
    "realisable": ("realisability", {"realisable": True}),
    "not-realisable": ("realisability", {"realisable": False}),
    "square": ("sizes", {"square": True}),
    "not-square": ("sizes", {"square": False}),
    "sum": ("normalisation", {"normalise": "sum"}),
    "mean": ("normalisation", {"normalise": "mean"}),
    "earlier": ("normalisation", {"normalise": "earlier"}),
    "released": ("normalisation", {"normalise": "released"}),
    "zeros": ("zeros", {"zeros": True}),
    "thought": ("thought", {"thought": True}),
    "bounded": ("bounded", {"bounded": True}),
    "finite-class": ("finite-class", {"finite": True}),
}
COUNTS = ("length", "reach", "fills", "inputs", "states", "blocks")  # names that take a whole number
AMOUNTS = ("band", "epsilon", "lipschitz", "radius", "parameters")  # names that take a positive number
SIZES, CONSTANTS = ("inputs", "states"), ("epsilon", "lipschitz", "radius", "parameters")


@dataclass(frozen=True)
class ArchitecturePrediction:
    """What the theorems say about an architecture, in the form of the other predictions."""

    guarantee: Guarantee
    drawn: DrawnRank | None = None

    @property
    def verdict(self) -> str:
        """`generalizes` if a theorem holds from a known length on, else `unknown`; no theorem states a failure."""
        return "generalizes" if self.guarantee.holds else "unknown"

    def record(self) -> dict[str, Any]:
        """The prediction as JSON data."""
        found, theorem = self.guarantee, self.guarantee.theorem
        assumed = {name: value for name, value in asdict(found.assumed).items() if name != "kind"}
        constants = found.assumed.constants
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
            "drawn_rank": None if self.drawn is None else self.drawn.record(),
            "cover": None if constants is None else {"mesh": constants.mesh, "log10": constants.cover_log10},
            "missing": [{"theorem": each.number, "assumptions": list(without)} for each, without in found.missing],
        }


def _length_record(found: Guarantee) -> dict[str, Any]:
    if found.from_length is not None:
        return {"kind": "sufficient", "value": found.from_length, "because": because(found)}
    return {"kind": "none known", "value": None, "because": because(found)}


def predict_architecture(kind: str, assume: str | None) -> ArchitecturePrediction:
    """The prediction for an architecture under assumptions that are given as words.

    By default, the architecture has its own normalisation and an output layer with a bias, there is no bound on the
    output map, tokens are in [0, 1]^n, the teacher is one of the students, and all maps are square.

    Args:
        kind: The architecture.
        assume: Words and numbers such as `length=10`, separated by commas.

    Raises:
        RefusedError: An assumption is unknown, or does not fit the others; the message says which.
    """
    known: ArchitectureName | None = next((each for each in KINDS if each == kind), None)
    if known is None:
        raise RefusedError(f"--architecture: expected one of {', '.join(KINDS)}, found {kind!r}")
    given = _read((assume or "").split(",") if (assume or "").strip() else ())
    assumed = Assumptions(kind=known, normalise=NORMALISATIONS[known][0])
    for change in given.changes:
        assumed = replace(assumed, **change)
    numbers = given.numbers
    if "band" in numbers:
        assumed = replace(assumed, support="band", band=numbers["band"])
    assumed = replace(assumed, length=given.whole("length"), offsets=given.whole("reach"), fills=given.whole("fills"))
    assumed = replace(assumed, blocks=given.whole("blocks") or 1, constants=_constants(given, assumed))
    _check(assumed)
    drawn = _drawn(given, known, assumed)
    if drawn is not None:
        square = numbers["inputs"] == numbers["states"] and "not-square" not in given.words
        assumed = replace(assumed, fills=drawn.fills, square=square)
    return ArchitecturePrediction(guarantee(assumed), drawn)


@dataclass(frozen=True)
class _Given:
    """What --assume states: its words, the assumptions that they change, and its numbers by name."""

    words: tuple[str, ...]
    changes: tuple[Mapping[str, Any], ...]
    numbers: Mapping[str, float]

    def whole(self, name: str) -> int | None:
        """The whole number of that name, if it is given."""
        return int(self.numbers[name]) if name in self.numbers else None


def _read(words: Sequence[str]) -> _Given:
    groups: dict[str, str] = {}
    changes: list[Mapping[str, Any]] = []
    numbers: dict[str, float] = {}
    for word in map(str.strip, words):
        if word in WORDS:
            group, change = WORDS[word]
            changes.append(change)
        else:
            name, numbers[name] = _number(word)
            group = "support" if name == "band" else name
        if group in groups:
            raise RefusedError(f"--assume: {groups[group]} and {word}: expected only one of them")
        groups[group] = word
    return _Given(tuple(groups.values()), tuple(changes), numbers)


def _number(word: str) -> tuple[str, float]:
    name, _, text = word.partition("=")
    if name in COUNTS and re.fullmatch(r"\d{1,9}", text, re.ASCII) and int(text) > 0:
        return name, int(text)
    if name in AMOUNTS and re.fullmatch(r"\d{0,9}\.?\d{0,9}(e-?\d{1,2})?", text, re.ASCII):
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if value > 0:
            return name, value
    counts, amounts = (", ".join(f"{name}={sign}" for name in names) for names, sign in ((COUNTS, "N"), (AMOUNTS, "X")))
    raise RefusedError(
        f"--assume: expected some of {', '.join(WORDS)}, {counts} with N >= 1, {amounts} with X > 0, found {word!r}"
    )


def _constants(given: _Given, assumed: Assumptions) -> BoundedClass | None:
    names = [name for name in CONSTANTS if name in given.numbers]
    if not names:
        return None
    if len(names) < len(CONSTANTS) or not assumed.bounded:
        raise RefusedError(f"--assume: {names[0]} goes with bounded and all of {', '.join(CONSTANTS)}")
    return BoundedClass(**{name: given.numbers[name] for name in CONSTANTS})


def _drawn(given: _Given, kind: ArchitectureName, assumed: Assumptions) -> DrawnRank | None:
    """The ranks of drawn data, if the sizes are given."""
    names = [name for name in SIZES if name in given.numbers]
    if not names:
        return None
    if len(names) < len(SIZES) or kind not in RECURRENT or assumed.blocks > 1:
        raise RefusedError(
            f"--assume: inputs and states go together, for a recurrence (ssm, rnn) of one block: found {names[0]}"
        )
    inputs, states = (int(given.numbers[name]) for name in SIZES)
    if "fills" in given.numbers or ("square" in given.words and inputs != states):
        raise RefusedError(
            f"--assume: inputs={inputs} and states={states} already say whether maps are square, and when states fill "
            "their space"
        )
    try:
        return drawn_rank(recurrence_of(kind, inputs, states), assumed.support, band=assumed.band)
    except (ValueError, ConfigError) as error:
        raise RefusedError(f"--assume: {error}") from None


def _check(assumed: Assumptions) -> None:
    """Raise RefusedError if an assumption does not apply to this architecture."""
    kind = assumed.kind
    if assumed.normalise not in NORMALISATIONS[kind]:
        expected = " or ".join(NORMALISATIONS[kind])
        raise RefusedError(f"--assume: {kind} has {expected}, found {assumed.normalise}")
    if assumed.offsets is not None and kind not in ("softmax", "sigmoid", "linear"):
        raise RefusedError(f"--assume: reach goes with attention, not with {kind}")
    if assumed.offsets == 1 and assumed.normalise == "earlier":
        raise RefusedError("--assume: with earlier positions reach=1 sees nothing: expected reach=2 or more")
    if assumed.zeros and assumed.offsets is None:
        raise RefusedError("--assume: zeros goes with relative positions: expected reach=T_max beside it")
    if assumed.support == "band" and not NARROWEST <= assumed.band < math.inf:
        raise RefusedError(f"--assume: band={assumed.band:g}: expected at least {NARROWEST}")
    if assumed.fills is not None and (kind not in RECURRENT or (assumed.square and assumed.support != "finite")):
        raise RefusedError(
            "--assume: fills goes with a recurrence (ssm, rnn) whose maps are not-square, or whose tokens are finite"
        )


def show(prediction: ArchitecturePrediction, *, as_json: bool) -> None:
    """Print the prediction: the verdict, the reason, and what each other theorem would still need."""
    record = prediction.record()
    if as_json:
        print(json.dumps(record, indent=2, ensure_ascii=False))
        return
    print(f"{record['subject']}: {record['verdict']} ({record['standing']})")
    print(f"  because    {record['because']}")
    print(f"  reference  {record['reference']}")
    if prediction.drawn is not None:
        print(f"  drawn data {prediction.drawn.in_words}")
    for each in record["missing"]:
        print(f"  Theorem {each['theorem']} needs also: {'; '.join(each['assumptions'])}")
