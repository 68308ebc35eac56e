"""The shortest word on which a model and a program differ.

It is sought among all words that the program allows, as long as there are few of them, and then among samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crasp.meaning.interpreter import Words
from eval.answering.answerers import TooLongError
from eval.explain.next_sets import DEAD, NextSets
from eval.explain.word_walks import Layers, SetDifference, allowed_words, shortest_difference
from tasks.words import EOS

MOST_WORDS = 40_000  # a length that has more allowed words than this ends the search
MOST_TOKENS = 1_500_000  # tokens of all words that are tried; if there are more, the words are cut shorter


@dataclass(frozen=True)
class Parting:
    """The shortest difference that was found, if any, between a model and a program.

    Every word that the program allows was tried up to the length `complete`. A difference within that length is the
    shortest; if it is longer, there may be a shorter one. For a task with an answer, `asked` is the length of the word
    that is asked about, while the word of the difference also contains the mark and a part of the answer. There every
    word of the task was tried up to the length `complete`.
    """

    alphabet: tuple[str, ...]
    difference: SetDifference | None
    complete: int
    asked: int | None = None

    @property
    def length(self) -> int:
        """The length of the word on which they differ, without an answer; 0 if they do not differ."""
        return len(self.word) if self.asked is None else self.asked

    @property
    def exact(self) -> bool:
        """Whether there is a difference and no shorter word is one."""
        return self.difference is not None and self.length <= self.complete

    @property
    def word(self) -> tuple[str, ...]:
        """The letters of the word after which they differ."""
        return () if self.difference is None else tuple(self.alphabet[k] for k in self.difference.word)

    def record(self) -> dict[str, Any] | None:
        """The difference as JSON data; None if no difference was found."""
        if self.difference is None:
            return None
        return {
            "length": self.length,
            "word": list(self.word),
            "at_most": not self.exact,
            "model": _spelt(self.alphabet, self.difference.one),
            "program": _spelt(self.alphabet, self.difference.other),
            "complete": self.complete,
        }

    @property
    def in_words(self) -> str:
        """A sentence that says where they differ, or up to which length no difference was found."""
        which = "that the program allows" if self.asked is None else "of the task"
        tried = f"all words to length {self.complete} {which} were tried"
        if self.difference is None:
            return f"no difference was found; {tried}"
        spelt = " ".join(self.word) or "the empty word"
        model, program = (
            " ".join(_spelt(self.alphabet, mask) or ["nothing"])
            for mask in (self.difference.one, self.difference.other)
        )
        how = "the shortest" if self.exact else f"shorter ones may differ; {tried}"
        said = "allows" if self.asked is None else "says"
        return f"length {self.length} ({how}): after {spelt} the model {said} {model}, the program {program}"


def _spelt(alphabet: tuple[str, ...], mask: int) -> list[str]:
    return [] if mask == DEAD else [token for bit, token in enumerate((*alphabet, EOS)) if mask >> bit & 1]


def find_parting(
    model: NextSets,
    described: NextSets,
    *,
    longest: int,
    samples: Sequence[SetDifference | None] = (),
    most_words: int = MOST_WORDS,
) -> Parting:
    """The shortest difference between a model and what describes it, as far as it was found.

    Args:
        model: The model.
        described: The program or automaton; all words that it allows are tried.
        longest: No word longer than this is tried, however few there are.
        samples: Differences that were met elsewhere; the shortest is taken if no other is found.
        most_words: The number of words of one length past which not all are tried.
    """
    layers = _few_enough(allowed_words(described, most_words=most_words, longest=longest))
    try:
        one, other = model.masks(layers.words), described.masks(layers.words)
    except TooLongError:
        return find_parting(model, described, longest=longest // 2, samples=samples, most_words=most_words)
    found = shortest_difference(one, other, layers.words)
    if found is None:
        known = [each for each in samples if each is not None]
        found = min(known, key=lambda each: (len(each.word), each.word), default=None)
    return Parting(model.alphabet, found, layers.complete)


def _few_enough(layers: Layers) -> Layers:
    """The words cut to a length at which all of them together have few enough tokens."""
    words, complete = layers.words, layers.complete
    if len(words.lengths) * (complete + 1) <= MOST_TOKENS:
        return layers
    rows = np.unique(words.tokens, axis=0)  # sorted, so that rows with equal prefixes are neighbours
    parts_at = (rows[1:] != rows[:-1]).argmax(axis=1)  # the first place at which a row differs from the one before
    while complete and (1 + int((parts_at < complete).sum())) * (complete + 1) > MOST_TOKENS:
        complete -= 1
    kept = rows[np.concatenate([[True], parts_at < complete])][:, :complete]
    return Layers(Words(kept, (kept >= 0).sum(axis=1)), complete)
