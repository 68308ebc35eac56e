"""The bounds: the figures of the notes, assumptions that fail, and what is read off programs and machines."""

import math

import pytest

from crasp.errors import Source
from crasp.lengths.bound_parameters import look_back, program_parameters
from crasp.text.loader import load_program, read_program
from limit_transformer.lengths.training_length_bounds import Bound, BoundParameters, coverage_floor, evaluate_bounds


def parameters(**changes: object) -> BoundParameters:
    given = {
        "alphabet": 2,
        "period": 1,
        "locality": 0,
        "depth": 1,
        "norm_log10": math.log10(2),
        "margin": None,
        "exact": False,
    }
    return BoundParameters(**(given | changes))  # type: ignore[arg-type]


def bound(name: str, given: BoundParameters, **options: float) -> Bound:
    return next(each for each in evaluate_bounds(given, **options) if each.name == name)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "eps", "whole", "core"),
    [
        (parameters(), 0.1, 2.6e4, 4e2),
        (parameters(norm_log10=math.log10(16)), 0.1, 1.6e6, 2.6e4),
        (parameters(norm_log10=0.0, period=5, margin=1.0), 0.1, 5.0e8, 5e2),
        (parameters(alphabet=10, period=5, locality=3, norm_log10=math.log10(4), margin=0.5), 0.05, 4.5e15, 9.6e4),
    ],
    ids=["majority", "SimpleTask(16)", "ModP(5)", "ten letters"],
)
def test_the_table_of_the_notes_comes_out(given: BoundParameters, eps: float, whole: float, core: float) -> None:
    term = bound("Theorem 4.1", given, eps=eps).terms[-1]
    assert 10**term.log10 == pytest.approx(whole, rel=0.03)
    assert 10 ** bound("Theorem 4.1, attention hard", given, eps=eps).terms[0].log10 == pytest.approx(core, rel=0.03)


@pytest.mark.parametrize(("bits", "margin", "exponent"), [(8, 1.0, 8), (8, 0.1, 80), (24, 1.0, 24), (8, 0.5, 16)])
def test_the_hardness_term_is_two_to_the_bits_over_the_margin(bits: int, margin: float, exponent: int) -> None:
    found = bound("Theorem 4.1", parameters(margin=margin), precision=bits)
    assert found.terms[0].log10 == pytest.approx(exponent * math.log10(2))
    assert found.log10 == max(term.log10 for term in found.terms)


def test_equal_logits_have_no_hardness_term() -> None:
    assert len(bound("Theorem 4.1", parameters(margin=None)).terms) == 1


def test_an_exact_threshold_makes_every_bound_vacuous_and_says_why() -> None:
    for found in evaluate_bounds(parameters(exact=True)):
        assert found.status == "vacuous"
        assert found.log10 is None
        assert "1/T" in found.because


def test_two_layers_are_outside_the_theorem_on_one() -> None:
    found = bound("Theorem 4.1", parameters(depth=2))
    assert found.status == "vacuous"
    assert "one layer" in found.because
    assert bound("Theorem 5.2", parameters(depth=2)).status == "not evaluated"


@pytest.mark.parametrize(
    ("program", "floor"),
    [("aaaa_star", 4), ("tomita4", 3), ("copy_unique", 2), ("dyck1", 1), ("binary_majority_interleave", 3)],
)
def test_the_coverage_floor_of_the_library(program: str, floor: int) -> None:
    found = program_parameters(load_program(f"lib:{program}"))
    assert coverage_floor(found.period, found.locality) == floor


def test_the_floor_starts_at_the_shortest_training_word() -> None:
    assert coverage_floor(5, 0, shortest=5) == 9  # 2 Delta - 1, section 8 of the notes


@pytest.mark.parametrize("changes", [{"alphabet": 0}, {"period": 0}, {"locality": -1}, {"margin": 0.0}])
def test_impossible_parameters_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        parameters(**changes)


def test_nested_local_counts_look_back_by_the_sum_of_their_lags() -> None:
    program = read_program(
        Source(
            "test",
            "alphabet a b\n"
            "before(i) := #[j <= i, j = i - 2] Q_a(j) = 1\n"
            "twice(i) := #[j <= i, j = i - 3] before(j) = 1\n"
            "far(i) := #[j <= i, j = i - 9] Q_a(j) = 1\n"
            "accept(i) := twice(i)\n",
        )
    )
    assert look_back(program) == 5  # `far` is read by no output


def test_the_norm_is_the_largest_sum_of_coefficients_of_a_comparison() -> None:
    text = "alphabet a b\na(i) := #[j <= i] Q_a(j)\nb(i) := #[j <= i] Q_b(j)\naccept(i) := 3 * a(i) - 2 * b(i) > 4\n"
    found = program_parameters(read_program(Source("test", text)))
    assert 10**found.norm_log10 == pytest.approx(5)
    assert found.exact
    assert found.margin is None
