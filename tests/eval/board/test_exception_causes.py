"""What is said of why a measurement differs from the prediction rests on runs that are shipped."""

import pytest

from eval.board.exception_causes import ExceptionCause, exception_causes
from eval.board.fitted_runs import FAR_TIMES, TIMES
from eval.board.prediction_scores import headline, sentences, summary_record
from eval.board.rows import Row
from eval.board.shown_results import results_of_directory
from eval.commands.leaderboard import Suite, leaderboard
from eval.page.overview import summary
from train.ledger import SHIPPED
from train.ledger.ledger import GRID, read_results


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    return leaderboard(Suite.paper, results_of_directory(SHIPPED / GRID).results)


def test_every_cause_is_of_an_exception_that_the_shipped_results_have_and_its_runs_are_shipped(
    rows: tuple[Row, ...],
) -> None:
    found = [row for times in (FAR_TIMES, TIMES) for row in headline(rows, times).exceptions]
    exceptions = {(row.task, row.setting, row.train_length) for row in found}
    for cell, cause in exception_causes().items():
        assert cell in exceptions
        runs = read_results(SHIPPED.parent / cause.runs)
        assert {run.config.task for run in runs} == {cell[0]}
        lengths = {run.config.train_length for run in runs}
        others = lengths - {cell[2]}
        assert cell[2] in lengths
        # Only where the training length is the cause do others stand beside the cell's: longer ones, which it names.
        assert not others or cause.kind == "length"
        assert all(other > cell[2] and f"1-{other}" in cause.found for other in others)


def test_every_exception_of_the_shipped_results_has_its_cause_in_words_and_in_json(rows: tuple[Row, ...]) -> None:
    assert "its cause is not known yet" not in " ".join(sentences(rows))
    for each in summary_record(rows)["exceptions"]:
        cause = exception_causes()[each["task"], each["setting"], each["train_length"]]
        assert isinstance(cause, ExceptionCause)
        assert each["cause"] == cause.record()


def test_the_page_says_the_cause_beside_the_exception(rows: tuple[Row, ...]) -> None:
    page = str(summary(rows))
    beside = {(row.task, row.setting, row.train_length) for row in headline(rows, FAR_TIMES).exceptions}
    for cell, cause in exception_causes().items():
        if cell in beside:
            assert f"Cause: {cause.found} ({cause.runs})" in page
        else:  # only at ten times the training length, of which the headline speaks
            assert f"{cause.found} ({cause.kind}: {cause.runs})" in page
