"""The words on which a model and a program are compared: how many, and how often the model is asked."""

import numpy as np
import pytest

from crasp.text.loader import load_program
from eval.explain import shortest_difference
from eval.explain.next_sets import CountedSets, ProgramSets, words_of
from eval.explain.word_walks import Layers


def test_words_are_cut_to_the_greatest_length_at_which_they_have_few_enough_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    for _ in range(100):
        rows = {tuple(rng.integers(0, 2, size=n).tolist()) for n in rng.integers(0, 8, size=40)} | {(0,) * 8}
        most = int(rng.integers(1, 9 * len(rows)))
        monkeypatch.setattr(shortest_difference, "MOST_TOKENS", most)
        found = shortest_difference._few_enough(Layers(words_of(sorted(rows)), 8))
        cuts = ({row[:length] for row in rows} for length in range(9))
        fit = [length for length, cut in enumerate(cuts) if len(cut) * (length + 1) <= most] or [0]
        assert found.complete == max(fit)
        kept = [tuple(k for k in row if k >= 0) for row in found.words.tokens.tolist()]
        assert sorted(kept) == sorted({row[: max(fit)] for row in rows})
        assert found.words.lengths.tolist() == [len(row) for row in kept]


def test_many_words_that_were_asked_about_last_are_not_asked_about_again() -> None:
    sets = CountedSets(ProgramSets(load_program("lib:tomita1")))
    words = words_of([(k % 2,) * (1 + k % 50) for k in range(6_000)])
    first = sets.masks(words)
    assert (sets.masks(words) == first).all()
    assert sets.cost.words == 6_000
    sets.masks(words_of([(0,), (1,)]))
    sets.masks(words_of([(0,) * (1 + k % 50) for k in range(6_000)]))
    assert sets.cost.words == 12_002
