"""Words made of other words, by edits that keep the length and by repetitions that give any length."""

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from eval.answering.membership import LengthArray, TokenArray
from tasks.drawing.lengths import inside
from tasks.drawing.randomness import integers_below

KINDS = 6
LONGEST_FACTOR_LETTERS = 4  # the longest factor that is repeated


def random_letters(letters: NDArray[np.int64], rng: np.random.Generator, lengths: LengthArray) -> Words:
    """Words of these lengths whose letters are drawn with equal chances."""
    shape = (len(lengths), int(lengths.max(initial=0)))
    tokens = letters[integers_below(rng, np.full(shape, len(letters)))]
    return Words(np.where(inside(lengths, shape[1]), tokens, -1), lengths)


def sticky_letters(letters: NDArray[np.int64], rng: np.random.Generator, lengths: LengthArray) -> Words:
    """Words of these lengths in which letters repeat themselves, and some letters are rare.

    Each word draws its own chance of a repetition and its own weights of the letters.
    """
    shape = (len(lengths), int(lengths.max(initial=0)))
    weights = np.exp(2 * rng.random((len(lengths), len(letters)))).cumsum(axis=1)
    chance = rng.random(shape) * weights[:, -1:]
    tokens = letters[(weights[:, None, :] <= chance[:, :, None]).sum(axis=2).clip(max=len(letters) - 1)]
    same = rng.random(shape) < rng.random((len(lengths), 1))
    places = np.where(same, 0, np.arange(shape[1]))
    tokens = np.take_along_axis(tokens, np.maximum.accumulate(places, axis=1), axis=1) if shape[1] else tokens
    return Words(np.where(inside(lengths, shape[1]), tokens, -1), lengths)


def edited(letters: NDArray[np.int64], rng: np.random.Generator, words: Words) -> Words:
    """Each word with one change that keeps its length.

    The change is one of six: a letter is drawn anew; two letters are exchanged; a stretch is filled with one letter, or
    copied from elsewhere, or rotated by one place to the left, or to the right.
    """
    rows, lengths = np.arange(len(words.lengths)), words.lengths
    kind = integers_below(rng, np.full(len(rows), KINDS))
    one, other = (integers_below(rng, lengths) for _ in range(2))
    first, last = np.minimum(one, other), np.maximum(one, other)
    short = np.floor(lengths ** rng.random(len(rows))).astype(np.int64)  # stretch lengths are uniform on a log scale
    last = np.where(kind == 1, last, np.minimum(last, first + short))
    columns = np.arange(words.tokens.shape[1])
    within = (columns >= first[:, None]) & (columns <= last[:, None])
    source = np.broadcast_to(columns, words.tokens.shape).copy()
    swapped = np.where(
        columns == first[:, None], last[:, None], np.where(columns == last[:, None], first[:, None], columns)
    )
    shift = np.minimum(integers_below(rng, lengths), lengths - 1 - (last - first))[:, None] + columns - first[:, None]
    left = np.where(columns == last[:, None], first[:, None], columns + 1)
    right = np.where(columns == first[:, None], last[:, None], columns - 1)
    for number, moved in ((1, swapped), (3, shift), (4, left), (5, right)):
        source = np.where((kind == number)[:, None] & (within | (number == 1)), moved, source)
    tokens = (
        np.take_along_axis(words.tokens, source.clip(0, max(0, len(columns) - 1)), axis=1)
        if len(columns)
        else words.tokens
    )
    letter = letters[integers_below(rng, np.full(len(rows), len(letters)))]
    place = (kind == 0)[:, None] & (columns == one[:, None])
    tokens = np.where(place | ((kind == 2)[:, None] & within), letter[:, None], tokens)
    return Words(np.where(inside(lengths, len(columns)), tokens, -1), lengths)


def repeated(rng: np.random.Generator, sources: Words, lengths: LengthArray) -> Words:
    """A word of each length, made by repeating parts of one of the sources, which is no longer than the word.

    One or two factors of the source are repeated equally often, or each of its letters, or all of it; or it is followed
    by another source. If this does not give the length, the last letter is repeated. A word has length 0 if no source
    fits.

    Args:
        rng: The source of randomness.
        sources: The words that are used.
        lengths: The length of each new word, (words,).
    """
    tokens = np.full((len(lengths), int(lengths.max(initial=0))), -1)
    order = np.argsort(sources.lengths, kind="stable")
    fitting = np.searchsorted(sources.lengths[order], lengths, side="right")
    # The square prefers short sources.
    chosen = np.floor(rng.random((2, len(lengths))) ** 2 * np.maximum(fitting, 1)).astype(np.int64)
    chances = rng.random((len(lengths), 7))
    for row, length in enumerate(lengths.tolist()):
        if not fitting[row] or not length:
            continue
        word, more = (sources.tokens[k, : sources.lengths[k]] for k in order[chosen[:, row]])
        made = _grown(word, more, length, chances[row])
        tokens[row, : len(made)] = made
        tokens[row, len(made) : length] = made[-1] if len(made) else -1
    complete = (tokens >= 0).sum(axis=1) == lengths
    return Words(tokens, np.where(complete, lengths, 0))


def _grown(word: TokenArray, more: TokenArray, length: int, chances: NDArray[np.float64]) -> TokenArray:
    how, *rest = chances.tolist()
    size = len(word)
    if how < 0.1 and len(more) + size <= length:  # both words joined; what is missing comes from repeating factors
        word, size = np.concatenate([word, more]), size + len(more)
    elif how < 0.2 and size and length % size == 0:
        return np.repeat(word, length // size)
    elif how < 0.3 and size and length % size == 0:
        return np.tile(word, length // size)
    missing = length - size
    if not missing or not size:
        return word
    one, other, first, second, _, both = rest
    widths = [1 + int(one * LONGEST_FACTOR_LETTERS), int(other * (LONGEST_FACTOR_LETTERS + 1)) if both < 0.7 else 0]
    fits = [w for w in range(1, LONGEST_FACTOR_LETTERS + 1) if missing % (w + widths[1]) == 0]
    widths[0] = fits[int(one * len(fits))] if fits else widths[0]
    if not fits:
        widths[1] = 0
        divisors = [w for w in range(1, LONGEST_FACTOR_LETTERS + 1) if missing % w == 0]
        widths[0] = divisors[int(one * len(divisors))]
    if sum(widths) > size:
        return word
    times = missing // sum(widths)
    start = int(first * (size - sum(widths) + 1))
    again = start + widths[0] + int(second * (size - start - sum(widths) + 1))
    parts = [
        word[: start + widths[0]],
        np.tile(word[start : start + widths[0]], times),
        word[start + widths[0] : again + widths[1]],
        np.tile(word[again : again + widths[1]], times),
        word[again + widths[1] :],
    ]
    return np.concatenate(parts)
