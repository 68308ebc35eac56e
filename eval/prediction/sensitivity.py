"""Average sensitivity against length: how many letters of a word change its answer if each alone is replaced.

Functions for which most letters do are found hard to learn by transformers (arXiv 2402.09963); parity is one of them.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.answering.labelled_words import answer_of, drawn_evenly, own_words
from tasks.task import Task
from tasks.words import Word

# Each length is taken together with the next one: one letter decides a majority only in words of odd length, while
# words that may end often have even length.
LENGTHS = (8, 16, 32, 64)
WORDS, PLACES = 20, 16  # the words of each length, and the letters of each word that are replaced
STEEP_EXPONENT = 0.75  # from this exponent on, the growth is called proportional to the length
FLAT_EXPONENT = 0.1  # below this exponent, there is said to be no growth


@dataclass(frozen=True)
class Changes:
    """How many letters of a word change its answer if each alone is replaced, on average over words of one length.

    Half of the words have `length` letters and half have one more. `replaced` counts the replacements after which there
    still is an answer.
    """

    length: int
    mean: float
    replaced: int


def sensitivity_of(task: Task, letters: tuple[str, ...], rng: np.random.Generator) -> tuple[tuple[Changes, ...], bool]:
    """Average sensitivity by length, and whether the words were drawn with equally likely letters.

    They are drawn so if most such words have a label; otherwise they are the task's own words.

    Args:
        task: The task.
        letters: The letters that words are made of.
        rng: The source of randomness.
    """
    tried = [drawn_evenly(letters, 16, rng) for _ in range(WORDS)]
    even = 2 * sum(answer_of(task, word, 0) is not None for word in tried) > WORDS
    found = []
    for length in LENGTHS:
        words: list[Word] = []
        for each in (length, length + 1):
            if even:
                words += [drawn_evenly(letters, each, rng) for _ in range(WORDS)]
            else:
                words += own_words(task, each, WORDS, rng)
        changes = _changes(task, letters, words, rng)
        if changes is not None:
            found.append(changes)
    return tuple(found), even


def _changes(task: Task, letters: tuple[str, ...], words: list[Word], rng: np.random.Generator) -> Changes | None:
    """The average over the words; each replaced letter stands for as many letters as its word has."""
    changed, replaced = 0.0, 0
    for word in words:
        whole = _last(task, word)
        if whole is None:
            continue
        for place in np.argsort(rng.random(len(word)))[:PLACES].tolist():
            others = tuple(letter for letter in letters if letter != word[place])
            if not others:
                continue
            (other,) = drawn_evenly(others, 1, rng)
            there = _last(task, (*word[:place], other, *word[place + 1 :]))
            if there is not None:
                replaced += 1
                changed += len(word) * (there != whole)
    return Changes(min(map(len, words)), changed / replaced, replaced) if replaced else None


def _last(task: Task, word: Word) -> Hashable | None:
    """What may follow the whole word, or the first token of its answer; None if it has no label."""
    answer = answer_of(task, word, len(word) if task.format == "continuations" else 0)
    return answer[0] if isinstance(answer, tuple) else None


def read_exponent(changes: Sequence[Changes]) -> float | None:
    """The exponent x for which sensitivity grows like n^x; None if there are fewer than three figures above zero."""
    seen = [c for c in changes if c.mean > 0]
    if len(seen) < 3:
        return None
    return float(np.polyfit(np.log([c.length for c in seen]), np.log([c.mean for c in seen]), 1)[0])


def describe_sensitivity(changes: Sequence[Changes], exponent: float | None, *, even: bool) -> str:
    """The figures in words, and how they grow with the length."""
    kind = "words drawn evenly" if even else "the task's own words"
    figures = ", ".join(f"{c.mean:.1f} at length {c.length}" for c in changes)
    shown = f"letters whose replacement changes the answer, {kind}: {figures or 'no word has enough labels near it'}"
    if exponent is None:
        return f"{shown}; there are too few figures to show any growth."
    if exponent < FLAT_EXPONENT:
        return f"{shown}; it does not grow with the length."
    steep = "in proportion to the length" if exponent >= STEEP_EXPONENT else "slower than the length"
    return f"{shown}; it grows like n^{exponent:.2f}, {steep}."
