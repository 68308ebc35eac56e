"""Tools to rearrange the letters of words and to assemble words from parts, for sticky words and for pairs."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.lengths import inside
from tasks.drawing.randomness import integers_below
from tasks.languages.language import Lengths, Letters, filled_up, pad_letter


@dataclass(frozen=True)
class Pieces:
    """Words of various lengths, a row each.  letters (rows, longest), lengths (rows,)

    Places past a row's length have no meaning.
    """

    letters: NDArray[np.integer]
    lengths: NDArray[np.int64]


def pieces_of(words: tuple[tuple[int, ...], ...]) -> Pieces:
    """Return the given words as rows."""
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    letters = np.zeros((len(words), int(lengths.max(initial=0))), dtype=np.int64)
    for row, word in enumerate(words):
        letters[row, : len(word)] = word
    return Pieces(letters, lengths)


def repeated(pieces: Pieces, which: NDArray[np.int64], times: NDArray[np.int64]) -> Pieces:
    """Return for each row the word number `which`, repeated `times` times.

    Args:
        pieces: The words.
        which: (rows,) The number of the word.
        times: (rows,) How often it is repeated.
    """
    size = pieces.lengths[which]
    columns = np.arange(int((size * times).max(initial=0)), dtype=np.int16)
    places = columns % np.maximum(size, 1).astype(np.int16)[:, None]
    return Pieces(pieces.letters.take(places + (pieces.letters.shape[1] * which)[:, None]), size * times)


def run_of(letter: NDArray[np.integer] | int, times: NDArray[np.int64]) -> Pieces:
    """Return for each row a letter, repeated `times` times.

    Args:
        letter: (rows,) The letter of each row, or one letter for all.
        times: (rows,) How often it is repeated.
    """
    letters = np.broadcast_to(np.asarray(letter), times.shape)[:, None]
    return Pieces(np.broadcast_to(letters, (len(times), int(times.max(initial=0)))), times)


def placed(parts: list[Pieces], letters: int) -> Letters:
    """Return for each row its parts one after the other, filled up with the number of `<pad>`.  (rows, longest)

    Args:
        parts: The parts, each with the same number of rows.
        letters: The size of the alphabet.
    """
    total = np.sum([part.lengths for part in parts], axis=0)
    words = np.full((len(total), int(total.max(initial=0))), pad_letter(letters), dtype=np.int16)
    beside = np.concatenate([part.letters.astype(np.int16) for part in parts], axis=1)
    within = np.concatenate([inside(part.lengths, part.letters.shape[1]) for part in parts], axis=1)
    words[inside(total, words.shape[1])] = beside[within]  # both masks go row by row, each row from left to right
    return words


def shared_out(rng: np.random.Generator, total: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Return each total cut into `parts` parts, at places drawn evenly.  (parts, words)"""
    cuts = np.sort(integers_below(rng, np.broadcast_to(total + 1, (parts - 1, len(total)))), axis=0)
    ends = np.concatenate([np.zeros((1, len(total)), dtype=np.int64), cuts, total[None]])
    return np.diff(ends, axis=0)


def sorted_in_blocks(rng: np.random.Generator, words: Letters, lengths: Lengths, letters: int) -> Letters:
    """Return each word cut into blocks of one size, with the letters of each block sorted.  (words, longest)

    The size, from 2 letters to the whole word, and the order of the letters are drawn for each word.

    Args:
        rng: The source of randomness.
        words: (words, longest) The words.
        lengths: (words,) Their lengths.
        letters: The size of the alphabet.
    """
    size = np.floor(2 * (np.maximum(lengths, 2) / 2) ** rng.random(len(lengths))).astype(np.int64)
    letter = rng.random((len(lengths), letters)).argsort(axis=1).astype(np.int16)  # (words, letters), by rank
    rank = letter.argsort(axis=1).astype(np.int16)
    most = words.shape[1] * letters
    number: type[np.signedinteger] = np.int16 if most < 2**15 - letters else np.int64
    rows = letters * np.arange(len(lengths))[:, None]
    within = inside(lengths, words.shape[1])
    keys = (np.arange(words.shape[1], dtype=number) // size.astype(number)[:, None]) * number(letters)
    keys += rank.take(np.where(within, words, 0) + rows)
    np.copyto(keys, number(most), where=~within)
    keys.sort(axis=1)
    return filled_up(letter.take(keys % number(letters) + rows), lengths, pad_letter(letters))


def turned(words: Letters, lengths: Lengths, first: NDArray[np.int64], letters: int) -> Letters:
    """Return each word rotated so that it begins at its letter number `first`.  (words, longest)

    Args:
        words: (words, longest) The words.
        lengths: (words,) Their lengths.
        first: (words,) The number of the letter, from 0.
        letters: The size of the alphabet.
    """
    places = (np.arange(words.shape[1]) + first[:, None]) % np.maximum(lengths, 1)[:, None]
    places += words.shape[1] * np.arange(len(words))[:, None]
    return filled_up(words.take(places), lengths, pad_letter(letters))


def in_rounds(
    letters: int,
    lengths: Lengths,
    rounds: int,
    tried: Callable[[NDArray[np.int64], int], tuple[Letters, NDArray[np.bool_]]],
) -> tuple[Letters, NDArray[np.bool_]]:
    """Return words that are tried for in several rounds, and which rows have one; the other rows hold `<pad>`.

    Args:
        letters: The size of the alphabet.
        lengths: (words,) The lengths.
        rounds: The number of rounds.
        tried: Given the rows that still lack a word, and the number of the round, it returns the words that came out,
            and a mask of the given rows that these belong to.

    Returns:
        The words (words, longest), and a mask (words,).
    """
    words = np.full((len(lengths), int(lengths.max(initial=0))), pad_letter(letters), dtype=np.int16)
    wanted = np.arange(len(lengths))
    for round_ in range(rounds):
        made, fits = tried(wanted, round_)
        words[wanted[fits], : made.shape[1]] = made
        wanted = wanted[~fits]
        if not len(wanted):
            break
    found = np.ones(len(lengths), dtype=np.bool_)
    found[wanted] = False
    return words, found
