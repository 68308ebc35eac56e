"""Tasks with an answer: `<bos> x <sep> y <eos>`, judged from `<sep>` to the last token of y.

Where the word ends in its own mark, as `x + y =` does, that mark stands for `<sep>`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.lengths import check_request, draw_lengths, inside
from tasks.task import BOS, EOS, SEP, Batch, Example, Sampler, Word


@dataclass(frozen=True)
class Drawn:
    """Words and their answers, as numbers of letters.

    words           (words, longest)   what lies past a row's length has no meaning
    answers         (letters,)         of all the answers, one after the other
    answer_lengths  (words,)
    """

    words: NDArray[np.integer]
    answers: NDArray[np.integer]
    answer_lengths: NDArray[np.int64]


def answer_example(word: Word, answer: Word, *, separator: tuple[str, ...] = (SEP,)) -> Example:
    """The word and its answer, labelled; `separator` is empty where the word ends in its own mark."""
    tokens = (BOS, *word, *separator, *answer, EOS)
    first = len(word) + len(separator)
    return Example(tokens, tuple(range(first, len(tokens) - 1)), tuple((token,) for token in tokens[first + 1 :]))


def answer_label(answer: Callable[[Word], Word], *, separator: tuple[str, ...] = (SEP,)) -> Callable[[Word], Example]:
    """The labels that follow from a function from words to answers."""
    return lambda word: answer_example(word, answer(word), separator=separator)


def answer_sampler(
    task: str,
    alphabet: tuple[str, ...],
    exist: Callable[[int], NDArray[np.bool_]],
    draw: Callable[[np.random.Generator, NDArray[np.int64]], Drawn],
    *,
    separator: tuple[str, ...] = (SEP,),
) -> Sampler:
    """A sampler of lengths marked by `exist(longest)`, of words and answers drawn for lengths by `draw`."""

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        drawn_lengths = draw_lengths(rng, task, lengths, size, exist(lengths[1]))
        return answer_batch(alphabet, drawn_lengths, draw(rng, drawn_lengths), separator)

    return sample


def answer_batch(
    alphabet: tuple[str, ...], lengths: NDArray[np.int64], drawn: Drawn, separator: tuple[str, ...] = (SEP,)
) -> Batch:
    """Words of these lengths and their answers as a batch; `separator` is empty where words end in their own mark."""
    first = lengths + len(separator)  # (words,) the first judged position
    end = first + drawn.answer_lengths + 1  # (words,) where <eos> stands
    width = int(end.max(initial=0)) + 1
    # Small numbers are moved several times as fast.
    fits = width + len(alphabet) < 2**15 - 4
    small: type[np.signedinteger] = np.int16 if fits else np.int64
    unsigned: type[np.unsignedinteger] = np.uint16 if fits else np.uint64
    bos, sep, eos, pad = np.arange(len(alphabet), len(alphabet) + 4, dtype=small)
    columns = np.arange(width, dtype=small)
    tokens = np.full((len(lengths), width), pad)  # (words, positions)
    tokens[:, 0] = bos
    longest = min(drawn.words.shape[1], width - 1)
    tokens[:, 1 : longest + 1] = drawn.words[:, :longest]
    np.copyto(tokens[:, 1 : longest + 1], pad, where=~inside(lengths, longest))
    rows = np.arange(len(lengths))
    if separator:
        tokens[rows, first] = sep
    # The judged positions but each word's last: of unsigned numbers, those before `first` are the largest.
    judged = (columns - first.astype(small)[:, None]).view(unsigned) < drawn.answer_lengths.astype(unsigned)[:, None]
    targets = np.full(judged.shape, pad)
    targets[judged] = drawn.answers
    tokens[:, 1:][judged[:, :-1]] = drawn.answers
    tokens[rows, end] = eos
    targets[rows, end - 1] = eos
    judged[rows, end - 1] = True
    return Batch(tokens.astype(np.int64), judged, targets.astype(np.int64), lengths)
