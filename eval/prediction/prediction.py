"""What the theory says of a task or of a program, with what makes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, assert_never

from crasp.errors import Source
from crasp.meaning.measures import measure, reads_own_letter
from crasp.regular.automata.moore_machine import Accept
from crasp.regular.certificates.certificate_builder import NoProgramCertificate
from crasp.regular.families.family import FamilyParameters, includes
from crasp.text.loader import read_program
from crasp.text.sources import LIBRARY, load_source
from eval.answering.answerers import ProgramAnswerer
from eval.encodings.family_ladder import AnswerRule, FamilyLadder, allowed_family, ladder_of_program, ladder_record
from eval.encodings.horizons import CarriedLength
from eval.encodings.judgement import judge_encoding
from eval.encodings.length_forecast import Forecast, forecast_record
from eval.prediction.agreement import Agreement, compare, describe
from eval.prediction.evidence import Evidence
from eval.prediction.training_length import AT_A_MARKER, no_length, sufficient_training_length
from eval.prediction.witness_program import witness_program
from tasks.position_schemes import PositionScheme, scheme_name, scheme_parameters, scheme_title
from tasks.task import ENCODINGS, Encoding, Standing, Task, Verdict

ONE_PLACE_LATER = (
    " Acceptance is asked at a marker after the word: counts are known one place later too, and the last letter is "
    "then the letter before."
)
PAPER = "Huang et al. 2025 (arXiv 2410.02140), Theorems 7 and 9"


@dataclass(frozen=True)
class Prediction:
    """The verdict for one subject and encoding, with what makes it.

    `agreement` is what the witness was compared with the task's labels on, None where it was not; `checked` says it in
    words. `certificate` shows, as JSON data, that there is no program. `evidence` was gathered where it was asked for,
    or nothing else is known. `parameters` are the modulus and the look-back of a program of a regular language. `rule`
    says where the answer is given, and what it is, and `other_rule` what another place would change; `ladder` says of
    each family whether it has a program, as far as that is known. Of an encoding that is judged by the programs for
    `pe`, `scheme` says which it is, and `carried` how far what it cannot carry for ever may hold.
    `forecast` is what runs of a training length are likely to do, where that was asked for.
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
    evidence: Evidence | None = None
    parameters: FamilyParameters | None = None
    rule: AnswerRule | None = None
    other_rule: str | None = None
    ladder: FamilyLadder | None = None
    marked: bool = False  # whether the witness reads an end marker after the word
    scheme: PositionScheme | None = None
    carried: CarriedLength | None = None
    forecast: Forecast | None = None
    measured: Mapping[str, Any] | None = None  # the smallest training length that sufficed in the shipped runs

    @property
    def encoding(self) -> str:
        """The positional encoding, as tables call it."""
        return ENCODINGS[self.pe] if self.scheme is None else scheme_title(self.scheme)

    @property
    def contradicted(self) -> bool:
        """Whether the witness was found to differ from the task's labels."""
        return self.agreement is not None and self.agreement.difference is not None

    @property
    def training_length(self) -> dict[str, Any]:
        """The training length that is known to suffice for the witness's class, as JSON data; or why there is none."""
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
            "agreement": None if self.agreement is None else _agreement_record(self.agreement),
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


def _agreement_record(agreement: Agreement) -> dict[str, Any]:
    return {
        "equal": agreement.difference is None,
        "words": agreement.words,
        "all_to_length": agreement.all_to_length,
        "longest": agreement.longest,
        "difference": None if agreement.difference is None else list(agreement.difference),
    }


def under(scheme: PositionScheme, prediction: Prediction) -> Prediction:
    """What is predicted of the same subject under another encoding, by the ladder of a prediction with positions."""
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


def predict_task(task: Task, pe: Encoding, *, check: bool = True) -> Prediction:
    """What the theory says of a task; the witness is read from the library and run against the task's labels.

    A witness that disagrees with the labels is discarded: the verdict becomes unknown, and `contradicted` holds.
    """
    return predict_encodings(task, (pe,), check=check)[0]


def predict_encodings(task: Task, encodings: Sequence[Encoding], *, check: bool = True) -> list[Prediction]:
    """`predict_task` for each encoding; a witness of several is run once."""
    witnesses = {task.theory[pe].witness for pe in encodings} - {None}
    agreements = {name: _agreement(task, LIBRARY + str(name)) for name in witnesses if check}
    return [_predict_encoding(task, pe, agreements.get(task.theory[pe].witness)) for pe in encodings]


def _agreement(task: Task, name: str) -> Agreement:
    return compare(ProgramAnswerer(name, witness_program(name, load_source(name).text)), task)


def _predict_encoding(task: Task, pe: Encoding, agreement: Agreement | None) -> Prediction:
    theory = task.theory[pe]
    verdict, because, standing = theory.verdict, theory.because, theory.standing
    if theory.witness is None:
        return Prediction(task.name, pe, verdict, because, theory.reference, standing, witness=None)
    name = LIBRARY + theory.witness
    checked = None if agreement is None else describe(agreement)
    if agreement is not None and agreement.difference is not None:
        verdict, standing = "unknown", "conjecture"
        because = f"{name} is kept as the witness, but {checked}: it is no witness, and nothing else is known here."
    text = load_source(name).text
    return Prediction(task.name, pe, verdict, because, theory.reference, standing, text, name, checked, agreement)


def predict_source(source: Source, pe: Encoding, accept: Accept = "last") -> Prediction:
    """What the theory says of the function that a program computes: the program itself is the witness.

    Without positions a program that uses some is no witness, and another one may or may not exist. Nor is one that
    reads the last letter itself, where acceptance is asked at a marker after it.
    """
    program = read_program(source)
    measures = measure(program)
    fragment, rule = measures.fragment, AnswerRule(accept, "next" if program.accept is None else "membership")
    sees = accept == "last" or not reads_own_letter(program)
    match pe:
        case "ape":
            setting, is_witness = "a Limit Transformer", True
        case "nope":
            setting, is_witness = "a Limit Transformer without positional encodings", fragment == "C-RASP" and sees
        case other:
            assert_never(other)
    ladder = ladder_of_program(measures) if sees else None
    if is_witness:
        because = f"The program is in {fragment}, so {setting} computes it, and is found at every large length."
        if accept == "end":
            because += ONE_PLACE_LATER
        found = Prediction(source.name, pe, "generalizes", because, PAPER, "theorem", source.text, source.name)
        return replace(found, rule=rule, ladder=ladder)
    reads = "" if sees else ", and acceptance at an end marker cannot read the last letter as it does"
    because = f"The program is in {fragment}{reads}; whether a program of C-RASP computes the same is not known here."
    found = Prediction(source.name, pe, "unknown", because, PAPER, "conjecture", None)
    return replace(found, rule=rule, ladder=ladder)
