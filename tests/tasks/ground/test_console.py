"""How every command ends: one status for each kind of end, and a defect is never taken for an answer."""

import importlib
import re
from pathlib import Path

import pytest
import typer

from tasks.ground.console import BAD_INPUT, DEFECT, DONE, RefusedError, new_app, run_command

ROOT = Path(__file__).parents[3]
COMMAND_LINES = sorted(
    str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
    for package in ("crasp", "limit_transformer", "tasks", "train", "eval")
    for path in (ROOT / package).rglob("*.py")
    if re.search(r"run_command\(app|= main_of\(", path.read_text(encoding="utf-8")) and "ground" not in path.parts
)


def app_that_raises(error: BaseException) -> typer.Typer:
    app = new_app("Fails.", "nothing")

    @app.command()
    def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    "error",
    [ArithmeticError("no place"), RecursionError(), MemoryError(), KeyError("x"), ValueError("odd"), AssertionError()],
    ids=lambda error: type(error).__name__,
)
def test_an_unexpected_exception_is_a_defect_with_a_status_of_its_own(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(app_that_raises(error), [], "x") == DEFECT == 70
    said = capsys.readouterr()
    assert said.out == ""
    assert "This is a defect of crasp-bench" in said.err
    assert type(error).__name__ in said.err
    assert "tests/tasks/ground/test_console.py:" in said.err, "the place in the code is part of what to report"
    assert "Traceback" not in said.err


def test_the_whole_traceback_is_printed_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRASP_TRACEBACK", "1")
    run_command(app_that_raises(ArithmeticError("no place")), [], "x")
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize("error", [RefusedError("expected a, found b"), OSError("f: expected a, found b")])
def test_bad_input_is_said_in_one_line_with_status_2(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(app_that_raises(error), [], "x") == BAD_INPUT
    assert capsys.readouterr().err == f"{error}\n"


@pytest.mark.parametrize("module", COMMAND_LINES)
def test_every_command_line_tells_its_version_and_treats_a_defect_as_one(
    module: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    main = importlib.import_module(module).main
    assert main(["--version"]) == DONE
    assert capsys.readouterr().out.startswith("crasp-bench ")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(typer.Typer, "__call__", broken)
    assert main(["anything"]) == DEFECT
    assert "ZeroDivisionError: planted" in capsys.readouterr().err


def test_there_are_command_lines_to_check() -> None:
    assert {"crasp.__main__", "tasks.__main__", "train.__main__", "eval.commands.predict"} <= set(COMMAND_LINES)
