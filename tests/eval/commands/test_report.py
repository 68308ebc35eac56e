"""The report on one model: which tasks it was asked and solves, how far it goes, and the page."""

import json
import re
from pathlib import Path

import pytest

from crasp.text.loader import load_program
from eval.answering.answerers import ProgramAnswerer, TooLongError
from eval.commands.report import findings, lines_of, main
from eval.measuring.model_findings import in_a_sentence
from eval.page.report import report_page
from tasks.registry import TASKS, get_task
from tasks.task import Task
from tasks.words import Batch
from tests.eval.page.test_page import Reader


class Limited:
    """dyck1's program, which can read words of up to `most` letters."""

    name = "limited"
    trained_to = None

    def __init__(self, most: int) -> None:
        self.most = most
        self.program = ProgramAnswerer("program", load_program("lib:dyck1"))

    def right(self, task: Task, batch: Batch):  # type: ignore[no-untyped-def]
        return self.right_at(task, batch).all(axis=1)

    def right_at(self, task: Task, batch: Batch):  # type: ignore[no-untyped-def]
        if batch.lengths.max() > self.most:
            raise TooLongError("too long")
        return self.program.right_at(task, batch)


def test_tasks_of_the_same_tokens_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", "lib:tomita4", "-n", "40", "--up-to", "60", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [each["task"] for each in record["tasks"]] == list(TASKS)
    asked = {each["task"]: each for each in record["tasks"] if each["asked"]}
    assert {name for name in asked if asked[name]["solved"]} == {"tomita4"}
    assert {f"tomita{k}" for k in range(2, 8)} <= set(asked)
    assert asked["tomita4"]["verdict"] == "generalizes"
    assert asked["tomita4"]["longest"]["length"] == 60
    assert asked["tomita3"]["verdict"] == "fails"  # a program has nothing to fit
    assert all(
        "lacks tokens" in each["because"] or "predicts tokens" in each["because"]
        for each in record["tasks"]
        if not each["asked"]
    )


@pytest.mark.parametrize(
    ("most", "ranges", "length", "verdict"),
    [(150, 3, 150, "generalizes"), (120, 2, 120, "generalizes"), (60, 1, 60, None)],
)
def test_lengths_that_cannot_be_read_are_left_out(most: int, ranges: int, length: int, verdict: str | None) -> None:
    (found,) = findings(Limited(most), [get_task("dyck1")], words=30)
    assert found.measurement is not None
    assert found.longest is not None
    assert len(found.measurement.bins) == ranges
    assert (found.longest.length, found.longest.stopped_by) == (length, "positions")
    assert found.measurement.verdict == verdict
    assert found.solved
    (line,) = [line for line in lines_of("limited", [found]) if line.startswith("  dyck1")]
    assert f"99% right to length {length}, as far as it can read" in line


def test_a_model_that_reads_too_little_for_the_training_lengths_is_not_asked() -> None:
    (found,) = findings(Limited(40), [get_task("dyck1")], words=30)
    assert (found.measurement, found.because, found.solved) == (None, "too long", False)


def test_the_page_has_each_task_that_was_asked_and_why_others_were_not(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert main(["--model", "lib:tomita4", "-n", "40", "--up-to", "60", "--out", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    found = Reader(page)
    assert set(found.ids.values()) == {1}
    own = [link for link in found.links if not link.startswith("https://arxiv.org/abs/")]
    assert own
    assert all(link[1:] in found.ids for link in own)
    assert "task-tomita4" in found.ids
    assert "task-dyck1" not in found.ids
    assert re.search(r'<th scope="row">dyck1</th><td>[^<]*lacks tokens of dyck1', page)
    assert not re.search(
        r"""\b(src|data|action)\s*=|<link|@import|url\(|http""", page.replace('<a href="https://arxiv.org/abs/', "")
    )


def test_a_model_of_no_task_ends_with_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.crasp").write_text("alphabet x\n\nnext[x](i) := true\nnext[eos](i) := true\n")
    assert main(["--model", str(tmp_path / "x.crasp")]) == 1
    assert f"of {len(TASKS)} tasks 0 could be asked" in capsys.readouterr().out
    assert "It could not be asked about any task" in report_page("x", [], words=1)


def test_lengths_that_a_model_cannot_read_count_neither_for_it_nor_against_it() -> None:
    found = [
        *findings(Limited(60), [get_task("dyck1")], words=30),
        *findings(Limited(120), [get_task("dyck1")], words=30),
    ]
    said = in_a_sentence("m", found)
    assert "of 2 tasks 2 could be asked; it solves 2 on the training lengths" in said
    assert said.endswith("1 of these was also tried on twice those lengths, and it solves 1 of them there.")


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--model", "nowhere"], "which is not there"),
        (["--model", "README.md"], "README.md: expected lib:NAME, FILE.crasp or a model's directory, and found a file"),
        (["--model", "lib:dyck1", "--task", "dyck"], "no task is called dyck"),
        (["--model", "lib:dyck1", "--out", "/nowhere/x.html"], "no such directory"),
    ],
    ids=["no model", "a file", "no task", "no directory"],
)
def test_bad_input_ends_with_status_2(arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err
