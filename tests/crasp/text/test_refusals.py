"""Every refusal of the language page as a text with a mistake and the whole message that it gets.

A message that is meant to change is written anew by `python -m tests.crasp.text.test_refusals`; read the difference.
"""

import json
import os
import re
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.errors import CraspError
from crasp.text.loader import load_program

REFUSALS = Path(__file__).parent / "refusals"
CASES = sorted(path.stem for path in REFUSALS.glob("*.crasp"))


@pytest.fixture(autouse=True)
def _in_the_directory_of_the_texts(monkeypatch):
    monkeypatch.chdir(REFUSALS)


def test_every_text_has_a_message_and_every_message_a_text():
    assert sorted(path.stem for path in REFUSALS.glob("*.txt")) == CASES
    assert len(CASES) > 170


@pytest.mark.parametrize("case", CASES)
def test_refusal_reads_as_agreed_and_nothing_else_is_printed(case, capsys):
    assert main(["check", f"{case}.crasp"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == Path(f"{case}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_refusal_as_json_has_the_places_and_texts_of_the_message(case, capsys):
    assert main(["check", f"{case}.crasp", "--json"]) == 2
    problems = json.loads(capsys.readouterr().out)["problems"]
    message = Path(f"{case}.txt").read_text(encoding="utf-8")
    heads = [f"{case}.crasp:{each['line']}:{each['column']}: {each['message']}" for each in problems]
    assert [line for line in message.splitlines() if line.startswith(f"{case}.crasp:")] == heads
    hints = [f"  hint: {each['hint']}" for each in problems if each["hint"] is not None]
    assert re.findall(r"^  hint: .*$", message, re.MULTILINE) == hints


def freeze() -> None:
    """Write the messages as they are now."""
    os.chdir(REFUSALS)
    for case in CASES:
        try:
            load_program(f"{case}.crasp")
        except CraspError as error:
            Path(f"{case}.txt").write_text(f"{error}\n", encoding="utf-8")
        else:
            raise SystemExit(f"{case}.crasp is accepted")


if __name__ == "__main__":
    freeze()
