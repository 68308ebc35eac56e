"""What a training says where no terminal shows it."""

import time

import pytest

from train.running import display
from train.running.display import training_display
from train.running.progress import Progress

MOMENT = Progress("dyck1", "nope", (0, 1), 1500, 4000, 0.01234, 0.987, 30.0, 65.0)
LINE = "dyck1 nope seeds 0, 1: step 1500 of at most 4000, loss 0.0123, training lengths 98.7%, at most 1:05 left"


def test_lines_come_before_the_first_step_at_it_and_while_nothing_is_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "PLAIN_SECONDS", 0.2)
    with training_display() as show:
        time.sleep(0.5)
        before = capsys.readouterr().err.splitlines()
        show(MOMENT)
        at = capsys.readouterr().err.splitlines()
        time.sleep(0.5)
        after = capsys.readouterr().err.splitlines()
    assert before
    assert set(before) == {"preparing: nothing is trained yet"}
    assert at[-1] == LINE
    assert after
    assert set(after) == {LINE}


def test_reports_that_come_often_are_not_all_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with training_display() as show:
        for _ in range(100):
            show(MOMENT)
    assert capsys.readouterr().err.splitlines() == [LINE]
