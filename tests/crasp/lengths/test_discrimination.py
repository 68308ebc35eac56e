"""Discrimination lengths: the figures of the notes, brute force on tiny classes, the exact decision against listing."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crasp.lengths.discrimination import discrimination_length
from crasp.lengths.thresholds import Threshold, TooLargeError, count_vectors, satisfiable
from crasp.lengths.window_classes import window_discrimination
from crasp.lengths.window_counts import Counting

SMALL = st.integers(-4, 4)


def holds(program: tuple[Threshold, ...], counts: tuple[int, ...]) -> bool:
    return all(sum(a * c for a, c in zip(t.coefficients, counts, strict=True)) >= t.bound for t in program)


def brute_force(
    letters: int, largest: int, conjuncts: int, longest: int, start: tuple[int, ...], *, empty: bool = True
) -> tuple[int, int]:
    """The last length at which two programs first differ, and the number of functions, on words up to a length."""
    values = range(-largest, largest + 1)
    thresholds = [Threshold(tuple(a), b) for *a, b in product(values, repeat=letters + 1)]
    vectors = [c for c in product(range(longest + 1), repeat=letters) if sum(c) <= longest]
    vectors = sorted((c for c in vectors if all(x >= s for x, s in zip(c, start, strict=True))), key=sum)
    vectors = vectors[0 if empty else 1 :]
    tables = {tuple(holds(program, c) for c in vectors) for program in product(thresholds, repeat=conjuncts)}
    last = 0
    for left, right in combinations(tables, 2):
        first = next(k for k in range(len(vectors)) if left[k] != right[k])
        last = max(last, sum(vectors[first]))
    return last, len(tables)


@pytest.mark.parametrize(
    ("letters", "conjuncts", "figures"),
    [(2, 1, (3, 5, 7, 11, 15, 19, 23, 27)), (3, 1, (3, 5, 7)), (2, 2, (5, 13, 29))],
    ids=["two letters", "three letters", "two thresholds"],
)
def test_the_published_figures_come_out(letters: int, conjuncts: int, figures: tuple[int, ...]) -> None:
    found = [discrimination_length(letters, k, conjuncts=conjuncts).length for k in range(1, len(figures) + 1)]
    assert tuple(found) == figures


@pytest.mark.parametrize(
    ("letters", "largest", "conjuncts", "longest", "start"),
    [
        (1, 3, 1, 12, (0,)),
        (2, 1, 1, 12, (0, 0)),
        (2, 2, 1, 12, (0, 0)),
        (3, 1, 1, 7, (0, 0, 0)),
        (2, 1, 2, 12, (0, 0)),
        (2, 2, 1, 12, (1, 0)),
        (3, 1, 1, 7, (1, 0, 0)),
    ],
)
def test_enumeration_agrees_with_brute_force_on_tiny_classes(
    letters: int, largest: int, conjuncts: int, longest: int, start: tuple[int, ...]
) -> None:
    found = discrimination_length(letters, largest, conjuncts=conjuncts, start=start)
    assert (found.length, found.different) == brute_force(letters, largest, conjuncts, longest, start)


@pytest.mark.parametrize(
    ("letters", "largest", "conjuncts", "longest"), [(1, 3, 1, 12), (2, 2, 1, 12), (2, 3, 1, 14), (3, 1, 1, 7)]
)
def test_without_the_empty_word_enumeration_agrees_with_brute_force_too(
    letters: int, largest: int, conjuncts: int, longest: int
) -> None:
    found = discrimination_length(letters, largest, conjuncts=conjuncts, empty=False)
    start = (0,) * letters
    assert (found.length, found.different) == brute_force(letters, largest, conjuncts, longest, start, empty=False)


@pytest.mark.parametrize(("letters", "largest"), [(2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3)])
@pytest.mark.parametrize("empty", [True, False])
def test_windows_of_one_letter_give_what_letters_give(letters: int, largest: int, empty: bool) -> None:
    windows = window_discrimination(Counting(letters), largest, empty=empty)
    assert windows.length == discrimination_length(letters, largest, empty=empty).length


def test_three_letters_with_coefficients_to_five_take_seconds() -> None:
    found = discrimination_length(3, 5)
    assert found.programs == 11**4
    assert found.length == 15


@given(st.lists(st.tuples(SMALL, SMALL, SMALL), min_size=1, max_size=3))
def test_the_decision_agrees_with_listing_two_letters(rows: list[tuple[int, int, int]]) -> None:
    thresholds = [Threshold((a, b), bound) for a, b, bound in rows]
    counts = count_vectors(2, 60)
    matrix = np.array([t.coefficients for t in thresholds])
    listed = (counts @ matrix.T >= np.array([t.bound for t in thresholds])).all(axis=1).any()
    assert satisfiable(thresholds) == listed


@given(st.lists(st.tuples(SMALL, SMALL, SMALL, SMALL), min_size=1, max_size=3))
def test_the_decision_agrees_with_listing_three_letters(rows: list[tuple[int, int, int, int]]) -> None:
    thresholds = [Threshold(row[:3], row[3]) for row in rows]
    counts = count_vectors(3, 40)
    matrix = np.array([t.coefficients for t in thresholds])
    listed = (counts @ matrix.T >= np.array([t.bound for t in thresholds])).all(axis=1).any()
    assert satisfiable(thresholds) == listed


def test_points_that_are_only_between_the_integers_do_not_count() -> None:
    # 3 <= 5 (c0 - c1) <= 4 has rational points on a whole ray, and no integers.
    assert not satisfiable([Threshold((5, -5), 3), Threshold((-5, 5), -4)])
    assert not satisfiable([Threshold((2, 4), 3), Threshold((-2, -4), -3)])
    assert satisfiable([Threshold((5, -3), 1), Threshold((-5, 3), -1)])  # 5 * 2 - 3 * 3


def test_count_vectors_are_all_of_them_shortest_first() -> None:
    found = count_vectors(3, 4)
    assert len(found) == len({tuple(row) for row in found.tolist()}) == 35
    lengths = found.sum(axis=1)
    assert lengths.tolist() == sorted(lengths.tolist())
    assert lengths[-1] == 4


def test_classes_that_are_too_large_are_refused_with_their_size() -> None:
    with pytest.raises(TooLargeError, match=r"1,594,323 thresholds of 12 letters"):
        discrimination_length(12, 1)
