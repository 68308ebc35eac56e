"""Decided predictions: for regular languages, and for programs that answer as a small automaton does.

With positional encodings the question is whether a program of C-RASP[periodic, local] defines the language; without
them it is whether a program of C-RASP does. If the answer is yes there is a program, and if it is no there is a
certificate. An answer rule says where the answer is given, and what it is. A regular expression is judged at an end
marker unless another rule is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crasp.meaning.ir import Program
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.automata.moore_machine import Machine, end_marker, machine_of
from crasp.regular.certificates.certificate_builder import NoProgramCertificate
from crasp.regular.certificates.certificates import certify, certify_an_output
from crasp.regular.decided_inputs import language_subject
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FRAGMENTS, Family, FamilyParameters, includes
from crasp.regular.verdict import (
    NOT_REVIEWED,
    PLAIN_REVIEWED,
    Asked,
    LanguageVerdict,
    differs_at_the_other_rule,
)
from crasp.regular.witnesses.product_machine import ProductMachine, least_product
from crasp.regular.witnesses.program_outputs import Output
from crasp.regular.witnesses.witness import WrittenWitness, write_witness
from eval.encodings.answer_rule import AnswerRule
from eval.encodings.family_ladder import (
    FamilyLadder,
    allowed_family,
    ladder_of_families,
    smallest_families,
    with_parameters,
)
from eval.prediction.prediction import Agreement, Prediction
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from tasks.ground.automata.language import Language
from tasks.ground.console import RefusedError
from tasks.task import Encoding, Task, TheoryRecord
from tasks.theory import by_counting, expressed, inexpressible

PAPERS = "decision procedure of arXiv 2608.13433"
OURS = "decision procedure of docs/regular.md, not peer reviewed for look-back and residues"
NAME = "synthesised program"
NOT_WRITTEN = " The program exists, but it was not written"
WRITES = "`crasp-bench predict`"
AT_THE_END = AnswerRule("end")


@dataclass(frozen=True)
class GivenLanguage:
    """A regular language to be decided, the rule by which a program is asked, and remarks for whoever gave it.

    `language` is what a person gave; a witness is compared with its labels. For a program, `explored` says how its
    automaton was found, and `outputs` are what the program defines if it has no `accept`. If positions are known modulo
    one number alone, it is `repeats`: a program with residues then has a modulus that divides it, if there is one.
    """

    name: str
    automaton: Automaton
    rule: AnswerRule
    remarks: tuple[str, ...] = ()
    language: Language | None = None
    outputs: tuple[Output, ...] | None = None
    explored: str | None = None
    repeats: int | None = None


def given_language(language: Language, rule: AnswerRule = AT_THE_END) -> GivenLanguage:
    """The language, to be judged by a rule.

    Raises:
        RefusedError: The language is too large to be decided.
    """
    subject = language_subject(language)
    assert subject.automaton is not None  # only a program may have none
    return GivenLanguage(subject.name, subject.automaton, rule, subject.remarks, language)


def language_of_task(task: Task, rule: AnswerRule) -> GivenLanguage:
    """The language of a regular task, to be judged by a rule that may differ from the task's own.

    Raises:
        RefusedError: The task is not regular.
    """
    if task.name not in EXPRESSIONS:
        raise RefusedError(f"--accept and --target go with a regular language, and {task.name} is not one")
    return GivenLanguage(task.name, automaton_of_task(task.name), rule)


def predict_language(
    language: GivenLanguage, pe: Encoding, *, write: bool = True, certified: bool = True
) -> Prediction:
    """What the theory says about a regular language; a witness is also compared with the labels of the language.

    Args:
        language: The language and the rule.
        pe: Whether models have positions.
        write: Whether a witness is written if there is one.
        certified: Whether a certificate is made if there is no program. Without both, the verdict takes milliseconds.

    Raises:
        SizeError: The language is too large to be decided.
    """
    return list(prediction_steps(language, pe, write=write, certified=certified))[-1]


def prediction_steps(
    language: GivenLanguage,
    pe: Encoding,
    *,
    write: bool = True,
    certified: bool = True,
    whole: bool = True,
    against: Family | None = None,
) -> Iterator[Prediction]:
    """The predictions of `predict_language` as they become known; each one says more than the one before.

    The first has the verdict, the next one the modulus and look-back of a program, and then follows the program itself.

    Args:
        language: The language and the rule.
        pe: Whether models have positions.
        write: Whether a witness is written if there is one.
        certified: Whether a certificate is made if there is no program.
        whole: Whether the last prediction has the parameters of every rung of the ladder, not only of its own program.
        against: A family for which a certificate is wanted if there is no certificate for another one.

    Raises:
        SizeError: The language is too large to be decided.
    """
    for found in _steps(language, pe, write=write, certified=certified, whole=whole and write and certified):
        last = found
        if language.explored is not None:
            because = f"{language.explored} {found.because}"
            last = replace(found, because=because, standing="conjecture", checked=None)
        yield last
    if against is not None and last.certificate is None:
        try:
            yield replace(last, certificate=_certificate(language, against))
        except SizeError:
            return


def with_modulus(language: GivenLanguage, prediction: Prediction) -> Prediction:
    """The prediction with the modulus of a program that has residues but no look-back, if it can be computed."""
    ladder = prediction.ladder
    if ladder is None or "periodic" not in smallest_families(ladder):
        return prediction
    return _with_least_product(language, prediction, "periodic")


def with_allowed_parameters(language: GivenLanguage, prediction: Prediction) -> Prediction:
    """The prediction with the modulus and the look-back of each smallest program that its encoding allows.

    They are found without a time limit, and left out only if the language is too large for that.
    """
    if prediction.ladder is None:
        return prediction
    allowed, smallest = allowed_family(prediction.pe), smallest_families(prediction.ladder)
    for rung in prediction.ladder:
        if rung.modulus is None and rung.family in smallest and includes(allowed, rung.family):
            prediction = _with_least_product(language, prediction, rung.family)
    return prediction


def _with_least_product(language: GivenLanguage, prediction: Prediction, family: Family) -> Prediction:
    """The prediction with the modulus and look-back of a family's smallest program, if they can be computed."""
    assert prediction.ladder is not None
    rule = language.rule
    try:
        machine = machine_of(language.automaton, accept=rule.accept, target=rule.target)
        product = least_product(machine, family, repeats=language.repeats)
    except SizeError:
        return prediction
    ladder = with_parameters(prediction.ladder, family, product.modulus, product.lookback)
    return replace(prediction, ladder=ladder)


def with_certificate(prediction: Prediction, family: Family | None = None) -> Prediction:
    """The prediction for a task of the benchmark, with a certificate if the task is regular and fails.

    The certificate also contains the expression that it is about.

    Args:
        prediction: The prediction.
        family: The family that has no program; by default the one that the encoding allows.
    """
    if prediction.verdict != "fails" or prediction.subject not in EXPRESSIONS:
        return prediction
    regex, alphabet = EXPRESSIONS[prediction.subject]
    family = family or allowed_family(prediction.pe)
    certificate = certify(automaton_of_task(prediction.subject), family)
    reference = f"{prediction.reference}; decided by the {_procedure(family)}"
    about: NoProgramCertificate = {"regex": regex, "alphabet": list(alphabet), **certificate}
    return replace(prediction, reference=reference, certificate=about)


def _procedure(family: Family) -> str:
    return PAPERS if family == "plain" else OURS


def _steps(language: GivenLanguage, pe: Encoding, *, write: bool, certified: bool, whole: bool) -> Iterator[Prediction]:
    rule, larger = language.rule, allowed_family(pe)
    machine = machine_of(language.automaton, accept=rule.accept, target=rule.target)
    families = decide(machine, asked="plain" if pe == "nope" else None)
    ladder = ladder_of_families(families)
    if families[larger] is None:
        raise SizeError(dict(families.refused)[larger])
    found = Prediction(language.name, pe, "unknown", "", "", "not decided", None, rule=rule, ladder=ladder)
    if families[larger]:
        family = families.smallest if pe == "ape" else "plain"
        assert family is not None
        if language.repeats is not None and families.periodic and family == "local":
            family = "periodic"  # where residues alone are known, look-back is not
        for found in _with_a_program(language, pe, machine, family, ladder, write=write):
            yield found
    else:
        found = replace(_without_a_program(language, pe, larger, certified=certified), rule=rule, ladder=ladder)
    if write and certified and language.outputs is None and language.explored is None:
        asked = Asked(language.automaton, rule.accept, rule.target, family="plain" if pe == "nope" else None)
        found = replace(found, other_rule=differs_at_the_other_rule(LanguageVerdict(asked, families)))
    yield found
    for family in smallest_families(ladder) if whole else ():
        ladder = found.ladder or ladder
        if all(rung.modulus is None for rung in ladder if rung.family == family):
            found = replace(found, ladder=_parameters_of(language, machine, family, ladder))
            yield found


def _with_a_program(
    language: GivenLanguage, pe: Encoding, machine: Machine, family: Family, ladder: FamilyLadder, *, write: bool
) -> Iterator[Prediction]:
    """The predictions for a language that has a program, as its parameters and then the program itself become known."""

    def generalizing(written: WrittenWitness | str, parameters: FamilyParameters | None = None) -> Prediction:
        found = _generalizing(language, pe, family, written)
        return replace(found, rule=language.rule, ladder=ladder, parameters=parameters)

    if not write:
        yield generalizing(f"{WRITES} writes it")
        return
    parameters = None
    try:
        product = least_product(machine, family, repeats=language.repeats)
        parameters = FamilyParameters(family, product.modulus, product.lookback)
        ladder = with_parameters(ladder, family, product.modulus, product.lookback)
        yield generalizing(f"{WRITES} writes it", parameters)
        written = _witness(language, product, family)
    except SizeError as error:
        yield generalizing(str(error), parameters)
        return
    ladder = with_parameters(ladder, family, product.modulus, product.lookback, written.witness.counting_depth)
    yield generalizing(written, parameters)


def _parameters_of(language: GivenLanguage, machine: Machine, family: Family, ladder: FamilyLadder) -> FamilyLadder:
    """The ladder with the parameters of a family's smallest program, as far as it is small enough to be found."""
    try:
        product = least_product(machine, family, repeats=language.repeats)
        ladder = with_parameters(ladder, family, product.modulus, product.lookback)
        depth = _witness(language, product, family).witness.counting_depth
        return with_parameters(ladder, family, product.modulus, product.lookback, depth)
    except SizeError:
        return ladder


def _witness(language: GivenLanguage, product: ProductMachine, family: Family) -> WrittenWitness:
    rule = language.rule
    return write_witness(
        language.automaton,
        product,
        family,
        accept=rule.accept,
        target=rule.target,
        subject=language.name,
        outputs=language.outputs,
    )


def _without_a_program(language: GivenLanguage, pe: Encoding, larger: Family, *, certified: bool) -> Prediction:
    if not certified:
        return _failing(language.name, pe, larger, None, "the decision procedure says so")
    try:
        certificate = _certificate(language, larger)
    except SizeError as error:
        return _failing(
            language.name, pe, larger, None, f"the decision procedure says so, but no certificate was made: {error}"
        )
    return _failing(language.name, pe, larger, certificate, " ".join(certificate["explanation"]))


def _certificate(language: GivenLanguage, family: Family) -> NoProgramCertificate:
    if language.outputs is not None:
        return certify_an_output(language.automaton, language.outputs, family)
    return certify(language.automaton, family, accept=language.rule.accept, target=language.rule.target)


def _failing(name: str, pe: Encoding, family: Family, certificate: NoProgramCertificate | None, why: str) -> Prediction:
    record = inexpressible(FRAGMENTS[family], why.rstrip("."), _procedure(family))
    because = f"{record.because} {_standing_of_the_theory(family)}"
    return Prediction(name, pe, "fails", because, record.reference, record.standing, None, certificate=certificate)


def _generalizing(language: GivenLanguage, pe: Encoding, family: Family, written: WrittenWitness | str) -> Prediction:
    """The prediction for a language that has a program; a text in `written` says why it was not written."""
    record, name = _record_of_a_program(pe, family), language.name
    reference = f"{record.reference}; {_procedure(family)}"
    because = f"{record.because} {_standing_of_the_theory(family)}"
    if isinstance(written, str):
        because += f"{NOT_WRITTEN}: {written}."
        return Prediction(name, pe, record.verdict, because, reference, record.standing, None)
    witness = written.witness
    checked = f"equal to the automaton on {witness.checked}"
    found = Prediction(
        name, pe, record.verdict, because, reference, record.standing, witness.program, NAME, checked=checked
    )
    found = replace(found, marked=language.rule.accept == "end")
    agreement = _agreement(written.meaning, language)
    if agreement is None:
        return found
    found = replace(found, checked=f"{agreement.in_words}; {checked}", agreement=agreement)
    if agreement.difference is None:
        return found
    wrong = f"The program that was written is wrong: {agreement.in_words}. Nothing is known here."
    return replace(found, verdict="unknown", because=wrong, standing="conjecture")


def _record_of_a_program(pe: Encoding, family: Family) -> TheoryRecord:
    return by_counting(NAME)["nope"] if pe == "nope" else expressed(NAME, FRAGMENTS[family])


def _standing_of_the_theory(family: Family) -> str:
    return PLAIN_REVIEWED if family == "plain" else NOT_REVIEWED


def _agreement(program: Program, language: GivenLanguage) -> Agreement | None:
    """The comparison of a program with the labels of recognition; None if there are no labels to compare with."""
    if language.language is None or language.rule.target != "membership":
        return None
    from eval.prediction.agreement import compare_recognition  # this imports the tasks, which only programs need

    marker = end_marker(language.automaton.alphabet) if language.rule.accept == "end" else None
    return compare_recognition(NAME, program, marker, language.language)
