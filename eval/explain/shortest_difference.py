"""The shortest word where a model and a program part: sought among all words while they are few, then among samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crasp.meaning.interpreter import Words
from eval.answering.answerers import TooLongError
from eval.explain.next_sets import DEAD, NextSets
from eval.explain.word_walks import Layers, SetDifference, allowed_words, shortest_difference
from tasks.words import EOS

MOST_WORDS = 40_000  # words of a layer, past which not all are tried
MOST_TOKENS = 1_500_000  # tokens of all words that are tried, past which fewer are


@dataclass(frozen=True)
class Parting:
    """The difference, if one was found; `complete` is the length to which every word was tried that the program allows.

    Within that length the difference is the shortest; past it there may be a shorter one. Of a task with an answer
    `asked` is the length of the word that is asked about, and the word of the difference has the mark and part of the
    answer besides: there every word of the task was tried to that length.
    """

    alphabet: tuple[str, ...]
    difference: SetDifference | None
    complete: int
    asked: int | None = None

    @property
    def length(self) -> int:
        """The length of the word where they part, without an answer; 0 where they do not."""
        return len(self.word) if self.asked is None else self.asked

    @property
    def exact(self) -> bool:
        """Whether no shorter word is a difference."""
        return self.difference is not None and self.length <= self.complete

    @property
    def word(self) -> tuple[str, ...]:
        """The word, as letters."""
        return () if self.difference is None else tuple(self.alphabet[k] for k in self.difference.word)

    def record(self) -> dict[str, Any] | None:
        """As JSON data; null where none was found."""
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
        """Where they part, in a sentence."""
        which = "that the program allows" if self.asked is None else "of the task"
        tried = f"all words to length {self.complete} {which} were tried"
        if self.difference is None:
            return f"no word was found; {tried}"
        spelt = " ".join(self.word) or "the empty word"
        model, program = (
            " ".join(_spelt(self.alphabet, mask) or ["nothing"])
            for mask in (self.difference.one, self.difference.other)
        )
        how = "the shortest" if self.exact else f"at most; {tried}"
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
    """Where the model and what describes it part first.

    Args:
        model: The model.
        described: The program or automaton, whose words are tried.
        longest: No word longer than this is tried, however few there are.
        samples: Differences that were met elsewhere, for where not all words can be tried.
        most_words: Of a length, past which not all are tried.
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
    """The words cut short, so that they have not too many tokens together."""
    words, complete = layers.words, layers.complete
    if len(words.lengths) * (complete + 1) <= MOST_TOKENS:
        return layers
    rows = np.unique(words.tokens, axis=0)  # in order: equal prefixes stand beside each other
    parts_at = (rows[1:] != rows[:-1]).argmax(axis=1)  # the first place at which a row is not as the one before
    while complete and (1 + int((parts_at < complete).sum())) * (complete + 1) > MOST_TOKENS:
        complete -= 1
    kept = rows[np.concatenate([[True], parts_at < complete])][:, :complete]
    return Layers(Words(kept, (kept >= 0).sum(axis=1)), complete)
