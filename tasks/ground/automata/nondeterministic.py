"""Automata as files give them, with several initial states, choices, and transitions that read no letter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tasks.ground.automata.automaton import MOST_SUBSETS, Automaton, SizeError, automaton_of_table, counted, explore
from tasks.ground.automata.tokens import LanguageError, checked_alphabet, shown_alphabet

MOST_STATES = 20_000  # states of an automaton in a file
MOST_STEPS = 5_000_000  # steps of the work that makes an automaton deterministic
EMPTY = ""  # stands for the letter of a transition that reads no letter
EMPTY_NAMES = frozenset(("ε", "<eps>", "<epsilon>", "@0@", "@_EPSILON_SYMBOL_@"))


@dataclass
class Graph:
    """An automaton while its file is read; `order` has the states in the order in which they occur."""

    starts: list[str] = field(default_factory=list)
    finals: set[str] = field(default_factory=set)
    order: dict[str, None] = field(default_factory=dict)
    rows: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # state, letter, targets
    remarks: list[str] = field(default_factory=list)

    def add_state(self, state: str) -> None:
        """Note that the state exists.

        Raises:
            LanguageError: There are more than MOST_STATES states.
        """
        self.order.setdefault(state)
        if len(self.order) > MOST_STATES:
            raise LanguageError(f"more than {MOST_STATES:,} states, this implementation's limit")

    def add(self, state: str, letter: str, target: str) -> None:
        """Note a transition and its states."""
        self.add_state(state)
        self.add_state(target)
        targets = self.rows.setdefault(state, {}).setdefault(letter, [])
        if target not in targets:
            targets.append(target)

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters of the transitions, sorted."""
        return tuple(sorted({letter for row in self.rows.values() for letter in row} - {EMPTY}))

    @property
    def deterministic(self) -> bool:
        """Whether there is a single initial state, no transition without a letter, and never a choice."""
        choices = (len(targets) > 1 for row in self.rows.values() for targets in row.values())
        return len(self.starts) == 1 and not any(EMPTY in row for row in self.rows.values()) and not any(choices)


def automaton_of_graph(graph: Graph, alphabet: Iterable[str] | None = None) -> Automaton:
    """Return the minimal automaton; a missing transition leads to a dead state.

    Its remarks say what was noticed about the graph.

    Args:
        graph: The automaton as it was given.
        alphabet: The tokens in their order; by default the letters of the transitions, sorted.

    Raises:
        LanguageError: The alphabet is empty, or lacks a letter of the transitions.
        SizeError: The automaton grows too large while it is made deterministic.
    """
    letters = graph.letters if alphabet is None else tuple(alphabet)
    if not letters:
        raise LanguageError("the automaton has no letter: an alphabet has to be given; see --alphabet")
    missing = [letter for letter in graph.letters if letter not in set(letters)]
    if missing:
        raise LanguageError(f"`{missing[0]}` is not in the alphabet {shown_alphabet(letters)}")
    letters = checked_alphabet(letters, "the automaton's letters")
    if graph.deterministic:
        rows = {state: {a: to[0] for a, to in graph.rows.get(state, {}).items()} for state in graph.order}
        found = automaton_of_table(letters, rows, graph.starts[0], graph.finals)
        remarks = found.remarks
    else:
        found = _determinised(graph, letters)
        before, after = counted(len(graph.order), "state"), counted(len(found.outputs), "state")
        remarks = (f"not deterministic: {before}, {after} once it is made so and minimal", *found.remarks)
    return Automaton(found.alphabet, found.successors, found.outputs, (*graph.remarks, *remarks))


def _determinised(graph: Graph, letters: tuple[str, ...]) -> Automaton:
    """Return the minimal automaton by the subset construction; a set of states is an integer, with a bit for each."""
    numbers = {state: number for number, state in enumerate(graph.order)}
    closed = _closures(graph.rows, numbers)
    steps: list[list[int]] = [[0] * len(letters) for _ in numbers]  # (states, letters), sets of states
    order = {letter: number for number, letter in enumerate(letters)}
    for state, row in graph.rows.items():
        for letter, targets in row.items():
            if letter != EMPTY:
                for target in targets:
                    steps[numbers[state]][order[letter]] |= closed[numbers[target]]
    accepting = sum(1 << numbers[state] for state in graph.finals if state in numbers)
    start = 0
    for state in graph.starts:
        start |= closed[numbers[state]]
    budget = [MOST_STEPS]

    def follow(states: int, letter: int) -> int:
        found = 0
        budget[0] -= states.bit_count()
        if budget[0] < 0:
            raise SizeError(
                f"the automaton takes more than {MOST_STEPS:,} steps to be made deterministic, the limit here"
            )
        while states:
            low = states & -states
            found |= steps[low.bit_length() - 1][letter]
            states ^= low
        return found

    return explore(start, letters, follow, lambda states: bool(states & accepting), most=MOST_SUBSETS)


def _closures(rows: Mapping[str, Mapping[str, list[str]]], numbers: Mapping[str, int]) -> list[int]:
    """Return for each state the set of states that are reached from it without a letter, itself included."""
    empty = {numbers[state]: [numbers[to] for to in row[EMPTY]] for state, row in rows.items() if EMPTY in row}
    found = [1 << number for number in range(len(numbers))]
    for state in empty:
        seen, waiting = {state}, [state]
        while waiting:
            for to in empty.get(waiting.pop(), ()):
                if to not in seen:
                    seen.add(to)
                    waiting.append(to)
        found[state] = sum(1 << number for number in seen)
    return found
