"""Words that something allows: walks with even chances, walks with unequal ones and long runs, all words of a length.

Walks are drawn by what may follow each prefix, so a word never leaves what is allowed; it is shorter than asked for
where nothing may follow.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from crasp.meaning.words import joined
from eval.explain.next_sets import DEAD, Masks, NextSets, words_of
from tasks.task import Task
from tasks.words import EOS, PAD


def uniform_walks(allowed: NextSets, rng: np.random.Generator, lengths: NDArray[np.int64]) -> Words:
    """Words whose next letter is drawn evenly among those that may follow."""
    even = np.ones((len(lengths), len(allowed.alphabet)))
    return _walks(allowed, rng, lengths, even, np.zeros(len(lengths)))


def stress_walks(allowed: NextSets, rng: np.random.Generator, lengths: NDArray[np.int64]) -> Words:
    """Words with letters of unequal chances, of which half repeat the latest letter with a chance of their own."""
    weights = np.exp(3 * rng.random((len(lengths), len(allowed.alphabet))))
    stays = np.where(rng.random(len(lengths)) < 0.5, rng.random(len(lengths)), 0.0)
    return _walks(allowed, rng, lengths, weights, stays)


def _walks(
    allowed: NextSets,
    rng: np.random.Generator,
    lengths: NDArray[np.int64],
    weights: NDArray[np.float64],
    stays: NDArray[np.float64],
) -> Words:
    """Walks of these lengths; `weights` are the letters' chances in each, `stays` that of the latest letter again."""
    longest = int(lengths.max(initial=0))
    tokens = np.full((len(lengths), longest), -1, dtype=np.int64)
    reached = lengths.copy()
    letters = np.arange(len(allowed.alphabet))
    for step in range(longest):
        rows = np.flatnonzero(reached > step)
        if not len(rows):
            break
        here = allowed.masks(Words(tokens[rows, :step], np.full(len(rows), step)))[:, -1]
        may = (np.maximum(here, 0)[:, None] >> letters) & 1 == 1
        chances = (weights[rows] * may).cumsum(axis=1)
        drawn = (chances <= rng.random(len(rows))[:, None] * chances[:, -1:]).sum(axis=1).clip(max=len(letters) - 1)
        if step:
            again = tokens[rows, step - 1]
            stay = (rng.random(len(rows)) < stays[rows]) & may[np.arange(len(rows)), again]
            drawn = np.where(stay, again, drawn)
        none = ~may.any(axis=1)
        tokens[rows, step] = np.where(none, -1, drawn)
        reached[rows[none]] = step
    return Words(tokens[:, : int(reached.max(initial=0))], reached)


def task_words(task: Task, rng: np.random.Generator, lengths: tuple[int, int], number: int) -> Words:
    """Words of the task's own sampler, as numbers of its letters; ValueError where it has none of these lengths."""
    batch = task.sample(rng, lengths, number)
    tokens = batch.tokens[:, 1:]
    sizes = (~np.isin(tokens, (task.vocabulary.index(EOS), task.vocabulary.index(PAD)))).sum(axis=1)
    width = int(sizes.max(initial=0))
    kept = np.where(np.arange(width) < sizes[:, None], tokens[:, :width], -1)
    return Words(kept.astype(np.int64), sizes.astype(np.int64))


def distinct(words: Words) -> Words:
    """Each word once, in the order in which they first come."""
    _, first = np.unique(words.tokens, axis=0, return_index=True)
    kept = np.sort(first)
    return Words(words.tokens[kept], words.lengths[kept])


def some_of(words: Words, number: int) -> Words:
    """The first of the words."""
    return Words(words.tokens[:number], words.lengths[:number])


@dataclass(frozen=True)
class Layers:
    """All words that something allows, up to a length: those that no other of them continues.

    `complete` is the length to which all are among them or their prefixes.
    """

    words: Words
    complete: int


def allowed_words(allowed: NextSets, *, most_words: int, longest: int) -> Layers:
    """All words that are allowed, layer by layer while a layer has at most so many words."""
    layer: NDArray[np.int64] = np.empty((1, 0), dtype=np.int64)
    letters = np.arange(len(allowed.alphabet))
    leaves: list[Words] = []
    length = 0
    while True:
        here = allowed.masks(Words(layer, np.full(len(layer), length)))[:, -1]
        may = (np.maximum(here, 0)[:, None] >> letters) & 1 == 1
        if length == longest or int(may.sum()) > most_words:
            leaves.append(Words(layer, np.full(len(layer), length)))
            return Layers(joined(*leaves), length)
        ended = ~may.any(axis=1)
        if ended.any():
            leaves.append(Words(layer[ended], np.full(int(ended.sum()), length)))
        if ended.all():
            return Layers(joined(*leaves), longest)
        rows, letter = np.nonzero(may)
        layer = np.concatenate([layer[rows], letter[:, None]], axis=1)
        length += 1


def allowed_prefixes(allowed: NextSets, lengths: tuple[int, int], *, most_words: int) -> Words | None:
    """All prefixes of these lengths that are allowed to their last letter; None where some length has more of them."""
    layer: NDArray[np.int64] = np.empty((1, 0), dtype=np.int64)
    letters = np.arange(len(allowed.alphabet))
    found = [Words(layer[:0], np.zeros(0, dtype=np.int64))]
    for length in range(1, lengths[1] + 1):
        before = Words(layer, np.full(len(layer), length - 1))
        may = (np.maximum(allowed.masks(before)[:, -1], 0)[:, None] >> letters) & 1 == 1
        rows, letter = np.nonzero(may)
        if len(rows) > most_words:
            return None
        if not len(rows):
            break
        layer = np.concatenate([layer[rows], letter[:, None]], axis=1)
        if length >= lengths[0]:
            found.append(Words(layer, np.full(len(layer), length)))
    return joined(*found)


def all_short_words(letters: int, *, most_words: int, longest: int) -> Words:
    """All words of so many letters to a length, shortest first, as many lengths as there is room for."""
    found: list[tuple[int, ...]] = [()]
    layer: list[tuple[int, ...]] = [()]
    for _ in range(longest):
        if len(found) + len(layer) * letters > most_words:
            break
        layer = [(*word, letter) for word in layer for letter in range(letters)]
        found += layer
    return words_of(found)


@dataclass(frozen=True)
class SetDifference:
    """A prefix after which two things allow different sets, and both sets."""

    word: tuple[int, ...]
    one: int
    other: int


def shortest_difference(one: Masks, other: Masks, words: Words) -> SetDifference | None:
    """The shortest prefix of the words after which the masks differ; the first in the order of letters among equals."""
    differs = one != other
    if not differs.any():
        return None
    width = differs.shape[1]
    first = np.where(differs.any(axis=1), differs.argmax(axis=1), width)
    length = int(first.min())
    word, row = min((tuple(words.tokens[row, :length].tolist()), row) for row in np.flatnonzero(first == length))
    return SetDifference(word, int(one[row, length]), int(other[row, length]))


def agreeing(one: Masks, other: Masks) -> NDArray[np.bool_]:
    """Whether all sets of each word are equal, (words,)."""
    return np.asarray((one == other).all(axis=1))


def wholly_allowed(masks: Masks, words: Words) -> NDArray[np.bool_]:
    """Whether each word is allowed to its last letter, (words,)."""
    return np.asarray(masks[np.arange(len(words.lengths)), words.lengths] != DEAD)
