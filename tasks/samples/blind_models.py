"""The answers of models that are blind to most of a word: to all but its last letters, or to the order of its letters.

A window of k sees only the k tokens before the one that it has to predict; `<bos>` and `<sep>` count among them. It is
fitted on words of the same lengths and the same mixture as the words that it is tried on. It answers what came most
often after these k tokens. If they did not occur in the fitted words, it answers as the largest smaller window whose
tokens did occur. The window of 0 always gives the most frequent answer.

A bag knows how often each letter has come, and everything about the task.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import integers_below
from tasks.languages.automaton import TaskAutomaton
from tasks.samples.bag_states import States, bag_states
from tasks.samples.word_arrays import word_of
from tasks.task import Task
from tasks.words import Batch, Example, Word

WINDOWS = (0, 1, 2, 4, 6, 8, 10, 15, 20, 30)
# Exchanges of two letters that are tried in a word; random orders of a prefix; random prefixes of a word.
EXCHANGES, PERMUTATIONS, PREFIXES = 12, 2, 4
BASE = np.uint64(0x9E3779B97F4A7C15)

Keys = NDArray[np.uint64]


def windows_right(fit: Batch, tried: Batch, windows: Sequence[int] = WINDOWS) -> dict[int, NDArray[np.bool_]]:
    """Return for each window size whether a window of it answers each of the tried words right at all positions.

    Args:
        fit: The words on which the windows are fitted.
        tried: The words that they are asked about.
        windows: The sizes in tokens, in ascending order, the first being 0.

    Returns:
        For each size an array (words,).
    """
    wanted = _classes(tried)[tried.judged]
    classes, numbers = np.unique(_classes(fit)[fit.judged], return_inverse=True)
    found = np.zeros(len(wanted), dtype=np.int64)  # the answer's class, by the largest window so far that knows one
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
    """Return a number for what is right after each position; equal numbers mean equal targets.  (words, positions)"""
    if batch.targets.ndim == 2:
        return batch.targets.astype(np.uint64)
    powers = np.cumprod(np.full(batch.targets.shape[2], BASE))
    return np.asarray((batch.targets * powers).sum(axis=2, dtype=np.uint64))


def _keys(batch: Batch, windows: Sequence[int]) -> Iterator[Keys]:
    """Yield for each window size a number for the tokens in the window before each judged target.  (judged,)

    Equal tokens have equal numbers.
    """
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
    """Return the different keys, in ascending order, and the most frequent class of each."""
    own, place = np.unique(keys, return_inverse=True)
    pairs, times = np.unique(place * classes + numbers, return_counts=True)
    order = np.lexsort((pairs, -times, pairs // classes))
    first = np.flatnonzero(np.diff(pairs[order] // classes, prepend=-1))
    return own, pairs[order][first] % classes


# --- bags ---------------------------------------------------------------------------------------------------------


def bag_right(task: Task, examples: Sequence[Example], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return for each word whether no rearrangement of its letters changes the right answer.  (words,)

    For a language every prefix of a word is compared, and a rearrangement that begins no member is passed over. For a
    task with an answer the whole word is compared, and a rearrangement without an answer is passed over. All
    rearrangements are compared if the task is of a regular language and `bag_states` can follow them; otherwise some
    are tried, of some prefixes.

    Args:
        task: The task of the words.
        examples: The words.
        rng: Draws the rearrangements that are tried.
    """
    if task.automaton is not None and (exact := _bag_right(task, task.automaton(), examples)) is not None:
        return exact
    ask = _prefixes_agree if task.format == "continuations" else _answer_agrees
    label = cache(task.label)  # a language with few words is asked about the same ones again
    known: dict[Word, bool] = {}
    for example in examples:
        word = word_of(task, example)
        if word not in known:
            known[word] = ask(label, word, example, rng)
    return np.array([known[word_of(task, example)] for example in examples], dtype=np.bool_)


def _bag_right(task: Task, automaton: TaskAutomaton, examples: Sequence[Example]) -> NDArray[np.bool_] | None:
    """Return what `bag_right` does, by all rearrangements; None if there are too many numbers of letters to follow."""
    continued = task.format == "continuations"
    words = [word_of(task, example) for example in examples]
    followed = bag_states(automaton, words, live=continued)
    if followed is None:
        return None

    @cache
    def settled(states: States) -> bool:
        if continued:
            answers = {
                (automaton.accepting[state], *(target is None for target in automaton.successors[state]))
                for state in states
                if state is not None
            }
            return len(answers) == 1
        return len({state is not None and automaton.accepting[state] for state in states}) == 1

    right = []
    for word in words:
        ends = range(len(word) + 1) if continued else [len(word)]
        right.append(all(settled(followed.after(word[:end])) for end in ends))
    return np.array(right, dtype=np.bool_)


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
        except ValueError:  # this rearrangement has no answer
            continue
    return True


def _exchanges(word: Word, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yield ascending places of two different letters; the two letters are drawn first, then a place of each."""
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
    """Yield other orders of the word: sorted, sorted in reverse, backwards, and PERMUTATIONS random ones."""
    if len(set(word)) > 1:
        orders = [tuple(sorted(word)), tuple(sorted(word, reverse=True)), word[::-1]]
        for _ in range(PERMUTATIONS):
            orders.append(tuple(word[place] for place in rng.random(len(word)).argsort().tolist()))
        yield from (order for order in dict.fromkeys(orders) if order != word)
