"""Deterministic automata: from expressions, tables and automata-lib, complete and minimal."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from crasp.regular.regex import Letter, Regex

if TYPE_CHECKING:
    from automata.fa.dfa import DFA

MOST_STATES = 10_000  # of an automaton, and while it is being made deterministic


class SizeError(Exception):
    """What was asked for is larger than this implementation's limit, which the message names."""


@dataclass(frozen=True)
class Automaton:
    """A complete minimal automaton with an output in every state; state 0 is the start, in breadth-first order.

    For a language the output says whether the word read so far is a member. `remarks` say what the given
    automaton was like.
    """

    alphabet: tuple[str, ...]
    successors: tuple[tuple[int, ...], ...]  # (states, letters)
    outputs: tuple[Hashable, ...]  # (states,)
    remarks: tuple[str, ...] = ()

    def run(self, word: Iterable[str]) -> int:
        """The state after a word over the alphabet."""
        order = {letter: number for number, letter in enumerate(self.alphabet)}
        state = 0
        for letter in word:
            state = self.successors[state][order[letter]]
        return state


# --- regular expressions -------------------------------------------------------------------------------------


def automaton_of_regex(regex: Regex, alphabet: Sequence[str] | None = None) -> Automaton:
    """The minimal automaton of an expression over the alphabet given, or else over its own letters.

    ValueError where the alphabet is empty or lacks a letter; SizeError where determinisation grows too large.
    """
    letters = tuple(alphabet) if alphabet is not None else regex.letters
    if not letters:
        raise ValueError("the expression has no letter: an alphabet has to be given")
    missing = [letter for letter in regex.letters if letter not in letters]
    if missing:
        raise ValueError(f"the alphabet {' '.join(letters)} lacks {' '.join(missing)}")
    positions = _Positions(letters)
    nullable, first, last = positions.read(regex)
    steps = positions.steps

    @lru_cache(maxsize=1)  # asked for each letter in turn
    def reached(state: tuple[bool, int]) -> int:
        start, marked = state
        found = first if start else 0
        while marked:
            low = marked & -marked
            found |= steps[low.bit_length() - 1]
            marked ^= low
        return found

    def follow(state: tuple[bool, int], letter: int) -> tuple[bool, int]:
        return False, reached(state) & positions.carrying[letter]

    def accepts(state: tuple[bool, int]) -> bool:
        start, marked = state
        return nullable if start else bool(marked & last)

    return explore((True, 0), letters, follow, accepts)


class _Positions:
    """Glushkov's automaton: a state for each place of a letter, sets of places as bits of an integer."""

    def __init__(self, letters: tuple[str, ...]) -> None:
        self.numbers = {letter: number for number, letter in enumerate(letters)}
        self.carrying = [0] * len(letters)  # the places that read a letter
        self.steps: list[int] = []  # the places that may come after a place

    def read(self, regex: Regex) -> tuple[bool, int, int]:
        """Whether the empty word is a member, and the places that a member may begin and end with."""
        stack: list[tuple[bool, int, int]] = []
        for item in regex.postfix:
            match item:
                case Letter(character):
                    stack.append(self._place([self.numbers[character]]))
                case "any":
                    stack.append(self._place(range(len(self.numbers))))
                case "empty":
                    stack.append((True, 0, 0))
                case "join":
                    (nullable, first, last), (left, begin, end) = stack.pop(), stack.pop()
                    self._connect(end, first)
                    joined = begin | (first if left else 0), last | (end if nullable else 0)
                    stack.append((left and nullable, *joined))
                case "union":
                    (nullable, first, last), (left, begin, end) = stack.pop(), stack.pop()
                    stack.append((left or nullable, begin | first, end | last))
                case "optional":
                    _, first, last = stack.pop()
                    stack.append((True, first, last))
                case "star" | "plus":
                    nullable, first, last = stack.pop()
                    self._connect(last, first)
                    stack.append((nullable or item == "star", first, last))
        return stack.pop()

    def _place(self, letters: Iterable[int]) -> tuple[bool, int, int]:
        bit = 1 << len(self.steps)
        self.steps.append(0)
        for letter in letters:
            self.carrying[letter] |= bit
        return False, bit, bit

    def _connect(self, ends: int, beginnings: int) -> None:
        while ends:
            low = ends & -ends
            self.steps[low.bit_length() - 1] |= beginnings
            ends ^= low


# --- any deterministic automaton -----------------------------------------------------------------------------


def automaton_of_dfa(dfa: "DFA", alphabet: Sequence[str]) -> Automaton:
    """The minimal automaton of a DFA of automata-lib, with the letters in this order."""
    rows = {state: dict(row) for state, row in dfa.transitions.items()}
    return automaton_of_table(alphabet, rows, dfa.initial_state, dfa.final_states)


def automaton_of_table(
    alphabet: Sequence[str],
    rows: Mapping[Any, Mapping[str, Any]],
    start: Hashable,
    accepting: Iterable[Hashable],
) -> Automaton:
    """The minimal automaton of a transition table; a transition left out leads to a dead state.

    The remarks say what was missing, unreachable or equivalent, and whether nothing or everything is accepted.
    """
    members = frozenset(accepting)
    dead = object()
    automaton = explore(
        start,
        tuple(alphabet),
        lambda state, letter: dead if state is dead else rows.get(state, {}).get(alphabet[letter], dead),
        lambda state: state in members,
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
        remarks.append(f"not minimal: {distinct} states, {len(automaton.outputs)} once equivalent ones are merged")
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
    """The number and the noun, in the plural unless it is one."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def explore(
    start: Hashable,
    alphabet: tuple[str, ...],
    follow: Callable[..., Hashable],
    output: Callable[..., Hashable],
) -> Automaton:
    """The minimal automaton of the states that `follow(state, letter number)` reaches from the start.

    SizeError beyond MOST_STATES states before minimisation.
    """
    numbers = {start: 0}
    order = [start]
    rows: list[tuple[int, ...]] = []
    for state in order:  # grows while it is read
        row = []
        for letter in range(len(alphabet)):
            target = follow(state, letter)
            if target not in numbers:
                if len(order) == MOST_STATES:
                    raise SizeError(f"the deterministic automaton has more than {MOST_STATES:,} states, the limit here")
                numbers[target] = len(order)
                order.append(target)
            row.append(numbers[target])
        rows.append(tuple(row))
    outputs = [output(state) for state in order]
    successors, kept = minimise(rows, outputs)
    found = tuple(outputs[state] for state in kept)
    remarks: tuple[str, ...] = ()
    if len(found) == 1 and isinstance(found[0], bool):
        remarks = ("every word is accepted" if found[0] else "no word is accepted",)
    return Automaton(alphabet, successors, found, remarks)


def minimise(
    rows: Sequence[Sequence[int]], colours: Sequence[Hashable]
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """The rows with states merged that no word leads to different colours, from state 0, breadth first.

    Every state is reachable from state 0. The second result names a state of the given table for each new one.
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
    """The block of each state in the coarsest partition that colours and letters respect (Hopcroft)."""
    names: dict[Hashable, int] = {}
    block = [names.setdefault(colour, len(names)) for colour in colours]
    members: list[set[int]] = [set() for _ in names]
    for state, number in enumerate(block):
        members[number].add(state)
    letters = range(len(rows[0]))
    sources: list[list[list[int]]] = [[[] for _ in rows] for _ in letters]
    for state, row in enumerate(rows):
        for letter, target in enumerate(row):
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
            # The smaller half alone has to be waited for, unless the whole was.
            if len(inside) > len(members[number]):
                inside, members[number] = members[number], inside
            fresh = len(members)
            members.append(inside)
            for state in inside:
                block[state] = fresh
            waiting.update((fresh, each) for each in letters)
    return block
