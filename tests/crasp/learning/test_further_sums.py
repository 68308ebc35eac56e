"""Sums that enumeration does not reach: letters weighed by more than 2, and how often one letter follows another."""

from collections.abc import Callable
from itertools import pairwise
from math import gcd
from time import monotonic

import numpy as np
import pytest

from crasp.learning import output_search
from crasp.learning.asked_words import short_words
from crasp.learning.compared_prefixes import PointWord
from crasp.learning.formula import size_of
from crasp.learning.grammar import grammar_of_fragment
from crasp.learning.least_conjunction import weights
from crasp.learning.output_search import LabelTable, search


def _weighed(word: PointWord) -> bool:
    return 2 * word.count(0) > 3 * word.count(1)


def _three(word: PointWord) -> bool:
    return word[-1:] == (0,) and 2 * word.count(0) + word.count(2) >= 3 * word.count(1)


def _followed(word: PointWord) -> bool:
    pairs = list(pairwise(word))
    return pairs.count((0, 1)) > pairs.count((1, 0))


def _labels(member: Callable[[PointWord], bool], letters: int, words: int, longest: int) -> dict[PointWord, bool]:
    rng = np.random.default_rng(longest)
    drawn = [tuple(rng.integers(0, letters, size=rng.integers(1, longest + 1)).tolist()) for _ in range(words)]
    return {word: member(word) for word in [*short_words(letters, 400), *drawn]}


@pytest.mark.parametrize(
    ("member", "fragment", "size"),
    [(_weighed, "plain", 8), (_three, "plain", 12), (_followed, "local", 13)],
    ids=["2a > 3b", "2a + c >= 3b, and a here", "ab more often than ba"],
)
def test_a_sum_beyond_the_grammar_is_found(
    monkeypatch: pytest.MonkeyPatch, member: Callable[[PointWord], bool], fragment: str, size: int
) -> None:
    monkeypatch.setattr(output_search, "POOL_SIZES", output_search.POOL_SIZES[:1])
    table = LabelTable.of(("a", "b", "c"), _labels(member, 3, 600, 40))
    learnt = search(table, grammar_of_fragment(fragment), until=monotonic() + 60)
    assert learnt.formula is not None
    assert size_of(learnt.formula) == size
    assert not LabelTable.of(("a", "b", "c"), _labels(member, 3, 1000, 90)).wrong(learnt.formula)


def test_weights_are_each_direction_once() -> None:
    assert weights(2, 2) == [(1, -2), (1, -1), (1, 1), (1, 2), (2, -1), (2, 1)]
    assert all(gcd(*one) == 1 and one[0] > 0 for one in weights(3, 3))
