"""What `decide` prints: verdicts as text or JSON, adversarial pairs."""

import sys
from dataclasses import dataclass
from typing import Any

from crasp.regular.adversary import adversarial_pair
from crasp.regular.automaton import Automaton, SizeError, counted, explore
from crasp.regular.certificates import output_without
from crasp.regular.decision import FAMILIES, FRAGMENTS, Family
from crasp.regular.decision import decide as families_of
from crasp.regular.machine import Accept, Target, live_states, machine_of
from crasp.regular.subjects import Subject
from crasp.regular.verdict import Verdict, differs_at_the_other_rule, judge, verdict_line
from tasks.ground.console import json_text, print_json


@dataclass(frozen=True)
class Question:
    """What is asked of each language."""

    accept: Accept
    target: Target
    family: Family | None
    adversary: int | None


def answer(subject: Subject, question: Question, *, as_json: bool, many: bool) -> bool:
    """Prints the answer for one language; whether the family that was asked for defines it."""
    if subject.automaton is None:
        _print_unknown(subject, as_json=as_json)
        return False
    try:
        verdict = judge(
            subject.automaton,
            accept=question.accept,
            target=question.target,
            subject=subject.name,
            outputs=subject.outputs,
        )
    except SizeError as error:
        if not many:
            raise
        record = {subject.kind: subject.name, **_nothing_known(str(error))}
        print(json_text(record) if as_json else f"{subject.name}: {error}")
        return False
    other = differs_at_the_other_rule(subject.automaton, question.accept, question.target)
    remarks = [*subject.remarks, *([other] if other and subject.kind != "program" else [])]
    pair = _pair(subject, question, verdict)
    if as_json:
        record = {subject.kind: subject.name, **subject.fields, **verdict.record(), "remarks": remarks}
        if question.target == "next":
            record["next"] = _by_letter(subject.automaton)
        record |= {} if question.adversary is None else {"adversary": pair}
        print(json_text(record)) if many else print_json(record)
    elif many:
        print(f"{subject.name or '(the empty word)'}: {verdict_line(verdict.families)}")
    else:
        _print_verdict(subject, verdict, remarks)
        if pair is not None:
            _print_pair(pair)
    return question.family is None or verdict.families[question.family]


def _pair(subject: Subject, question: Question, verdict: Verdict) -> dict[str, Any] | None:
    """Words that the largest family without a program does not tell apart, or the family that was asked for."""
    if question.adversary is None or subject.automaton is None:
        return None
    without = [f for f in FAMILIES if not verdict.families[f] and question.family in (None, f)]
    if not without:
        return None
    family, named = without[-1], dict[str, str]()
    language = subject.automaton
    if subject.outputs is not None:  # of a program of next tokens alone one of those
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


def _by_letter(automaton: Automaton) -> dict[str, dict[str, bool]]:
    """The verdicts for each letter alone: whether it may follow."""

    live = live_states(automaton)
    found: dict[str, dict[str, bool]] = {}
    for number, letter in enumerate(automaton.alphabet):
        follows = [row[number] in live for row in automaton.successors]
        alone = explore(0, automaton.alphabet, lambda s, a: automaton.successors[s][a], follows.__getitem__)
        families = families_of(machine_of(alone))
        found[letter] = {str(family): families[family] for family in FAMILIES}
    return found


def _nothing_known(because: str) -> dict[str, Any]:
    return {"families": None, "witness": None, "certificate": None, "because": because, "remarks": []}


def _print_unknown(subject: Subject, *, as_json: bool) -> None:
    because = f"No small automaton was found that answers as the program: {subject.fields['regular']}."
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


def _print_verdict(subject: Subject, verdict: Verdict, remarks: list[str]) -> None:

    for remark in remarks:
        print(f"note: {remark}", file=sys.stderr)
    where = "at the last letter" if verdict.accept == "last" else "at an end marker"
    what = {"membership": "accepted", "state": "the state known", "next": "what may follow known"}[verdict.target]
    states = counted(len(verdict.automaton.outputs), "state")
    print(f"{subject.name or '(the empty word)'}: {states}, {what} {where}")
    if subject.kind == "program":
        print(
            f"  written in {subject.fields['fragment']}, depth {subject.fields['depth']}; {subject.fields['regular']}"
        )
    for family in FAMILIES:
        said = "yes" if verdict.families[family] else "no"
        print(f"  {FRAGMENTS[family]:<26} {said:<5}{_parameters(family, verdict)}".rstrip())
    print(f"\n{verdict.because}")
    if verdict.witness is not None:
        print(f"\nA program of depth {verdict.witness.depth}:\n")
        print("\n".join(f"    {line}".rstrip() for line in verdict.witness.program.splitlines()))
    if verdict.certificates:
        print("\nThe certificate is in the JSON of --json; --check verifies it.")


def _parameters(family: Family, verdict: Verdict) -> str:
    """The modulus and the look-back of the program that was found, beside its family."""
    witness = verdict.witness
    if witness is None or witness.family != family:
        return ""
    modulus = [f"positions modulo {witness.modulus}"] if witness.modulus > 1 else []
    return ", ".join([*modulus, *([f"look-back {witness.lookback}"] if witness.lookback else [])])


def _print_pair(pair: dict[str, Any]) -> None:
    print(f"\nTwo words that no small program of {pair['fragment']} tells apart (size {pair['size']}):")
    for name in ("member", "other"):
        print(f"  {name:<7} {' '.join(pair[name])}")
