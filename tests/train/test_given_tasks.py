"""python -m train on a language that is given: an expression or an automaton where a task's name would be."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import train.running.engine
from tasks.given_tasks import task_named_or_given
from tests.cases import few
from train.__main__ import main
from train.ledger.identity import run_key
from train.ledger.ledger import Ledger
from train.ledger.result import result_to_json
from train.ledger.store import LEDGER
from train.running.checkpoint import Checkpoint, read_checkpoint
from train.running.engine import Options
from train.running.progress import Progress

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
    path = max(runs.glob("*/result.json"), key=lambda each: each.stat().st_mtime)
    result: dict[str, object] = json.loads(path.read_text())
    apart = ("seconds", "cpu_seconds", "finished", "origin")
    return {name: value for name, value in result.items() if name not in apart}


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


@pytest.mark.parametrize("kind", few(["regex", "dfa"], 2))
def test_a_killed_run_on_a_given_language_goes_on_and_ends_as_if_it_had_not_been(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = trained(given(kind, tmp_path), tmp_path / "whole")

    def stop(progress: Progress) -> None:
        if progress.step >= 11:
            raise KeyboardInterrupt

    began = train.running.engine.train

    def interrupted(*arguments: object) -> object:
        return began(*arguments[:-1], Options(checkpoint_seconds=0, report_seconds=0, on_progress=stop))  # type: ignore[arg-type]

    arguments = [*given(kind, tmp_path), *QUICK, "--max-steps", "30", "--out", str(tmp_path / "killed")]
    with monkeypatch.context() as patched:
        patched.setattr(train.running.engine, "train", interrupted)
        assert main(arguments) == 130
    said = capsys.readouterr().err
    assert f"interrupted: seed 0 is kept at step 11 in {tmp_path / 'killed'}; the same command goes on" in said
    assert not list((tmp_path / "killed").glob("*/result.json"))
    assert list((tmp_path / "killed").rglob("*.safetensors")), "there is no checkpoint to go on from"
    steps: list[int] = []

    def watched(path: Path, size: int) -> Checkpoint | None:
        kept = read_checkpoint(path, size)
        steps.extend(course.step for course in (kept.courses if kept is not None else ()))
        return kept

    monkeypatch.setattr(train.running.engine, "read_checkpoint", watched)
    how = ["--resume"] if kind == "regex" else []  # it goes on in any case
    assert trained([*given(kind, tmp_path), *how], tmp_path / "killed") == whole
    assert steps == [11]


def test_with_fresh_an_unfinished_run_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def noted(*arguments: object) -> object:
        asked.append(arguments[-1].resume)  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr(train.running.engine, "train", noted)
    for how in ([], ["--resume"], ["--fresh"]):
        assert main([*given("regex", tmp_path), *QUICK, *how, "--out", str(tmp_path / "runs")]) == 130
    assert asked == [True, True, False]
    assert main([*given("regex", tmp_path), "--resume", "--fresh"]) == 2


def origins(runs: Path) -> list[dict[str, object]]:
    """What each result says that its task was given by, beside the model and in the ledger."""
    beside = [json.loads(path.read_text())["origin"] for path in runs.glob("*/result.json")]
    return beside + [run.record["origin"] for run in Ledger(runs, None).store.runs("task")]


def test_a_run_holds_what_its_task_was_given_by_under_the_name_that_a_person_chose(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    trained(given("dfa", tmp_path), runs)
    text = (tmp_path / "pairs.json").read_text()
    assert all((each["kind"], each["name"], each["text"]) == ("automaton", "pairs", text) for each in origins(runs))
    trained([*given("regex", tmp_path), "--name", "ab or ba"], runs)  # the same language: the same run
    assert all(
        (each["kind"], each["name"], each["text"]) == ("regex", "ab or ba", EXPRESSION) for each in origins(runs)
    )
    trained(given("dfa", tmp_path), runs)
    assert all(each["name"] == "ab or ba" for each in origins(runs))
    (result,) = Ledger(runs, None).results()
    assert (result.shown, len(origins(runs))) == ("ab or ba", 2)


def test_a_run_of_before_origins_were_kept_is_read_and_learns_its_own(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    trained(given("regex", tmp_path), runs)
    ledger = Ledger(runs, None)
    (result,) = ledger.results()
    ledger.store.replace(run_key(result.config, 0), result_to_json(replace(result, origin=None)))
    (older,) = ledger.results()
    assert (older.origin, older.shown) == (None, result.task)
    trained(given("regex", tmp_path), runs)
    assert ledger.results() == (result,)


@pytest.mark.parametrize("name", ["parity", "", "a\nb", "x" * 81])
def test_a_name_that_will_not_do_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--regex", "ab", "--name", name, "--out", str(tmp_path / "runs")]) == 2
    assert "--name: " in capsys.readouterr().err
    assert main(["--task", "parity", "--name", "mine", "--out", str(tmp_path / "runs")]) == 2
    assert "a named task has its own alphabet" in capsys.readouterr().err


def test_paths_have_no_colon_and_older_ones_are_read(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    trained([*given("regex", tmp_path), "--recognition"], runs)
    (path,) = (each.parent for each in runs.glob("*/result.json"))
    assert not [each for each in runs.rglob("*") if ":" in each.name]
    (result,) = Ledger(runs, None).results()
    older = path.with_name(path.name.replace("-recognition-", ":recognition-"))
    path.rename(older)
    assert Ledger(runs, None).path(result.config, 0) == older
    (runs / LEDGER).unlink()
    (read,) = Ledger(runs, None).results()
    assert (read.config, read.seed, read.origin) == (result.config, result.seed, result.origin)


def test_the_ledgers_of_two_machines_are_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    trained(given("regex", tmp_path), one)
    trained(["--regex", "a*b*"], other)
    trained(given("regex", tmp_path), other)
    capsys.readouterr()
    assert main(["merge", str(other), "--out", str(one)]) == 0
    assert capsys.readouterr().out == f"{one}: 1 run and 1 model of {other} added, 1 run was here already\n"
    assert sorted(each.shown for each in Ledger(one, None).results()) == ["(ab|ba)*", "a*b*"]
    assert all(Ledger(one, None).path(each.config, each.seed).is_dir() for each in Ledger(one, None).results())
    finished = {run.key.identity: run.finished for run in Ledger(other, None).store.every()}
    assert [run.finished == finished[run.key.identity] for run in Ledger(one, None).store.every()].count(True) >= 1
    assert main(["merge", str(other), "--out", str(one)]) == 0
    assert capsys.readouterr().out == f"{one}: 0 runs and 0 models of {other} added, 2 runs were here already\n"
    assert main(["merge", str(one), "--out", str(one)]) == 2
    assert main(["merge", str(tmp_path / "none"), "--out", str(one)]) == 2


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
