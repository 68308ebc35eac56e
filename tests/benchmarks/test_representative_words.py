"""Words that stand for longer ones: the notes' figures, and brute force over words."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.representative_words import (
    _of_kind,
    pair_length,
    pair_upper_bound,
    pair_words,
    representative_length,
    untied_length,
)
from tests.cases import few


@pytest.mark.parametrize(("period", "longest", "length"), [(1, 240, 10), (2, 120, 17), (3, 75, 22), (4, 48, 21)])
def test_the_figures_of_the_notes_come_out_for_the_class_of_the_first_position(
    period: int, longest: int, length: int
) -> None:
    assert representative_length(period, 1 % period, eps=0.1, longest=longest) == length


def test_the_figures_of_the_notes_come_out_for_no_other_class() -> None:
    others = [(2, 0, 120), (3, 0, 75), (3, 2, 75), (4, 0, 48), (4, 2, 48), (4, 3, 48)]
    found = [representative_length(period, k, eps=0.1, longest=longest) for period, k, longest in others]
    assert found == [18, 24, 23, 24, 22, 23]


def by_words(period: int, residue: int, eps: float, longest: int) -> int:
    """The same from all words, letter by letter."""
    kinds: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for length in range(1, longest + 1):
        for word in product((0, 1), repeat=length):
            read = [bit for position, bit in enumerate(word, 1) if position % period == residue]
            if read:
                kinds.setdefault((length % period, word[-1]), []).append((length, sum(read) / len(read)))
    needed = 0
    for words in kinds.values():
        for _, value in words:
            needed = max(needed, min(n for n, other in words if abs(other - value) <= eps + 1e-12))
    return needed


@pytest.mark.parametrize(("period", "residue"), [(1, 0), (2, 0), (2, 1), (3, 1), (3, 2)])
@pytest.mark.parametrize("eps", [0.3, 0.15, 0.01])
def test_counting_agrees_with_listing_all_words(period: int, residue: int, eps: float) -> None:
    assert representative_length(period, residue, eps=eps, longest=8) == by_words(period, residue, eps, 8)


@pytest.mark.parametrize("eps", [0.1, 0.05, 0.02, 0.01])
def test_a_class_that_the_last_position_is_not_in_needs_one_over_two_eps_positions(eps: float) -> None:
    # With period 2 the words of even length end outside the class of odd positions: half of them are read.
    assert _of_kind(2, 1, 0, 0, eps, 6 * round(1 / eps)) == 2 * round(1 / (2 * eps))


@pytest.mark.parametrize(("period", "residue", "eps"), [(2, 2, 0.1), (2, 0, 0.0), (9, 0, 0.1)])
def test_what_makes_no_sense_is_refused(period: int, residue: int, eps: float) -> None:
    with pytest.raises(ValueError, match="expected eps > 0"):
        representative_length(period, residue, eps=eps, longest=12)


# --- a pair of patterns --------------------------------------------------------------------------------------

NOTED = {10: 33, 20: 145, 40: 609, 80: 2497}  # one over eps, and the notes' length


def shares_of(counts: tuple[int, ...]) -> tuple[Fraction, Fraction] | None:
    one, two, three = counts
    return (Fraction(one, one + two), Fraction(three, two + three)) if one + two and two + three else None


def pair_by_words(eps: Fraction, longest: int) -> int:
    """The same from all words of three letters, letter by letter, the shortest first."""
    words = [word for length in range(1, longest + 1) for word in product(range(3), repeat=length)]
    found = [(len(word), shares_of(tuple(word.count(letter) for letter in range(3)))) for word in words]
    read = [(length, shares) for length, shares in found if shares is not None]
    near = {
        here: next(n for n, there in read if all(abs(a - b) <= eps for a, b in zip(here, there, strict=True)))
        for _, here in read
    }
    return max(near.values())


@pytest.mark.parametrize(
    "eps", few([Fraction(1, 2), Fraction(1, 3), Fraction(1, 5), Fraction(1, 50)], also=[Fraction(1, 2), Fraction(1, 5)])
)
def test_a_pair_agrees_with_listing_all_words(eps: Fraction) -> None:
    assert pair_length(pair_words(6), eps=eps).length == pair_by_words(eps, 6)


@pytest.mark.parametrize(("inverse", "noted"), few(NOTED.items(), also=list(NOTED.items())[:3], rows=True))
def test_the_notes_lengths_of_a_pair_are_those_of_the_words_where_the_shared_letter_is_no_scarcer_than_a_quarter_eps(
    inverse: int, noted: int
) -> None:
    eps = Fraction(1, inverse)
    reached = pair_length([(eps * Fraction(1001, 1000), 1 - eps / 4)], eps=eps)
    assert reached.length == pair_upper_bound(eps=eps, parts=4, scarcest=eps / 4) == noted


@pytest.mark.parametrize(("inverse", "length"), [(6, 13), (10, 41), (20, 181), (40, 761), (80, 3121)])
def test_of_all_words_a_pair_needs_half_of_one_over_eps_squared(inverse: int, length: int) -> None:
    eps = Fraction(1, inverse)
    reached = pair_length([(eps * Fraction(1001, 1000), 1 - eps / 10**6)], eps=eps)
    assert reached.length == pair_upper_bound(eps=eps, parts=1) == inverse * (inverse - 2) // 2 + 1 == length


def test_the_bound_of_a_pair_holds_for_all_words_to_a_length_and_falls_with_smaller_boxes() -> None:
    for eps in (Fraction(1, 4), Fraction(1, 7)):
        coarse, fine = (pair_upper_bound(eps=eps, parts=parts) for parts in (1, 6))
        assert pair_length(pair_words(20), eps=eps).length <= fine <= coarse


def test_pairs_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="shares of a word: 1, 1/2"):
        pair_length([(Fraction(1), Fraction(1, 2))], eps=Fraction(1, 10))
    with pytest.raises(ValueError, match="0 words"):
        pair_length([], eps=Fraction(1, 10))
    with pytest.raises(ValueError, match="to divide 1"):
        pair_upper_bound(eps=Fraction(3, 10), parts=2)


# --- logits without ties -------------------------------------------------------------------------------------


def table(seed: int, period: int, letters: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(period, letters, period, letters)), rng.normal(size=(period, letters))


def untied_by_words(logits: NDArray[np.float64], values: NDArray[np.float64], eps: float, longest: int) -> int:
    period, letters = values.shape
    kinds: dict[tuple[int, int], list[tuple[int, float]]] = {}
    for length in range(1, longest + 1):
        for word in product(range(letters), repeat=length):
            classes = [(position % period, letter) for position, letter in enumerate(word, 1)]
            best = max(classes, key=lambda key, query=classes[-1]: logits[query][key])  # type: ignore[misc]
            kinds.setdefault(classes[-1], []).append((length, values[best]))
    return max(
        min(n for n, other in words if abs(other - value) <= eps) for words in kinds.values() for _, value in words
    )


@pytest.mark.parametrize(("period", "letters", "longest"), [(1, 3, 5), (2, 2, 8), (3, 2, 9), (2, 3, 6)])
@pytest.mark.parametrize("eps", [1.0, 0.1, 1e-9])
def test_the_greatest_logit_alone_agrees_with_listing_all_words(
    period: int, letters: int, longest: int, eps: float
) -> None:
    for seed in range(3):
        logits, values = table(seed, period, letters)
        found = untied_length(logits, values, eps=eps, longest=longest)
        assert found == untied_by_words(logits, values, eps, longest)


@pytest.mark.parametrize("period", [1, 2, 3, 5])
@pytest.mark.parametrize("letters", [2, 4])
def test_without_ties_two_periods_suffice_at_any_tolerance_and_some_tables_need_them(period: int, letters: int) -> None:
    tables = [table(seed, period, letters) for seed in range(8)]
    for eps in (0.3, 1e-9):
        found = [untied_length(*each, eps=eps, longest=4 * period) for each in tables]
        assert max(found) <= 2 * period
    # The last eps is smaller than any difference of two values: only the same class stands for a class.
    assert max(found) == 2 * period


def test_ties_are_refused() -> None:
    with pytest.raises(ValueError, match="without ties, of residue 0 and letter 0"):
        untied_length(np.zeros((1, 2, 1, 2)), np.zeros((1, 2)), eps=0.1, longest=4)
