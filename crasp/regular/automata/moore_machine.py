"""What has to be followed while a word is read: a machine that answers after each letter, and its components."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import gcd
from typing import Literal, TypeAlias, get_args

from crasp.regular.automata.automaton import Automaton, minimise
from tasks.ground.console import RefusedError, check_choice

Accept: TypeAlias = Literal["last", "end"]
Target: TypeAlias = Literal["membership", "state", "next"]
END = "<end>"
START = 0


def check_asked(accept: str, target: str, *, option: str = "") -> None:
    """RefusedError for what cannot be asked: an acceptance or a target that there is not, or the two together."""
    for name, found, known in (("accept", accept, get_args(Accept)), ("target", target, get_args(Target))):
        check_choice(f"{option}{name}", found, known)
    if target == "next" and accept == "end":
        raise RefusedError(f"{option}target next is asked at the last letter: after an end marker nothing follows")


@dataclass(frozen=True)
class Machine:
    """A complete machine that answers after each letter, with as few states as the answers allow.

    Whether a program of a family exists depends on `successors` alone: the letter just read is visible, so the
    states to be told apart are those before it. For acceptance at an end marker the marker is one more letter.
    """

    alphabet: tuple[str, ...]
    successors: tuple[tuple[int, ...], ...]  # (states, letters)
    answers: tuple[tuple[Hashable, ...], ...]  # (states, letters), after the letter
    at_start: Hashable  # the answer for the empty word

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """A shortest word that leads to each state."""
        words: dict[int, tuple[str, ...]] = {START: ()}
        queue = [START]
        for state in queue:  # grows while it is read
            for letter, target in zip(self.alphabet, self.successors[state], strict=True):
                if target not in words:
                    words[target] = (*words[state], letter)
                    queue.append(target)
        return tuple(words[state] for state in range(len(self.successors)))

    @cached_property
    def alike(self) -> tuple[tuple[int, ...], ...]:
        """The letters, by number, that act alike: those of a group lead each state to one and the same."""
        found: dict[tuple[int, ...], list[int]] = {}
        for letter, column in enumerate(zip(*self.successors, strict=True)):
            found.setdefault(column, []).append(letter)
        return tuple(map(tuple, found.values()))

    @cached_property
    def thinned(self) -> "Machine":
        """The machine with the first letter of each group alone: what has to be told apart is the same.

        A program for it is one for the machine once each letter is read as the first of its group; and a program for
        the machine is one for the words of first letters.
        """
        if len(self.alike) == len(self.alphabet):
            return self
        first = [group[0] for group in self.alike]
        return Machine(
            tuple(self.alphabet[letter] for letter in first),
            tuple(tuple(row[letter] for letter in first) for row in self.successors),
            tuple(tuple(row[letter] for letter in first) for row in self.answers),
            self.at_start,
        )

    @cached_property
    def components(self) -> "tuple[Component, ...]":
        """The strongly connected parts of two states or more, in the order of their first states."""
        parts = strong_components([sorted(set(row)) for row in self.successors])
        found = []
        for part in sorted(sorted(p) for p in parts if len(p) > 1):
            number = {state: k for k, state in enumerate(part)}
            steps = tuple(tuple(number.get(t, -1) for t in self.successors[state]) for state in part)
            found.append(Component(tuple(part), steps))
        return tuple(found)

    @cached_property
    def sinks(self) -> tuple[int, ...]:
        """The states that no letter leaves."""
        return tuple(s for s, row in enumerate(self.successors) if all(t == s for t in row))


@lru_cache(maxsize=4)  # asked for by the decider, by what writes the program and by what certifies, one after another
def machine_of(automaton: Automaton, *, accept: Accept = "last", target: Target = "membership") -> Machine:
    """The machine that answers as asked: membership, the automaton's state, or the letters that may follow.

    With `accept="end"` the answer is given at an end marker, and is None (or False) after any other letter.
    """
    answers = _answers(automaton, target)
    if accept == "last":
        rows = [[answers[t] for t in row] for row in automaton.successors]
        return _machine(automaton.alphabet, automaton.successors, rows, answers[START])
    nothing = False if target == "membership" else None
    end = len(automaton.outputs)  # after the marker, whatever comes
    letters = len(automaton.alphabet)
    successors = [(*row, end) for row in automaton.successors] + [(end,) * (letters + 1)]
    rows = [[*[nothing] * letters, answer] for answer in answers] + [[nothing] * (letters + 1)]
    return _machine((*automaton.alphabet, end_marker(automaton.alphabet)), successors, rows, nothing)


def end_marker(alphabet: Sequence[str]) -> str:
    """A token for the end that the alphabet lacks."""
    marker = END
    while marker in alphabet:
        marker = f"<{marker}>"
    return marker


def _answers(automaton: Automaton, target: Target) -> list[Hashable]:
    match target:
        case "membership":
            return list(automaton.outputs)
        case "state":
            return list(range(len(automaton.outputs)))
        case "next":
            live = live_states(automaton)
            return [
                tuple(a for a, t in zip(automaton.alphabet, row, strict=True) if t in live)
                for row in automaton.successors
            ]


def live_states(automaton: Automaton) -> frozenset[int]:
    """The states from which some word leads to a member."""
    live = {state for state, output in enumerate(automaton.outputs) if output}
    grown = True
    while grown:
        more = {s for s, row in enumerate(automaton.successors) if s not in live and not live.isdisjoint(row)}
        live |= more
        grown = bool(more)
    return frozenset(live)


def _machine(
    alphabet: tuple[str, ...],
    successors: Sequence[Sequence[int]],
    answers: Sequence[Sequence[Hashable]],
    at_start: Hashable,
) -> Machine:
    merged, kept = minimise(successors, [tuple(row) for row in answers])
    return Machine(alphabet, merged, tuple(tuple(answers[state]) for state in kept), at_start)


# --- components ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Component:
    """A strongly connected part: states renumbered from 0, `steps[state][letter]` -1 where the part is left."""

    states: tuple[int, ...]
    steps: tuple[tuple[int, ...], ...]  # (states, letters)

    @cached_property
    def period(self) -> int:
        """The greatest common divisor of the lengths of all loops."""
        return loop_divisor(self.steps)[0]

    @cached_property
    def phases(self) -> tuple[int, ...]:
        """The distance of each state from the first, modulo the period."""
        return loop_divisor(self.steps)[1]


def components(machine: Machine) -> tuple[Component, ...]:
    """The strongly connected parts of two states or more, in the order of their first states."""
    return machine.components


def strong_components(successors: Sequence[Sequence[int]]) -> list[list[int]]:
    """The strongly connected components of a graph, those that are reached before those that reach them (Tarjan)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    done: set[int] = set()
    found = []
    for root in range(len(successors)):
        work = [] if root in index else [(root, iter(successors[root]))]
        if work:
            index[root] = low[root] = len(index)
            stack.append(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    work.append((target, iter(successors[target])))
                    break
                if target not in done:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = stack.index(node)
                    found.append(stack[cut:])
                    done.update(stack[cut:])
                    del stack[cut:]
    return found


def loop_divisor(steps: Sequence[Sequence[int]]) -> tuple[int, tuple[int, ...]]:
    """Of a strongly connected graph: the common divisor of its loops' lengths, and each node's distance modulo it."""
    distance = {0: 0}
    queue = [0]
    divisor = 0
    for node in queue:  # grows while it is read
        for target in steps[node]:
            if target < 0:
                continue
            if target not in distance:
                distance[target] = distance[node] + 1
                queue.append(target)
            divisor = gcd(divisor, distance[node] + 1 - distance[target])
    return divisor, tuple(distance[node] % divisor for node in range(len(steps)))
