"""The leaderboard as text: what a narrow terminal leaves out, and what ladders of training lengths are called."""

from functools import cache
from io import StringIO

import pandas as pd

from eval.board import formats
from eval.board.columns import columns_of, fitting
from eval.board.rows import Row, build_rows
from tests.eval.synthetic import counted, made_up_suite
from train.model.recommended import Choices, recommended


@cache
def rows() -> tuple[Row, ...]:
    cells, results = made_up_suite()
    return build_rows(((cell.config, cell.seeds) for cell in cells), results)


def test_at_a_hundred_columns_every_row_is_a_line_and_what_does_not_fit_is_named() -> None:
    made = rows()
    lines = formats.as_text(made, width=100, colour=False).splitlines()
    head = next(at for at, line in enumerate(lines) if line.startswith("───") or "───" in line)
    table = lines[head + 1 : head + 1 + len(made)]
    assert [line.split()[:2] for line in table] == [[row.task, row.setting] for row in made]
    for row, line in zip(made, table, strict=True):
        assert len(line) <= 100
        assert row.prediction.verdict in line
        assert row.measured in line
    said = " ".join(lines[head + 1 + len(made) :])
    assert "Columns left out for lack of room:" in said
    assert "published" in said


def test_in_a_pipe_nothing_is_left_out_and_nothing_is_cut() -> None:
    made = rows()
    text = formats.as_text(made, width=10_000, colour=False)
    assert "Left out" not in text
    lines = {tuple(line.split()[:2]): line for line in text.splitlines()[::-1] if line.strip()}
    for row in made:
        line = lines[row.task, row.setting]
        assert row.measured in line
        if row.published is not None:
            assert "/".join(f"{share:g}" for share in row.published) in line


def test_the_columns_that_matter_most_stay_however_narrow_it_is() -> None:
    columns = columns_of(rows())
    names = [[column.name for column in fitting(columns, width)] for width in (1000, 150, 100, 60, 10)]
    assert [len(each) for each in names] == sorted((len(each) for each in names), reverse=True)
    assert names[-1] == ["task", "PE", "predicted", "measured", "agree"]
    assert {"fit", "≥90% at 101-150", "horizon"} <= set(names[2])


def test_rows_of_several_training_lengths_have_ranges_in_training_lengths() -> None:
    configs = [
        recommended(task, "ape", Choices(protocol="grid", train_length=n, max_length=3 * n))
        for task, n in (("tomita5", 50), ("parity", 20))
    ]
    made = build_rows(
        [(c, (0,)) for c in configs],
        [counted(c, 0, (1.0, 0.9, 0.6), (n, 2 * n)) for c, n in zip(configs, (90, 36), strict=True)],
    )
    names = [column.name for column in columns_of(made)]
    assert names[:4] == ["task", "PE", "trained to", "predicted"]
    assert {"to 1x", "1-2x", "2-3x", "≥90% at 2-3x"} <= set(names)
    frame = pd.read_csv(StringIO(formats.as_csv(made)))
    assert frame.train_length.tolist() == [50] * 3 + [20] * 3
    assert frame.longest.tolist() == [50, 100, 150, 20, 40, 60]


def test_csv_has_the_counts_of_runs_strata_and_horizons_as_numbers() -> None:
    config = recommended("dyck1", "nope", Choices(protocol="grid"))
    results = [
        counted(config, seed, (1.0, 1.0, share), (h, t))
        for seed, (share, h, t) in enumerate([(0.9, 180, 400), (0.5, 500, 500)])
    ]
    made = build_rows([(config, (0, 1)), (recommended("d_2", "nope"), (0,))], results)
    frame = pd.read_csv(StringIO(formats.as_csv(made)))
    far = frame[(frame.task == "dyck1") & (frame.shortest == 101)].iloc[0]
    assert (far.right, far.fitted, far.generalizing, far.measured) == (1, 2, 1, "generalizes")
    assert (far.horizon_90_median, far.horizon_90_median_at_least) == (180, 0)
    assert (far.horizon_worst_99_best, far.horizon_worst_99_best_at_least) == (500, 1)
    assert (far.ten_times_right, far.ten_times_runs, far.ten_times_measured) == (1, 2, "generalizes")
    assert far.worst_stratum in ("uniform", "sticky", "pairs")
    assert frame[frame.task == "d_2"].right.isna().all()
