"""What models answer that are blind to most of a word: to all but its last letters, to their order, to all of them.

A window of k sees the k tokens before what it is to say, `<bos>` and `<sep>` among them where they are that near. It is
fitted on words of the same lengths and the same mixture as those that it is tried on, and says what came most often
after these k tokens; after such as were not met, what came most often after the last of them, as many as were met. A
window of none says what is right most often. A bag knows how often each letter has come, and all about the task.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import integers_below
from tasks.samples.word_arrays import word_of
from tasks.task import Task
from tasks.words import Batch, Example, Word

WINDOWS = (0, 1, 2, 4, 6, 8, 10, 15, 20, 30)
EXCHANGES, PERMUTATIONS, PREFIXES = 12, 2, 4  # rearrangements that are tried of a word, and of its prefixes
BASE = np.uint64(0x9E3779B97F4A7C15)

Keys = NDArray[np.uint64]


def windows_right(fit: Batch, tried: Batch, windows: Sequence[int] = WINDOWS) -> dict[int, NDArray[np.bool_]]:
    """For each window, ascending, whether it has each of the tried words wholly right: (words,)."""
    wanted = _classes(tried)[tried.judged]
    classes, numbers = np.unique(_classes(fit)[fit.judged], return_inverse=True)
    found = np.zeros(len(wanted), dtype=np.int64)  # numbers of classes, by the largest window so far
    right: dict[int, NDArray[np.bool_]] = {}
    for fitted, asked, window in zip(_keys(fit, windows), _keys(tried, windows), windows, strict=True):
        keys, answers = _commonest(fitted, numbers, len(classes))
        place = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
        found = np.where(keys[place] == asked, answers[place], found)
        wrong = np.zeros(tried.judged.shape, dtype=np.bool_)
        wrong[tried.judged] = classes[found] != wanted
        right[window] = np.logical_not(wrong.any(axis=1))
    return right


def _classes(batch: Batch) -> Keys:
    """What is right after each position, as a number of its own.  (words, positions)"""
    if batch.targets.ndim == 2:
        return batch.targets.astype(np.uint64)
    powers = np.cumprod(np.full(batch.targets.shape[2], BASE))
    return np.asarray((batch.targets * powers).sum(axis=2, dtype=np.uint64))


def _keys(batch: Batch, windows: Sequence[int]) -> Iterator[Keys]:
    """The last tokens before each judged place, so many, as numbers; equal for equal ones.  (judged,)"""
    tokens = batch.tokens.astype(np.uint64) + np.uint64(1)
    keys = np.zeros(tokens.shape, dtype=np.uint64)
    power, seen = np.uint64(1), 0
    for window in windows:
        for back in range(seen, min(window, tokens.shape[1])):
            power = np.multiply(power, BASE, dtype=np.uint64) if back else BASE
            keys[:, back:] += tokens[:, : tokens.shape[1] - back] * power
        seen = window
        yield keys[batch.judged]


def _commonest(keys: Keys, numbers: NDArray[np.int64], classes: int) -> tuple[Keys, NDArray[np.int64]]:
    """The keys, ascending, and the class that is most frequent with each."""
    own, place = np.unique(keys, return_inverse=True)
    pairs, times = np.unique(place * classes + numbers, return_counts=True)
    order = np.lexsort((pairs, -times, pairs // classes))
    first = np.flatnonzero(np.diff(pairs[order] // classes, prepend=-1))
    return own, pairs[order][first] % classes


# --- bags ---------------------------------------------------------------------------------------------------------


def bag_right(task: Task, examples: Sequence[Example], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Whether no rearrangement that is tried of a word's letters changes what is right: (words,).

    Of a language each prefix is asked about, and rearrangements that begin no member are left out; of a task with an
    answer the whole word, and those that have no answer are left out.
    """
    ask = _prefixes_agree if task.format == "continuations" else _answer_agrees
    label = cache(task.label)  # of languages with few words the same are asked about again
    known: dict[Word, bool] = {}
    for example in examples:
        word = word_of(task, example)
        if word not in known:
            known[word] = ask(label, word, example, rng)
    return np.array([known[word_of(task, example)] for example in examples], dtype=np.bool_)


def _prefixes_agree(label: Callable[[Word], Example], word: Word, example: Example, rng: np.random.Generator) -> bool:
    for one, other in _exchanges(word, rng):
        targets = label(_exchanged(word, one, other)).targets
        if any(new and new != old for new, old in zip(targets[other + 1 :], example.targets[other + 1 :], strict=True)):
            return False
    ends = {len(word), len(word) // 2, *(1 + integers_below(rng, np.full(PREFIXES, max(1, len(word))))).tolist()}
    for end in sorted(ends & set(range(len(word) + 1))):
        for rearranged in _orders(word[:end], rng):
            new = label(rearranged).targets[-1]
            if new and new != example.targets[end]:
                return False
    return True


def _answer_agrees(label: Callable[[Word], Example], word: Word, example: Example, rng: np.random.Generator) -> bool:
    tried = [_exchanged(word, one, other) for one, other in _exchanges(word, rng)]
    for rearranged in [*tried, *_orders(word, rng)]:
        try:
            if label(rearranged).targets != example.targets:
                return False
        except ValueError:  # it has no answer
            continue
    return True


def _exchanges(word: Word, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Places, ascending, of two different letters: which two is drawn first, then where."""
    places: dict[str, list[int]] = {}
    for place, letter in enumerate(word):
        places.setdefault(letter, []).append(place)
    letters = sorted(places)
    for _ in range(EXCHANGES if len(letters) > 1 else 0):
        first = int(rng.random() * len(letters))
        second = (first + 1 + int(rng.random() * (len(letters) - 1))) % len(letters)
        one, other = (places[letters[k]][int(rng.random() * len(places[letters[k]]))] for k in (first, second))
        yield min(one, other), max(one, other)


def _exchanged(word: Word, one: int, other: int) -> Word:
    return (*word[:one], word[other], *word[one + 1 : other], word[one], *word[other + 1 :])


def _orders(word: Word, rng: np.random.Generator) -> Iterator[Word]:
    """The word sorted, sorted the other way, backwards, and in a few orders drawn by chance."""
    if len(set(word)) > 1:
        orders = [tuple(sorted(word)), tuple(sorted(word, reverse=True)), word[::-1]]
        for _ in range(PERMUTATIONS):
            orders.append(tuple(word[place] for place in rng.random(len(word)).argsort().tolist()))
        yield from (order for order in dict.fromkeys(orders) if order != word)
