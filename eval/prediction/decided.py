"""Predictions that are decided: for regular languages, and for programs found to answer as a small automaton.

With positional encodings the question is whether a program of C-RASP[periodic, local] defines the language, without
them whether one of C-RASP does, read at the last letter. A yes has a program, a no a certificate.
"""

from dataclasses import dataclass, replace
from typing import Any

from crasp.errors import Source
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.automata.machine import machine_of
from crasp.regular.certificates.certificates import certify, certify_an_output
from crasp.regular.families.decision import FRAGMENTS, Family, decide
from crasp.regular.subjects import Subject, language_subject, subject_of_program
from crasp.regular.verdict import NOT_REVIEWED, PLAIN_REVIEWED
from crasp.regular.witnesses.witness import Witness, synthesise
from crasp.text.loader import load_source, read_program
from eval.answering.answers import ProgramAnswerer
from eval.prediction.agreement import Agreement, compare, describe
from eval.prediction.prediction import Prediction, predict_source
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from tasks.given_tasks import task_of_language
from tasks.ground.automata.language import Language
from tasks.task import Encoding, Task, TheoryRecord
from tasks.theory import counted, expressed, inexpressible

PUBLISHED = "decision procedure of arXiv 2608.13433"
OURS = "decision procedure of docs/regular.md, not peer reviewed for look-back and residues"
NAME = "synthesised program"
NOT_WRITTEN = " The program exists and was not written"
WRITES = "`python -m eval.predict`"


@dataclass(frozen=True)
class GivenLanguage:
    """A regular language to be decided, what is worth a remark, and a task with labels made apart from the decision.

    There is no task where words could not be drawn: of an automaton that is too large, of no word at all.
    """

    name: str
    automaton: Automaton
    remarks: tuple[str, ...]
    task: Task | None


def given_language(language: Language) -> GivenLanguage:
    """The language with its task; RefusedError where it is too large to be decided."""
    subject = language_subject(language)
    assert subject.automaton is not None  # only of a program there may be none
    try:
        task = task_of_language(language, recognize=True)
    except ValueError:
        task = None
    return GivenLanguage(subject.name, subject.automaton, subject.remarks, task)


def predict_language(
    language: GivenLanguage, pe: Encoding, *, write: bool = True, certified: bool = True
) -> Prediction:
    """What the theory says of a regular language; a witness is also run against the task's labels.

    Without `write` no witness is written, and without `certified` no certificate: the verdict takes milliseconds.
    """
    return _predict(language.name, language.automaton, pe, language.task, write=write, certified=certified)


def predict_explored(file: str, pe: Encoding) -> Prediction:
    """What the theory says of a program; where it is no witness itself, of the automaton that answers alike.

    That automaton is found by asking the program for its answers, and compared, not proved.
    """
    return predict_explored_source(load_source(file), pe)


def predict_explored_source(source: Source, pe: Encoding) -> Prediction:
    """The same for a program's text."""
    own = predict_source(source, pe)
    if own.verdict != "unknown":
        return own
    subject = subject_of_program(source.name, read_program(source))
    because = own.because.partition(";")[0]
    if subject.automaton is None:
        nothing = f"{because}; no small automaton was found that answers as it does: {subject.fields['regular']}."
        return replace(own, because=f"{nothing} Whether a program of C-RASP computes the same is not known here.")
    found = _predict_explored(subject, subject.automaton, pe)
    exploring = f"{because}. A minimal automaton of {len(subject.automaton.outputs)} states is"
    return replace(
        found, because=f"{exploring} {subject.fields['regular']}. {found.because}", standing="conjecture", checked=None
    )


def with_certificate(prediction: Prediction) -> Prediction:
    """The prediction for a task of the benchmark, with a certificate where the task is regular and fails.

    The certificate also holds the expression that it is about.
    """
    if prediction.verdict != "fails" or prediction.subject not in EXPRESSIONS:
        return prediction
    regex, alphabet = EXPRESSIONS[prediction.subject]
    family: Family = "periodic_local" if prediction.pe == "ape" else "plain"
    certificate = certify(automaton_of_task(prediction.subject), family)
    reference = f"{prediction.reference}; decided by the {_procedure(family)}"
    about = {"regex": regex, "alphabet": list(alphabet)}
    return replace(prediction, reference=reference, certificate={**about, **certificate})


def _procedure(family: Family) -> str:
    return PUBLISHED if family == "plain" else OURS


def _predict_explored(subject: Subject, automaton: Automaton, pe: Encoding) -> Prediction:
    if subject.outputs is None:
        return _predict(subject.name, automaton, pe, None)
    definable = decide(machine_of(automaton)).plain
    if not definable:
        certificate = certify_an_output(automaton, subject.outputs, "plain")
        return _failing(subject.name, pe, "plain", certificate, " ".join(certificate["explanation"]))
    witness = synthesise(automaton, "plain", subject=subject.name, outputs=subject.outputs)
    return _generalizing(subject.name, pe, "plain", witness, None)


def _predict(
    name: str, automaton: Automaton, pe: Encoding, task: Task | None, *, write: bool = True, certified: bool = True
) -> Prediction:
    families = decide(machine_of(automaton))
    family: Family | None = families.smallest if pe == "ape" or families.plain else None
    if family is None:
        larger: Family = "periodic_local" if pe == "ape" else "plain"
        if not certified:
            return _failing(name, pe, larger, None, "that is decided")
        try:
            certificate = certify(automaton, larger)
            return _failing(name, pe, larger, certificate, " ".join(certificate["explanation"]))
        except SizeError as error:
            return _failing(name, pe, larger, None, f"it is decided, but no certificate was made: {error}")
    if not write:
        return _generalizing(name, pe, family, f"{WRITES} writes it", None)
    try:
        witness = synthesise(automaton, family, subject=name)
    except SizeError as error:
        return _generalizing(name, pe, family, str(error), None)
    return _generalizing(name, pe, family, witness, task)


def _failing(name: str, pe: Encoding, family: Family, certificate: dict[str, Any] | None, why: str) -> Prediction:
    reference = _procedure(family)
    record = inexpressible(FRAGMENTS[family], why.rstrip("."), reference)
    because = f"{record.because} {_standing_of_the_theory(family)}"
    return Prediction(name, pe, "fails", because, reference, record.standing, None, certificate=certificate)


def _generalizing(name: str, pe: Encoding, family: Family, witness: Witness | str, task: Task | None) -> Prediction:
    """The prediction for a program; `witness` says why it was not written, where it was not."""
    record = _record_of_a_program(pe, family)
    reference = f"{record.reference}; {_procedure(family)}"
    because = f"{record.because} {_standing_of_the_theory(family)}"
    if isinstance(witness, str):
        because += f"{NOT_WRITTEN}: {witness}."
        return Prediction(name, pe, record.verdict, because, reference, record.standing, None)
    checked = f"equal to the automaton on {witness.checked}"
    found = Prediction(
        name, pe, record.verdict, because, reference, record.standing, witness.program, NAME, checked=checked
    )
    agreement = None if task is None else _agreement(witness, task)
    if agreement is None:
        return found
    found = replace(found, checked=f"{describe(agreement)}; {checked}", agreement=agreement)
    if agreement.difference is None:
        return found
    wrong = f"The program that was written is wrong: {describe(agreement)}. Nothing is known here."
    return replace(found, verdict="unknown", because=wrong, standing="conjecture")


def _record_of_a_program(pe: Encoding, family: Family) -> TheoryRecord:
    return counted(NAME)["nope"] if pe == "nope" else expressed(NAME, FRAGMENTS[family])


def _standing_of_the_theory(family: Family) -> str:
    return PLAIN_REVIEWED if family == "plain" else NOT_REVIEWED


def _agreement(witness: Witness, task: Task) -> Agreement | None:
    """The witness against the labels of recognition; None where no words can be drawn, as of an empty language."""
    program = read_program(Source(NAME, witness.program))
    try:
        return compare(ProgramAnswerer(NAME, program), task)
    except ValueError:
        return None
