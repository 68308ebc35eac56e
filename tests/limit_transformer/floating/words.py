"""Words for realizations, and what the program says about them."""

from random import Random

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.meaning.interpreter import Words, encode, trace
from limit_transformer.machine.answers import Booleans, Realization


def expected(program: ir.Program, words: Words) -> Booleans:
    """The program's outputs, (words, positions 0..n, outputs), false after a word's end."""
    lines = trace(program, words).lines
    found = np.stack([lines[line] for line in program.outputs], axis=-1).astype(bool)
    inside = np.arange(found.shape[1])[None, :] <= words.lengths[:, None]
    return np.asarray(found & inside[..., None])


def assert_realizes(realization: Realization, program: ir.Program, words: Words) -> None:
    differ = realization.answers(words.tokens, words.lengths) != expected(program, words)
    assert not differ.any(), f"word, position, output {np.argwhere(differ)[0]}"


def random_words(program: ir.Program, random: Random, number: int, longest: int) -> Words:
    found = [random.choices(program.alphabet, k=random.randrange(longest + 1)) for _ in range(number)]
    return encode(program.alphabet, [[], *found])


def numbered(rows: list[NDArray[np.int64]]) -> Words:
    """Words given as numbers of letters."""
    tokens = np.full((len(rows), max(map(len, rows))), -1, dtype=np.int64)
    for row, word in enumerate(rows):
        tokens[row, : len(word)] = word
    return Words(tokens, np.array([len(word) for word in rows]))


def blocks(*lengths: int) -> NDArray[np.int64]:
    """a^lengths[0] b^lengths[1] ..."""
    return np.repeat(np.arange(len(lengths)), lengths)


def near_ties(length: int, letters: int) -> Words:
    """Words of up to that length in which each letter occurs as often as the next, or once more or less, in blocks."""
    each = length // letters
    rows = [blocks(*([each] * letters))]
    for letter in range(letters):
        for change in (-1, 1):
            counts = [each - 1] * letters
            counts[letter] += change
            rows.append(blocks(*counts))
    return numbered(rows)
