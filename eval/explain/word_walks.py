"""Words that follow what something allows: random walks of two kinds, all words of a length, and words of a task.

Each letter of a walk is drawn among those that may follow, so a walk never leaves what is allowed. It is shorter than
asked for if nothing may follow.
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
    """Walks whose next letter is drawn with equal chances among the letters that may follow.

    Args:
        allowed: What may follow each prefix.
        rng: The source of randomness.
        lengths: The wanted length of each walk, (words,).
    """
    even = np.ones((len(lengths), len(allowed.alphabet)))
    return _walks(allowed, rng, lengths, even, np.zeros(len(lengths)))


def stress_walks(allowed: NextSets, rng: np.random.Generator, lengths: NDArray[np.int64]) -> Words:
    """Walks whose letters have unequal chances; about half of them also tend to repeat the latest letter.

    Each of these walks draws its own chance of a repetition.

    Args:
        allowed: What may follow each prefix.
        rng: The source of randomness.
        lengths: The wanted length of each walk, (words,).
    """
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
    """Walks of these lengths.

    weights  (words, letters)  the unnormed chances of the letters in each walk
    stays    (words,)          the chance that the latest letter is repeated
    """
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
    """Words of the task's own sampler, as numbers of its letters.

    Args:
        task: The task.
        rng: The source of randomness.
        lengths: The least and the greatest length.
        number: How many words are drawn.

    Raises:
        ValueError: The task has no words of these lengths.
    """
    batch = task.sample(rng, lengths, number)
    tokens = batch.tokens[:, 1:]
    sizes = (~np.isin(tokens, (task.vocabulary.index(EOS), task.vocabulary.index(PAD)))).sum(axis=1)
    width = int(sizes.max(initial=0))
    kept = np.where(np.arange(width) < sizes[:, None], tokens[:, :width], -1)
    return Words(kept.astype(np.int64), sizes.astype(np.int64))


def distinct(words: Words) -> Words:
    """Each different word once, in the order of first occurrence."""
    _, first = np.unique(words.tokens, axis=0, return_index=True)
    kept = np.sort(first)
    return Words(words.tokens[kept], words.lengths[kept])


def some_of(words: Words, number: int) -> Words:
    """The first `number` of the words."""
    return Words(words.tokens[:number], words.lengths[:number])


@dataclass(frozen=True)
class Layers:
    """The words that something allows up to a length, without those that are prefixes of others.

    Up to the length `complete`, every allowed word is among them or is a prefix of one.
    """

    words: Words
    complete: int


def allowed_words(allowed: NextSets, *, most_words: int, longest: int) -> Layers:
    """All words that are allowed, up to the last length before one that has more than `most_words` of them.

    Args:
        allowed: What may follow each prefix.
        most_words: The greatest number of words of one length.
        longest: The greatest length.
    """
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
    """All words of these lengths that are allowed to their last letter; None if a length has more than `most_words`.

    Lengths below the least one are counted too, since the words are found letter by letter.
    """
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
    """All words up to a length over so many letters, the shortest first.

    The length is `longest`, or the last one up to which there are at most `most_words` words in all.
    """
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
    """A prefix after which two things allow different sets, and the masks of both."""

    word: tuple[int, ...]
    one: int
    other: int


def shortest_difference(one: Masks, other: Masks, words: Words) -> SetDifference | None:
    """The shortest prefix of the words after which the masks differ; among equals the first in letter order."""
    differs = one != other
    if not differs.any():
        return None
    width = differs.shape[1]
    first = np.where(differs.any(axis=1), differs.argmax(axis=1), width)
    length = int(first.min())
    word, row = min((tuple(words.tokens[row, :length].tolist()), row) for row in np.flatnonzero(first == length))
    return SetDifference(word, int(one[row, length]), int(other[row, length]))


def agreeing(one: Masks, other: Masks) -> NDArray[np.bool_]:
    """For each word whether all masks are equal, (words,)."""
    return np.asarray((one == other).all(axis=1))


def wholly_allowed(masks: Masks, words: Words) -> NDArray[np.bool_]:
    """For each word whether it is allowed to its last letter, (words,)."""
    return np.asarray(masks[np.arange(len(words.lengths)), words.lengths] != DEAD)
