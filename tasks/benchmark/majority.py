"""The task of finding the most frequent of 26 letters."""

import statistics
import string
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.benchmark.algorithmic import SUITE, one_letter
from tasks.drawing.lengths import inside, lengths_from
from tasks.drawing.mixture import DrawAnswers, Drawn
from tasks.drawing.randomness import integers_below, letters_below, permutations, quarters
from tasks.languages.language import held
from tasks.languages.letter_arrangement import sorted_in_blocks
from tasks.languages.members import check_letters
from tasks.languages.sticky_words import letter_weights
from tasks.published_accuracies import published
from tasks.task import Task
from tasks.theory import by_counting
from tasks.words import Word

LETTERS = tuple(string.ascii_lowercase)
MOST_TRIES = 64  # candidates drawn at once for each word that is still wanted; also the most rounds of `_with_one_mode`
LEAST_WORDS = 128  # candidates to draw at once when few words are still wanted


def _majority_letter(word: Word) -> Word:
    check_letters(word, LETTERS)
    modes = statistics.multimode(word)
    if len(modes) != 1:
        raise ValueError(f"a tie of {', '.join(modes) or 'nothing'} has no majority")
    return (modes[0],)


def _draw_majority(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
    """Draw words of uniform letters until each has a single most frequent letter.

    Only one word of two letters in 26 has one. So after a round in which few words were found, several candidates are
    drawn for each word that is still wanted.
    """
    words = np.zeros((len(lengths), int(lengths.max(initial=0))), dtype=np.uint8)
    answers = np.zeros(len(lengths), dtype=np.int64)
    wanted = np.arange(len(lengths))
    tries = 1
    while len(wanted):
        drawn, modes = _letters(rng, np.repeat(lengths[wanted], tries))
        unique = (modes < len(LETTERS)).reshape(-1, tries)  # (wanted, tries)
        found = unique.any(axis=1)
        chosen = (np.arange(len(wanted)) * tries + unique.argmax(axis=1))[found]
        words[wanted[found], : drawn.shape[1]] = drawn.take(chosen, axis=0)
        answers[wanted[found]] = modes[chosen]
        wanted = wanted[~found]
        tries = max(unique.size // max(1, int(unique.sum())), LEAST_WORDS // max(1, len(wanted)))
        tries = min(MOST_TRIES, tries)
    return one_letter(words, answers)


def _letters(rng: np.random.Generator, lengths: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return words of uniform letters (words, longest), and the most frequent letter of each (words,), 26 for a tie."""
    return _with_modes(letters_below(rng, len(lengths), int(lengths.max()), len(LETTERS)), lengths)


def _with_modes(words: NDArray[np.uint8], lengths: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the words, with 26 past their ends, and the most frequent letter of each, 26 for a tie."""
    kinds = len(LETTERS)
    past = ~inside(lengths, words.shape[1])
    np.maximum(words, past * np.uint8(kinds), out=words)  # so that what lies past the end is counted separately
    rows = (kinds + 1) * np.arange(len(lengths), dtype=np.int32)[:, None]  # where the counts of each word begin
    cells = np.add(rows, words, out=np.empty(words.shape, dtype=np.int64))
    counts = np.zeros((len(lengths), kinds + 1), dtype=np.int32)
    np.add.at(counts.reshape(-1), cells.reshape(-1), np.int32(1))  # one type throughout: half the time of bincount
    by_letter = np.ascontiguousarray(counts[:, :kinds].T)  # (letters, words)
    is_mode = by_letter == by_letter.max(axis=0)
    tied = is_mode.sum(axis=0, dtype=np.uint8) > 1
    return words, np.where(tied, kinds, (is_mode * np.arange(kinds, dtype=np.uint8)[:, None]).max(axis=0))


WEIGHTS = 64  # tables of letters' weights, of which each word takes one


@cache
def _weighted_letters() -> NDArray[np.uint8]:
    """Return for each table of weights 256 letters, each as often as its weight says.  (tables, 256)"""
    weights = letter_weights(WEIGHTS, len(LETTERS))
    ends = weights.cumsum(axis=1) / weights.sum(axis=1, keepdims=True)
    places = (np.arange(256) + 0.5) / 256
    letters: NDArray[np.uint8] = (ends[:, :-1, None] <= places).sum(axis=1).astype(np.uint8)
    return letters


def _sticky_letters(
    rng: np.random.Generator, lengths: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return words of letters with unequal weights, in runs, and the most frequent letter of each."""
    width = int(lengths.max())
    which = integers_below(rng, np.full(len(lengths), WEIGHTS))
    draws = quarters(rng, len(lengths) * width).reshape(len(lengths), width) >> np.uint16(8)
    words = _weighted_letters()[which[:, None], draws]
    repeat = rng.random((len(lengths), 1))
    words = held(words, quarters(rng, words.size).reshape(words.shape) < (repeat * 2**16).astype(np.uint16))
    return _with_modes(words, lengths)


def _close_letters(rng: np.random.Generator, lengths: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return words in which one letter is ahead of another by one, and the most frequent letter of each.

    The rest of a word are other letters. Half of the words are in runs.
    """
    kinds, width = len(LETTERS), int(lengths.max())
    second = np.floor((lengths - 1) * (0.5 + 0.5 * rng.random(len(lengths))) / 2).astype(np.int64)
    first = np.where(second < 2, lengths - second, second + 1)
    columns = np.arange(width)
    number = letters_below(rng, len(lengths), width, kinds - 2) + np.uint8(2)
    number = np.where(columns < (first + second)[:, None], np.uint8(1), number)
    number = np.where(columns < first[:, None], np.uint8(0), number)
    names = permutations(rng, np.full(len(lengths), kinds), kinds).astype(np.uint8)
    ordered = np.take_along_axis(names, number.astype(np.int64), axis=1)
    words = np.take_along_axis(ordered, permutations(rng, lengths, width).astype(np.int64), axis=1)
    runs = np.flatnonzero(rng.random(len(lengths)) < 0.5)
    words[runs] = np.minimum(sorted_in_blocks(rng, words[runs].astype(np.int16), lengths[runs], kinds), kinds)
    return _with_modes(words, lengths)


def _with_one_mode(draw: Callable[..., tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> DrawAnswers:
    """Return the way to draw words again and again until one letter is the most frequent.

    A word for which none is found in MOST_TRIES rounds consists of the first letter alone.
    """

    def drawn(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
        words = np.zeros((len(lengths), int(lengths.max(initial=0))), dtype=np.uint8)
        answers = np.zeros(len(lengths), dtype=np.int64)
        wanted = np.arange(len(lengths))
        for _ in range(MOST_TRIES):
            if not len(wanted):
                break
            found, modes = draw(rng, lengths[wanted])
            single = modes < len(LETTERS)
            words[wanted[single], : found.shape[1]] = found[single]
            answers[wanted[single]] = modes[single]
            wanted = wanted[~single]
        return one_letter(words, answers)

    return drawn


MAJORITY_DRAWS = _draw_majority, _with_one_mode(_sticky_letters), _with_one_mode(_close_letters)
MAJORITY = Task(
    name="majority",
    title="Majority",
    summary="""The most frequent of 26 letters. Letters are drawn evenly; words without a single mode are left out.
a b a -> a
c a b b c b -> b""",
    family="Algorithm",
    alphabet=LETTERS,
    format="answer",
    sample=answer_sampler("majority", LETTERS, lengths_from(1), MAJORITY_DRAWS),
    label=answer_label(_majority_letter),
    theory=by_counting("majority"),
    program="majority",
    published=published("majority"),
    source=SUITE,
)
