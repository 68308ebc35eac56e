"""What is asked while there is time: a few words at once, and none when the time is up."""

from dataclasses import dataclass, field
from math import inf

import numpy as np

from crasp.meaning.interpreter import Words
from eval.explain.answers.asked_answers import NOTHING, NextTokens, TokenNumbers
from eval.explain.next_sets import AskedCost
from tasks.ground.limited_process import check_time

TOKENS_BETWEEN = 1 << 14  # tokens of the words that are asked about between two looks at the clock


@dataclass(frozen=True)
class AskedInTime:
    """The same answers until a moment of the monotonic clock, and how many words were asked about."""

    source: NextTokens
    until: float = inf
    cost: AskedCost = field(default_factory=AskedCost, compare=False)

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The tokens of words."""
        return self.source.alphabet

    def after(self, words: Words) -> TokenNumbers:
        """As `NextTokens.after`; OutOfTimeError when the time is up."""
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
