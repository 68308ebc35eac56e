"""Predictions that are decided: for regular languages, and for programs found to answer as a small automaton.

With positional encodings the question is whether a program of C-RASP[periodic, local] defines the language, without
them whether one of C-RASP does, read at the last letter. A yes has a program, a no a certificate.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, assert_never

from crasp.errors import Source
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.automata.moore_machine import machine_of
from crasp.regular.certificates.certificates import certify, certify_an_output
from crasp.regular.decided_inputs import language_subject, subject_of_program
from crasp.regular.families.decision import FRAGMENTS, Family, FamilyParameters, decide
from crasp.regular.verdict import NOT_REVIEWED, PLAIN_REVIEWED
from crasp.regular.witnesses.product_machine import least_product
from crasp.regular.witnesses.program_outputs import Output
from crasp.regular.witnesses.witness import Witness, write_witness
from crasp.text.loader import read_program
from eval.answering.answerers import ProgramAnswerer
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

    There is no task where words could not be drawn: of an automaton that is too large, of no word at all. Of a program
    `explored` says how its automaton was found, and `outputs` are what it defines where it accepts nothing.
    """

    name: str
    automaton: Automaton
    remarks: tuple[str, ...] = ()
    task: Task | None = None
    outputs: tuple[Output, ...] | None = None
    explored: str | None = None


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
    return list(prediction_steps(language, pe, write=write, certified=certified))[-1]


def prediction_steps(
    language: GivenLanguage, pe: Encoding, *, write: bool = True, certified: bool = True
) -> Iterator[Prediction]:
    """`predict_language`, and before it the same without its program once the modulus and the look-back are known."""
    for found in _steps(language, pe, write=write, certified=certified):
        if language.explored is None:
            yield found
        else:
            because = f"{language.explored} {found.because}"
            yield replace(found, because=because, standing="conjecture", checked=None)


def predict_explored_source(source: Source, pe: Encoding) -> Prediction:
    """What the theory says of a program's text; where it is no witness itself, of the automaton that answers alike.

    That automaton is found by asking the program for its answers, and compared, not proved.
    """
    found = explored(source, pe)
    return found if isinstance(found, Prediction) else predict_language(found, pe)


def explored(source: Source, pe: Encoding) -> Prediction | GivenLanguage:
    """The prediction for a program that is a witness or of which nothing is known; else its language, undecided yet."""
    own = predict_source(source, pe)
    if own.verdict != "unknown":
        return own
    subject = subject_of_program(source.name, read_program(source))
    because = own.because.partition(";")[0]
    if subject.automaton is None:
        nothing = f"{because}; no small automaton was found that answers as it does: {subject.fields['regular']}."
        return replace(own, because=f"{nothing} Whether a program of C-RASP computes the same is not known here.")
    how = f"{because}. A minimal automaton of {len(subject.automaton.outputs)} states is {subject.fields['regular']}."
    outputs = None if subject.outputs is None else tuple(subject.outputs)
    return GivenLanguage(subject.name, subject.automaton, outputs=outputs, explored=how)


def with_certificate(prediction: Prediction) -> Prediction:
    """The prediction for a task of the benchmark, with a certificate where the task is regular and fails.

    The certificate also holds the expression that it is about.
    """
    if prediction.verdict != "fails" or prediction.subject not in EXPRESSIONS:
        return prediction
    regex, alphabet = EXPRESSIONS[prediction.subject]
    family = _largest(prediction.pe)
    certificate = certify(automaton_of_task(prediction.subject), family)
    reference = f"{prediction.reference}; decided by the {_procedure(family)}"
    about = {"regex": regex, "alphabet": list(alphabet)}
    return replace(prediction, reference=reference, certificate={**about, **certificate})


def _largest(pe: Encoding) -> Family:
    """The family that the theory has for an encoding."""
    match pe:
        case "ape":
            return "periodic_local"
        case "nope":
            return "plain"
        case other:
            assert_never(other)


def _procedure(family: Family) -> str:
    return PUBLISHED if family == "plain" else OURS


def _steps(language: GivenLanguage, pe: Encoding, *, write: bool, certified: bool) -> Iterator[Prediction]:
    name, automaton, outputs = language.name, language.automaton, language.outputs
    machine = machine_of(automaton)
    larger = _largest(pe)
    families = decide(machine, asked="plain" if pe == "nope" else None)
    family: Family | None = families.smallest if pe == "ape" or families.plain else None
    if family is None:
        if families[larger] is None:
            raise SizeError(dict(families.refused)[larger])
        yield _without_a_program(language, pe, larger, certified=certified)
        return
    if not write:
        yield _generalizing(name, pe, family, f"{WRITES} writes it", None)
        return
    try:
        product = least_product(machine, family)
        parameters = FamilyParameters(family, product.modulus, product.lookback)
        yield replace(_generalizing(name, pe, family, f"{WRITES} writes it", None), parameters=parameters)
        witness = write_witness(
            automaton, product, family, accept="last", target="membership", subject=name, outputs=outputs
        )
    except SizeError as error:
        yield _generalizing(name, pe, family, str(error), None)
    else:
        yield replace(_generalizing(name, pe, family, witness, language.task), parameters=parameters)


def _without_a_program(language: GivenLanguage, pe: Encoding, larger: Family, *, certified: bool) -> Prediction:
    if not certified:
        return _failing(language.name, pe, larger, None, "that is decided")
    try:
        if language.outputs is None:
            certificate = certify(language.automaton, larger)
        else:
            certificate = certify_an_output(language.automaton, language.outputs, larger)
    except SizeError as error:
        return _failing(language.name, pe, larger, None, f"it is decided, but no certificate was made: {error}")
    return _failing(language.name, pe, larger, certificate, " ".join(certificate["explanation"]))


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
