"""Every command of the package is found under `python -m eval`, and every command line takes -h."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOR_MAKE = "readme"  # writes this project's own README


def helped(*command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command, "-h"], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


def test_python_m_eval_names_every_module_that_is_a_command() -> None:
    commands = {path.stem for path in (ROOT / "eval").glob("*.py") if '__name__ == "__main__"' in path.read_text()}
    listed = {line.split()[0] for line in helped("eval").partition("Commands:")[2].splitlines() if line.strip()}
    assert commands - {"__main__", FOR_MAKE} <= listed


@pytest.mark.parametrize("package", ["crasp", "tasks", "train"])
def test_every_package_has_short_help(package: str) -> None:
    assert "-h, --help" in helped(package)
