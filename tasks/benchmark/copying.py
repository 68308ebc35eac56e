"""The tasks of copying and reversing distinct tokens, and of copying words over two letters."""

from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.benchmark.algorithmic import sticky_bits
from tasks.drawing.lengths import inside, lengths_from
from tasks.drawing.mixture import DrawAnswers, Drawn
from tasks.drawing.randomness import bits, integers_below, permutations
from tasks.languages.members import check_letters
from tasks.published_accuracies import published
from tasks.task import Task, TheoryRecord
from tasks.theory import FINITE, PAPER, both, by_counting, expressed, too_much_to_tell
from tasks.words import Word

SUITE = f"{PAPER}, algorithmic suite"
CHECKPOINTS = f"published checkpoints beside the algorithmic suite of {PAPER}; no figure of that paper"
TOKENS = tuple(str(number) for number in range(150))
AB = ("a", "b")
MOST_EXCHANGES = 6  # exchanges of two tokens in a word of `draw_neighbours`


def check_distinct(word: Word) -> None:
    """Raise ValueError if a token is not one of the 150, or occurs twice."""
    check_letters(word, TOKENS)
    repeated = [token for token, times in Counter(word).items() if times > 1]
    if repeated:
        raise ValueError(f"expected distinct tokens, found {repeated[0]!r} more than once")


def draw_distinct(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.unsignedinteger]:
    """Return words of distinct tokens, all words of a length equally likely.  (words, longest)"""
    words = permutations(rng, np.full(len(lengths), len(TOKENS)), len(TOKENS))
    return words[:, : int(lengths.max(initial=0))]


def draw_runs(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return words of distinct tokens, ascending within runs whose length is drawn for each word.  (words, longest)"""
    width = int(lengths.max(initial=0))
    columns = np.arange(width)
    within = inside(lengths, width)
    ordered = np.sort(np.where(within, draw_distinct(rng, lengths), len(TOKENS)).astype(np.int64), axis=1)
    size = np.floor(np.maximum(lengths, 1) ** rng.random(len(lengths))).astype(np.int64)
    run = columns // size[:, None]
    keys = np.take_along_axis(rng.random((len(lengths), width)), run, axis=1) + within * -1.0
    return np.take_along_axis(ordered, np.argsort(keys, axis=1, kind="stable"), axis=1)


def draw_neighbours(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return words of consecutive numbers, ascending or descending, in which a few changed places.  (words, longest)"""
    width = int(lengths.max(initial=0))
    first = integers_below(rng, len(TOKENS) + 1 - lengths)
    columns = np.arange(width)
    down = rng.random(len(lengths)) < 0.5
    places = np.where(down[:, None], lengths[:, None] - 1 - columns, columns)
    words = np.where(inside(lengths, width), first[:, None] + places, 0)
    rows = np.arange(len(lengths))
    exchanges = 1 + integers_below(rng, np.full(len(lengths), MOST_EXCHANGES))
    for exchange in range(MOST_EXCHANGES if width else 0):
        one, other = integers_below(rng, lengths), integers_below(rng, lengths)
        other = np.where(exchanges > exchange, other, one)
        words[rows, one], words[rows, other] = words[rows, other], words[rows, one]
    return words


def copied(draw: Callable[[np.random.Generator, NDArray[np.int64]], NDArray[np.integer]]) -> DrawAnswers:
    """Return the way to draw words that are their own answers."""

    def drawn(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
        words = draw(rng, lengths)
        return Drawn(words, words[inside(lengths, words.shape[1])], lengths)

    return drawn


def _copy_of_distinct(word: Word) -> Word:
    check_distinct(word)
    return word


UNIFORM, RUNS, NEIGHBOURS = copied(draw_distinct), copied(draw_runs), copied(draw_neighbours)
COPY_UNIQUE = Task(
    name="copy_unique",
    title="Copy Unique",
    summary="""The word itself. Its tokens are distinct ones of 150.
7 0 149 -> 7 0 149
12 -> 12""",
    family="Algorithm",
    alphabet=TOKENS,
    format="answer",
    sample=answer_sampler("copy_unique", TOKENS, lengths_from(1, len(TOKENS)), (UNIFORM, RUNS, NEIGHBOURS)),
    label=answer_label(_copy_of_distinct),
    theory=both(
        ape=expressed("copy_unique", "C-RASP[local]", remark=FINITE),
        nope=TheoryRecord(
            verdict="fails",
            because="This is the authors' label, not a theorem. Without local counts a program cannot tell the letter "
            "just before another once letters may repeat. But over distinct tokens a C-RASP program does exist: "
            "copy_unique_ages of the library, which has depth 2 for every alphabet and six operations for each token. "
            "So the paper's rule alone would not predict a failure. The label is kept as it was published.",
            reference=f"{PAPER}, label of the released code; the program is this project's",
            standing="conjecture",
        ),
    ),
    program="copy_unique",
    published=published("copy_unique"),
    source=SUITE,
)


def _reverse_of_distinct(word: Word) -> Word:
    return _copy_of_distinct(word)[::-1]


def _reversed(draw: Callable[[np.random.Generator, NDArray[np.int64]], NDArray[np.integer]]) -> DrawAnswers:
    """Return the way to draw words whose answers are the words read backwards."""

    def drawn(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
        words = draw(rng, lengths)
        within = inside(lengths, words.shape[1])
        places = np.maximum(lengths[:, None] - 1 - np.arange(words.shape[1]), 0)
        return Drawn(words, np.take_along_axis(words, places, axis=1)[within], lengths)

    return drawn


REVERSE_DRAWS = _reversed(draw_distinct), _reversed(draw_runs), _reversed(draw_neighbours)
UNIQUE_REVERSE = Task(
    name="unique_reverse",
    title="Unique Reverse",
    summary="""The word from its last token to its first. Its tokens are distinct ones of 150.
7 0 149 -> 149 0 7
12 -> 12""",
    family="Algorithm",
    alphabet=TOKENS,
    format="answer",
    sample=answer_sampler("unique_reverse", TOKENS, lengths_from(1, len(TOKENS)), REVERSE_DRAWS),
    label=answer_label(_reverse_of_distinct),
    theory=by_counting("unique_reverse", remark=FINITE),
    program="unique_reverse",
    published={},
    source=CHECKPOINTS,
)


def _copy(word: Word) -> Word:
    check_letters(word, AB)
    return word


def _bits(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.uint8]:
    return bits(rng, len(lengths), int(lengths.max(initial=0)))


def _repeating(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return words that repeat a word of one letter up to half of the length; in half of them one letter is changed."""
    words = _bits(rng, lengths)
    period = np.floor(np.maximum(lengths / 2, 1) ** rng.random(len(lengths))).astype(np.int64)
    words = np.take_along_axis(words, np.arange(words.shape[1]) % period[:, None], axis=1)
    rows = np.flatnonzero((rng.random(len(lengths)) < 0.5) & (lengths > 0))
    words[rows, integers_below(rng, lengths[rows])] ^= 1
    return words


REPEAT_DRAWS = copied(_bits), copied(sticky_bits), copied(_repeating)
COPY_REPEAT = Task(
    name="copy_repeat",
    title="Copy Repeat",
    summary="""The word itself, over two letters; all words of a length are equally likely.
a b b a -> a b b a
b -> b""",
    family="Algorithm",
    alphabet=AB,
    format="answer",
    sample=answer_sampler("copy_repeat", AB, lengths_from(1), REPEAT_DRAWS),
    label=answer_label(_copy),
    theory=too_much_to_tell("The copy of a word of N letters a and b carries N bits of it"),
    program=None,
    published=published("copy_repeat"),
    source=SUITE,
)


def _repeated(word: Word) -> Word:
    check_letters(word, AB)
    if not word:
        raise ValueError("expected a letter, once or more often, found nothing")
    place = next((place for place, letter in enumerate(word) if letter != word[0]), None)
    if place is not None:
        raise ValueError(f"expected one letter again and again, found {word[place]!r} at position {place + 1}")
    return word


def _one_letter(rng: np.random.Generator, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    letter = integers_below(rng, np.full(len(lengths), len(AB)))
    return np.repeat(letter[:, None], int(lengths.max(initial=0)), axis=1)


LETTER_DRAW = copied(_one_letter)  # a length has only two words, so all strata are the same
REPEAT_LETTER = Task(
    name="repeat_letter",
    title="Repeat a Letter",
    summary="""The word itself, one letter n times; the answer has to end after n letters too.
a a a -> a a a
b -> b""",
    family="Algorithm",
    alphabet=AB,
    format="answer",
    sample=answer_sampler("repeat_letter", AB, lengths_from(1), (LETTER_DRAW, LETTER_DRAW, LETTER_DRAW)),
    label=answer_label(_repeated),
    theory=by_counting("repeat_letter"),
    program="repeat_letter",
    published={},
    source="Kazemnejad et al. 2023 (arXiv 2305.19466), a letter repeated; trained to 20 there",
)
