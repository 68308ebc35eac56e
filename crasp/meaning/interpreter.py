"""Evaluates a program: the value of every line at every position, in exact integers, for many words at once.

Words are evaluated in blocks that fit into the processor's cache. Positions are the first axis, so that a prefix sum
is one addition of whole rows for each position. crasp/meaning/prefix_tree.py evaluates sets of words with common
prefixes, and evaluates each prefix once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.meaning.operations import Values, evaluated, having_residue, integer_type, token_type, value_bounds
from crasp.spelling import near, spell_token

BLOCK_VALUES = 1 << 20  # how many values of one line a block of words has
FEW_WORDS = 48  # with fewer words, NumPy's running sum along the positions is faster than adding rows


class WordError(ValueError):
    """A word holds a token that the alphabet lacks."""


@dataclass(frozen=True)
class Words:
    """Words over an alphabet, each token given by its number in the alphabet.

    tokens   (words, positions) integers, -1 after the end of a word
    lengths  (words,) integers
    """

    tokens: NDArray[Any]
    lengths: NDArray[np.int64]

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Words":
        """The words in these rows, given by number or by a mask."""
        lengths = self.lengths[rows]
        return Words(self.tokens[rows, : int(lengths.max(initial=0))], lengths)

    def with_rows(self, rows: NDArray[np.int64], others: "Words") -> "Words":
        """The words, with each of the given rows replaced by the word of `others` at the same place in the list.

        A word is replaced only by a word of its own length. Where the lengths differ it stays.
        """
        same = others.lengths == self.lengths[rows]
        tokens = self.tokens.copy()
        width = min(tokens.shape[1], others.tokens.shape[1])
        tokens[rows[same]] = -1
        tokens[rows[same], :width] = others.tokens[same, :width]
        return Words(tokens, self.lengths)


@dataclass(frozen=True)
class Trace:
    """The value of every line: `lines[k]` has shape (words, positions 0..n) and is Boolean or integer.

    Values after the last position of a word have no meaning.
    """

    program: ir.Program
    words: Words
    lines: tuple[Values, ...]


@dataclass(frozen=True)
class Outputs:
    """The outputs of a program on several words.

    accept  (words,) bool, at the last position of each word; None where the program does not define `accept`
    next    (words, positions 0..n, outputs) bool, outputs in the order of `program.next`; empty where there are none
    """

    accept: NDArray[np.bool_] | None
    next: NDArray[np.bool_]


def encode(alphabet: Sequence[str], words: Sequence[Sequence[str]]) -> Words:
    """The words as arrays of token numbers.

    Raises:
        WordError: A word holds a token that the alphabet lacks. The message names the first such token and its
            position.
    """
    order = {token: number for number, token in enumerate(alphabet)}
    longest = max(map(len, words), default=0)
    tokens = np.full((len(words), longest), -1, dtype=token_type(len(alphabet)))
    for row, word in enumerate(words):
        try:
            tokens[row, : len(word)] = [order[token] for token in word]
        except KeyError:
            place = next(k for k, token in enumerate(word) if token not in order)
            raise WordError(_unknown(word[place], place + 1, alphabet)) from None
    return Words(tokens, np.array([len(word) for word in words], dtype=np.int64))


def split_word(text: str, alphabet: Sequence[str]) -> tuple[str, ...]:
    """The tokens of a word given as text.

    Text with white space is split there. Other text is split into characters if every token of the alphabet is one
    character long, and else is one token.
    """
    if not text.strip():
        return ()
    if any(c.isspace() for c in text):
        return tuple(text.split())
    return tuple(text) if all(len(token) == 1 for token in alphabet) else (text,)


def trace(program: ir.Program, words: Words) -> Trace:
    """The value of every line at every position of every word."""
    bounds = value_bounds(program, words.tokens.shape[1])
    counts = integer_type(max(bounds, default=0))
    shape = (words.tokens.shape[1] + 1, len(words.lengths))
    types = [np.dtype(bool) if line.kind == "boolean" else counts for line in program.lines]
    lines = [np.empty(shape, dtype) for dtype in types]
    everything = frozenset(range(len(program.lines)))
    for start, stop, values in _blocks(program, words, everything):
        for number, value in values.items():
            lines[number][:, start:stop] = value
    return Trace(program, words, tuple(line.T for line in lines))


def run(program: ir.Program, words: Words) -> Outputs:
    """The outputs of a program: whether each word is accepted, and which tokens may follow each of its prefixes."""
    number = len(words.lengths)
    accept = None if program.accept is None else np.empty(number, bool)
    allowed = np.empty((number, words.tokens.shape[1] + 1, len(program.next)), bool)
    for start, stop, values in _blocks(program, words, frozenset(program.outputs)):
        if accept is not None and program.accept is not None:
            accept[start:stop] = _last(values[program.accept], words, start, stop)
        for k, (_, line) in enumerate(program.next):
            allowed[start:stop, :, k] = values[line].T
    return Outputs(accept, allowed)


def accepts(program: ir.Program, words: Words) -> NDArray[np.bool_]:
    """Whether each word is accepted, of shape (words,).

    Raises:
        ValueError: The program does not define `accept`.
    """
    if program.accept is None:
        raise ValueError("the program defines no accept")
    found = np.empty(len(words.lengths), bool)
    for start, stop, values in _blocks(program, words, frozenset((program.accept,))):
        found[start:stop] = _last(values[program.accept], words, start, stop)
    return found


# --- blocks of words -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _PositionRows:
    """A block of words, with positions as rows and words as columns.

    tokens  (positions 0..n, words) numbers of tokens, -1 where there is none
    """

    tokens: Values

    @property
    def longest(self) -> int:
        return len(self.tokens) - 1

    def periodic(self, modulus: int, residue: int) -> Values:
        return having_residue(modulus, residue, len(self.tokens))[:, None]

    def sums(self, body: Values, counts: np.dtype[Any]) -> Values:
        sums = np.broadcast_to(body, self.tokens.shape).astype(counts)
        sums[0] = 0
        if counts.hasobject or sums.shape[1] < FEW_WORDS:
            return np.add.accumulate(sums, axis=0)
        above = sums[0]
        for row in sums[1:]:
            above = np.add(above, row, row)
        return sums

    def before(self, values: Values, lag: int) -> Values:
        if lag == 0:
            return values
        result = np.zeros_like(values)
        result[lag:] = values[: max(0, len(values) - lag)]
        return result


def _blocks(program: ir.Program, words: Words, wanted: frozenset[int]) -> Iterator[tuple[int, int, dict[int, Values]]]:
    """Yields the values of the wanted lines for one block of words after another.

    Before the values come the number of the block's first word and the number of the word after its last.
    """
    longest = words.tokens.shape[1]
    size = max(FEW_WORDS, BLOCK_VALUES // (longest + 1))
    for start in range(0, len(words.lengths), size):
        stop = min(start + size, len(words.lengths))
        narrow = words.tokens[start:stop].astype(token_type(len(program.alphabet)), copy=False)
        tokens = np.full((longest + 1, stop - start), -1, narrow.dtype)
        tokens[1:] = narrow.T  # transposing is cheap only after the numbers were made narrow
        yield start, stop, evaluated(program, _PositionRows(tokens), wanted)


def _last(values: Values, words: Words, start: int, stop: int) -> NDArray[np.bool_]:
    lengths = words.lengths[start:stop]
    everywhere = np.broadcast_to(values, (words.tokens.shape[1] + 1, stop - start))
    return np.asarray(everywhere[lengths, np.arange(stop - start)], dtype=bool)


def _unknown(token: str, position: int, alphabet: Sequence[str]) -> str:
    guess = near(token, alphabet)
    hint = "" if guess is None else f"; the nearest is {spell_token(guess)}"
    return f"position {position}: expected a token of the alphabet, found `{token}`{hint}"
