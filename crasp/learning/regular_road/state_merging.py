"""Learns the automaton of labelled prefixes by merging states of their prefix tree while the labels allow it.

The algorithm is RPNI (Oncina and Garcia 1992). A label says whether a prefix is accepted, or which set of tokens may
follow it. *Red* states are known to differ. The first state after them, by length and then letters, is merged with the
first red state that no label tells from it, or else becomes red. Only some prefixes are used at first; prefixes that
contradict the result are added.
"""

from collections.abc import Callable, Mapping
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from crasp.learning.compared_prefixes import Points, PointWord, points_of
from tasks.ground.automata.automaton import Automaton, minimise

MOST_LEARNT_STATES = 40
FIRST_SHORT_PREFIXES, FIRST_LONG_WORDS = 200, 10  # prefixes and words that are used at first
MORE_WORDS = 20  # so many of the shortest prefixes that contradict the result are added
MERGE_ROUNDS = 12
LABELS_A_TRANSITION = 10  # how many labels an automaton needs for each of its transitions
WORDS_A_TRANSITION = 10  # how many words have to pass through each transition


class PrefixTree:
    """A tree of prefixes with their labels, whose nodes can be merged.

    A merger that brings two labels together is undone.
    """

    def __init__(self, letters: int, labels: Mapping[PointWord, int]) -> None:
        self.letters = letters
        self.children: list[list[int]] = [[-1] * letters]
        self.labels: list[int | None] = [None]
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
        """Merges the blue state, which the source's letter leads to, with the red state, and so all states that follow.

        Returns:
            Whether the labels allow it. If not, nothing is changed.
        """
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
            elif label is not None and self.labels[kept] != label:
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


def merged(letters: int, labels: Mapping[PointWord, int], *, most: int, until: float) -> Automaton | None:
    """The automaton that merging gives, or None if it is too large or takes too long.

    A transition that no label covers leads to a state with label 0, which accepts nothing and lets nothing follow.

    Args:
        letters: How many letters there are.
        labels: The labels of prefixes.
        most: The largest number of states.
        until: The time of `time.monotonic()`, in seconds, at which merging is given up.
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
    outputs = (*(tree.labels[state] or 0 for state in red), 0)
    successors, kept = minimise(tuple(rows), outputs)
    names = tuple(str(letter) for letter in range(letters))
    return Automaton(names, successors, tuple(outputs[state] for state in kept))


def learnt_automaton(
    alphabet: tuple[str, ...],
    labels: Mapping[PointWord, int],
    *,
    until: float,
    follows: Callable[[int, int], bool] = lambda _label, _letter: True,
    confirmed: bool = True,
) -> Automaton | None:
    """The automaton that agrees with all labels, found from some of them; None if none of few states is found.

    Args:
        alphabet: The letters.
        labels: For prefixes 0 or 1, or a set as bits.
        until: The time of `time.monotonic()`, in seconds, at which the search ends.
        follows: Given a label and a letter, whether words may go on with the letter. Other transitions need no words.
        confirmed: Whether the result has to be confirmed: at least ten words pass through each transition, a third of
            the labels were not used for merging, and there are ten labels for each transition.
    """
    points = points_of(alphabet, labels)
    words = points.words
    known = np.array([word in labels for word in words])
    kinds = {label: number for number, label in enumerate(dict.fromkeys((0, *labels.values())))}
    wanted = np.array([kinds[labels.get(word, 0)] for word in words])  # a label may not fit a machine integer
    ends = np.setdiff1d(np.arange(points.number), points.parents[1 : points.number])
    rng = np.random.default_rng(0)
    chosen = set(range(min(FIRST_SHORT_PREFIXES, points.number)))
    chosen.update(_prefixes(rng.permutation(ends)[:FIRST_LONG_WORDS], points.parents))
    if 2 * len(chosen) > points.number:  # with few words, or one letter, the shorter half is used
        chosen = set(range(points.number // 2))
    for _ in range(MERGE_ROUNDS):
        sample = {words[k]: labels[words[k]] for k in sorted(chosen) if known[k]}
        found = merged(len(alphabet), sample, most=MOST_LEARNT_STATES, until=until)
        if found is None:
            return None
        said = np.array([kinds[label] for label in found.outputs])[states_at(found, points)]  # type: ignore[index]
        wrong = np.flatnonzero((said != wanted) & known)
        if not len(wrong):
            few = 3 * len(sample) > 2 * len(labels)
            if confirmed and (few or not _well_trodden(found, points, follows, len(labels))):
                return None
            return Automaton(alphabet, found.successors, found.outputs)
        chosen.update(_prefixes(wrong[:MORE_WORDS], points.parents))
        chosen.update(_prefixes(rng.permutation(wrong)[: MORE_WORDS // 4], points.parents))
    return None


def _prefixes(columns: NDArray[np.int64], parents: NDArray[np.int64]) -> set[int]:
    """The columns and the columns of all their prefixes."""
    found: set[int] = set()
    for column in columns.tolist():
        place = int(column)
        while place not in found:
            found.add(place)
            place = int(parents[place])
    return found


def states_at(automaton: Automaton, points: Points) -> NDArray[np.int64]:
    """The state after each of the prefixes, of shape (points,)."""
    states = [0] * points.number
    successors, last, before = automaton.successors, points.letters.tolist(), points.parents.tolist()
    for column in range(1, points.number):
        states[column] = successors[states[before[column]]][last[column]]
    return np.array(states)


def _well_trodden(automaton: Automaton, points: Points, follows: Callable[[int, int], bool], labels: int) -> bool:
    """Whether enough words pass through each transition that is needed, and there are enough labels for that many.

    In an automaton learnt from a language that counts, few words pass through the last states, where the words end.
    """
    parents = points.parents[: points.number]
    words = np.ones(points.number, dtype=np.int64)
    words[np.unique(parents[1:])] = 0  # only prefixes that no other prefix continues are words
    for column in range(points.number - 1, 0, -1):
        words[parents[column]] += words[column]
    passed = np.zeros((len(automaton.outputs), int(points.letters.max()) + 1), dtype=np.int64)
    np.add.at(passed, (states_at(automaton, points)[parents[1:]], points.letters[1 : points.number]), words[1:])
    needed = [[follows(int(said), letter) for letter in range(passed.shape[1])] for said in automaton.outputs]  # type: ignore[call-overload]
    wanted = np.array(needed)
    enough = labels >= LABELS_A_TRANSITION * wanted.sum()
    return bool(enough and (passed >= WORDS_A_TRANSITION)[wanted].all())
