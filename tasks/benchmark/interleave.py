"""The task of binary majority for three words that are interleaved."""

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_label, answer_sampler
from tasks.benchmark.algorithmic import BINARY_MAJORITY_DRAWS, BITS, majority_bit
from tasks.drawing.mixture import DrawAnswers, Drawn
from tasks.languages.members import check_letters
from tasks.published_accuracies import published
from tasks.task import Task, TheoryRecord
from tasks.theory import PAPER, both, expressed
from tasks.words import Word

STRANDS = 3


def _majorities(word: Word) -> Word:
    check_letters(word, BITS)
    if not word or len(word) % STRANDS:
        raise ValueError(f"expected {STRANDS} words of one length, at least 1, interleaved, found {len(word)} bits")
    return tuple(bit for strand in range(STRANDS) for bit in majority_bit(word[strand::STRANDS]))


def _interleaved(draw: DrawAnswers) -> DrawAnswers:
    """Return the way to draw three words, each as `draw` draws them, dealt out in turn."""

    def dealt(rng: np.random.Generator, lengths: NDArray[np.int64]) -> Drawn:
        drawn = draw(rng, np.repeat(lengths // STRANDS, STRANDS))
        longest = drawn.words.shape[1]
        strands = drawn.words.reshape(len(lengths), STRANDS, longest)
        words = np.empty((len(lengths), STRANDS * longest), dtype=drawn.words.dtype)
        for strand in range(STRANDS):  # several times as fast as a transposition
            words[:, strand::STRANDS] = strands[:, strand]
        return Drawn(words, drawn.answers, np.full(len(lengths), STRANDS))

    return dealt


UNIFORM, STICKY, CLOSE = (_interleaved(draw) for draw in BINARY_MAJORITY_DRAWS)


def _multiples(longest: int) -> NDArray[np.bool_]:
    lengths = np.arange(longest + 1)
    exist: NDArray[np.bool_] = (lengths % STRANDS == 0) & (lengths > 0)
    return exist


BINARY_MAJORITY_INTERLEAVE = Task(
    name="binary_majority_interleave",
    title="Binary Majority Interleave",
    summary="""The majority bits of three words of equal length, dealt out in turn: bits 1 4 7 ..., 2 5 8 ... and \
3 6 9 ... The number of 0s of each word is drawn evenly; ties are left out. The length is that of all three together.
0 1 1 -> 0 1 1
0 1 0 0 1 1 1 1 1 -> 0 1 1""",
    family="Algorithm",
    alphabet=BITS,
    format="answer",
    sample=answer_sampler("binary_majority_interleave", BITS, _multiples, (UNIFORM, STICKY, CLOSE)),
    label=answer_label(_majorities),
    theory=both(
        ape=expressed("binary_majority_interleave", "C-RASP[periodic]"),
        nope=TheoryRecord(
            verdict="fails",
            because="This is the authors' label; no proof of theirs is known. This project argues as follows that no "
            "C-RASP program exists. On (01)^a 11 (01)^b 000 with a + b = 2 modulo 3 the first answer is 1 exactly if "
            "b = 2 modulo 3. But if b is large and a is far larger, every comparison of a program is constant along "
            "the second block, or from some place in it on. So nothing can depend on b modulo 3. That transformers "
            "then fail is the paper's rule, not proved.",
            reference=f"{PAPER}, label of the released code; the argument is this project's",
            standing="conjecture",
        ),
    ),
    program="binary_majority_interleave",
    published=published("binary_majority_interleave"),
    source=f"{PAPER}, algorithmic suite",
)
