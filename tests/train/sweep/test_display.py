"""The line of a finished run says when it fitted, and not only when it ended."""

from dataclasses import replace

from tests.eval.synthetic import made_up
from train.model.recommended import recommended
from train.sweep.display import finished


def test_a_finished_run_says_when_it_fitted_and_how_it_ended() -> None:
    run = replace(made_up(recommended("tomita1", "nope"), 3, 400.0), steps=9_600, fit_step=4_800, cpu_seconds=83.0)
    line = finished(run)
    assert " seed 3: fitted at 4,800 of 9,600 steps, 1:23 of CPU time, 1-50 100.0%" in line
    late = replace(run, stopped="budget", fit_step=None)
    assert "out of budget after 9,600 steps, 1:23 of CPU time" in finished(late)
    assert "given up after 9,600 steps" in finished(replace(late, stopped="stalled"))
    assert "diverged after 9,600 steps" in finished(replace(late, stopped="diverged"))
