"""Tasks of one's own on the leaderboard: by the name that a person knows them by, in every format."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from eval.commands.leaderboard import main
from eval.commands.words import main as words
from eval.subjects.own_tasks import decided, predict_origin, task_of_origin
from eval.subjects.program_task import program_task
from tasks.given_tasks import task_named_or_given
from tasks.registry import get_task
from tasks.task import Task
from tests.eval.synthetic import made_up
from train.ledger.ledger import Ledger
from train.ledger.result import Result, result_to_json
from train.model.recommended import recommended

RARE = """// 0^n 1^n
alphabet 0 1
n[s](i)   := #[j <= i] Q[s](j)  for s in alphabet
late(i)   := #[j <= i] (Q_0(j) and n[1](j) > 0)
accept(i) := late(i) = 0 and n[0](i) = n[1](i)
"""
PAIRS = '{"alphabet": ["a", "b"], "start": "s", "delta": {"s": {"a": "t"}, "t": {"b": "s"}}, "finals": ["s"]}'
EXPRESSION = "(a|<)*b{2}"


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Task, ...]:
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "pairs.json").write_text(PAIRS)
    (folder / "rare.crasp").write_text(RARE)
    return (
        task_named_or_given(regex=EXPRESSION),
        task_named_or_given(dfa=str(folder / "pairs.json"), recognize=True),
        program_task(str(folder / "rare.crasp"), name="Zeros & ones"),
    )


def results_of(tasks: Sequence[Task]) -> list[Result]:
    return [replace(made_up(recommended(task, "nope"), 0, 400), origin=task.origin) for task in tasks]


@pytest.fixture(autouse=True)
def predicted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.board.rows.predict_origin", once)


once = cache(predict_origin)


@pytest.fixture(scope="module")
def exported(tasks: tuple[Task, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("results")
    lines = [json.dumps(result_to_json(result)) + "\n" for result in results_of(tasks)]
    (directory / "task.jsonl").write_text("".join(lines))
    return directory


NAMES = [EXPRESSION, "Zeros & ones", "pairs:recognition"]


def shown(directory: Path, format_: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["--from", str(directory), "--format", format_]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert not re.search("(regular|program)_[0-9a-f]{10}", captured.out)
    return captured.out


def test_rows_have_a_name_a_prediction_a_measurement_and_their_agreement_as_json(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = json.loads(shown(exported, "json", capsys))["rows"]
    assert [row["task"] for row in rows] == NAMES
    assert [row["origin"]["text"] for row in rows] == [EXPRESSION, RARE, PAIRS]
    assert [row["predicted"] for row in rows] == ["generalizes"] * 3
    assert {(row["measured"], row["agreement"]) for row in rows} == {("generalizes", "yes")}
    assert {tuple(row["from"]) for row in rows} == {(str(exported),)}


@pytest.mark.parametrize("format_", ["text", "markdown"])
def test_tables_have_a_whole_line_for_each_and_say_where_it_comes_from(
    format_: str, exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(exported, format_, capsys)
    for name in NAMES:
        escaped = name.replace("|", "\\|") if format_ == "markdown" else name
        (line,) = [line for line in text.splitlines() if line.strip(" |").startswith(escaped)]
        assert line.count("generalizes") == 3, "predicted, measured, and by the old rule"
        assert "✓ yes" in line
        assert str(exported) in line
    assert f"All of the runs were read from {exported}." in text
    assert "came with the project" not in text


def test_the_csv_has_the_source_text(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = pd.read_csv(StringIO(shown(exported, "csv", capsys)))
    assert list(dict.fromkeys(frame.task)) == NAMES
    assert set(frame.source) == {EXPRESSION, RARE, PAIRS}


def test_the_page_has_a_part_for_each_under_an_anchor_that_the_table_links_to(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = shown(exported, "html", capsys)
    anchors = re.findall(r'<h3 id="(task-[a-z0-9-]+)">', page)
    assert len(set(anchors)) == 3
    assert all(f'href="#{anchor}"' in page for anchor in anchors)
    assert page.count("that defines the task") == 3
    assert "(a|&lt;)*b{2}" in page
    assert "Zeros &amp; ones" in page


def test_a_curve_is_drawn_by_name(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", str(exported), "--task", "Zeros & ones", "--format", "svg"]) == 0
    assert "accuracy by length" in capsys.readouterr().out


def test_the_ledgers_own_tasks_stand_below_the_suite(
    tasks: tuple[Task, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(tmp_path / "runs")
    for result in results_of(tasks[:1]):
        ledger.record(result, lambda _: None)
    assert main(["--runs", str(ledger.directory), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["from"] for row in rows if row["task"] == EXPRESSION] == [["here"]]
    assert rows[-1]["task"] == EXPRESSION


def test_two_tasks_of_one_name_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = (task_named_or_given(regex=regex) for regex in ("(ab)*", "(ba)*"))
    assert one.origin is not None
    same = [replace(task, origin=replace(task.origin or one.origin, name="mine")) for task in (one, other)]
    lines = [json.dumps(result_to_json(result)) + "\n" for result in results_of(same)]
    (tmp_path / "task.jsonl").write_text("".join(lines))
    assert main(["--from", str(tmp_path), "--format", "json"]) == 0
    found = {row["task"]: row["origin"]["text"] for row in json.loads(capsys.readouterr().out)["rows"]}
    assert (set(found), set(found.values())) == ({"mine", "mine (2)"}, {"(ab)*", "(ba)*"})


def test_runs_whose_text_was_not_kept_are_said_and_left_out(
    tasks: tuple[Task, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (result,) = results_of(tasks[:1])
    (tmp_path / "task.jsonl").write_text(json.dumps(result_to_json(replace(result, origin=None))) + "\n")
    assert main(["--from", str(tmp_path), "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["rows"] == []
    assert "1 run left out, because the results lack the text of their tasks" in captured.err


@pytest.mark.parametrize("number", range(3))
def test_a_task_is_had_again_from_what_it_was_given_by(number: int, tasks: tuple[Task, ...]) -> None:
    task = tasks[number]
    assert task.origin is not None
    again = task_of_origin(task.origin)
    assert again is not None
    assert (again.name, again.shown, again.alphabet, again.origin) == (
        task.name,
        task.shown,
        task.alphabet,
        task.origin,
    )


@pytest.mark.parametrize(
    ("regex", "verdicts"),
    [("(ab)*", ("generalizes", "generalizes")), ("(aa)*", ("generalizes", "fails")), ("(b|ab*a)*", ("fails", "fails"))],
)
def test_the_decided_verdict_is_kept_with_a_given_language(regex: str, verdicts: tuple[str, str]) -> None:
    task = task_named_or_given(regex=regex)
    assert task.origin is not None
    assert tuple(decided(task).theory[pe].verdict for pe in ("ape", "nope")) == verdicts
    predictions = predict_origin(task.origin, write=True)
    assert tuple(predictions[pe].verdict for pe in ("ape", "nope")) == verdicts
    assert all((p.witness is not None) == (p.verdict == "generalizes") for p in predictions.values())
    assert decided(get_task("dyck1")) is get_task("dyck1")


def test_show_and_the_card_say_the_decided_verdict_and_the_card_holds_the_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words(["show", "--regex", "(aa)*", "--name", "even", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [told["theory"][pe]["verdict"] for pe in ("ape", "nope")] == ["generalizes", "fails"]
    assert (told["origin"]["name"], told["origin"]["text"]) == ("even", "(aa)*")
    (tmp_path / "rare.crasp").write_text(RARE)
    card = tmp_path / "card"
    given = ["--program", str(tmp_path / "rare.crasp")]
    assert words(["export", *given, "--split", "train", "-n", "5", "--out", str(card)]) == 0
    text = (card / "README.md").read_text()
    assert "- NoPE: generalizes (theorem)." in text
    assert f"```\n{RARE}```" in text
    assert "unknown" not in text


@pytest.mark.parametrize(
    ("recognize", "verdict", "phrase"), [(False, "generalizes", "last letter"), (True, "fails", "<sep>")]
)
def test_what_is_said_of_an_own_task_says_where_the_answer_is_given(recognize: bool, verdict: str, phrase: str) -> None:
    task = decided(task_named_or_given(regex="(a|b)*a", recognize=recognize))
    assert task.theory["nope"].verdict == verdict
    assert phrase in task.theory["nope"].because


@pytest.mark.parametrize(
    ("accept", "nope"),
    [
        ("Q_a(i)", "fails"),  # the last letter, which counts alone do not know at <sep>
        ("#[j <= i, j = i] Q_a(j) = 1", "fails"),
        ("#[j <= i] Q_a(j) > #[j <= i] Q_b(j)", "generalizes"),
        ("Q_a(i) and #[j <= i] Q_a(j) > #[j <= i] Q_b(j)", "unknown"),  # not regular
        ("#[j <= i] Q_a(j) > 0 or #[j <= i, j = i - 1] Q_a(j) = 1", "generalizes"),  # any a at all
    ],
)
def test_a_program_that_is_recognised_is_predicted_at_the_marker_after_the_word(
    accept: str, nope: str, tmp_path: Path
) -> None:
    file = tmp_path / "program.crasp"
    file.write_text(f"alphabet a b\naccept(i) := {accept}\n")
    task = program_task(str(file), recognize=True)
    assert task.origin is not None
    found = predict_origin(task.origin, write=False)
    assert (found["ape"].verdict, found["nope"].verdict) == ("generalizes", nope)
