"""Shell completion: of the console scripts, by the names that their commands have; no option of `python -m`."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tasks.ground.console import SCRIPTS
from tests.cases import few

ROOT = Path(__file__).parents[3]
ENTRIES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]


def ran_as(script: str, *arguments: str, **environment: str) -> str:
    module, _, function = ENTRIES[script].partition(":")
    code = f"import sys; sys.argv = {['/bin/' + script, *arguments]!r}; from {module} import {function}; {function}()"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env={**os.environ, **environment}
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_console_scripts_are_those_of_the_project() -> None:
    assert set(SCRIPTS) == set(ENTRIES)


@pytest.mark.parametrize(
    ("script", "begun", "completed"),
    few(
        [
            ("crasp-bench", "crasp-bench predi", "predict"),
            ("crasp-bench", "crasp-bench predict --reg", "--regex"),
            ("crasp", "crasp de", "decide"),
            ("crasp", "crasp compile --tar", "--target"),
            ("crasp-tasks", "crasp-tasks sh", "show"),
            ("crasp-train", "crasp-train --curr", "--curriculum-steps"),
            ("crasp-eval", "crasp-eval mea", "measure"),
        ],
        also=[
            ("crasp-bench", "crasp-bench predict --reg", "--regex"),
            ("crasp", "crasp de", "decide"),
            ("crasp-train", "crasp-train --curr", "--curriculum-steps"),
        ],
        rows=True,
    ),
)
def test_what_is_begun_is_completed(script: str, begun: str, completed: str) -> None:
    asked = {f"_{script.replace('-', '_').upper()}_COMPLETE": "complete_bash", "COMP_WORDS": begun}
    assert ran_as(script, COMP_CWORD=str(len(begun.split()) - 1), **asked).split() == [completed]


def test_a_script_shows_its_completion_and_is_called_by_its_name() -> None:
    shown = ran_as("crasp", "--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_CRASP_COMPLETE=complete_bash" in shown
    said = ran_as("crasp", "--help")
    assert "--install-completion" in said
    assert "Usage: crasp " in said


def test_a_module_run_by_python_has_no_completion_to_install() -> None:
    ran = subprocess.run([sys.executable, "-m", "crasp", "--help"], capture_output=True, text=True, cwd=ROOT)
    assert "completion" not in ran.stdout
    assert "Usage: python -m crasp" in ran.stdout
