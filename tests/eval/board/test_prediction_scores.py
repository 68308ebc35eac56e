"""The headline: who is counted, balanced accuracy and AUROC against naive ones, and the exceptions."""

import json
from dataclasses import replace

import numpy as np
import pytest

from eval.board import formats
from eval.board.prediction_scores import auroc, balanced_accuracy, headline, sentences, summary_record
from eval.board.rows import Row, build_rows
from eval.measuring.confidence_intervals import wilson
from tests.eval.synthetic import counted, made_up_suite
from train.model.recommended import Choices, recommended

RIGHT, WRONG = (1.0, 1.0, 0.95), (1.0, 1.0, 0.5)


def cell(task: str, pe: str, shares: list[tuple[float, float, float]], horizon: tuple[int, int] | None = None) -> Row:
    config = recommended(task, pe, Choices(protocol="grid"))  # type: ignore[arg-type]
    made = [counted(config, seed, each, horizon) for seed, each in enumerate(shares)]
    (row,) = build_rows([(config, tuple(range(len(shares))))], made)
    return row


ROWS = (
    cell("dyck1", "nope", [RIGHT] * 5, (500, 500)),  # predicted to generalise
    cell("tomita1", "nope", [RIGHT], (150, 200)),
    cell("d_3", "nope", [WRONG] * 5, (120, 200)),  # does not
    cell("aa_star", "nope", [WRONG] * 5, (50, 100)),  # predicted to fail
    cell("tomita3", "nope", [RIGHT] * 5, (150, 400)),  # does not
    cell("tomita5", "nope", [WRONG] * 2, (50, 100)),  # too few
    cell("parity", "nope", [(0.5, 0.5, 0.5)] * 5),  # did not fit
)


def test_cells_with_a_verdict_and_a_prediction_are_counted_and_the_exceptions_named() -> None:
    found = headline(ROWS)
    assert (found.cells, len(found.judged), found.agreeing, len(found.full), found.agreeing_full) == (7, 5, 3, 4, 2)
    assert [row.task for row in found.exceptions] == ["d_3", "tomita3"]
    assert found.balanced is not None
    assert found.balanced.value == pytest.approx((2 / 3 + 1 / 2) / 2)
    record = summary_record(ROWS)
    assert (record["cells"], record["with_evidence"], record["agreeing"]) == (7, 5, 3)
    assert record["agreeing_interval"] == list(wilson(3, 5))
    assert [each["task"] for each in record["exceptions"]] == ["d_3", "tomita3"]
    assert record["exceptions"][0]["fitted"]["right"] == 0
    assert record["exceptions"][0]["cause"] is None
    assert record["ten_times"]["with_evidence"] == 4  # tomita1's one run ended before, and is too few to fail


def test_the_headline_says_how_many_cells_could_not_be_found_to_fail() -> None:
    short, first, second, *causes = sentences(ROWS)
    assert short == (
        "In short: at two to three times the training length dyck1, tomita1 and tomita3 generalize; d_3 and aa_star"
        " fail."
    )
    assert "of 7 cells 5 have evidence, and in 3 of these the verdict is the predicted one" in first
    assert "1 of them has fewer than 5 fitted runs, and so could not be found to fail; of the 4 others 2" in first
    assert first.endswith("Exceptions: d_3 NoPE (fails), tomita3 NoPE (generalizes).")
    assert causes == [f"{each} NoPE: its cause is not known yet." for each in ("d_3", "tomita3")]
    assert sentences(ROWS, told=True) == [short, first, second]
    assert second.startswith("At ten times the training length: of 7 cells 4 have evidence")


def test_the_settings_of_a_task_are_named_where_they_differ_and_a_large_board_has_no_such_sentence() -> None:
    rows = (ROWS[0], ROWS[3], cell("aa_star", "ape", [RIGHT]), ROWS[6])
    assert sentences(rows)[0] == (
        "In short: at two to three times the training length dyck1 generalizes; aa_star generalizes with APE and fails"
        " with NoPE."
    )
    assert not sentences(ROWS * 4)[0].startswith("In short")
    assert not sentences([ROWS[6]])[0].startswith("In short")


def test_a_prediction_that_is_unknown_is_not_counted_and_said() -> None:
    known, other = ROWS[0], replace(ROWS[2], prediction=replace(ROWS[2].prediction, verdict="unknown"))
    found = headline([known, other])
    assert (len(found.judged), found.unknown, found.exceptions) == (1, 1, ())
    assert found.compared == 1
    assert "1 more has a verdict and no prediction, and is not counted." in sentences([known, other])[1]


def test_old_words_are_not_counted_and_their_old_verdicts_are_said() -> None:
    config = recommended("dyck1", "nope")
    (row,) = build_rows([(config, (0,))], [counted(config, 0, RIGHT, version=1)])
    assert headline([row]).judged == ()
    assert sentences([row])[-1].startswith("1 of the cells were measured on old words, and have no new verdict.")
    assert "1 are as predicted, 0 are not, 0 have runs that differ, and 0 have no evidence." in sentences([row])[-1]


def naive_auroc(pairs: list[tuple[float, float]]) -> float:
    above = [horizon for said, horizon in pairs if said == 1]
    below = [horizon for said, horizon in pairs if said == 0]
    scores = [1.0 if a > b else 0.5 if a == b else 0.0 for a in above for b in below]
    return sum(scores) / len(scores)


@pytest.mark.parametrize("seed", range(5))
def test_the_auroc_is_the_share_of_pairs_in_the_right_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pairs = np.column_stack([rng.integers(0, 2, 40), rng.integers(1, 6, 40) / 2]).astype(float)
    assert auroc(pairs) == pytest.approx(naive_auroc([(a, b) for a, b in pairs.tolist()]))


def test_with_one_kind_of_cell_there_is_no_auroc_and_no_balanced_accuracy() -> None:
    same = np.array([[1.0, 1.0], [1.0, 1.0]])
    assert auroc(same) is None
    assert balanced_accuracy(same) is None
    assert headline(ROWS[:1]).auroc is None
    assert summary_record([])["balanced_accuracy"] is None


def test_horizons_are_compared_as_far_as_all_were_searched() -> None:
    found = headline(ROWS)
    assert found.compared == 6
    # In training lengths, at most three: 3, 3, 2.4 predicted to generalise; 1, 3, 1 predicted to fail.
    assert found.auroc is not None
    assert found.auroc.value == pytest.approx(naive_auroc([(1, 3), (1, 3), (1, 2.4), (0, 1), (0, 3), (0, 1)]))
    with_positions = cell("dyck1", "ape", [RIGHT] * 5, (150, 150))
    assert headline([*ROWS, with_positions]).compared == 7
    assert headline([*ROWS, with_positions], 10).compared == 6


def test_intervals_hold_the_figure_and_are_the_same_again() -> None:
    cells, results = made_up_suite()
    rows = build_rows(((each.config, each.seeds) for each in cells), results)
    first, again = headline(rows), headline(rows)
    assert first == again
    for found in (first.balanced, first.auroc):
        assert found is not None
        assert found.interval is not None
        assert found.interval[0] <= found.value <= found.interval[1]


def test_the_json_has_the_summary_and_every_field_of_a_row() -> None:
    value = json.loads(formats.as_json(ROWS))
    assert {"cells", "with_evidence", "agreeing", "balanced_accuracy", "exceptions"} <= set(value["summary"])
    wanted = "task setting predicted standing train_length runs fitted generalizing bins horizon measured agrees"
    for row in value["rows"]:
        assert set(wanted.split()) <= set(row)
    assert [row["agrees"] for row in value["rows"]] == [True, True, False, True, False, None, None]
    assert [row["measured"] for row in value["rows"]][-2:] == ["too few fit", "did not fit"]
    far = value["rows"][1]["bins"][2]["fitted"]
    assert (far["right"], far["runs"], far["interval"]) == (1, 1, list(wilson(1, 1)))
    assert set(far["strata"]) == {"uniform", "sticky", "pairs"}
