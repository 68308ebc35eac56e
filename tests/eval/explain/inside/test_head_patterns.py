"""Patterns that are made on purpose: what each is called, and how much of it is explained."""

import numpy as np
import pytest

from crasp.meaning.interpreter import Words
from eval.explain.inside.evidence import HeadPattern
from eval.explain.inside.head_patterns import head_patterns
from limit_transformer.reading.gpt2_forward import attended
from limit_transformer.reading.position_dependence import Doubles

RNG = np.random.default_rng(3)
WORDS = Words(RNG.integers(0, 3, (24, 40)), RNG.integers(25, 41, 24))
PLACES = np.arange(41)
LAGS = PLACES[:, None] - PLACES
LETTERS = np.concatenate([np.full((24, 1), 3), WORDS.tokens], axis=1)
AFFINITY = np.array([[4.0, 0, -3, 0], [0, 2, 5, 0], [1, 1, -9, 0], [0, 0, 0, 0]])


def labelled(logits: Doubles) -> HeadPattern:
    """The label of a head with these logits, (words | 1, queries, keys)."""
    whole = np.broadcast_to(logits, (24, 41, 41))
    (found,) = head_patterns(attended(whole)[:, None], WORDS, layer=1, fitted=np.arange(24) % 2 == 0, idle=None)
    return found


def lag(number: int) -> Doubles:
    return np.where((number == LAGS) | ((number > LAGS) & (PLACES == 0)), 30.0, 0.0)[None]


@pytest.mark.parametrize(
    ("logits", "label"),
    [
        (np.zeros((1, 41, 41)), "uniform"),
        (np.where(PLACES == 0, 2.0, 0.0) + np.zeros((1, 41, 1)), "uniform"),  # the begin token may have its own weight
        (np.where(PLACES == 0, 30.0, 0.0) + np.zeros((1, 41, 1)), "begin token"),
        (lag(0), "this token"),
        (lag(1), "previous token"),
        (lag(5), "lag 5"),
        (np.where(LAGS % 2 == 0, 3.0, 0.0)[None], "residue 2"),
        (np.where(PLACES % 3 == 1, 6.0, 0.0) + np.zeros((1, 41, 1)), "residue 3"),  # the same keys for all queries
        (AFFINITY[LETTERS[:, :, None], LETTERS[:, None, :]], "content"),
        (-0.8 * LAGS[None].clip(min=0), "recent tokens"),
        (RNG.normal(0, 4, (24, 41, 41)), "mixed"),
    ],
)
def test_each_pattern_is_called_by_its_name(logits: Doubles, label: str) -> None:
    found = labelled(logits)
    assert found.label == label
    assert found.share > 0.97 if label != "mixed" else found.share < 0.7


def test_the_share_is_the_attention_that_the_pattern_and_the_head_have_in_common() -> None:
    """The lag explains two thirds of a head that gives a third to the begin token, the rest to the token before."""
    attention = np.zeros((24, 1, 41, 41))
    attention[:, 0, PLACES[1:], PLACES[:-1]] = 2 / 3
    attention[:, 0, :, 0] += 1 / 3
    (found,) = head_patterns(attention, WORDS, layer=1, fitted=np.arange(24) % 2 == 0, idle=None)
    shares = {each.pattern: each.share for each in found.shares}
    assert shares["previous token"] == pytest.approx(2 / 3)
    assert shares["begin token"] == pytest.approx(1 / 3)
    assert found.begin == pytest.approx(1 / 3)
    assert (found.label, found.share > 0.999) == ("recent tokens", True)


def test_what_is_fitted_on_some_words_is_measured_on_others() -> None:
    """Where every word has letters of its own, any attention to some of its keys is content on the words fitted on."""
    words = Words(np.arange(24 * 40).reshape(24, 40), np.full(24, 40))
    logits = np.where(np.random.default_rng(0).random((24, 1, 41)) < 0.1, 8.0, 0.0) + np.zeros((24, 41, 41))
    (found,) = head_patterns(attended(logits)[:, None], words, layer=1, fitted=np.arange(24) % 2 == 0, idle=None)
    assert found.label == "mixed"
    assert found.share < 0.5
