"""Tasks with an answer: `<bos> x <sep> y <eos>`, judged from `<sep>` to the last token of y.

Where the word ends in its own mark, as `x + y =` does, that mark stands for `<sep>`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.lengths import check_request, draw_lengths, inside
from tasks.drawing.mixture import DrawAnswers, Drawn, Strata, draw_answers
from tasks.words import BOS, EOS, SEP, Batch, Example, Sampler, Word


def answer_example(word: Word, answer: Word, *, separator: tuple[str, ...] = (SEP,)) -> Example:
    """The word and its answer, labelled; `separator` is empty where the word ends in its own mark."""
    tokens = (BOS, *word, *separator, *answer, EOS)
    first = len(word) + len(separator)
    return Example(tokens, tuple(range(first, len(tokens) - 1)), tuple((token,) for token in tokens[first + 1 :]))


def answer_label(answer: Callable[[Word], Word], *, separator: tuple[str, ...] = (SEP,)) -> Callable[[Word], Example]:
    """The labels of words whose answers a function gives."""
    return lambda word: answer_example(word, answer(word), separator=separator)


def answer_sampler(
    task: str,
    alphabet: tuple[str, ...],
    exist: Callable[[int], NDArray[np.bool_]],
    draws: tuple[DrawAnswers, DrawAnswers, DrawAnswers],
    *,
    separator: tuple[str, ...] = (SEP,),
) -> Sampler:
    """A sampler of lengths marked by `exist(longest)`, of words and answers drawn for lengths by stratum."""

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        drawn_lengths = draw_lengths(rng, task, lengths, size, exist(lengths[1]))
        drawn, strata = draw_answers(rng, drawn_lengths, draws)
        return answer_batch(alphabet, drawn_lengths, drawn, separator, strata)

    return sample


def answer_batch(
    alphabet: tuple[str, ...],
    lengths: NDArray[np.int64],
    drawn: Drawn,
    separator: tuple[str, ...] = (SEP,),
    strata: Strata | None = None,
) -> Batch:
    """Words of these lengths and their answers as a batch; `separator` is empty where words end in their own mark."""
    first = lengths + len(separator)  # (words,) the first judged position
    last = first + drawn.answer_lengths  # (words,) the last one, after which <eos> comes
    width = int(last.max(initial=-1)) + 2
    # Small numbers are moved several times as fast.
    small: type[np.signedinteger] = np.int16 if width + len(alphabet) < 2**15 - 4 else np.int64
    bos, sep, eos, pad = np.arange(len(alphabet), len(alphabet) + 4, dtype=small)
    starts = width * np.arange(len(lengths))  # of the rows, in an array without them
    targets = np.full((len(lengths), width), pad)  # (words, positions)
    _place_answers(targets, first, drawn)
    targets.reshape(-1)[starts + last] = eos
    tokens = np.full((len(lengths), width), pad)  # (words, positions)
    tokens[:, 0] = bos
    longest = min(drawn.words.shape[1], width - 1)
    # <pad> is the largest number: it hides what lies past a word, and lets the answer be seen.
    past = pad * ~inside(lengths, longest)
    np.maximum(drawn.words[:, :longest].astype(small), past, out=tokens[:, 1 : longest + 1])
    if separator:
        tokens.reshape(-1)[starts + first] = sep
    after, right = tokens.reshape(-1)[1:], targets.reshape(-1)[:-1]  # the last target of each row is <pad>
    np.minimum(after, right, out=after)
    return Batch(tokens.astype(np.int64), targets != pad, targets.astype(np.int64), lengths, strata)


def _place_answers(targets: NDArray[np.signedinteger], first: NDArray[np.int64], drawn: Drawn) -> None:
    """Put each answer in its row, from the first judged position on."""
    width, size = targets.shape[1], int(drawn.answer_lengths.max(initial=0))
    if len(drawn.answers) == size * len(first):  # all of one size
        cells = (width * np.arange(len(first)) + first)[:, None] + np.arange(size)
        targets.reshape(-1)[cells] = drawn.answers.reshape(len(first), size)
        return
    targets[inside(first + drawn.answer_lengths, width) ^ inside(first, width)] = drawn.answers
