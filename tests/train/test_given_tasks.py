"""python -m train on a language that is given: an expression or an automaton where a task's name would be."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import train.engine
from tasks.given import task_named_or_given
from train.__main__ import main
from train.checkpoint import Checkpoint, read_checkpoint
from train.engine import Options
from train.progress import Progress

QUICK = ["--layers", "1", "--heads", "1", "--width", "8", "--train-length", "6", "--max-length", "12"]
EXPRESSION = "(ab|ba)*"
AUTOMATON = {
    "alphabet": ["a", "b"],
    "start": "even",
    "delta": {"even": {"a": "after a", "b": "after b"}, "after a": {"b": "even"}, "after b": {"a": "even"}},
    "finals": ["even"],
}


def given(kind: str, directory: Path) -> list[str]:
    if kind == "regex":
        return ["--regex", EXPRESSION]
    (directory / "pairs.json").write_text(json.dumps(AUTOMATON))
    return ["--dfa", str(directory / "pairs.json")]


def trained(arguments: Sequence[str], runs: Path) -> dict[str, object]:
    """The one result in the directory after a training with these arguments."""
    assert main([*arguments, *QUICK, "--max-steps", "30", "--out", str(runs)]) == 0
    (path,) = runs.glob("*/result.json")
    result: dict[str, object] = json.loads(path.read_text())
    return {
        name: value for name, value in result.items() if name not in ("seconds", "cpu_seconds", "finished", "origin")
    }


@pytest.mark.parametrize("kind", ["regex", "dfa"])
def test_a_run_on_a_given_language_is_named_after_it_and_holds_a_stock_model(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = trained(given(kind, tmp_path), tmp_path / "runs")
    name = task_named_or_given(regex=EXPRESSION).name
    assert result["task"] == name
    (run,) = (tmp_path / "runs").glob(f"{name}-ape-s0-*")
    assert str(run) in capsys.readouterr().out
    assert {"config.json", "result.json", "model.safetensors"} <= {path.name for path in run.iterdir()}
    assert json.loads((run / "config.json").read_text())["vocab_size"] == 2 + 4


def test_an_automaton_and_an_expression_of_one_language_train_the_same_model(tmp_path: Path) -> None:
    of_expression = trained(given("regex", tmp_path), tmp_path / "one")
    of_automaton = trained(given("dfa", tmp_path), tmp_path / "other")
    assert of_expression == of_automaton


def test_recognition_of_an_expression_is_a_task_of_its_own(tmp_path: Path) -> None:
    result = trained([*given("regex", tmp_path), "--recognition"], tmp_path / "runs")
    assert result["task"] == task_named_or_given(regex=EXPRESSION, recognize=True).name


@pytest.mark.parametrize("kind", ["regex", "dfa"])
def test_a_killed_run_on_a_given_language_goes_on_and_ends_as_if_it_had_not_been(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(given(kind, tmp_path), tmp_path / "whole")

    def stop(progress: Progress) -> None:
        if progress.step >= 11:
            raise KeyboardInterrupt

    began = train.engine.train

    def interrupted(*arguments: object) -> object:
        return began(*arguments[:-1], Options(checkpoint_seconds=0, report_seconds=0, on_progress=stop))  # type: ignore[arg-type]

    arguments = [*given(kind, tmp_path), *QUICK, "--max-steps", "30", "--out", str(tmp_path / "killed")]
    with monkeypatch.context() as patched:
        patched.setattr(train.engine, "train", interrupted)
        assert main(arguments) == 130
    assert not list((tmp_path / "killed").glob("*/result.json"))
    assert list((tmp_path / "killed").rglob("*.safetensors")), "there is no checkpoint to go on from"
    steps: list[int] = []

    def watched(path: Path, size: int) -> Checkpoint | None:
        kept = read_checkpoint(path, size)
        steps.extend(course.step for course in (kept.courses if kept is not None else ()))
        return kept

    monkeypatch.setattr(train.engine, "read_checkpoint", watched)
    assert trained([*given(kind, tmp_path), "--resume"], tmp_path / "killed") == whole
    assert steps == [11]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--regex", "(ab"], "has no `)`"),
        (["--regex", "ab", "--dfa", "x.json"], "expected one of a task's name, --regex R and --dfa FILE"),
        (["--dfa", "nowhere.json"], "nowhere.json"),
        (["--regex", "ab", *QUICK], "no words of lengths 7-12"),
    ],
)
def test_what_is_no_language_or_has_no_words_is_refused(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--out", str(tmp_path / "runs")]) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.out == ""
    assert not list(tmp_path.rglob("result.json"))
