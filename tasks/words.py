"""Words: their special tokens, labelled examples and batches of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

BOS, SEP, EOS, PAD = SPECIAL = ("<bos>", "<sep>", "<eos>", "<pad>")


@dataclass(frozen=True)
class Example:
    """One labelled word: `<bos>` and what follows it, the judged positions, and what is right after each.

    A position is an index into `tokens`; `targets[k]` are the tokens that may come after position `judged[k]`
    in the order of the vocabulary: one for a task with an answer, any number for legal continuations.
    """

    tokens: tuple[str, ...]
    judged: tuple[int, ...]
    targets: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Batch:
    """Labelled words as arrays, ids into the task's vocabulary, rows padded with `<pad>`.

    tokens   (words, positions)           column 0 is `<bos>`
    judged   (words, positions) bool      where the model's output is judged
    targets  answer: (words, positions)   id of the right next token, `<pad>` where not judged
             continuations: (words, positions, outputs) bool, the allowed outputs, none where not judged
    lengths  (words,)                     the task's own measure of length
    strata   (words,)                     each word's number in `tasks.drawing.mixture.STRATA`; None where words have
    none
    """

    tokens: NDArray[np.int64]
    judged: NDArray[np.bool_]
    targets: NDArray[np.int64] | NDArray[np.bool_]
    lengths: NDArray[np.int64]
    strata: NDArray[np.int8] | None = None

    def rows(self, chosen: NDArray[np.int64]) -> "Batch":
        """The words of these rows, in this order."""
        strata = None if self.strata is None else self.strata[chosen]
        return Batch(self.tokens[chosen], self.judged[chosen], self.targets[chosen], self.lengths[chosen], strata)


Word: TypeAlias = tuple[str, ...]
Sampler: TypeAlias = Callable[[np.random.Generator, tuple[int, int], int], Batch]
