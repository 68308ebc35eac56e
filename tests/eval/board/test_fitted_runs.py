"""What a cell says: which runs count, in which order, at which lengths, and where the verdict turns."""

from dataclasses import replace
from math import sqrt

import pytest

from eval.board.fitted_runs import (
    FIRST_RUNS,
    Reach,
    RunsRight,
    cell_of,
    fitted_ranges,
    middle,
    old_verdict,
    on_mixture,
    reaches,
    right_to,
    runs_right,
    shown_runs,
    verdict_at,
)
from eval.board.legend import legend
from eval.board.row_record import row_record
from eval.board.rows import build_rows
from eval.page.runs_table import runs_details
from eval.page.task_section import task_part
from tests.eval.synthetic import counted, made_up
from train.ledger.result import Result
from train.model.config import TrainConfig
from train.model.recommended import Choices, recommended

NOPE = recommended("dyck1", "nope", Choices(protocol="grid"))
APE = recommended("dyck1", "ape", Choices(protocol="grid"))
SIZES = ((1, 1, 16), (2, 2, 64), (4, 2, 64))
GRID = tuple(
    recommended("dyck1", "nope", Choices(protocol="grid", layers=layers, heads=heads, width=width))
    for layers, heads, width in SIZES
)
RIGHT, WRONG, UNFIT = (1.0, 1.0, 0.9), (1.0, 1.0, 0.899), (0.989, 1.0, 1.0)


def runs(*shares: tuple[float, float, float], config: TrainConfig = NOPE) -> list[Result]:
    return [counted(config, seed, each) for seed, each in enumerate(shares)]


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ([WRONG] * 5, "fails"),
        ([WRONG] * 4 + [RIGHT], "generalizes"),
        ([WRONG] * 5 + [RIGHT], "fails"),
        ([WRONG] * 4 + [UNFIT, RIGHT], "generalizes"),
        ([UNFIT] * 3 + [WRONG] * 5, "fails"),
        ([WRONG] * 4, "too few fit"),
        ([WRONG] * 4 + [UNFIT] * 4, "too few fit"),
        ([RIGHT], "generalizes"),
        ([UNFIT] * 6, "did not fit"),
        ([], "not run"),
    ],
    ids=[
        "none of five",
        "the fifth",
        "the sixth comes too late",
        "the fifth that fits is the sixth",
        "those that do not fit are not counted",
        "four are too few to fail",
        "unfitted ones make no fifth",
        "one is enough to generalise",
        "none fits",
        "none was run",
    ],
)
def test_the_first_five_fitted_runs_decide(shares: list[tuple[float, float, float]], verdict: str) -> None:
    assert FIRST_RUNS == 5
    assert verdict_at(runs(*shares)) == verdict


def test_exactly_ninety_per_cent_is_right_and_exactly_ninety_nine_fits() -> None:
    (at,) = runs((0.99, 0.0, 0.9))
    assert (at.fitted, right_to(at, 3), right_to(at, 2)) == (True, True, False)
    (below,) = runs((1.0, 0.9, 0.899))
    assert (right_to(below, 3), right_to(below, 2)) == (False, True)


def test_the_verdict_does_not_look_at_the_nearer_range() -> None:
    assert verdict_at(runs(*[(1.0, 0.0, 0.95)] * 5)) == "generalizes"
    assert old_verdict(runs(*[(1.0, 0.0, 0.95)] * 5)) == "fails"


def test_without_the_range_there_is_no_verdict() -> None:
    short = recommended("dyck1", "nope", Choices(protocol="grid", max_length=100))
    made = [counted(short, seed, (1.0, 1.0)) for seed in range(5)]
    assert runs_right(made, 3) is None
    assert verdict_at(made) == "not tested"
    odd = recommended("dyck1", "nope", Choices(protocol="grid", max_length=140))
    assert verdict_at([counted(odd, seed, (1.0, 1.0, 1.0)) for seed in range(5)]) == "not tested"


def test_a_shorter_training_length_moves_the_ranges() -> None:
    short = recommended("dyck1", "nope", Choices(protocol="grid", train_length=20, max_length=60))
    assert short.bins == ((1, 20), (21, 40), (41, 60))
    assert verdict_at([counted(short, seed, WRONG) for seed in range(5)]) == "fails"
    (row,) = build_rows([(short, (0,))], [counted(short, 0, RIGHT, (200, 200))])
    assert (row.measured, row.train_length, row_record(row)["ten_times"]["length"]) == ("generalizes", 20, 200)


def rung(train_length: int, width: int = 64) -> TrainConfig:
    chosen = Choices(protocol="grid", width=width, train_length=train_length, max_length=3 * train_length)
    return recommended("parity", "ape", chosen)


def test_a_row_is_of_the_longest_training_length_that_a_run_fits_and_names_the_others() -> None:
    wanted = [(rung(length), (0, 1)) for length in (12, 50, 20)]
    made = [
        *(counted(rung(50), seed, UNFIT) for seed in range(2)),
        *(counted(rung(20), seed, WRONG) for seed in range(1)),
        *(counted(rung(12), seed, RIGHT) for seed in range(2)),
    ]
    (row,) = build_rows(wanted, made)
    assert (row.train_length, row.measured, row.fitted) == (20, "too few fit", 1)
    assert [(each.train_length, each.runs, each.fitted) for each in row.tried] == [(50, 2, 0), (12, 2, 2)]
    assert row_record(row)["tried"][0]["cpu_seconds"] == sum(each.cpu_seconds for each in made[:2])
    said = " ".join(legend([row]))
    assert "parity APE to 50: 0 of 2 fit" in said
    assert f"if fewer than {FIRST_RUNS} runs of a cell fit words of 1-50, shorter words are tried" in said
    assert f"The row is about the longest words that {FIRST_RUNS} runs fit, or else the longest that a run fits" in said
    assert "smallest model first, then the lower rate, then the seed" in said
    assert "to 50: 0 of 2 fit" in task_part("parity", [row])


def test_a_length_that_five_runs_fit_goes_before_a_longer_one_that_fewer_fit_whatever_longer_words_say() -> None:
    wanted = [(rung(length), tuple(range(5))) for length in (50, 20, 12)]
    made = [counted(rung(50), 0, RIGHT), counted(rung(50), 1, UNFIT)]
    for far in (RIGHT, WRONG):
        five = [counted(rung(length), seed, far) for length in (20, 12) for seed in range(5)]
        (row,) = build_rows(wanted, made + five)
        assert (row.train_length, row.fitted, [each.train_length for each in row.tried]) == (20, 5, [50, 12])
    (row,) = build_rows(wanted, made + five[:4])
    assert (row.train_length, row.fitted) == (50, 1)


def test_where_no_run_fits_the_row_is_of_the_longest_length_that_was_tried() -> None:
    wanted = [(rung(length), (0,)) for length in (50, 20, 12)]
    (row,) = build_rows(wanted, [counted(rung(length), 0, UNFIT) for length in (20, 12)])
    assert (row.train_length, row.measured, len(row.tried)) == (20, "did not fit", 1)
    (row,) = build_rows(wanted, [])
    assert (row.train_length, row.measured, row.tried) == (50, "not run", ())


def test_lengths_that_are_no_rung_other_ranges_and_configurations_apart_keep_their_rows() -> None:
    odd = recommended("parity", "ape", Choices(protocol="grid", train_length=25, max_length=75))
    wide = recommended("parity", "ape", Choices(protocol="grid", train_length=20, max_length=200))
    rows = build_rows([(rung(50), (0,)), (odd, (0,)), (wide, (0,))], [counted(odd, 0, RIGHT)])
    assert [row.train_length for row in rows] == [50, 25, 20]
    assert len(build_rows([(rung(50), (0,)), (rung(20), (0,))], [], apart=True)) == 2


@pytest.mark.parametrize(
    ("config", "horizon", "right"),
    [
        (NOPE, (500, 500), True),
        (NOPE, (499, 500), False),
        (NOPE, (90, 200), False),
        (NOPE, (200, 200), None),
        (NOPE, None, None),
        (NOPE, (0, 0), None),
        (APE, (150, 150), None),
        (APE, (90, 150), None),
    ],
    ids=[
        "to the end",
        "not quite",
        "ended early",
        "was not tried further",
        "not measured",
        "no words",
        "no positions for it, so far right",
        "no positions for it, and wrong before",
    ],
)
def test_ten_times_the_length_is_told_by_the_horizon(
    config: TrainConfig, horizon: tuple[int, int] | None, right: bool | None
) -> None:
    assert right_to(counted(config, 0, RIGHT, horizon), 10) is right


def test_positional_encoding_with_as_many_positions_is_measured_at_ten_times_too() -> None:
    wide = recommended("dyck1", "ape", Choices(protocol="grid", max_length=500))
    assert right_to(counted(wide, 0, (1.0,) * 10, (500, 500)), 10) is True


def test_at_ten_times_a_run_that_was_not_tried_so_far_leaves_the_verdict_open() -> None:
    ended = [counted(NOPE, seed, WRONG, (100, 200)) for seed in range(4)]
    assert verdict_at([*ended, counted(NOPE, 4, WRONG, (120, 200))], 10) == "fails"
    assert verdict_at([*ended, counted(NOPE, 4, WRONG, (200, 200))], 10) == "not tested"
    assert verdict_at([*ended, counted(NOPE, 4, WRONG, (500, 500))], 10) == "generalizes"


def test_old_words_and_words_without_strata_get_the_old_verdict_alone() -> None:
    older = [counted(NOPE, seed, RIGHT, version=1) for seed in range(5)]
    assert (verdict_at(older), old_verdict(older)) == ("old words", "generalizes")
    plain = [replace(each, bins=tuple(replace(b, strata=()) for b in each.bins)) for each in runs(*[RIGHT] * 5)]
    assert not on_mixture(plain)
    assert verdict_at(plain) == "old words"
    (row,) = build_rows([(NOPE, tuple(range(5)))], older)
    assert (row.measured, row.agreement, row.old_measured, row.old_agreement) == (
        "old words",
        "no evidence",
        "generalizes",
        "yes",
    )
    record = row_record(row)
    assert (record["data_version"], record["agrees"], record["generalizing"]) == ("1", None, 5)


def test_words_of_two_versions_are_never_in_one_cell() -> None:
    made = [*(counted(GRID[0], seed, WRONG, version=1) for seed in range(5)), counted(GRID[1], 0, RIGHT)]
    (row,) = build_rows([(GRID[0], tuple(range(5))), (GRID[1], (0,))], made)
    assert [(each.config.model.width, each.data_version) for each in row.results] == [(64, "2")]
    both = [counted(NOPE, 0, RIGHT), counted(NOPE, 0, WRONG, version=1)]
    (row,) = build_rows([(NOPE, (0,))], both)
    assert [each.data_version for each in row.results] == ["2"]


def test_sizes_and_rates_of_one_protocol_are_one_cell_and_other_choices_are_others() -> None:
    assert len({cell_of(config) for config in GRID}) == 1
    assert cell_of(replace(GRID[0], lr=3e-3)) == cell_of(GRID[0])
    for other in (replace(NOPE, max_steps=9), replace(NOPE, train_length=25), replace(NOPE, batch_size=8), APE):
        assert cell_of(other) != cell_of(NOPE)
    rows = build_rows([(config, (0, 1)) for config in GRID], [])
    assert [[config.model.layers for config, _ in row.wanted] for row in rows] == [[1, 2, 4]]
    assert len(build_rows([(config, (0, 1)) for config in GRID], [], apart=True)) == 3


def test_runs_stand_in_the_grids_order_whatever_came_out_and_however_they_are_given() -> None:
    shares = {(k, seed): WRONG if (k, seed) < (2, 1) else RIGHT for k in range(3) for seed in (0, 1)}
    made = [counted(GRID[k], seed, share) for (k, seed), share in shares.items()]
    wanted = [(config, (1, 0)) for config in GRID]
    for given, order in ((made, wanted), (made[::-1], wanted[::-1])):
        (row,) = build_rows(order, given)
        assert [(each.config.model.layers, each.seed) for each in row.results] == [
            (1, 0),
            (1, 1),
            (2, 0),
            (2, 1),
            (4, 0),
            (4, 1),
        ]
        assert row.measured == "fails"  # the sixth run alone is right
        assert row_record(row)["generalizing"] == 1


def test_longer_words_do_not_move_a_run_in_the_order() -> None:
    better = [
        counted(GRID[2], 1, RIGHT),
        *(counted(c, s, WRONG) for c in GRID for s in (0, 1) if (c, s) != (GRID[2], 1)),
    ]
    worse = [
        replace(each, bins=(each.bins[0], *(replace(b, correct=0, strata=()) for b in each.bins[1:])))
        for each in better
    ]
    wanted = [(config, (0, 1)) for config in GRID]
    orders = [[(r.config, r.seed) for r in build_rows(wanted, given)[0].results] for given in (better, worse)]
    assert orders[0] == orders[1]


def test_only_fitted_runs_are_counted_and_shown_but_where_there_are_none() -> None:
    made = runs((1.0, 0.8, 0.95), UNFIT, (1.0, 1.0, 0.5))
    first, second, third = fitted_ranges(made)
    assert (second.right, third.right) == (RunsRight(1, 2), RunsRight(1, 2))
    assert (second.mean, second.least, second.best) == pytest.approx((0.9, 0.8, 1.0))
    assert sum(correct for _, correct, _ in third.strata) == 1450
    assert first.worst_stratum is not None
    assert len(shown_runs(made)) == 2
    assert len(shown_runs(runs(UNFIT))) == 1
    assert fitted_ranges(runs(UNFIT)) == ()


def test_the_worst_stratum_is_that_of_the_smallest_share() -> None:
    (made,) = runs(RIGHT)
    strata = (("uniform", 490, 500), ("sticky", 245, 250), ("pairs", 165, 250))
    bins = (*made.bins[:2], replace(made.bins[2], strata=strata))
    assert fitted_ranges([replace(made, bins=bins)])[2].worst_stratum == ("pairs", 0.66)


@pytest.mark.parametrize(
    ("right", "runs_", "z"), [(4, 5, 1.959964), (0, 5, 1.959964), (5, 5, 1.959964), (1, 2, 1.959964)]
)
def test_the_interval_of_a_share_of_runs_is_wilsons(right: int, runs_: int, z: float) -> None:
    # The ends are the shares p with |right/n - p| = z sqrt(p (1 - p) / n).
    low, high = RunsRight(right, runs_).interval
    for end in {low, high} - {0.0, 1.0}:
        assert abs(right / runs_ - end) == pytest.approx(z * sqrt(end * (1 - end) / runs_), rel=1e-5)
    assert low <= right / runs_ <= high


def test_the_median_horizon_is_a_runs_own_and_says_whether_it_is_one_at_least() -> None:
    made = [counted(NOPE, k, RIGHT, each) for k, each in enumerate([(90, 200), (500, 500), (150, 300), (500, 500)])]
    found = reaches(made)
    assert list(map(str, found)) == ["90", "≥500", "150", "≥500"]
    assert middle(found) == Reach(150, at_least=False)
    assert max(found) == Reach(500, at_least=True)
    assert middle([Reach(150, at_least=False), Reach(150, at_least=True)]) == Reach(150, at_least=False)
    assert middle([]) is None
    horizon = row_record(build_rows([(NOPE, tuple(range(4)))], made)[0])["horizon"]
    assert (horizon["median"], horizon["best"], horizon["best_at_least"], horizon["runs"]) == (150, 500, True, 4)
    assert horizon["99"]["median"] == horizon["worst_90"]["median"] == 150


def test_horizons_of_unfitted_runs_and_of_no_words_are_none() -> None:
    assert reaches([counted(NOPE, 0, UNFIT, (90, 200)), counted(NOPE, 1, RIGHT, (0, 0)), counted(NOPE, 2, RIGHT)]) == ()


def test_the_first_wrong_length_of_each_run_is_told_where_lengths_were_counted() -> None:
    made = made_up(NOPE, 0, 70)
    wrong = min(length for each in made.bins for length, correct, total in each.by_length if correct < total)
    assert 50 < wrong < 80
    (row,) = build_rows([(NOPE, (0, 1))], [made, counted(NOPE, 1, RIGHT)])
    assert [each["first_wrong_length"] for each in row_record(row)["each_run"]] == [wrong, None]
    assert f'<td class="number">{wrong}</td>' in runs_details(row)


def test_a_cells_details_have_each_range_with_its_strata_and_each_run_with_its_horizons() -> None:
    made = [counted(NOPE, seed, RIGHT, each) for seed, each in enumerate([(120, 200), (500, 500)])]
    (row,) = build_rows([(NOPE, (0, 1, 2))], [*made, counted(NOPE, 2, UNFIT)])
    details = runs_details(row)
    assert "NoPE: 3 runs, range by range and one by one" in details
    for text in ("2 of 2", "34.2–100", "uniform", "sticky", "pairs", "≥500", ">120<", "2×2×64"):
        assert text in details
    assert "90% right: 120 (best ≥500)" in details
    (empty,) = build_rows([(NOPE, (0,))], [])
    assert runs_details(empty) == ""
