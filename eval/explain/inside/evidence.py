"""What was seen inside a model, as data: the patterns of its heads, the spectrum of its positions, linear readings."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

MIXED = "mixed"  # the label of a head that no pattern explains
READ_SCORE = 0.95  # a definition is read only with at least this score, which is an R2 or a balanced accuracy
LEFT_SHARE = 0.25  # its distance from 1 must be at most this share of the distance of the shuffled values' score from 1
TOLD_SCORE = 0.99  # if shuffled values have this score or more, the positions alone determine the definition

ReadingForm: TypeAlias = Literal["boolean", "count", "count per token"]


@dataclass(frozen=True)
class PatternShare:
    """A pattern, and the share of a head's attention that it explains."""

    pattern: str
    share: float


@dataclass(frozen=True)
class HeadPattern:
    """What one head attends to on real words; layers and heads are numbered from 1.

    `shares` has the best pattern of each kind, the plainest first. `label` is the pattern that is shown, and `share`
    what it explains; if the label is `mixed`, it is what the best pattern would explain. `begin` is the part of the
    attention that the begin token gets. `idle` says that the weights let the head write nothing; None if the weights
    were not read.
    """

    layer: int
    head: int
    label: str
    share: float
    shares: tuple[PatternShare, ...]
    begin: float
    idle: bool | None

    @property
    def best(self) -> PatternShare:
        """The pattern that explains most."""
        return max(self.shares, key=lambda each: each.share)

    def record(self) -> dict[str, Any]:
        """The head as JSON data."""
        return {
            "layer": self.layer,
            "head": self.head,
            "label": self.label,
            "share": round(self.share, 4),
            "shares": {each.pattern: round(each.share, 4) for each in self.shares},
            "begin": round(self.begin, 4),
            "idle": self.idle,
        }


@dataclass(frozen=True)
class PeriodPower:
    """The share of the variance of a table of positions that has this period and no shorter one.

    `chance` is the share that noise would have.
    """

    period: int
    share: float
    chance: float


@dataclass(frozen=True)
class PositionSpectrum:
    """The power of each period in a table of positions, over its first `rows` letter positions."""

    rows: int
    powers: tuple[PeriodPower, ...]

    def record(self) -> dict[str, Any]:
        """The spectrum as JSON data."""
        powers = {
            str(each.period): {"share": round(each.share, 4), "chance": round(each.chance, 4)} for each in self.powers
        }
        return {"rows": self.rows, "powers": powers}


@dataclass(frozen=True)
class LinearReading:
    """How well a definition's values are read linearly from the stream after each layer; layer 0 is the embedding.

    `scores` are R2 for counts and balanced accuracy for Booleans, on words that the fit has not seen. `shuffled` are
    the scores of the same values taken from other words. `untrained` are the scores in a model of this shape with
    random weights, if one was made. `computed` is the layer after which a compiled machine has the value, if that is
    known.
    """

    definition: str
    form: ReadingForm
    scores: tuple[float, ...]
    shuffled: tuple[float, ...]
    untrained: tuple[float, ...] | None
    computed: int | None = None

    @property
    def read_from(self) -> int | None:
        """The first layer from which the definition is read and its shuffled values are not; None if there is none."""
        return self._first(self.scores)

    @property
    def untrained_from(self) -> int | None:
        """The first layer from which the definition is read in the model with random weights; None if there is none."""
        return None if self.untrained is None else self._first(self.untrained)

    def _first(self, scores: tuple[float, ...]) -> int | None:
        for layer, (score, shuffled) in enumerate(zip(scores, self.shuffled, strict=True)):
            if score >= READ_SCORE and shuffled < TOLD_SCORE and 1 - score <= LEFT_SHARE * (1 - shuffled):
                return layer
        return None

    def record(self) -> dict[str, Any]:
        """The reading as JSON data."""
        return {
            "definition": self.definition,
            "form": self.form,
            "scores": _rounded(self.scores),
            "shuffled": _rounded(self.shuffled),
            "untrained": None if self.untrained is None else _rounded(self.untrained),
            "read_from": self.read_from,
            "untrained_from": self.untrained_from,
            "computed": self.computed,
        }


def _rounded(values: tuple[float, ...]) -> list[float]:
    return [round(value, 4) for value in values]


@dataclass(frozen=True)
class InsideModel:
    """What was seen inside one model; `constant` names the definitions whose values hardly vary on the words."""

    width: int
    layers: int
    heads: tuple[HeadPattern, ...]
    spectrum: PositionSpectrum | None
    readings: tuple[LinearReading, ...]
    constant: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The findings as JSON data."""
        return {
            "width": self.width,
            "layers": self.layers,
            "heads": [each.record() for each in self.heads],
            "positions": None if self.spectrum is None else self.spectrum.record(),
            "readings": [each.record() for each in self.readings],
            "constant": list(self.constant),
        }


@dataclass(frozen=True)
class InsideEvidence:
    """What was seen inside a model, and inside the compiled GPT-2 of a program, on the same words.

    Where nothing was seen, a sentence says why. `program` says which program was compiled. `unread` is the number of
    definitions that were left out because there were too many.
    """

    words: int
    lengths: tuple[int, int]
    program: str | None
    unread: int
    model: InsideModel | str
    compiled: InsideModel | str
    cpu_seconds: float

    def record(self) -> dict[str, Any]:
        """The evidence as JSON data."""

        def part(found: InsideModel | str) -> dict[str, Any]:
            return {"not_seen": found} if isinstance(found, str) else found.record()

        return {
            "words": self.words,
            "lengths": list(self.lengths),
            "program": self.program,
            "unread_definitions": self.unread,
            "model": part(self.model),
            "compiled": part(self.compiled),
            "cpu_seconds": round(self.cpu_seconds, 2),
        }
