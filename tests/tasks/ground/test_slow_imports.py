"""Whoever waits for a large library at a terminal is told so, and nobody else."""

import importlib
import sys
from pathlib import Path

import pytest

from tasks.ground.slow_imports import told_when_slow


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A library of half a second, which is not imported yet."""
    (tmp_path / "half_a_second.py").write_text("import time\ntime.sleep(0.5)\nANSWER = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    monkeypatch.delitem(sys.modules, "half_a_second", raising=False)
    return "half_a_second"


@pytest.mark.parametrize(
    ("terminal", "patience", "said"),
    [(True, 0.05, "loading half_a_second ...\n"), (True, 30.0, ""), (False, 0.05, "")],
    ids=["slow on a terminal", "fast", "no terminal"],
)
def test_a_slow_import_is_told_on_a_terminal(
    library: str,
    terminal: bool,
    patience: float,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    before = list(sys.meta_path)
    with told_when_slow([library], patience):
        assert importlib.import_module(library).ANSWER == 42
    assert sys.meta_path == before
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", said)


def test_a_library_that_is_not_there_is_missing_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with told_when_slow(["no_such_library"]), pytest.raises(ModuleNotFoundError, match="no_such_library"):
        importlib.import_module("no_such_library")
