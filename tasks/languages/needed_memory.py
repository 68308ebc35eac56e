"""What a finite automaton must remember: pairs of states that one word leads back to themselves.

Let s be that word, and let x and x' lead to the two states. After x s^k and x' s^k the states still differ, although
the last k letters are the same. So no window of last letters can tell them apart.
"""

from collections import deque
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tasks.ground.automata.automaton import LetterNumbers
from tasks.languages.automaton import TaskAutomaton

MOST_MAPS = 512  # maps from states to states, each the effect of a word, whose fixed points are looked at
MOST_POWER = 6
FIXED_POINTS = 24  # fixed points of one map from which pairs are made
MOST_WORDS = 4  # words for one pair of states
MOST_LOOPS = 256
MOST_SEEN_PAIRS = 20_000  # pairs of states that a search goes through

Table = NDArray[np.int64]  # (states, letters): the state after a letter; -1 if no member goes on with it


@dataclass(frozen=True)
class Loop:
    """Two states, and a word that leads each of them back to itself."""

    one: int
    other: int
    word: LetterNumbers


def successor_table(automaton: TaskAutomaton) -> Table:
    """Return the automaton's successors as an array, with -1 where there is none.  (states, letters)"""
    rows = [[-1 if to is None else to for to in row] for row in automaton.successors]
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(automaton.alphabet))


def complete(table: Table) -> Table:
    """Return the table with a dead state added, which is the successor wherever there was none."""
    dead = len(table)
    return np.concatenate([np.where(table < 0, dead, table), np.full((1, table.shape[1]), dead)])


def pair_loops(table: Table) -> tuple[Loop, ...]:
    """Return pairs of states (`one` < `other`), each with up to MOST_WORDS words that lead both back to themselves.

    The search goes through the maps of states that words make, by ascending length of word, up to MOST_MAPS maps, and
    through their powers up to MOST_POWER. Of the words that it finds for a pair the shortest are kept, and at most
    MOST_LOOPS loops in all. If the search reached every map and found no pair, the state after any word follows from a
    bounded number of its last letters.
    """
    found: dict[tuple[int, int], list[LetterNumbers]] = {}
    for word, fixed in _fixed_points(table):
        states = (
            fixed if len(fixed) <= FIXED_POINTS else fixed[np.linspace(0, len(fixed) - 1, FIXED_POINTS).astype(int)]
        )
        for one, other in combinations(states.tolist(), 2):
            words = found.setdefault((one, other), [])
            words.append(word)
    loops = [
        Loop(one, other, word)
        for (one, other), words in sorted(found.items())
        for word in sorted(set(words), key=lambda word: (len(word), word))[:MOST_WORDS]
    ]
    return tuple(_spread(loops))


def state_loops(table: Table) -> tuple[Loop, ...]:
    """Return single states (`one` = `other`), each with words that lead it back to itself, the shortest first."""
    found = {(int(state), word) for word, fixed in _fixed_points(table) for state in fixed}
    words: dict[int, list[LetterNumbers]] = {}
    for state, word in sorted(found, key=lambda each: (len(each[1]), each)):
        words.setdefault(state, []).append(word)
    return tuple(_spread([Loop(state, state, word) for state in sorted(words) for word in words[state][:MOST_WORDS]]))


def _spread(loops: list[Loop]) -> list[Loop]:
    if len(loops) <= MOST_LOOPS:
        return loops
    return [loops[place] for place in np.linspace(0, len(loops) - 1, MOST_LOOPS).astype(int)]


def _fixed_points(table: Table) -> list[tuple[LetterNumbers, NDArray[np.int64]]]:
    """Return words that lead some states back to themselves, each with these states."""
    states, letters = table.shape
    after = np.concatenate([np.where(table < 0, states, table), np.full((1, letters), states)])  # the last row is dead
    identity = np.arange(states + 1)
    maps: dict[bytes, LetterNumbers] = {}
    queue: deque[tuple[LetterNumbers, NDArray[np.int64]]] = deque([((), identity)])
    found = []
    while queue and len(maps) < MOST_MAPS:
        word, effect = queue.popleft()
        for letter in range(letters):
            longer, made = (*word, letter), after[effect, letter]
            if len(maps) >= MOST_MAPS or made.tobytes() in maps or (made == states).all():
                continue
            maps[made.tobytes()] = longer
            queue.append((longer, made))
            power = made
            for times in range(1, MOST_POWER + 1):
                fixed = np.flatnonzero((power == identity)[:states])
                if len(fixed):
                    found.append((longer * times, fixed))
                if times > 1 and len(fixed) == states:
                    break
                power = made[power]
    return found


def telling_word(table: Table, seen: NDArray[np.int64], one: int, other: int) -> LetterNumbers | None:
    """Return the shortest word after which `seen` differs between two live states; None if none is found.

    Args:
        table: The successors.
        seen: (states,) A number for what can be observed in each state.
        one: A state.
        other: Another state.
    """
    if seen[one] != seen[other]:
        return ()
    queue: deque[tuple[int, int, LetterNumbers]] = deque([(one, other, ())])
    known = {(one, other)}
    while queue and len(known) < MOST_SEEN_PAIRS:
        p, q, word = queue.popleft()
        for letter in range(table.shape[1]):
            after = int(table[p, letter]), int(table[q, letter])
            if min(after) < 0 or after[0] == after[1] or after in known:
                continue
            if seen[after[0]] != seen[after[1]]:
                return (*word, letter)
            known.add(after)
            queue.append((*after, (*word, letter)))
    return None


def run(table: Table, state: int, word: LetterNumbers) -> int:
    """Return the state after the word, read from `state`; -1 if no member goes on."""
    for letter in word:
        if state < 0:
            return -1
        state = int(table[state, letter])
    return state


@dataclass(frozen=True)
class Routes:
    """The shortest ways from every state to one target state.

    distance  (states,)  the number of letters; -1 if there is no way
    letter    (states,)  the first letter of the way; -1 if there is none
    """

    distance: NDArray[np.int64]
    letter: NDArray[np.int64]

    def word(self, table: Table, start: int) -> LetterNumbers | None:
        """Return the letters of the way from `start`; None if there is no way."""
        if self.distance[start] < 0:
            return None
        word: list[int] = []
        while self.distance[start]:
            word.append(int(self.letter[start]))
            start = int(table[start, word[-1]])
        return tuple(word)


def routes_to(table: Table, target: int) -> Routes:
    """Return the shortest ways from every state to `target`."""
    distance = np.full(len(table), -1)
    letter = np.full(len(table), -1)
    distance[target] = 0
    steps = 0
    while True:
        reaches = (table >= 0) & (distance[table] == steps)  # index -1 would mean the last state, so it is masked
        new = np.flatnonzero((distance < 0) & reaches.any(axis=1))
        if not len(new):
            return Routes(distance, letter)
        steps += 1
        distance[new], letter[new] = steps, reaches[new].argmax(axis=1)


def completable(table: Table, accepting: NDArray[np.bool_], longest: int) -> NDArray[np.bool_]:
    """Return whether exactly so many letters can lead from each state to acceptance.  (longest + 1, states)

    Args:
        table: The successors.
        accepting: (states,) Whether a word may end in the state.
        longest: The greatest number of letters.
    """
    can = np.zeros((longest + 1, len(table)), dtype=np.bool_)
    can[0] = accepting
    for letters in range(1, longest + 1):
        can[letters] = ((table >= 0) & can[letters - 1][table]).any(axis=1)
    return can
