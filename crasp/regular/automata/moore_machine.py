"""Machines that answer after each letter of a word, and their strongly connected components."""

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
    """Checks that an acceptance rule and a target exist and go together.

    `option` is put before their names in messages, as in "--accept".

    Raises:
        RefusedError: One of them does not exist, or target "next" is asked at an end marker.
    """
    for name, found, known in (("accept", accept, get_args(Accept)), ("target", target, get_args(Target))):
        check_choice(f"{option}{name}", found, known)
    if target == "next" and accept == "end":
        raise RefusedError(f"{option}target next is asked at the last letter: after an end marker nothing follows")


@dataclass(frozen=True)
class Machine:
    """A complete machine that answers after each letter and has as few states as its answers allow.

    Whether a family has a program for it depends on `successors` alone. A program sees the letter just read, so it only
    has to tell apart the states before that letter (docs/regular.md, section 1). If the answer is given at an end
    marker, the marker is one more letter of the machine.
    """

    alphabet: tuple[str, ...]
    successors: tuple[tuple[int, ...], ...]  # (states, letters)
    answers: tuple[tuple[Hashable, ...], ...]  # (states, letters): the answer after reading the letter in the state
    at_start: Hashable  # the answer for the empty word

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """For each state a shortest word that leads to it."""
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
        """The letters, by number, in groups that act alike: each state has one successor for all letters of a group."""
        found: dict[tuple[int, ...], list[int]] = {}
        for letter, column in enumerate(zip(*self.successors, strict=True)):
            found.setdefault(column, []).append(letter)
        return tuple(map(tuple, found.values()))

    @cached_property
    def thinned(self) -> "Machine":
        """The machine with only the first letter of each group of letters that act alike.

        The same states have to be told apart in it. A program for it is a program for the whole machine once each
        letter is read as the first of its group. A program for the whole machine is one for the words of first letters.
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
        """The strongly connected components with two or more states, ordered by their first states."""
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


@lru_cache(maxsize=4)  # the decision, the program's writer and the certificate's builder ask for the same one
def machine_of(automaton: Automaton, *, accept: Accept = "last", target: Target = "membership") -> Machine:
    """The machine that gives the answers asked for.

    Args:
        automaton: The language.
        accept: Where the answer is given: after each letter ("last"), or at an end marker ("end"). At an end marker the
            answer after any other letter is None, or False if the target is membership.
        target: What is answered: membership, the automaton's state, or the letters that may follow.
    """
    answers = _answers(automaton, target)
    if accept == "last":
        rows = [[answers[t] for t in row] for row in automaton.successors]
        return _machine(automaton.alphabet, automaton.successors, rows, answers[START])
    nothing = False if target == "membership" else None
    end = len(automaton.outputs)  # the state after the end marker, which is never left
    letters = len(automaton.alphabet)
    successors = [(*row, end) for row in automaton.successors] + [(end,) * (letters + 1)]
    rows = [[*[nothing] * letters, answer] for answer in answers] + [[nothing] * (letters + 1)]
    return _machine((*automaton.alphabet, end_marker(automaton.alphabet)), successors, rows, nothing)


def end_marker(alphabet: Sequence[str]) -> str:
    """A token for the end of the word that is not in the alphabet."""
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
    """The states from which some word leads to a state with a true output."""
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
    """A strongly connected component of a machine, with its states numbered from 0.

    `states` has the machine's number of each. `steps[state][letter]` is -1 if the letter leaves the component.
    """

    states: tuple[int, ...]
    steps: tuple[tuple[int, ...], ...]  # (states, letters)

    @cached_property
    def period(self) -> int:
        """The greatest common divisor of the lengths of all loops in the component."""
        return loop_divisor(self.steps)[0]

    @cached_property
    def phases(self) -> tuple[int, ...]:
        """The distance of each state from the first state, modulo the period."""
        return loop_divisor(self.steps)[1]


def components(machine: Machine) -> tuple[Component, ...]:
    """The strongly connected components with two or more states, ordered by their first states."""
    return machine.components


def strong_components(successors: Sequence[Sequence[int]]) -> list[list[int]]:
    """The strongly connected components of a graph, by Tarjan's algorithm.

    A component comes after all that it reaches.
    """
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
    """The greatest common divisor of the lengths of all loops in a strongly connected graph, and each node's distance.

    The distances are those from node 0, modulo the divisor.
    """
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
