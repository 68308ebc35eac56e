"""Which answers an automaton gives after letters of which only the counts are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from tasks.languages.automaton import TaskAutomaton
from tasks.words import Word

MOST_COUNTS = 200_000  # counts of letters that are followed for the words of a report

States: TypeAlias = frozenset[int | None]  # None: the state from which no member is reached


@dataclass(frozen=True)
class BagStates:
    """For every number of each letter up to those of some words, the states that such letters lead to, in any order.

    A number of each letter is one number, to which each letter adds the power of `place` that is its own.
    """

    letters: dict[str, int]
    states: dict[int, States]

    def after(self, word: Word) -> States:
        """Return the states after the letters of the word, in any order."""
        return self.states[sum(self.letters[letter] for letter in word)]


def bag_states(automaton: TaskAutomaton, words: Sequence[Word], *, live: bool) -> BagStates | None:
    """Return the states after all numbers of letters that prefixes of the words can have; None if these are too many.

    Args:
        automaton: The language.
        words: The words, over its alphabet.
        live: Whether orders that begin no member are left out.
    """
    place = 1 + max(map(len, words), default=0)
    letters = {letter: place**number for number, letter in enumerate(automaton.alphabet)}
    most = [max((word.count(letter) for word in words), default=0) for letter in automaton.alphabet]
    follow = _follow(automaton, live=live)
    level: dict[int, States] = {0: frozenset([0])}
    found = dict(level)
    for _ in range(place - 1):
        following: dict[int, set[int | None]] = {}
        for counts, states in level.items():
            for number, step in enumerate(letters.values()):
                if counts // step % place < most[number] and (reached := follow(states, number)):
                    following.setdefault(counts + step, set()).update(reached)
        level = {counts: frozenset(states) for counts, states in following.items()}
        found |= level
        if len(found) > MOST_COUNTS:
            return None
    return BagStates(letters, found)


def _follow(automaton: TaskAutomaton, *, live: bool) -> Callable[[States, int], States]:
    @cache
    def follow(states: States, letter: int) -> States:
        reached = frozenset(None if state is None else automaton.successors[state][letter] for state in states)
        return reached - {None} if live else reached

    return follow
