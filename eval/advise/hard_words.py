"""Words to add to a training set: pairs that no small program tells apart, and words of the mixture's harder strata."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crasp.regular.automata.moore_machine import Accept
from crasp.regular.certificates.adversarial_words import adversarial_pair
from crasp.regular.families.family import FRAGMENTS, Family
from tasks.drawing.mixture import STRATA
from tasks.drawing.randomness import generator
from tasks.ground.automata.automaton import Automaton
from tasks.samples.word_arrays import examples_of, word_of
from tasks.task import Task

EACH: Final = 3  # how many pairs of each family, and words of each stratum
DRAWN_WORDS: Final = 200  # how many words are drawn to take those of the strata from
SEEDS: Final = 8  # how many pairs of each size are tried


@dataclass(frozen=True)
class HardWord:
    """A labelled word, and why it is hard.

    Attributes:
        word: The tokens.
        kind: The family whose programs cannot tell it apart, or its stratum.
        because: Why it is hard.
        judged: The positions after which an answer is judged.
        targets: The tokens that are right at each judged position.
    """

    word: tuple[str, ...]
    kind: str
    because: str
    judged: tuple[int, ...]
    targets: tuple[tuple[str, ...], ...]

    def record(self) -> dict[str, Any]:
        """Return the word as JSON data: what the command `sample` writes, and why the word is hard."""
        return {
            "tokens": list(self.word),
            "judged": list(self.judged),
            "targets": [list(each) for each in self.targets],
            "kind": self.kind,
            "because": self.because,
        }


def hard_words(
    task: Task, automaton: Automaton | None, missing: Sequence[Family], longest: int, *, accept: Accept
) -> tuple[HardWord, ...]:
    """Return hard words of at most `longest` letters, each once: the decider's pairs first, then words of two strata.

    Args:
        task: Labels the words, and draws those of the strata.
        automaton: The automaton of its language; None if the language is not regular, and then there are no such pairs.
        missing: The families without a program for the language. Each gets pairs.
        longest: The greatest length of a word.
        accept: Where a word is accepted.
    """
    found: dict[tuple[str, ...], HardWord] = {}
    for family in missing if automaton is not None else ():
        because = f"no small program of {FRAGMENTS[family]} tells it from the word beside it"
        for word in _words_in_pairs(automaton, family, longest, accept):
            found.setdefault(word, _labelled(task, word, f"adversarial {family}", because))
    for word, stratum in _words_of_strata(task, longest):
        because = {
            "sticky": "letters repeat themselves, and some are far more frequent than others",
            "pairs": "a late answer depends on an early letter",
        }[stratum]
        found.setdefault(word, _labelled(task, word, stratum, because))
    return tuple(found.values())


def _words_in_pairs(
    automaton: Automaton | None, family: Family, longest: int, accept: Accept
) -> Iterator[tuple[str, ...]]:
    """Yield a member and a non-member by turns, from the largest pairs that are short enough."""
    assert automaton is not None
    chosen: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    size = 1
    while True:
        tried = [adversarial_pair(automaton, family, size, accept=accept, seed=seed) for seed in range(SEEDS)]
        short = [(p.member, p.other) for p in tried if max(len(p.member), len(p.other)) <= longest]
        if not short:
            break
        chosen += short
        size += 1
    for pair in list(dict.fromkeys(reversed(chosen)))[:EACH]:
        yield from pair


def _words_of_strata(task: Task, longest: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield some words of the strata "sticky" and "pairs" with their stratum, at least half as long as allowed.

    There are none if the task's words have no strata.
    """
    bounds = (max(1, longest // 2), longest)
    try:
        batch = task.sample(generator(task.name, "advice", bounds, 0), bounds, DRAWN_WORDS)
    except ValueError:  # the task has no words of these lengths
        return
    if batch.strata is None:
        return
    words = [word_of(task, example) for example in examples_of(task, batch)]
    for number, stratum in enumerate(STRATA[1:], start=1):
        own = dict.fromkeys(word for word, which in zip(words, batch.strata.tolist(), strict=True) if which == number)
        yield from ((word, stratum) for word in list(own)[:EACH])


def _labelled(task: Task, word: tuple[str, ...], kind: str, because: str) -> HardWord:
    example = task.label(word)
    return HardWord(word, kind, because, tuple(example.judged), tuple(tuple(each) for each in example.targets))
