"""Tasks with an answer: the input `<bos> x <sep> y <eos>` is judged from `<sep>` to the last token of the answer y.

If the word x ends in a mark of its own, as `x + y =` does, that mark takes the place of `<sep>`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.lengths import check_request, draw_lengths, inside
from tasks.drawing.mixture import DrawAnswers, Drawn, Strata, draw_answers
from tasks.words import BOS, EOS, SEP, Batch, Example, Sampler, Word


def answer_example(word: Word, answer: Word, *, separator: tuple[str, ...] = (SEP,)) -> Example:
    """Return the word with its answer as a labelled example; `separator` is empty if the word ends in its own mark."""
    tokens = (BOS, *word, *separator, *answer, EOS)
    first = len(word) + len(separator)
    return Example(tokens, tuple(range(first, len(tokens) - 1)), tuple((token,) for token in tokens[first + 1 :]))


def answer_label(answer: Callable[[Word], Word], *, separator: tuple[str, ...] = (SEP,)) -> Callable[[Word], Example]:
    """Return the label function of a task whose answers `answer` gives.

    Args:
        answer: The answer to a word; it raises ValueError for a word that has none.
        separator: The tokens between word and answer; empty if the word ends in its own mark.
    """
    return lambda word: answer_example(word, answer(word), separator=separator)


def answer_sampler(
    task: str,
    alphabet: tuple[str, ...],
    exist: Callable[[int], NDArray[np.bool_]],
    draws: tuple[DrawAnswers, DrawAnswers, DrawAnswers],
    *,
    separator: tuple[str, ...] = (SEP,),
) -> Sampler:
    """Return the sampler of a task with answers.

    Args:
        task: The name of the task, for messages.
        alphabet: The letters; a letter's number is its index here.
        exist: Given a longest length, marks the lengths 0..longest of which there are words.
        draws: For each stratum of `tasks.drawing.mixture`, in order, draws words of given lengths with their answers.
        separator: The tokens between word and answer; empty if the words end in their own mark.
    """

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
    """Return words and their answers as a batch.

    Args:
        alphabet: The letters; a letter's number is its index here.
        lengths: (words,) The length of each word.
        drawn: The words and their answers.
        separator: The tokens between word and answer; empty if the words end in their own mark.
        strata: (words,) The stratum of each word, if words have strata.
    """
    first = lengths + len(separator)  # (words,) the first judged position
    last = first + drawn.answer_lengths  # (words,) the last judged position, which <eos> follows
    width = int(last.max(initial=-1)) + 2
    # 16-bit integers are moved several times as fast as 64-bit ones.
    small: type[np.signedinteger] = np.int16 if width + len(alphabet) < 2**15 - 4 else np.int64
    bos, sep, eos, pad = np.arange(len(alphabet), len(alphabet) + 4, dtype=small)
    starts = width * np.arange(len(lengths))  # where each row begins in the flattened array
    targets = np.full((len(lengths), width), pad)  # (words, positions)
    _place_answers(targets, first, drawn)
    targets.reshape(-1)[starts + last] = eos
    tokens = np.full((len(lengths), width), pad)  # (words, positions)
    tokens[:, 0] = bos
    longest = min(drawn.words.shape[1], width - 1)
    # <pad> is the largest id: `maximum` with it blanks what lies past a word, `minimum` with it then keeps the answer.
    past = pad * ~inside(lengths, longest)
    np.maximum(drawn.words[:, :longest].astype(small), past, out=tokens[:, 1 : longest + 1])
    if separator:
        tokens.reshape(-1)[starts + first] = sep
    # The token at position p + 1 is the target at p. No row spills into the next, for its last target is <pad>.
    after, right = tokens.reshape(-1)[1:], targets.reshape(-1)[:-1]
    np.minimum(after, right, out=after)
    return Batch(tokens.astype(np.int64), targets != pad, targets.astype(np.int64), lengths, strata)


def _place_answers(targets: NDArray[np.signedinteger], first: NDArray[np.int64], drawn: Drawn) -> None:
    """Write each answer into its row of `targets`, from the row's first judged position on."""
    width, size = targets.shape[1], int(drawn.answer_lengths.max(initial=0))
    if len(drawn.answers) == size * len(first):  # all answers have the same length
        cells = (width * np.arange(len(first)) + first)[:, None] + np.arange(size)
        targets.reshape(-1)[cells] = drawn.answers.reshape(len(first), size)
        return
    targets[inside(first + drawn.answer_lengths, width) ^ inside(first, width)] = drawn.answers
