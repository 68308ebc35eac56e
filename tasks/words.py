"""Words: the special tokens, one labelled word (`Example`), and many of them as arrays (`Batch`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

BOS, SEP, EOS, PAD = SPECIAL = ("<bos>", "<sep>", "<eos>", "<pad>")


@dataclass(frozen=True)
class Example:
    """One labelled word: its tokens, the positions that are judged, and the tokens that are right after each of these.

    A position is an index into `tokens`, which begin with `<bos>`. `targets[k]` are the tokens that may come after
    position `judged[k]`, in the order of the vocabulary: exactly one for a task with an answer, any number for legal
    continuations.
    """

    tokens: tuple[str, ...]
    judged: tuple[int, ...]
    targets: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Batch:
    """Labelled words as arrays of ids into the task's vocabulary, a row for each word, filled up with `<pad>`.

    tokens   (words, positions)           column 0 is `<bos>`
    judged   (words, positions) bool      where the model's output is judged
    targets  answer: (words, positions)   the id of the right next token; `<pad>` where not judged
             continuations: (words, positions, outputs) bool, the allowed outputs; none where not judged
    lengths  (words,)                     each word's length, as the task measures it
    strata   (words,)                     each word's number in `tasks.drawing.mixture.STRATA`; None if words have none
    """

    tokens: NDArray[np.int64]
    judged: NDArray[np.bool_]
    targets: NDArray[np.int64] | NDArray[np.bool_]
    lengths: NDArray[np.int64]
    strata: NDArray[np.int8] | None = None

    def rows(self, chosen: NDArray[np.int64]) -> "Batch":
        """Return the words of these rows, in the order of `chosen`."""
        strata = None if self.strata is None else self.strata[chosen]
        return Batch(self.tokens[chosen], self.judged[chosen], self.targets[chosen], self.lengths[chosen], strata)


Word: TypeAlias = tuple[str, ...]
Sampler: TypeAlias = Callable[[np.random.Generator, tuple[int, int], int], Batch]
