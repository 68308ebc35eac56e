"""Expressions of a file answered several at a time: rows in order, as they come; a failure costs its own line only."""

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from time import monotonic, sleep

import pytest

from crasp.__main__ import main
from crasp.regular.witnesses.features import Following
from crasp.regular.witnesses.product_machine import ProductMachine
from crasp.regular.witnesses.state_tracking import follow
from tests import processes
from tests.cases import few

EXPRESSIONS = [
    "(ab)*",
    "(aa)*",
    "a*b*",
    "(a|b)*a",
    "(abc)*",
    "a",
    "(ab|aabb)*",
    "b*",
    "(aab)*",
    "ab|ba",
    "(ba)*b",
    "a*",
]


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str], str]:
    status = main(["decide", *arguments])
    captured = capsys.readouterr()
    return status, captured.out.splitlines(), captured.err


@pytest.mark.parametrize(
    "form", few([[], ["--json"], ["--json", "--target", "next"]], 3), ids=["text", "json", "letters"]
)
def test_several_at_a_time_give_the_same_rows_in_the_same_order(
    form: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "expressions"
    file.write_text("\n".join([*EXPRESSIONS, "(a", *EXPRESSIONS, ""]), encoding="utf-8")
    alone = answered(capsys, "--input", str(file), *form, "--workers", "1")
    assert alone[0] == 2
    assert len(alone[1]) == 2 * len(EXPRESSIONS) + 1
    assert answered(capsys, "--input", str(file), *form, "--workers", "3") == alone


def test_a_defect_costs_its_own_line_also_several_at_a_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(product: ProductMachine) -> Following:
        if len(product.places) == 3:
            raise ArithmeticError("this cannot be")
        return follow(product)

    monkeypatch.setattr("crasp.regular.witnesses.witness.follow", broken)
    file = tmp_path / "expressions"
    file.write_text("a*\n" * 12 + "(ab)*\n" + "a*\n" * 3, encoding="utf-8")
    status, rows, told = answered(capsys, "--input", str(file), "--json", "--workers", "2")
    records = [json.loads(row) for row in rows]
    assert status == 70
    assert [record["regex"] for record in records] == ["a*"] * 12 + ["(ab)*"] + ["a*"] * 3
    assert [k for k, record in enumerate(records) if "error" in record] == [12]
    assert "ArithmeticError: this cannot be" in told


def test_what_takes_too_long_is_ended_and_the_lines_after_it_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(product: ProductMachine) -> Following:
        if len(product.places) == 3:
            sleep(600)
        return follow(product)

    monkeypatch.setattr("crasp.regular.witnesses.witness.follow", slow)
    file = tmp_path / "expressions"
    file.write_text("a*\n" * 9 + "(ab)*\n" * 2 + "a*\n" * 9, encoding="utf-8")
    asked = ["--input", str(file), "--json", "--workers", "2", "--witness-seconds", "2"]
    status, rows, _ = answered(capsys, *asked)
    assert status == 0
    late = [json.loads(row)["witness_status"] for row in rows]
    assert late == ["written"] * 9 + ["out of time"] * 2 + ["written"] * 9
    assert all("--workers" not in row for row in rows)  # the command that would go on is about one language


def test_while_one_line_takes_long_the_others_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two workers one is at a line that ends only when thirty lines after it have been begun."""
    begun = tmp_path / "begun"
    begun.mkdir()

    def slow(product: ProductMachine) -> Following:
        if len(product.places) == 3:
            while len(list(begun.iterdir())) < 30:
                sleep(0.01)
        else:
            (begun / str(monotonic())).touch()
        return follow(product)

    monkeypatch.setattr("crasp.regular.witnesses.witness.follow", slow)
    file = tmp_path / "expressions"
    file.write_text("(ab)*\n".join(["a*\n" * 9, "a*\n" * 40]), encoding="utf-8")
    status, rows, _ = answered(capsys, "--input", str(file), "--json", "--workers", "2", "--witness-seconds", "20")
    assert status == 0
    assert {json.loads(row)["witness_status"] for row in rows} == {"written"}


def test_lines_before_one_that_cannot_be_read_are_answered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a*\n" * 12 + b"\xff\n" + b"a*\n")))
    status, rows, told = answered(capsys, "--input", "-", "--workers", "2")
    assert (status, len(rows)) == (2, 12)
    assert "standard input:13: expected UTF-8 text" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "x", "--workers", "0"], "--workers: expected a number of processes, 1 or more, found 0"),
        (["--regex", "a", "--workers", "2"], "--workers goes with --input"),
    ],
)
def test_a_number_of_workers_that_means_nothing_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, rows, told = answered(capsys, *arguments)
    assert (status, rows) == (2, [])
    assert message in told


# --- as processes of their own -----------------------------------------------------------------------------------


def started(*arguments: str) -> AbstractContextManager["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "crasp", "decide", "--input", "-", "--workers", "2", *arguments]
    pipe = subprocess.PIPE
    return processes.started(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def assert_gone(group: int) -> None:
    """Soon no process of the group is there."""
    begun = monotonic()
    while monotonic() - begun < 30:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        sleep(0.05)
    raise AssertionError("processes are left")


def test_each_line_is_answered_before_the_next_one_is_waited_for() -> None:
    with started() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for expression in EXPRESSIONS:
            process.stdin.write(f"{expression}\n")
            process.stdin.flush()
            assert process.stdout.readline().startswith(f"{expression}: C-RASP ")
        process.stdin.close()
        assert process.wait() == 0


def test_a_closed_pipe_ends_all_quietly() -> None:
    with started("--json") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write("(ab)*\n" * 400)
        process.stdin.close()
        assert json.loads(process.stdout.readline())["regex"] == "(ab)*"
        process.stdout.close()
        assert (process.wait(), process.stderr.read()) == (0, "")
    assert_gone(process.pid)


def test_an_interrupt_ends_all_with_the_status_130() -> None:
    with started("--json", "--witness-seconds", "none") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write("((aab)*|b(ab)*a)*(a|b)(a|b)(a|b)\n" * 1000)
        process.stdin.close()
        for _ in range(12):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        begun = monotonic()
        assert (process.wait(), process.stderr.read()) == (130, "")
        assert monotonic() - begun < 10
    assert_gone(process.pid)
