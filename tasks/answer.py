"""Tasks with an answer: `<bos> x <sep> y <eos>`, judged from `<sep>` to the last token of y.

Where the word ends in its own mark, as `x + y =` does, that mark stands for `<sep>`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.randomness import check_request, draw_lengths
from tasks.task import BOS, EOS, PAD, SEP, SPECIAL, Batch, Example, Sampler, Word


@dataclass(frozen=True)
class Drawn:
    """Words and their answers, as numbers of letters; what lies past a row's length has no meaning.

    words    (words, longest word)      answers         (words, longest answer)
                                        answer_lengths  (words,)
    """

    words: NDArray[np.int64]
    answers: NDArray[np.int64]
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
        return _batch(alphabet, drawn_lengths, draw(rng, drawn_lengths), separator)

    return sample


def lengths_from(shortest: int, longest: int | None = None) -> Callable[[int], NDArray[np.bool_]]:
    """For `answer_sampler`: the lengths from `shortest` on, up to `longest` if that is given, exist."""

    def exist(asked: int) -> NDArray[np.bool_]:
        lengths = np.arange(asked + 1)
        within: NDArray[np.bool_] = (lengths >= shortest) & (lengths <= (asked if longest is None else longest))
        return within

    return exist


def _batch(alphabet: tuple[str, ...], lengths: NDArray[np.int64], drawn: Drawn, separator: tuple[str, ...]) -> Batch:
    ids = {token: len(alphabet) + index for index, token in enumerate(SPECIAL)}
    first = lengths + len(separator)  # (words,) the first judged position
    end = first + drawn.answer_lengths + 1  # (words,) where <eos> stands
    columns = np.arange(int(end.max(initial=0)) + 1)
    tokens = np.full((len(lengths), len(columns)), ids[PAD])  # (words, positions)
    tokens[:, 0] = ids[BOS]
    _place(tokens, (columns > 0) & (columns <= lengths[:, None]), drawn.words, lengths)
    if separator:
        tokens[columns == first[:, None]] = ids[SEP]
    _place(tokens, (columns > first[:, None]) & (columns < end[:, None]), drawn.answers, drawn.answer_lengths)
    tokens[columns == end[:, None]] = ids[EOS]
    judged = (columns >= first[:, None]) & (columns < end[:, None])
    targets = np.full_like(tokens, ids[PAD])
    targets[judged] = tokens[:, 1:][judged[:, :-1]]
    return Batch(tokens, judged, targets, lengths)


def _place(
    tokens: NDArray[np.int64], where: NDArray[np.bool_], rows: NDArray[np.int64], lengths: NDArray[np.int64]
) -> None:
    tokens[where] = rows[np.arange(rows.shape[1]) < lengths[:, None]]
