"""The largest error of a trained model over the words of a length, beside the root of its mean squared error.

A model on counts is asked about every word of a length, if there are few enough combinations of counts. For longer
words, and for the in-context k-gram, words are changed step by step towards a larger error. What such a search finds is
a lower bound of the largest error.
"""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tasks.drawing.randomness import generator
from tasks.experiments.length_functions import Counted, Counts, FunctionTask, draw_counts, shares_after
from train.lengths.config import CountsConfig, GramsConfig
from train.lengths.count_models import count_outputs, count_weights, stacked_counts
from train.lengths.k_gram_models import gram_outputs, gram_weights

ALL_WORDS = 20_000  # up to so many combinations of counts, all are tried
KEPT_WORDS = 32  # how many words of each model are changed in the next round
MOST_ROUNDS = 40
STARTS = 243  # a search starts at about so many words on a grid, and at twice as many drawn words
KEPT_GRAMS, GRAM_ROUNDS, GRAMS_AT_ONCE = 2, 12, 64  # words kept for the next round, most rounds, words asked at once

WordArray: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class LengthErrors:
    """The errors of a model at one length.

    Attributes:
        length: The length.
        root_mean_square: The root of the mean squared error over drawn words.
        largest: The largest error that was found.
        exact: Whether every word was tried; if not, `largest` is a lower bound.
    """

    length: int
    root_mean_square: float
    largest: float
    exact: bool


@dataclass(frozen=True)
class LargestErrors:
    """The errors of one seed's model, at each test length."""

    seed: int
    errors: tuple[LengthErrors, ...]

    def record(self) -> dict[str, Any]:
        """Return the errors as JSON data."""
        return asdict(self)


def largest_errors(
    task: FunctionTask, config: CountsConfig | GramsConfig, seeds: Sequence[int]
) -> tuple[LargestErrors, ...]:
    """Return the errors of each seed's model at the test lengths.

    The models are trained first, in the same way as those of the ledger. An error is the Euclidean norm over the
    outputs, which for a k-gram are the letters.
    """
    if isinstance(config, CountsConfig):
        weights = count_weights(task, config, seeds)
        counted = task.counted
        assert counted is not None
        found = [count_errors(weights, task.name, counted, config, n) for n in config.test_lengths]
    else:
        weights = gram_weights(task, config, seeds)
        found = [gram_errors(weights, task, config, n) for n in config.test_lengths]
    return tuple(LargestErrors(seed, tuple(each[row] for each in found)) for row, seed in enumerate(seeds))


# --- models on counts ------------------------------------------------------------------------------------------


def count_errors(
    weights: dict[str, Tensor], name: str, counted: Counted, config: CountsConfig, length: int
) -> list[LengthErrors]:
    """Return the errors of each model on counts at a length.

    Args:
        weights: The models' arrays, as `count_weights` returns them.
        name: The task's name, which decides the drawn words.
        counted: What the task computes from counts.
        config: The configuration of the models.
        length: The length of the words.
    """
    models = len(weights["letters"])
    rng = generator(name, "test", (length, length), 0)
    drawn = draw_counts(rng, counted.period, np.full(config.test_words, length))
    shared = np.concatenate([drawn.counts[:, :, 1], drawn.letters[:, None]], axis=1)
    roots = np.sqrt((_count_errors(weights, counted, length, np.stack([shared] * models)) ** 2).mean(axis=1))
    places = [(length - r) // counted.period + (r > 0) for r in range(counted.period)]
    exact = 2 * np.prod([float(each + 1) for each in places]) <= ALL_WORDS
    levels = [range(each + 1) if exact else _levels(each, counted.period) for each in places]
    words = np.array(list(itertools.product(*levels, (0, 1))), dtype=np.int64)
    if not exact:
        words = np.concatenate([words, shared[: 2 * STARTS]])
    largest = _climbed(weights, counted, length, np.stack([words] * models), rounds=0 if exact else MOST_ROUNDS)
    return [LengthErrors(length, float(a), float(b), bool(exact)) for a, b in zip(roots, largest, strict=True)]


def _levels(most: int, period: int) -> list[int]:
    """Return numbers of ones at a residue, evenly spaced from none to all.

    There are so few of them that all combinations over the residues are about `STARTS`.
    """
    return sorted({round(each) for each in np.linspace(0, most, max(3, int(STARTS ** (1 / period))))})


def _climbed(weights: dict[str, Tensor], counted: Counted, length: int, words: WordArray, rounds: int) -> NDArray[Any]:
    """Return the largest error of each model over the words, and over words that are reached from them by changes.

    `words` has the number of ones at each residue and the last letter: (models, words, period + 1).
    """
    errors = _count_errors(weights, counted, length, words)
    best: NDArray[Any] = errors.max(axis=1)
    for _ in range(rounds):
        order = np.argsort(-errors, axis=1)[:, :KEPT_WORDS]
        kept = np.take_along_axis(words, order[:, :, None], axis=1)
        words = np.concatenate([kept[:, :, None] + _changes(length, counted.period), _turned(kept)], axis=2)
        words = words.reshape(len(kept), -1, kept.shape[2])
        errors = _count_errors(weights, counted, length, words)
        if not (errors.max(axis=1) > best).any():
            break
        best = np.maximum(best, errors.max(axis=1))
    return best


def _changes(length: int, period: int) -> WordArray:
    """Return the changes of a word: at one residue 2^k ones more or fewer, or none: (changes, period + 1)."""
    steps = [0, *(sign * 2**k for k in range(length.bit_length()) for sign in (1, -1))]
    found = np.zeros((period, len(steps), period + 1), dtype=np.int64)
    for residue in range(period):
        found[residue, :, residue] = steps
    return found.reshape(-1, period + 1)


def _turned(words: WordArray) -> WordArray:
    """Return the words with the other last letter, as (models, words, 1, period + 1)."""
    other = words[:, :, None].copy()
    other[..., -1] = 1 - other[..., -1]
    return other


def _count_errors(weights: dict[str, Tensor], counted: Counted, length: int, words: WordArray) -> NDArray[Any]:
    """Return the error of each model on its words (models, words).

    Rows that are no counts of a word of that length are moved to the nearest that are.
    """
    period = counted.period
    places = np.array([(length - r) // period + (r > 0) for r in range(period)])
    ones = np.clip(words[..., :period], 0, places)
    last, own = words[..., period], length % period
    # The last letter is one of the letters that are counted at its residue.
    ones[..., own] = np.clip(ones[..., own], last, places[own] - (1 - last))
    counts = np.stack([places - ones, ones], axis=-1)
    rows = [Counts(c, a, np.full(len(a), own)) for c, a in zip(counts, last, strict=True)]
    values = [(each, counted.values(each)) for each in rows]
    with torch.no_grad():
        output, _ = count_outputs(weights, stacked_counts(values))
    wanted = np.stack([value for _, value in values])
    found: NDArray[Any] = np.linalg.norm(output.double().numpy() - wanted, axis=2)
    return found


# --- the in-context k-gram ---------------------------------------------------------------------------------------


def gram_errors(weights: dict[str, Tensor], task: FunctionTask, config: GramsConfig, length: int) -> list[LengthErrors]:
    """Return the errors of each k-gram model at a length; the search changes one letter of a word at a time."""
    batch = task.sample(generator(task.name, "test", (length, length), 0), (length, length), config.test_words)
    letters, found = len(task.alphabet), []
    for row in range(len(weights["letters"])):
        own = {name: each[row : row + 1] for name, each in weights.items()}
        drawn = _gram_errors(own, config.k, batch.tokens)
        words = np.concatenate([batch.tokens, _regular_words(letters, length)])
        errors = _gram_errors(own, config.k, words)
        largest = float(errors.max())
        for _ in range(GRAM_ROUNDS):
            kept = words[np.argsort(-errors)[:KEPT_GRAMS]]
            words = np.concatenate([_with_other_letters(word, letters) for word in kept])
            errors = _gram_errors(own, config.k, words)
            if errors.max() <= largest:
                break
            largest = float(errors.max())
        found.append(LengthErrors(length, float(np.sqrt((drawn**2).mean())), largest, False))
    return found


def _regular_words(letters: int, length: int) -> WordArray:
    """Return words that alternate between two letters in runs of one to five, and words that change letter once."""
    place = np.arange(length)
    pairs = list(itertools.product(range(letters), repeat=2))
    turns = [np.where(place // run % 2 == 0, a, b) for a, b in pairs for run in range(1, 6)]
    steps = [np.where(place < length * share // 8, a, b) for a, b in pairs for share in range(1, 8)]
    return np.array(turns + steps, dtype=np.int64)


def _with_other_letters(word: WordArray, letters: int) -> WordArray:
    """Return the words that differ from the given one in exactly one letter."""
    found = np.repeat(word[None], len(word) * (letters - 1), axis=0)
    place = np.repeat(np.arange(len(word)), letters - 1)
    found[np.arange(len(found)), place] += np.tile(np.arange(1, letters), len(word))
    return found % letters


def _gram_errors(weights: dict[str, Tensor], k: int, words: WordArray) -> NDArray[Any]:
    found = []
    for first in range(0, len(words), GRAMS_AT_ONCE):
        part = words[first : first + GRAMS_AT_ONCE]
        tokens = torch.from_numpy(part)[None]
        with torch.no_grad():
            made = gram_outputs(weights, tokens, last_only=True)[0, :, 0].double().numpy()
        wanted = shares_after(part, np.full(len(part), part.shape[1]), k, made.shape[1])
        found.append(np.linalg.norm(made - wanted, axis=1))
    return np.concatenate(found)
