"""The automaton of labelled prefixes, by merging states of the tree of some of them while the labels allow it.

Red states are told apart; the first state beyond them, by length and letters, is merged with the first red one that no
label tells from it, or becomes red (RPNI, Oncina and Garcia 1992). Words that contradict what comes out are added.
"""

from collections.abc import Mapping
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from crasp.learning.compared_prefixes import Points, PointWord, points_of
from tasks.ground.automata.automaton import Automaton, minimise

MOST_LEARNT_STATES = 40
FIRST_SHORT_PREFIXES, FIRST_LONG_WORDS = 200, 10  # that states are first merged by
MORE_WORDS = 20  # of those that contradict what came out, the shortest
MERGE_ROUNDS = 12
LABELS_A_TRANSITION = 10  # labels for each transition, fewer than which carry no automaton
WORDS_A_TRANSITION = 10  # words that must pass by each transition


class PrefixTree:
    """Prefixes as states, with their labels; merging is undone where two labels meet."""

    def __init__(self, letters: int, labels: Mapping[PointWord, bool]) -> None:
        self.letters = letters
        self.children: list[list[int]] = [[-1] * letters]
        self.labels: list[bool | None] = [None]
        self.parents: list[tuple[int, int]] = [(-1, -1)]
        for word, label in labels.items():
            self.labels[self._state(word)] = label

    def _state(self, word: PointWord) -> int:
        state = 0
        for letter in word:
            following = self.children[state][letter]
            if following < 0:
                following = len(self.children)
                self.children[state][letter] = following
                self.children.append([-1] * self.letters)
                self.labels.append(None)
                self.parents.append((state, letter))
            state = following
        return state

    def merge(self, red: int, blue: int, source: int, letter: int) -> bool:
        """Let the source's letter lead to the red state instead, and fold what followed; False, and nothing done."""
        undo_labels: list[int] = []
        undo_children: list[tuple[int, int, int]] = [(source, letter, blue)]
        self.children[source][letter] = red
        stack = [(red, blue)]
        while stack:
            kept, folded = stack.pop()
            label = self.labels[folded]
            if label is not None and self.labels[kept] is None:
                self.labels[kept] = label
                undo_labels.append(kept)
            elif label is not None and self.labels[kept] is not label:
                for state in undo_labels:
                    self.labels[state] = None
                for state, at, before in reversed(undo_children):
                    self.children[state][at] = before
                return False
            for at, following in enumerate(self.children[folded]):
                if following < 0:
                    continue
                if self.children[kept][at] < 0:
                    undo_children.append((kept, at, -1))
                    self.children[kept][at] = following
                else:
                    stack.append((self.children[kept][at], following))
        return True


def merged(letters: int, labels: Mapping[PointWord, bool], *, most: int, until: float) -> Automaton | None:
    """The automaton that merging gives, None beyond so many states or at the moment of the clock.

    A transition that no label speaks of leads to a state that accepts nothing.
    """
    tree = PrefixTree(letters, labels)
    red, number = [0], {0: 0}
    place = 0
    while place < len(red) * letters:
        source, letter = red[place // letters], place % letters
        place += 1
        blue = tree.children[source][letter]
        if blue < 0 or blue in number:
            continue
        if monotonic() >= until:
            return None
        if any(tree.merge(state, blue, source, letter) for state in red):
            continue
        number[blue] = len(red)
        red.append(blue)
        if len(red) > most:
            return None
    dead = len(red)
    rows = [tuple(number.get(to, dead) for to in tree.children[state]) for state in red] + [(dead,) * letters]
    outputs = (*(bool(tree.labels[state]) for state in red), False)
    successors, kept = minimise(tuple(rows), outputs)
    names = tuple(str(letter) for letter in range(letters))
    return Automaton(names, successors, tuple(outputs[state] for state in kept))


def learnt_automaton(
    alphabet: tuple[str, ...], labels: Mapping[PointWord, bool], *, until: float, seed: int = 0
) -> Automaton | None:
    """The automaton that agrees with all labels, found from some; None where none of few states is found.

    Ten words at least pass by each of its transitions, and a third of the labels were not merged by.
    """
    points = points_of(alphabet, labels)
    words = points.words
    known = np.array([word in labels for word in words])
    wanted = np.array([labels.get(word, False) for word in words])
    ends = np.setdiff1d(np.arange(points.number), points.parents[1 : points.number])
    rng = np.random.default_rng(seed)
    chosen = set(range(min(FIRST_SHORT_PREFIXES, points.number)))
    chosen.update(_prefixes(rng.permutation(ends)[:FIRST_LONG_WORDS], points.parents))
    if 2 * len(chosen) > points.number:  # few words, or one letter: the shorter half
        chosen = set(range(points.number // 2))
    most = min(MOST_LEARNT_STATES, max(2, len(labels) // (LABELS_A_TRANSITION * len(alphabet))))
    for _ in range(MERGE_ROUNDS):
        sample = {words[k]: bool(wanted[k]) for k in sorted(chosen) if known[k]}
        found = merged(len(alphabet), sample, most=most, until=until)
        if found is None:
            return None
        accepts = np.array(found.outputs, dtype=bool)[states_at(found, points)]
        wrong = np.flatnonzero((accepts != wanted) & known)
        if not len(wrong):
            confirmed = 3 * len(sample) <= 2 * len(labels) and _well_trodden(found, points)
            return Automaton(alphabet, found.successors, found.outputs) if confirmed else None
        chosen.update(_prefixes(wrong[:MORE_WORDS], points.parents))
        chosen.update(_prefixes(rng.permutation(wrong)[: MORE_WORDS // 4], points.parents))
    return None


def _prefixes(columns: NDArray[np.int64], parents: NDArray[np.int64]) -> set[int]:
    """The columns and those of all their prefixes."""
    found: set[int] = set()
    for column in columns.tolist():
        place = int(column)
        while place not in found:
            found.add(place)
            place = int(parents[place])
    return found


def states_at(automaton: Automaton, points: Points) -> NDArray[np.int64]:
    """The state after each of the prefixes, the shorter first."""
    states = [0] * points.number
    successors, last, before = automaton.successors, points.letters.tolist(), points.parents.tolist()
    for column in range(1, points.number):
        states[column] = successors[states[before[column]]][last[column]]
    return np.array(states)


def _well_trodden(automaton: Automaton, points: Points) -> bool:
    """Whether ten words at least pass by each transition: a counter's last states, where the words end, have few."""
    parents = points.parents[: points.number]
    words = np.ones(points.number, dtype=np.int64)
    words[np.unique(parents[1:])] = 0  # what another prefix continues is no word of its own
    for column in range(points.number - 1, 0, -1):
        words[parents[column]] += words[column]
    passed = np.zeros((len(automaton.outputs), int(points.letters.max()) + 1), dtype=np.int64)
    np.add.at(passed, (states_at(automaton, points)[parents[1:]], points.letters[1 : points.number]), words[1:])
    return bool((passed >= WORDS_A_TRANSITION).all())
