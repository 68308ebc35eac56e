"""The pages of the reference that are generated from `--help`, docstrings, the tasks and the library."""

import io
import os
import re
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import MappingProxyType

from crasp.text.sources import PROGRAMS
from eval.door.command_line import main
from eval.door.commands import GROUPS, PROGRAM_NAME, DoorCommand
from tasks.registry import TASKS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "crasp": "Programs and regular languages: load, check, run, trace, decide, compile.",
    "tasks": "Tasks and their words.",
    "train": "Training, and the runs that it leaves.",
    "eval": "Prediction and measurement.",
    "limit_transformer": "The idealised machine: load, run, read a GPT-2 as one.",
}


def _slug(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")


COMMANDS_PAGES: Mapping[str, str] = MappingProxyType({f"reference/{_slug(title)}.md": title for title in GROUPS})
PYTHON_PAGES: Mapping[str, str] = MappingProxyType({f"reference/python-{name}.md": name for name in PACKAGES})


def generated_pages() -> dict[str, str]:
    """Return the text of every generated page by its file name."""
    return {
        **{f"reference/{_slug(title)}.md": commands_page(title, commands) for title, commands in GROUPS.items()},
        **{f"reference/python-{name}.md": python_page(name, said) for name, said in PACKAGES.items()},
        "reference/tasks.md": tasks_page(),
        "reference/programs.md": programs_page(),
        "contributing.md": from_the_root("CONTRIBUTING.md"),
        "changelog.md": from_the_root("CHANGELOG.md"),
    }


def commands_page(title: str, commands: Mapping[str, DoorCommand]) -> str:
    """Return a page of the help texts of one group of commands."""
    parts = [f"# {title}\n"]
    for name, row in commands.items():
        parts.append(f"## {name}\n\n{row.summary}\n\n```text\n{help_of(name)}\n```\n")
    return "\n".join(parts)


def help_of(name: str) -> str:
    """Return what `crasp-bench NAME --help` prints on a terminal of 80 columns.

    Raises:
        RuntimeError: The command fails.
    """
    said, before = io.StringIO(), os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "80"
    try:
        with redirect_stdout(said), redirect_stderr(io.StringIO()):
            status = main([name, "--help"])
    finally:
        os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
    if status != 0:
        raise RuntimeError(f"{PROGRAM_NAME} {name} --help: expected status 0, found {status}")
    return said.getvalue().strip("\n")


def python_page(package: str, said: str) -> str:
    """Return a page that mkdocstrings fills from the docstrings of a package's `api` module."""
    return f"# {package}\n\n{said}\n\n::: {package}.api\n"


def tasks_page() -> str:
    """Return a page of all tasks, with what is computed and the theory's verdict."""
    parts = ["# Tasks\n\nThe benchmark's tasks, as `crasp-bench tasks` lists them.\n"]
    for name, task in TASKS.items():
        verdicts = ", ".join(f"{each.upper()}: {theory.verdict}" for each, theory in task.theory.items())
        parts.append(f"## {name}\n\n{task.title}. Predicted: {verdicts}.\n\n```text\n{task.summary.strip()}\n```\n")
    return "\n".join(parts)


def programs_page() -> str:
    """Return a page of the library's programs, which are named by `lib:NAME`."""
    parts = ["# Programs of the library\n\nEach is named by `lib:NAME` wherever a program's file is expected.\n"]
    for path in sorted(PROGRAMS.glob("*.crasp")):
        parts.append(f"## {path.stem}\n\n```text\n{path.read_text(encoding='utf-8').strip()}\n```\n")
    return "\n".join(parts)


def from_the_root(name: str) -> str:
    """Return a page of the project's root, with its links changed to the site's pages."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.sub(r"\]\(docs/", "](", text)
