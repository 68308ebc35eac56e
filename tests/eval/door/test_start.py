"""What a command loads is what its answer needs, so that it starts at once: told of its worker processes too."""

import subprocess
import sys
from collections.abc import Iterable

import pytest

from eval.door.commands import COMMANDS
from tests.cases import few

DOOR = "import sys; from eval.door.command_line import main; sys.exit(main())"
# Their options name the choices and the defaults of what they train or measure, which is numpy's.
HELP_OF_NUMBERS = {
    "train", "teacher-student", "measure", "report", "read", "read-runs", "leaderboard", "published", "protocols",
    "forecast", "run-choice", "compiled-start", "training-length-runs", "training-length-smallest",
}  # fmt: skip
SLOW = ("torch", "transformers", "pandas", "networkx", "automata")
PROGRAMS = ("lark", "regex", "crasp.text.parser")
TRAINED = ("train.model", "train.ledger.ledger", "train.ledger.result", "eval.measuring", "eval.forecast", "sqlite3")
TASKS = ("tasks.registry", "tasks.benchmark", "tasks.samples")


def imported(*arguments: str) -> set[str]:
    """The modules that a Python with these arguments imports, and the processes that it forks."""
    command = [sys.executable, "-X", "importtime", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def of(found: set[str], names: Iterable[str]) -> set[str]:
    """Those of the modules that are one of the names, or stand in a package of that name."""
    return {module for module in found if any(f"{module}.".startswith(f"{name}.") for name in names)}


# A command; what it must load, in this process or in its worker; what it must not.
LOADED = [
    ("predict (aa)*", ("numpy", "tasks.language_tasks"), (*SLOW, *PROGRAMS, *TRAINED, "tasks.registry", "numpy.ma")),
    ("predict (aa)* --witness-seconds 0", ("numpy",), (*SLOW, *PROGRAMS, *TRAINED, *TASKS, "tasks.language_tasks")),
    ("predict lib:dyck1", ("lark",), (*SLOW, *TRAINED, "tasks.registry")),
    ("predict parity", ("tasks.registry",), (*SLOW, "eval.measuring", "eval.forecast")),
    ("decide (aa)*", ("numpy",), (*SLOW, *PROGRAMS, *TASKS, "tasks.task", "train", "eval.prediction", "numpy.ma")),
    ("check lib:dyck1", ("lark",), (*SLOW, *TASKS, "numpy", "tasks.task", "train", "eval.prediction")),
    ("sample dyck1 -n 1", ("tasks.registry",), (*SLOW, *PROGRAMS, *TRAINED, "eval.prediction")),
    ("tasks", ("tasks.registry",), (*SLOW, *PROGRAMS, "train", "tasks.samples.difficulty", "eval.prediction")),
]


@pytest.mark.parametrize(
    ("words", "needed", "unneeded"),
    few(LOADED, also=[LOADED[0], LOADED[4]], rows=True),
    ids=[words for words, _, _ in LOADED],
)
def test_a_command_loads_what_its_answer_needs_alone(
    words: str, needed: tuple[str, ...], unneeded: tuple[str, ...]
) -> None:
    found = imported("-c", DOOR, *words.split())
    assert set(needed) <= found
    assert of(found, unneeded) == set()


def test_a_help_loads_neither_numbers_nor_programs_nor_any_command_but_its_own() -> None:
    each = "\n".join(
        [
            "import sys",
            "from eval.door.command_line import main",
            f"for name in {sorted(set(COMMANDS) - HELP_OF_NUMBERS)}:",
            "    main([name, '--help'])",
            "    print(name, *{'numpy', 'lark', *sys.argv[1:]} & {*sys.modules}, file=sys.stderr)",
        ]
    )
    done = subprocess.run([sys.executable, "-c", each, *SLOW], capture_output=True, text=True, check=True)
    told = done.stderr.splitlines()
    assert len(told) == len(COMMANDS) - len(HELP_OF_NUMBERS)
    assert [line for line in told if " " in line] == []


@pytest.mark.parametrize("start", ["eval predict", "eval.predict", "eval", "eval words sample"])
def test_a_module_s_help_imports_no_other_command(start: str) -> None:
    module, *words = start.split()
    run = f"sys.argv = [{module!r}, *{words!r}, '--help']; runpy.run_module({module!r}, run_name='__main__')"
    code = f"import runpy, sys\ntry:\n    {run}\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = set(done.stderr.split())
    assert of(found, ("numpy", "lark", "eval.explain", "eval.probe", "eval.board", "eval.commands.measure")) == set()
    assert ("eval.commands.predict" in found) == ("predict" in start)
