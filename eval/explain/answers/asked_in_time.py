"""A source of answers that is asked only while there is time, a few words at once."""

from dataclasses import dataclass, field
from math import inf

import numpy as np

from crasp.meaning.interpreter import Words
from eval.explain.answers.asked_answers import NOTHING, NextTokens, TokenNumbers
from eval.explain.next_sets import AskedCost
from tasks.ground.limited_process import check_time

TOKENS_BETWEEN = 1 << 14  # tokens of the words that are asked about before the clock is checked again


@dataclass(frozen=True)
class AskedInTime:
    """The answers of a source until a moment of the monotonic clock, with a count of the words asked about."""

    source: NextTokens
    until: float = inf
    cost: AskedCost = field(default_factory=AskedCost, compare=False)

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The tokens of the words."""
        return self.source.alphabet

    def after(self, words: Words) -> TokenNumbers:
        """The tokens, as `NextTokens.after` describes them.

        Raises:
            OutOfTimeError: The time is up.
        """
        found = np.full((len(words.lengths), words.tokens.shape[1] + 1), NOTHING, dtype=np.int64)
        order = np.argsort(words.lengths, kind="stable")
        first = 0
        while first < len(order):
            check_time(self.until)
            sizes = words.lengths[order[first:]] + 1
            number = max(1, int((sizes * np.arange(1, len(sizes) + 1) <= TOKENS_BETWEEN).sum()))
            rows = order[first : first + number]
            width = int(words.lengths[rows].max(initial=0))
            found[rows, : width + 1] = self.source.after(Words(words.tokens[rows, :width], words.lengths[rows]))
            self.cost.words += len(rows)
            first += number
        return found
