"""Prints what `decide` found: verdicts as text or JSON, and pairs of words that no small program tells apart."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from crasp.regular.automata.automaton import Automaton, SizeError, counted, explore
from crasp.regular.automata.moore_machine import Accept, Target, live_states, machine_of
from crasp.regular.certificates.adversarial_words import adversarial_pair
from crasp.regular.certificates.certificates import output_without
from crasp.regular.decided_inputs import Subject, subject_of_line
from crasp.regular.families.decision import decide as families_of
from crasp.regular.families.family import FAMILIES, FRAGMENTS, Family
from crasp.regular.timed_proofs import end_progress, progress, prove
from crasp.regular.verdict import (
    Asked,
    LanguageVerdict,
    differs_at_the_other_rule,
    verdict_line,
    verdict_of,
    yes_or_no,
)
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.console import RefusedError, json_text, print_json
from tasks.ground.limited_process import Worker

PATIENCE_SECONDS = 0.5  # how long the verdicts wait to be printed together with the modulus and the look-back


@dataclass(frozen=True)
class Question:
    """What is asked of each language.

    `family` is the only family asked about, or None for all four. `adversary` is the size of the programs that two
    words shall not be told apart by, or None for no such words. `seconds` limits the time for programs and
    certificates; None means no limit.
    """

    accept: Accept
    target: Target
    family: Family | None
    adversary: int | None
    seconds: float | None = None


def answer(subject: Subject, question: Question, worker: Worker, go_on: str, *, as_json: bool) -> bool:
    """Prints the answer for one language, and returns whether the family that was asked about defines it.

    Args:
        subject: The language.
        question: What is asked of it.
        worker: The process that writes programs and certificates.
        go_on: The command that continues what cannot be written in time.
        as_json: Whether the answer is printed as JSON.

    Returns:
        Whether the family defines the language. True if no single family was asked about; False if no automaton is
        known.

    Raises:
        SizeError: The family that was asked about would need too much time or memory to decide.
    """
    if subject.automaton is None:
        _print_unknown(subject, as_json=as_json)
        return False
    verdict = verdict_of(_asked(subject, question))
    if as_json:
        extras = _extras(subject, question, verdict)
        print_json(_record(subject, question, verdict, extras, worker, go_on, progress(question.seconds)))
    else:
        _tell(subject, question, verdict, worker, go_on)
    return _defines(question, verdict)


def answer_line(
    place: str,
    line: str,
    text: LanguageText,
    question: Question,
    worker: Worker,
    go_on: str,
    *,
    as_json: bool,
    on_wait: Callable[[float], None],
) -> tuple[str, bool]:
    """The printed row for the language of one line, and whether the family that was asked about defines it.

    Args:
        place: The place of the line, for messages.
        line: The regular expression.
        text: The alphabet, and the expressions that the words also have to match or must not match.
        question: What is asked of the language.
        worker: The process that does all work that may take long.
        go_on: The command that continues what cannot be written in time.
        as_json: Whether the row is JSON.
        on_wait: Called again and again with the seconds that have passed, while there is nothing new.

    Raises:
        RefusedError: There is no such language.
        SizeError: The family that was asked about would need too much time or memory to decide.
    """
    (opened,) = worker.items(_opened, place, line, text, question, as_json, seconds=None)
    if isinstance(opened, RefusedError):
        raise opened
    subject, verdict, extras = opened
    defines = _defines(question, verdict)
    if as_json:
        return json_text(_record(subject, question, verdict, extras, worker, go_on, on_wait)), defines
    return f"{subject.name or '(the empty word)'}: {verdict_line(verdict.families)}", defines


def _opened(
    place: str, line: str, text: LanguageText, question: Question, as_json: bool
) -> Iterator[RefusedError | tuple[Subject, LanguageVerdict, dict[str, Any]]]:
    """Yields the language of a line, its verdict and what JSON says besides; or the RefusedError that says why not."""
    try:
        subject = subject_of_line(place, line, text)
    except RefusedError as error:
        yield RefusedError(str(error))
        return
    verdict = verdict_of(_asked(subject, question))
    yield subject, verdict, _extras(subject, question, verdict) if as_json else {}


def _defines(question: Question, verdict: LanguageVerdict) -> bool:
    if question.family is None:
        return True
    reasons = dict(verdict.families.refused)
    if question.family in reasons:
        raise SizeError(f"--family {question.family}: {reasons[question.family]}")
    return bool(verdict.families[question.family])


def _asked(subject: Subject, question: Question) -> Asked:
    assert subject.automaton is not None
    return Asked(
        subject.automaton, question.accept, question.target, subject.name, subject.outputs, family=question.family
    )


def _record(
    subject: Subject,
    question: Question,
    verdict: LanguageVerdict,
    extras: dict[str, Any],
    worker: Worker,
    go_on: str,
    on_wait: Callable[[float], None],
) -> dict[str, Any]:
    """The whole answer as JSON data."""
    for proved in _proved(verdict, question, worker, go_on, on_wait):
        verdict = proved
    return {subject.kind: subject.name, **subject.fields, **verdict.record(), **extras}


def _extras(subject: Subject, question: Question, verdict: LanguageVerdict) -> dict[str, Any]:
    """What the JSON says beside the verdict: remarks, the verdicts for single letters, and two words not told apart."""
    found: dict[str, Any] = {"remarks": _remarks(subject, verdict)}
    if question.target == "next":
        found["next"] = _by_letter(verdict.automaton)
    if question.adversary is not None:
        found["adversary"] = _pair(subject, question, verdict)
    return found


def _proved(
    verdict: LanguageVerdict, question: Question, worker: Worker, go_on: str, on_wait: Callable[[float], None]
) -> Iterator[LanguageVerdict]:
    try:
        yield from prove(verdict, worker, question.seconds, go_on=go_on, on_wait=on_wait)
    finally:
        end_progress()


def _remarks(subject: Subject, verdict: LanguageVerdict) -> list[str]:
    other = differs_at_the_other_rule(verdict) if subject.kind != "program" else None
    return [*subject.remarks, *([other] if other else [])]


def _pair(subject: Subject, question: Question, verdict: LanguageVerdict) -> dict[str, Any] | None:
    """Two words that programs of one family do not tell apart, as JSON data.

    The family is the largest one without a program, or the one that was asked about. None if there is no such family,
    or if no words were asked for.
    """
    if question.adversary is None or subject.automaton is None:
        return None
    without = [f for f in FAMILIES if verdict.families[f] is False and question.family in (None, f)]
    if not without:
        return None
    family, named = without[-1], dict[str, str]()
    language = subject.automaton
    if subject.outputs is not None:  # for a program of next tokens alone, one of its outputs
        output, language = output_without(subject.automaton, subject.outputs, family)
        named = {"output": output.head}
    pair = adversarial_pair(language, family, question.adversary, accept=question.accept)
    return {
        **named,
        "family": pair.family,
        "fragment": FRAGMENTS[pair.family],
        "size": pair.size,
        "modulus": pair.modulus,
        "member": list(pair.member),
        "other": list(pair.other),
    }


def _by_letter(automaton: Automaton) -> dict[str, dict[str, bool | None]]:
    """For each letter the verdicts on one question alone: whether that letter may follow."""

    live = live_states(automaton)
    found: dict[str, dict[str, bool | None]] = {}
    for number, letter in enumerate(automaton.alphabet):
        follows = [row[number] in live for row in automaton.successors]
        alone = explore(0, automaton.alphabet, lambda s, a: automaton.successors[s][a], follows.__getitem__)
        families = families_of(machine_of(alone))
        found[letter] = {str(family): families[family] for family in FAMILIES}
    return found


def _print_unknown(subject: Subject, *, as_json: bool) -> None:
    because = f"No small automaton was found that answers as the program does: {subject.fields['regular']}."
    if as_json:
        unknown: dict[str, Any] = {
            "families": None,
            "witness": None,
            "certificate": None,
            "because": because,
            "remarks": [],
        }
        print_json({subject.kind: subject.name, **subject.fields, **unknown})
        return
    print(f"{subject.name}: written in {subject.fields['fragment']}, depth {subject.fields['depth']}")
    print(because)


# --- text, the verdicts first --------------------------------------------------------------------------------


@dataclass
class _FirstLines:
    """The first lines of the printed answer: the verdicts, and the modulus and the look-back of the program.

    They are printed once. They wait for the modulus and the look-back, but no longer than PATIENCE_SECONDS.
    """

    subject: Subject
    verdict: LanguageVerdict
    printed: bool = field(default=False, init=False)

    def wait(self, passed: float) -> None:
        """Prints the first lines if they have waited long enough."""
        if passed > PATIENCE_SECONDS:
            self.print(self.verdict)

    def print(self, verdict: LanguageVerdict) -> None:
        """Prints the first lines, with the modulus and the look-back if these are known.

        If the first lines have been printed already, only the modulus and the look-back are added.
        """
        if self.printed:
            if verdict.parameters is not None and verdict.parameters is not self.verdict.parameters:
                parameters = verdict.parameters
                print(f"  {FRAGMENTS[parameters.family]} with {parameters.in_words or 'counting alone'}", flush=True)
                self.verdict = verdict
            return
        self.printed, self.verdict = True, verdict
        _print_families(self.subject, verdict)
        sys.stdout.flush()


def _tell(subject: Subject, question: Question, verdict: LanguageVerdict, worker: Worker, go_on: str) -> None:
    """Prints the verdicts as soon as they are known.

    The program, the certificates and the words that show them follow.
    """
    for remark in _remarks(subject, verdict):
        print(f"note: {remark}", file=sys.stderr)
    opening = _FirstLines(subject, verdict)
    show = progress(question.seconds)

    def on_wait(passed: float) -> None:
        opening.wait(passed)
        show(passed)

    for proved in _proved(verdict, question, worker, go_on, on_wait):
        verdict = proved
        opening.print(verdict)
    print(f"\n{verdict.because}")
    if verdict.witness is not None:
        print(f"\nA program of depth {verdict.witness.depth}:\n")
        print("\n".join(f"    {line}".rstrip() for line in verdict.witness.program.splitlines()))
    if verdict.certificates:
        print("\nThe certificate is in the JSON of --json; --check verifies it.")
    pair = _pair(subject, question, verdict)
    if pair is not None:
        _print_pair(pair)


def _print_families(subject: Subject, verdict: LanguageVerdict) -> None:
    asked, families, parameters = verdict.asked, verdict.families, verdict.parameters
    where = "at the last letter" if asked.accept == "last" else "at an end marker"
    what = {"membership": "accepted", "state": "the state known", "next": "what may follow known"}[asked.target]
    states = counted(len(asked.automaton.outputs), "state")
    print(f"{subject.name or '(the empty word)'}: {states}, {what} {where}")
    if subject.kind == "program":
        print(
            f"  written in {subject.fields['fragment']}, depth {subject.fields['depth']}; {subject.fields['regular']}"
        )
    for family in FAMILIES:
        known = parameters.in_words if parameters is not None and parameters.family == family else ""
        print(f"  {FRAGMENTS[family]:<26} {yes_or_no(families, family):<5}{known}".rstrip())


def _print_pair(pair: dict[str, Any]) -> None:
    print(f"\nTwo words that no small program of {pair['fragment']} tells apart (size {pair['size']}):")
    for name in ("member", "other"):
        print(f"  {name:<7} {' '.join(pair[name])}")
