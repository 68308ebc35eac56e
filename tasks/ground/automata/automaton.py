"""Deterministic automata, complete and minimal, made of transition tables or of states that are explored."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

MOST_STATES = 10_000  # states of an automaton
MOST_SUBSETS = 20_000  # states of an automaton that is being made deterministic, before equivalent ones are merged
MOST_TRANSITIONS = 2_000_000  # states times letters
WHOLE_REMARKS = ("every word is accepted", "no word is accepted")

LetterNumbers: TypeAlias = tuple[int, ...]  # a word, each letter by its number in the alphabet


class SizeError(Exception):
    """What was asked for exceeds a limit of this implementation; the message names the limit."""


@dataclass(frozen=True)
class Automaton:
    """A complete minimal automaton with an output in every state; state 0 is the start, in breadth-first order.

    For a language, the output says whether the word read so far is a member. `remarks` say what was noticed about the
    automaton that was given.
    """

    alphabet: tuple[str, ...]
    successors: tuple[tuple[int, ...], ...]  # (states, letters)
    outputs: tuple[Hashable, ...]  # (states,)
    remarks: tuple[str, ...] = ()

    def run(self, word: Iterable[str]) -> int:
        """Return the state after a word over the alphabet."""
        order = {letter: number for number, letter in enumerate(self.alphabet)}
        state = 0
        for letter in word:
            state = self.successors[state][order[letter]]
        return state


def automaton_of_table(
    alphabet: Sequence[str],
    rows: Mapping[Any, Mapping[str, Any]],
    start: Hashable,
    accepting: Iterable[Hashable],
) -> Automaton:
    """Return the minimal automaton of a transition table; a missing transition leads to a dead state.

    The remarks say what was missing, unreachable or equivalent, and whether every word or none is accepted.

    Args:
        alphabet: The letters.
        rows: For each state the successor for each letter.
        start: The start state.
        accepting: The states in which a word may end.

    Raises:
        SizeError: The automaton is too large.
    """
    members = frozenset(accepting)
    dead = object()
    automaton = explore(
        start,
        tuple(alphabet),
        lambda state, letter: dead if state is dead else rows.get(state, {}).get(alphabet[letter], dead),
        lambda state: state in members,
        most=MOST_SUBSETS + 1,  # including the dead state
    )
    reachable = _reachable(rows, start)
    missing = sum(len(alphabet) - len(rows.get(state, {})) for state in reachable)
    distinct = len(reachable) + (missing > 0)
    remarks = []
    if missing:
        remarks.append(f"{counted(missing, 'transition')} left out: taken to lead to a dead state")
    if len(reachable) < len(rows):
        remarks.append(f"{counted(len(rows) - len(reachable), 'state')} unreachable: left out")
    if len(automaton.outputs) < distinct:
        states = counted(distinct, "state")
        remarks.append(f"not minimal: {states}, {len(automaton.outputs)} once equivalent ones are merged")
    return Automaton(automaton.alphabet, automaton.successors, automaton.outputs, (*remarks, *automaton.remarks))


def _reachable(rows: Mapping[Any, Mapping[str, Any]], start: Hashable) -> set[Hashable]:
    found = {start}
    waiting = [start]
    while waiting:
        for target in rows.get(waiting.pop(), {}).values():
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def counted(count: int, noun: str) -> str:
    """Return the number and the noun, which gets an s unless the number is 1."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def explore(
    start: Hashable,
    alphabet: tuple[str, ...],
    follow: Callable[..., Hashable],
    output: Callable[..., Hashable],
    *,
    most: int = MOST_STATES,
) -> Automaton:
    """Return the minimal automaton of the states that are reached from a start state.

    Args:
        start: The start state.
        alphabet: The letters.
        follow: The successor of a state for a letter's number.
        output: The output in a state.
        most: The greatest number of states before minimisation.

    Raises:
        SizeError: There are more states, or the table of transitions is too large.
    """
    numbers = {start: 0}
    order = [start]
    rows: list[tuple[int, ...]] = []
    for state in order:  # grows while it is read
        row = []
        for letter in range(len(alphabet)):
            target = follow(state, letter)
            if target not in numbers:
                if len(order) == most:
                    raise SizeError(f"the deterministic automaton has more than {most:,} states, the limit here")
                if len(order) * len(alphabet) > MOST_TRANSITIONS:
                    raise SizeError(f"the automaton has more than {MOST_TRANSITIONS:,} transitions, the limit here")
                numbers[target] = len(order)
                order.append(target)
            row.append(numbers[target])
        rows.append(tuple(row))
    outputs = [output(state) for state in order]
    successors, kept = minimise(rows, outputs)
    found = tuple(outputs[state] for state in kept)
    remarks: tuple[str, ...] = ()
    if len(found) == 1 and isinstance(found[0], bool):
        remarks = (WHOLE_REMARKS[int(not found[0])],)
    return Automaton(alphabet, successors, found, remarks)


def minimise(
    rows: Sequence[Sequence[int]], colours: Sequence[Hashable]
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Return the table with equivalent states merged, and for each new state one of the states that it stands for.

    Two states are equivalent if no word leads them to different colours. The new states are in breadth-first order from
    state 0.

    Args:
        rows: (states, letters) The successors; every state is reachable from state 0.
        colours: (states,) The output of each state.
    """
    block = _coarsest(rows, colours)
    numbers = {block[0]: 0}
    kept = [0]
    merged = []
    for state in kept:  # grows while it is read
        row = []
        for target in rows[state]:
            if block[target] not in numbers:
                numbers[block[target]] = len(kept)
                kept.append(target)
            row.append(numbers[block[target]])
        merged.append(tuple(row))
    return tuple(merged), tuple(kept)


def _coarsest(rows: Sequence[Sequence[int]], colours: Sequence[Hashable]) -> list[int]:
    """Return the block of each state in the coarsest partition that respects colours and letters (by Hopcroft)."""
    names: dict[Hashable, int] = {}
    block = [names.setdefault(colour, len(names)) for colour in colours]
    members: list[set[int]] = [set() for _ in names]
    for state, number in enumerate(block):
        members[number].add(state)
    columns = tuple(dict.fromkeys(zip(*rows, strict=True)))  # letters with equal effects are treated once
    letters = range(len(columns))
    sources: list[list[list[int]]] = [[[] for _ in rows] for _ in letters]
    for letter, column in enumerate(columns):
        for state, target in enumerate(column):
            sources[letter][target].append(state)
    waiting = {(number, letter) for number in range(len(members)) for letter in letters}
    while waiting:
        splitter, letter = waiting.pop()
        touched: dict[int, set[int]] = {}
        for target in members[splitter]:
            for state in sources[letter][target]:
                touched.setdefault(block[state], set()).add(state)
        for number, inside in touched.items():
            if len(inside) == len(members[number]):
                continue
            members[number] -= inside
            # Only the smaller half has to wait as a splitter, unless the whole block is still waiting.
            if len(inside) > len(members[number]):
                inside, members[number] = members[number], inside
            fresh = len(members)
            members.append(inside)
            for state in inside:
                block[state] = fresh
            waiting.update((fresh, each) for each in letters)
    return block
