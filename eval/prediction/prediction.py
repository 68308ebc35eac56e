"""A prediction: what the theory says about a task or a program, and on what that rests."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crasp.regular.certificates.certificate_builder import NoProgramCertificate
from crasp.regular.families.family import FamilyParameters, includes
from eval.encodings.answer_rule import AnswerRule
from eval.encodings.family_ladder import FamilyLadder, allowed_family, ladder_record
from eval.encodings.judgement import judge_encoding
from eval.encodings.length_forecast import Forecast, forecast_record
from eval.prediction.training_length import AT_A_MARKER, no_length, sufficient_training_length
from tasks.position_schemes import PositionScheme, scheme_name, scheme_parameters, scheme_title
from tasks.task import ENCODINGS, Encoding, Standing, Verdict

if TYPE_CHECKING:
    from eval.encodings.horizons import CarriedLength
    from eval.prediction.evidence import Evidence


@dataclass(frozen=True)
class Agreement:
    """A comparison of a program with a task's labels, on all words up to a length and on samples.

    `longest` is the length of the longest sample. `difference` is the first word on which they differ, if there is one.
    """

    words: int
    all_to_length: int
    longest: int
    difference: tuple[str, ...] | None

    @property
    def in_words(self) -> str:
        """The comparison in words."""
        if self.difference is not None:
            return f"it differs from the task's labels on {' '.join(self.difference)}"
        return (
            f"equal to the task's labels on {self.words} words: all to length {self.all_to_length},"
            f" samples to {self.longest}"
        )

    def record(self) -> dict[str, Any]:
        """The comparison as JSON data."""
        return {
            "equal": self.difference is None,
            "words": self.words,
            "all_to_length": self.all_to_length,
            "longest": self.longest,
            "difference": None if self.difference is None else list(self.difference),
        }


@dataclass(frozen=True)
class Prediction:
    """The verdict for one subject and encoding, and on what it rests.

    agreement    the comparison of the witness with the task's labels, None if it was not compared
    checked      the comparison in words
    certificate  JSON data that show that there is no program
    evidence     gathered if it was asked for, or if nothing else is known
    parameters   the modulus and the look-back of a program of a regular language
    rule         where the answer is given, and what it is
    other_rule   a sentence on what another place of the answer would change
    ladder       for each family whether it has a program, as far as that is known
    marked       whether the witness reads an end marker after the word
    scheme       the encoding, if it is another one that is judged by the programs for `pe`
    carried      how far an answer may hold that this encoding cannot carry to every length
    forecast     what runs with a given training length are likely to do, if that was asked for
    measured     the smallest training length that sufficed in the shipped runs
    """

    subject: str
    pe: Encoding
    verdict: Verdict
    because: str
    reference: str
    standing: Standing
    witness: str | None
    witness_name: str | None = None
    checked: str | None = None
    agreement: Agreement | None = None
    certificate: NoProgramCertificate | None = None
    evidence: "Evidence | None" = None
    parameters: FamilyParameters | None = None
    rule: AnswerRule | None = None
    other_rule: str | None = None
    ladder: FamilyLadder | None = None
    marked: bool = False
    scheme: PositionScheme | None = None
    carried: "CarriedLength | None" = None
    forecast: Forecast | None = None
    measured: Mapping[str, Any] | None = None

    @property
    def encoding(self) -> str:
        """The name of the positional encoding in tables."""
        return ENCODINGS[self.pe] if self.scheme is None else scheme_title(self.scheme)

    @property
    def contradicted(self) -> bool:
        """Whether the witness differs from the task's labels."""
        return self.agreement is not None and self.agreement.difference is not None

    @property
    def training_length(self) -> dict[str, Any]:
        """The training length that is known to suffice for the witness's class, as JSON data, or why none is known."""
        if self.scheme is not None:
            return no_length("no training length is known for this encoding")
        if self.marked and self.verdict == "generalizes":
            return no_length(AT_A_MARKER)
        return sufficient_training_length(self.verdict, self.witness, self.witness_name) | {"measured": self.measured}

    def record(self) -> dict[str, Any]:
        """The prediction as JSON data."""
        return {
            "subject": self.subject,
            "pe": self.pe if self.scheme is None else scheme_name(self.scheme),
            "positions": None if self.scheme is None else scheme_parameters(self.scheme),
            "holds_to": None if self.carried is None else self.carried.record(),
            "verdict": self.verdict,
            "because": self.because,
            "standing": self.standing,
            "witness": self.witness,
            "witness_name": self.witness_name,
            "witness_checked": self.checked,
            "agreement": None if self.agreement is None else self.agreement.record(),
            "certificate": self.certificate,
            "accept": None if self.rule is None else self.rule.accept,
            "target": None if self.rule is None else self.rule.target,
            "families": None if self.ladder is None else ladder_record(self.ladder),
            "ladder": None if self.ladder is None else [rung.record() for rung in self.ladder],
            "allowed_family": allowed_family(self.pe) if self.scheme is None else None,
            "other_rule": self.other_rule,
            "parameters": None if self.parameters is None else self.parameters.record(),
            "reference": self.reference,
            "evidence": None if self.evidence is None else self.evidence.record(),
            "sufficient_training_length": self.training_length,
            **forecast_record(self.forecast),
        }


def under(scheme: PositionScheme, prediction: Prediction) -> Prediction:
    """The prediction for the same subject under another encoding, by the ladder of a prediction with positions.

    Args:
        scheme: The other encoding.
        prediction: A prediction that has a ladder.
    """
    ladder = prediction.ladder
    assert ladder is not None
    if prediction.contradicted:
        return replace(prediction, scheme=scheme)
    found = judge_encoding(scheme, ladder)
    shown = (
        prediction.parameters.family if prediction.parameters else next((r.family for r in ladder if r.answer), None)
    )
    judged = replace(
        prediction,
        verdict=found.verdict,
        standing=found.standing,
        because=found.because,
        reference=found.reference,
        scheme=scheme,
        carried=found.carried,
    )
    if shown is None or found.program is None or not includes(found.program, shown):
        return replace(judged, witness=None, witness_name=None, checked=None, agreement=None, parameters=None)
    return judged
