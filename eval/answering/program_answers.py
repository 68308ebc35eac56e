"""Words for a program that gives answers: those to which it has one."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words, run
from crasp.meaning.ir import EOS as END
from crasp.meaning.ir import Program
from eval.answering.balanced_words import NoWordsError
from eval.answering.membership import LengthArray, TokenArray
from tasks.drawing.lengths import inside
from tasks.drawing.randomness import integers_below
from tasks.words import SEP

ROUNDS = 20  # how often words are drawn, if some of them are not words of the program
POOL_WORDS = 64  # the fewest words that are drawn, since among few of them a length may wrongly seem to have no words

Draw: TypeAlias = Callable[[np.random.Generator, LengthArray], tuple[TokenArray, NDArray[np.bool_]]]


def letters_of(program: Program) -> tuple[str, ...]:
    """The tokens that words are made of: the program's alphabet without `<sep>`."""
    return tuple(token for token in program.alphabet if token != SEP)


def allowed_outputs(program: Program, tokens: TokenArray, lengths: LengthArray) -> NDArray[np.bool_]:
    """What may come after each prefix, (words, longest + 1, outputs); the outputs are the alphabet and then the end.

    Args:
        program: The program.
        tokens: The words, (words, longest), padded with -1.
        lengths: Their lengths, (words,).
    """
    allowed = np.zeros((len(lengths), tokens.shape[1] + 1, len(program.alphabet) + 1), dtype=bool)
    columns = [len(program.alphabet) if t == END else program.alphabet.index(t) for t, _ in program.next]
    allowed[:, :, columns] = run(program, Words(tokens, lengths)).next
    return allowed


def draw_found(rng: np.random.Generator, lengths: tuple[int, int], size: int, draw: Draw) -> Words:
    """Words whose lengths are drawn with equal chances.

    If no right word is drawn in some rounds, another word that was found stands in its place.

    Args:
        rng: The source of randomness.
        lengths: The least and the greatest length.
        size: The number of words.
        draw: Draws words of given lengths, and says which of them are right.

    Raises:
        NoWordsError: No right word was found.
    """
    number = max(size, POOL_WORDS)
    chosen = lengths[0] + integers_below(rng, np.full(number, lengths[1] - lengths[0] + 1))
    tokens = np.full((number, lengths[1]), -1)
    wanted = np.arange(number)
    for _ in range(ROUNDS):
        drawn, right = draw(rng, chosen[wanted])
        tokens[wanted[right], : drawn.shape[1]] = drawn[right]
        wanted = wanted[~right]
        if not len(wanted):
            break
    found = np.setdiff1d(np.arange(number), wanted)
    if not len(found):
        raise NoWordsError(f"no word of lengths {lengths[0]}-{lengths[1]} was found in {ROUNDS * number} tries")
    instead = found[integers_below(rng, np.full(len(wanted), len(found)))]
    tokens[wanted], chosen[wanted] = tokens[instead], chosen[instead]
    return Words(tokens[:size, : int(chosen[:size].max(initial=0))], chosen[:size])


def letter_numbers(program: Program) -> NDArray[np.int64]:
    """The numbers, in the program's alphabet, of the tokens that words are made of."""
    return np.array([program.alphabet.index(letter) for letter in letters_of(program)], dtype=np.int64)


def answers(program: Program, words: Words) -> tuple[Words, NDArray[np.bool_]]:
    """What the program says after each word and `<sep>`, and which of these are answers, (words,).

    It is no answer if the program ever allows no token or several, or if it does not end within about twice the
    greatest length of the words.
    """
    most = 2 * int(words.lengths.max(initial=0)) + 2
    width = words.tokens.shape[1] + 1 + most
    tokens = np.full((len(words.lengths), width), -1)
    tokens[:, : words.tokens.shape[1]] = words.tokens
    rows = np.arange(len(tokens))
    tokens[rows, words.lengths] = program.alphabet.index(SEP)
    lengths = words.lengths + 1
    ended = np.zeros(len(tokens), dtype=bool)
    for _ in range(most + 1):
        last = int(lengths[rows].max(initial=0))
        allowed = allowed_outputs(program, tokens[rows, :last], lengths[rows])
        allowed = allowed[np.arange(len(rows)), lengths[rows]]  # (rows, outputs)
        plain = allowed.sum(axis=1) == 1
        token = allowed.argmax(axis=1)
        ended[rows[plain & (token == len(program.alphabet))]] = True
        going = plain & (token < len(program.alphabet)) & (lengths[rows] < width)
        rows, token = rows[going], token[going]
        tokens[rows, lengths[rows]] = token
        lengths[rows] += 1
        if not len(rows):
            break
    sizes = lengths - words.lengths - 1
    places = words.lengths[:, None] + 1 + np.arange(int(sizes.max(initial=0)))
    said = np.take_along_axis(tokens, np.minimum(places, width - 1), axis=1)
    return Words(np.where(inside(sizes, said.shape[1]), said, -1), sizes), ended
