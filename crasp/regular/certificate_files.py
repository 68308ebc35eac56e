"""`decide --check`: certificates in a file, each checked for the language that it is about."""

import json
from typing import Any

import typer

from crasp.regular.automata.automaton import Automaton
from crasp.regular.certificates.certificates import language_of, plain_data
from crasp.regular.certificates.checker import RejectedError, check_certificate
from crasp.regular.decided_inputs import Subject
from crasp.regular.families.family import FRAGMENTS
from crasp.text.sources import load_source
from tasks.ground.console import RefusedError, print_json


def check_file(name: str, subject: Subject, *, as_json: bool) -> None:
    """Checks one certificate, or each of those that a verdict holds; status 1 if one is rejected."""
    certificates = _certificates(name)
    if subject.automaton is None or not certificates:
        raise RefusedError("--check: expected one language, and a file with a certificate or a verdict that has some")
    records = []
    for certificate in certificates:
        problem = None
        try:
            automaton, about = _claimed(subject, certificate)
            check_certificate(plain_data(automaton), certificate)
        except RejectedError as error:
            problem = str(error)
        records.append(_record(certificate, problem))
        if not as_json:
            print(f"rejected: {problem}" if problem else _said(certificate, about))
    if as_json:
        print_json(records)
    if not all(record["holds"] for record in records):
        raise typer.Exit(1)


def _certificates(name: str) -> list[Any]:
    try:
        data = json.loads(load_source(name).text)
    except (ValueError, RecursionError) as error:  # also of numbers with too many digits
        raise RefusedError(f"{name}: expected JSON: {error}") from None
    said = data if isinstance(data, list) else [data]  # what `predict --json` prints is a list
    return [certificate for each in said for certificate in _held(each)]


def _held(said: Any) -> list[Any]:
    """The certificates that a verdict or a prediction holds, or the one that it is."""
    found = said.get("certificate", said) if isinstance(said, dict) else None
    if not isinstance(found, dict):
        return []
    return [found] if "kind" in found else list(found.values())


def _claimed(subject: Subject, certificate: Any) -> tuple[Automaton, str]:
    """The language that a certificate is about, and its name: for a program of next tokens alone, one of those."""
    assert subject.automaton is not None
    if subject.outputs is None:
        return subject.automaton, subject.name or "the empty word"
    about = certificate.get("output") if isinstance(certificate, dict) else None
    output = next((output for output in subject.outputs if output.head == about), None)
    if output is None:
        raise RejectedError(f"the program has no output {about}")
    return language_of(subject.automaton, output), f"{output.head} of {subject.name}"


def _record(certificate: Any, problem: str | None) -> dict[str, Any]:
    said = certificate if isinstance(certificate, dict) else {}
    asked = {key: said.get(key) for key in ("family", "accept", "target")}
    return {**asked, "holds": problem is None, "problem": problem}


def _said(certificate: dict[str, Any], about: str) -> str:
    """What a certificate that holds has shown."""
    target = {"state": "the state in ", "next": "what may follow in "}.get(certificate["target"], "")
    where = " at an end marker" if certificate["accept"] == "end" else ""
    return f"holds: no program of {FRAGMENTS[certificate['family']]} defines {target}{about}{where}"
