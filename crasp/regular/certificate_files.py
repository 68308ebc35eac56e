"""`decide --check`: checks each certificate in a file for the language that it is about."""

from typing import Any

import typer

from crasp.regular.automata.automaton import Automaton
from crasp.regular.certificates.certificates import language_of, plain_data
from crasp.regular.certificates.checker import RejectedError, check_certificate
from crasp.regular.decided_inputs import Subject
from crasp.regular.families.family import FRAGMENTS
from crasp.text.sources import load_source
from tasks.ground.console import RefusedError, print_json
from tasks.ground.json_text import RepeatedKeyError, read_json_text


def check_file(name: str, subject: Subject, *, as_json: bool) -> None:
    """Checks the certificate in a file, or each certificate of the verdicts in it, and prints the results.

    Args:
        name: A JSON file with a certificate, or with verdicts or predictions that have some.
        subject: The language that the certificates have to be about.
        as_json: Whether the results are printed as JSON.

    Raises:
        RefusedError: The file has no certificate, or no language is known.
        typer.Exit: At least one certificate is rejected; the exit status is 1.
    """
    certificates = _certificates(name)
    if not certificates:
        raise RefusedError(f"--check: {name} holds no certificate: expected one, or a verdict that has some")
    if subject.automaton is None:
        raise RefusedError(f"--check: no small automaton is known for {subject.name}, the language of the certificate")
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
        data = read_json_text(load_source(name).text)
    except RepeatedKeyError as error:
        raise RefusedError(f"{name}: {error}") from None
    except (ValueError, RecursionError) as error:  # a ValueError also if a number has too many digits
        raise RefusedError(f"{name}: expected JSON: {error}") from None
    said = data if isinstance(data, list) else [data]  # `predict --json` prints a list
    return [certificate for each in said for certificate in _held(each)]


def _held(said: Any) -> list[Any]:
    """The certificates in a verdict or a prediction, or the data itself if it is a certificate."""
    found = said.get("certificate", said) if isinstance(said, dict) else None
    if not isinstance(found, dict):
        return []
    return [found] if "kind" in found else list(found.values())


def _claimed(subject: Subject, certificate: Any) -> tuple[Automaton, str]:
    """The language that a certificate is about, and its name.

    If the subject is a program of next tokens alone, the certificate names the output, and the language is that
    output's.
    """
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
    """The line that is printed for a certificate that holds: what it has shown."""
    target = {"state": "the state in ", "next": "what may follow in "}.get(certificate["target"], "")
    where = " at an end marker" if certificate["accept"] == "end" else ""
    return f"holds: no program of {FRAGMENTS[certificate['family']]} defines {target}{about}{where}"
