"""Functions from words to real values, for the experiments on training length (arXiv 2510.27015, section 4).

They are not tasks of the benchmark: what is learnt is one number, or one number for each letter, at the last position.
A name has the form `NAME:PARAMETERS`, such as `simple_task:4`, `mod_p_task:5:0` or `in_context_k_gram:2:3`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.lengths import check_request, inside
from tasks.drawing.randomness import integers_below

SOURCE = "Izzo, Nichani, Lee 2026 (arXiv 2510.27015), section 4"
BITS = ("0", "1")
DATA_VERSION = 1  # part of the identity of every run; raised when the same name and seed give other words

FunctionValues: TypeAlias = NDArray[np.float64]
LetterNames: TypeAlias = tuple[str, ...]


class FunctionNameError(ValueError):
    """No function of words has this name, or its parameters are out of range; the message says what is expected."""


@dataclass(frozen=True)
class FunctionBatch:
    """Words as numbers of letters, 0 past a word's end, with the values of the function.

    tokens   (words, longest)
    lengths  (words,)
    values   (words, outputs)
    """

    tokens: NDArray[np.int64]
    lengths: NDArray[np.int64]
    values: FunctionValues


@dataclass(frozen=True)
class FunctionTask:
    """A function from words to real values.

    `sample(rng, (shortest, longest), size)` draws words with their values; lengths are drawn evenly, and `letters` says
    in words how letters are drawn. `label(word)` gives the values of one word, and is written independently of the
    sampler. `counted` is the same function of the counts of letters at each residue of positions. It is None if these
    counts do not decide the value; if there is one, words need not be drawn.
    """

    name: str
    title: str
    summary: str
    alphabet: LetterNames
    outputs: int
    shortest: int
    letters: str
    sample: Callable[[np.random.Generator, tuple[int, int], int], FunctionBatch]
    label: Callable[[LetterNames], tuple[float, ...]]
    counted: "Counted | None" = None


@dataclass(frozen=True)
class Counts:
    """What a model that ignores order sees of words: the count of each letter at each residue, and the last position.

    counts    (words, period, letters)  how often each letter stands at positions of each residue modulo the period
    letters   (words,)                  the letter at the last position
    residues  (words,)                  the residue of the last position; positions are 1, 2, ...
    """

    counts: NDArray[np.int64]
    letters: NDArray[np.int64]
    residues: NDArray[np.int64]


@dataclass(frozen=True)
class Counted:
    """A function of the counts by residue: its period, its values, and the one residue that it depends on, if any."""

    period: int
    values: Callable[[Counts], FunctionValues]
    attended: int | None = None


def draw_counts(rng: np.random.Generator, period: int, lengths: NDArray[np.int64]) -> Counts:
    """Return counts that are distributed as those of words from `_bits_sampler`, at a cost independent of length.

    Args:
        rng: The source of randomness.
        period: The period of the residues.
        lengths: (words,) The lengths.
    """
    rate = rng.random(len(lengths))
    last = (rng.random(len(lengths)) < rate).astype(np.int64)
    residues = lengths % period
    # How many of the positions 1..length - 1 have residue r. The last letter is drawn apart, for it is the query.
    before = np.stack([(lengths - 1 - r) // period + (r > 0) for r in range(period)], axis=1)  # (words, period)
    ones = rng.binomial(before, rate[:, None])
    counts = np.stack([before - ones, ones], axis=2)
    counts[np.arange(len(lengths)), residues, last] += 1
    return Counts(counts, last, residues)


def counts_of(batch: FunctionBatch, period: int) -> Counts:
    """Return the counts of given words over two letters."""
    width = batch.tokens.shape[1]
    within = inside(batch.lengths, width)
    residue = np.arange(1, width + 1) % period
    marks = [[(batch.tokens == a) & within & (residue == r) for a in (0, 1)] for r in range(period)]
    last = batch.tokens[np.arange(len(batch.lengths)), batch.lengths - 1]
    return Counts(np.array(marks).sum(axis=3).transpose(2, 0, 1), last, batch.lengths % period)


# --- the functions -------------------------------------------------------------------------------------------


def simple_task(omega: int) -> FunctionTask:
    """Return the function sin(omega (zeros - ones) / length) of words over 0 and 1.

    It depends on frequencies alone, with a Lipschitz constant of the order of omega.

    Raises:
        FunctionNameError: omega is below 1.
    """
    _check(omega >= 1, f"omega: expected at least 1, found {omega}")

    def values(counts: Counts) -> FunctionValues:
        zeros, ones = counts.counts.sum(axis=1).T
        found: FunctionValues = np.sin(omega * (zeros - ones) / (zeros + ones))[:, None]
        return found

    def label(word: LetterNames) -> tuple[float, ...]:
        _check_word(word, BITS, 1)
        return (math.sin(omega * (word.count("0") - word.count("1")) / len(word)),)

    return FunctionTask(
        f"simple_task:{omega}",
        f"SimpleTask({omega})",
        f"sin({omega} (zeros - ones) / length). 0 1 has value 0; 0 0 0 has value sin({omega}).",
        BITS,
        1,
        1,
        "independent, 1 with a probability drawn evenly for each word",
        _bits_sampler(1, 1, values),
        label,
        Counted(1, values),
    )


def mod_p_task(p: int, k: int) -> FunctionTask:
    """Return the function that gives the share of ones among the positions that are k modulo p; positions are 1, 2, ...

    Raises:
        FunctionNameError: p or k is out of range.
    """
    _check(p >= 1 and 0 <= k < p, f"p, k: expected p >= 1 and 0 <= k < p, found {p}, {k}")

    def values(counts: Counts) -> FunctionValues:
        zeros, ones = counts.counts[:, k].T
        found: FunctionValues = (ones / (zeros + ones))[:, None]
        return found

    def label(word: LetterNames) -> tuple[float, ...]:
        _check_word(word, BITS, p)
        chosen = [letter for position, letter in enumerate(word, 1) if position % p == k]
        return (chosen.count("1") / len(chosen),)

    return FunctionTask(
        f"mod_p_task:{p}:{k}",
        f"ModPTask({p}, {k})",
        f"The share of ones among positions that are {k} modulo {p}; words have at least {p} letters.",
        BITS,
        1,
        p,
        "independent, 1 with a probability drawn evenly for each word",
        _bits_sampler(p, p, values),
        label,
        Counted(p, values, k),
    )


def in_context_k_gram(k: int, letters: int) -> FunctionTask:
    """Return the function that gives, for each letter, how often it followed earlier occurrences of the last k letters.

    The values are shares that sum to 1; all are 0 if the last k letters did not occur before.

    Args:
        k: The number of letters that are matched.
        letters: The size of the alphabet.

    Raises:
        FunctionNameError: k or the number of letters is out of range.
    """
    _check(k >= 1 and 2 <= letters <= 26, f"k, letters: expected k >= 1 and 2..26 letters, found {k}, {letters}")
    alphabet = tuple("abcdefghijklmnopqrstuvwxyz"[:letters])

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> FunctionBatch:
        drawn = _lengths(rng, lengths, size, k + 1)
        tokens = integers_below(rng, np.full((size, int(drawn.max(initial=0))), letters))
        tokens = np.where(inside(drawn, tokens.shape[1]), tokens, 0)
        return FunctionBatch(tokens, drawn, shares_after(tokens, drawn, k, letters))

    def label(word: LetterNames) -> tuple[float, ...]:
        _check_word(word, alphabet, k + 1)
        after = [word[t] for t in range(k, len(word)) if word[t - k : t] == word[len(word) - k :]]
        return tuple(after.count(letter) / len(after) if after else 0.0 for letter in alphabet)

    return FunctionTask(
        f"in_context_k_gram:{k}:{letters}",
        f"in-context {k}-gram, {letters} letters",
        f"The shares of the letters that followed earlier occurrences of the word's last {k}; 0 where there are none.",
        alphabet,
        letters,
        k + 1,
        "independent and even",
        sample,
        label,
    )


def shares_after(tokens: NDArray[np.int64], lengths: NDArray[np.int64], k: int, letters: int) -> FunctionValues:
    """Return for each row the shares of the letters after earlier occurrences of its last k letters.  (words, letters)

    Args:
        tokens: (words, longest) The words.
        lengths: (words,) Their lengths; each is above k.
        k: The number of letters that are matched.
        letters: The size of the alphabet.
    """
    rows = np.arange(len(lengths))
    suffix = np.stack([tokens[rows, lengths - k + i] for i in range(k)], axis=1)  # (words, k)
    starts = tokens.shape[1] - k
    matches = np.ones((len(rows), starts), dtype=bool)  # column s: whether letters s..s+k-1 equal the suffix
    for i in range(k):
        matches &= tokens[:, i : i + starts] == suffix[:, [i]]
    matches &= np.arange(starts) < (lengths - k)[:, None]
    following = tokens[:, k:]
    found = np.stack([(matches & (following == letter)).sum(axis=1) for letter in range(letters)], axis=1)
    shares: FunctionValues = found / np.maximum(found.sum(axis=1, keepdims=True), 1)
    return shares


def _bits_sampler(
    period: int, shortest: int, values: Callable[[Counts], FunctionValues]
) -> Callable[[np.random.Generator, tuple[int, int], int], FunctionBatch]:
    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> FunctionBatch:
        drawn = _lengths(rng, lengths, size, shortest)
        rate = rng.random((size, 1))
        tokens = (rng.random((size, int(drawn.max(initial=0)))) < rate).astype(np.int64)
        tokens = np.where(inside(drawn, tokens.shape[1]), tokens, 0)
        plain = FunctionBatch(tokens, drawn, np.zeros((size, 0)))
        return FunctionBatch(tokens, drawn, values(counts_of(plain, period)))

    return sample


def _lengths(rng: np.random.Generator, lengths: tuple[int, int], size: int, least: int) -> NDArray[np.int64]:
    check_request(lengths, size)
    shortest = max(least, lengths[0])
    if shortest > lengths[1]:
        raise ValueError(f"no words of lengths {lengths[0]}-{lengths[1]}: they have at least {least} letters")
    return shortest + integers_below(rng, np.full(size, lengths[1] - shortest + 1))


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise FunctionNameError(message)


def _check_word(word: LetterNames, alphabet: LetterNames, least: int) -> None:
    for place, letter in enumerate(word, 1):
        if letter not in alphabet:
            raise ValueError(f"expected letters of {' '.join(alphabet)}, found {letter!r} at position {place}")
    if len(word) < least:
        raise ValueError(f"expected a word of at least {least} letters, found {len(word)}")


# --- by name -------------------------------------------------------------------------------------------------

FUNCTIONS: Mapping[str, tuple[Callable[..., FunctionTask], tuple[str, ...]]] = MappingProxyType(
    {
        "simple_task": (simple_task, ("omega",)),
        "mod_p_task": (mod_p_task, ("p", "k")),
        "in_context_k_gram": (in_context_k_gram, ("k", "letters")),
    }
)


def get_function(name: str) -> FunctionTask:
    """Return the function of this name, such as `mod_p_task:5:0`.

    Raises:
        FunctionNameError: There is none; the message says what is expected.
    """
    family, *texts = name.split(":")
    if family not in FUNCTIONS:
        raise FunctionNameError(f"unknown function {name!r}: expected one of {', '.join(FUNCTIONS)}")
    make, parameters = FUNCTIONS[family]
    if len(texts) != len(parameters) or not all(text.isascii() and text.isdigit() for text in texts):
        form = ":".join((family, *(parameter.upper() for parameter in parameters)))
        raise FunctionNameError(f"{name!r}: expected {form} with whole numbers")
    return make(*map(int, texts))
