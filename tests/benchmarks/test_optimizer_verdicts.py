"""What other optimisers change in the verdicts, counted on shipped runs of which copies stand for runs by Muon."""

from dataclasses import replace

import pytest

from benchmarks.optimizer_verdicts import languages_of, report
from benchmarks.training_sets import as_in_the_grid
from eval.forecast.fitted_reach import CORPUS
from train.ledger import SHIPPED
from train.ledger.ledger import ENCODING_SUITE, GRID, read_results
from train.ledger.result import Result

FAILS = "(ab)+(a.a)?a"  # plain; none of its three fitted runs by AdamW is right at 101-150
TWICE = "(baa)*"  # over two letters none of its runs is right there, and over three letters all are


@pytest.fixture(scope="module")
def shipped() -> list[Result]:
    return [each for name in (CORPUS, ENCODING_SUITE) for each in read_results(SHIPPED / name)]


def named(results: list[Result], *names: str) -> list[Result]:
    return [each for each in results if each.origin is not None and each.origin.name in names]


def by_muon(result: Result, correct: float) -> Result:
    *near, far = result.bins
    bins = (*near, replace(far, correct=round(correct * far.total)))
    return replace(result, config=replace(result.config, optimizer="muon", momentum=0.95), bins=bins)


def test_one_run_by_another_optimiser_that_is_right_changes_a_verdict_and_a_wrong_one_does_not(
    shipped: list[Result],
) -> None:
    plain, other = named(shipped, FAILS), named(shipped, "((a|b)(a|b))*a(a|b)")
    fitted = next(each for each in plain if each.fitted)
    for correct, generalizes in ((0.9, 1), (0.89, 0)):
        text = "\n".join(report(languages_of([*plain, *other, by_muon(fitted, correct)])))
        assert "AdamW: 0 of 1 plain languages generalise, and 1 of 1 others fail; balanced accuracy 0.500" in text
        assert (
            f"Muon: tried on 1 of the 1 plain languages that fail by AdamW, of which {generalizes} generalise" in text
        )
        assert f"AdamW or Muon: {generalizes} of 1 plain languages generalise" in text
        assert f"| `{FAILS}` | 0, 58, 61 | - | {100 * correct:.0f} |" in text


def test_another_optimiser_that_is_right_where_failure_is_predicted_is_counted_against_the_prediction(
    shipped: list[Result],
) -> None:
    plain, other = named(shipped, FAILS), named(shipped, "((a|b)(a|b))*a(a|b)")
    wrong = by_muon(next(each for each in other if each.fitted and each.config.model.pe == "nope"), 1.0)
    text = "\n".join(report(languages_of([*plain, *other, wrong])))
    assert "on 1 others, of which 0 fail" in text
    assert "AdamW or Muon: 0 of 1 plain languages generalise, and 0 of 1 others fail; balanced accuracy 0.000" in text


def test_only_the_first_five_runs_make_a_verdict(shipped: list[Result]) -> None:
    runs = [each for each in named(shipped, FAILS) if each.fitted]
    many = [replace(by_muon(runs[0], correct), seed=seed) for seed, correct in enumerate([0.5] * 5 + [1.0])]
    (language,) = languages_of([*runs, *many])
    assert not language.right_by("muon")
    (language,) = languages_of([*runs, *many[1:]])
    assert language.right_by("muon")


def test_every_run_by_another_optimiser_stands_beside_one_by_adamw_of_the_same_size_and_seed() -> None:
    own = read_results(SHIPPED / "optimizers")
    adamw = {
        (each.config, each.seed) for name in (GRID, CORPUS, ENCODING_SUITE) for each in read_results(SHIPPED / name)
    }
    assert {each.config.optimizer for each in own} == {"sgd", "muon"}
    assert [each.shown for each in own if (as_in_the_grid(each), each.seed) not in adamw] == []


def test_languages_of_one_expression_over_two_alphabets_are_two_and_a_repeated_run_is_one(
    shipped: list[Result],
) -> None:
    runs = named(shipped, TWICE)
    languages = languages_of([*runs, *runs])
    assert [(each.name, each.right_by("adamw")) for each in languages] in (
        [(TWICE, False), (TWICE, True)],
        [(TWICE, True), (TWICE, False)],
    )
    assert languages == languages_of(runs)
