"""Regular languages as automata without dead states, apart from the ground floor's on purpose.

The named tasks' automata are automata-lib's, independent on purpose of the reader behind `--regex` and `--dfa`: that
both are equal is tested.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.ground.automata import automaton as ground
from tasks.languages.members import continuation_label, targets_of
from tasks.words import Example, Word

if TYPE_CHECKING:
    from automata.fa.dfa import DFA


class EmptyLanguageError(ValueError):
    """The language has no words."""


@dataclass(frozen=True)
class TaskAutomaton:
    """A language as a minimal deterministic automaton; state 0 is the start, in breadth-first order.

    `successors[state][letter]` is None where no member goes on so: every state leads to some member.
    """

    alphabet: tuple[str, ...]
    successors: tuple[tuple[int | None, ...], ...]
    accepting: tuple[bool, ...]


def regex_automaton(regex: str, alphabet: tuple[str, ...]) -> TaskAutomaton:
    """The automaton of a regular expression in automata-lib's dialect, over letters of one character."""
    from automata.fa.dfa import DFA  # a third of a second, not wanted where no automaton is
    from automata.fa.nfa import NFA

    return automaton_of(DFA.from_nfa(NFA.from_regex(regex, input_symbols=set(alphabet))), alphabet)


def table_automaton(
    alphabet: tuple[str, ...], start: str, table: Mapping[str, tuple[str | None, ...]], accepting: set[str]
) -> TaskAutomaton:
    """The automaton of a transition table: a row for each state, a successor (or None) for each letter."""
    from automata.fa.dfa import DFA

    transitions = {
        state: {letter: to for letter, to in zip(alphabet, row, strict=True) if to is not None}
        for state, row in table.items()
    }
    dfa = DFA(
        states=set(table),
        input_symbols=set(alphabet),
        transitions=transitions,
        initial_state=start,
        final_states=accepting,
        allow_partial=True,
    )
    return automaton_of(dfa, alphabet)


def live_automaton(whole: ground.Automaton) -> TaskAutomaton:
    """The automaton of a complete minimal one; EmptyLanguageError if it accepts nothing."""
    before: list[list[int]] = [[] for _ in whole.successors]
    for state, row in enumerate(whole.successors):
        for to in set(row):
            before[to].append(state)
    waiting = [state for state, accepts in enumerate(whole.outputs) if accepts]
    live = set(waiting)
    while waiting:
        fresh = [state for state in before[waiting.pop()] if state not in live]
        live.update(fresh)
        waiting += fresh
    if 0 not in live:
        raise EmptyLanguageError("the language is empty: the automaton accepts no word")
    kept = sorted(live)  # breadth first, as they were
    numbers = {state: number for number, state in enumerate(kept)}
    rows = tuple(tuple(numbers.get(to) for to in whole.successors[state]) for state in kept)
    return TaskAutomaton(whole.alphabet, rows, tuple(bool(whole.outputs[state]) for state in kept))


def automaton_of(dfa: "DFA", alphabet: tuple[str, ...]) -> TaskAutomaton:
    """The automaton of any DFA of automata-lib over these letters; ValueError if its language is empty."""
    dfa = dfa.minify()
    live = _live_states(dfa)
    if dfa.initial_state not in live:
        raise EmptyLanguageError("the language is empty: the automaton accepts no word")
    numbers = {dfa.initial_state: 0}
    rows: list[tuple[int | None, ...]] = []
    queue = [dfa.initial_state]
    for state in queue:  # grows while it is read
        row: list[int | None] = []
        for letter in alphabet:
            to = dfa.transitions[state].get(letter)
            if to is None or to not in live:
                row.append(None)
                continue
            if to not in numbers:
                numbers[to] = len(numbers)
                queue.append(to)
            row.append(numbers[to])
        rows.append(tuple(row))
    return TaskAutomaton(alphabet, tuple(rows), tuple(state in dfa.final_states for state in queue))


def _live_states(dfa: "DFA") -> set[object]:
    """The states that lead to a final one."""
    before: dict[object, list[object]] = {}
    for state, row in dfa.transitions.items():
        for to in row.values():
            before.setdefault(to, []).append(state)
    live: set[object] = set(dfa.final_states)
    waiting = list(live)
    while waiting:
        for source in before.get(waiting.pop(), ()):
            if source not in live:
                live.add(source)
                waiting.append(source)
    return live


def automaton_label(alphabet: tuple[str, ...], build: Callable[[], TaskAutomaton]) -> Callable[[Word], Example]:
    """Labels by reading the word: a letter may come where the automaton goes on, the end where it accepts."""
    return continuation_label(alphabet, lambda word: _continuations(build(), word))


def _continuations(automaton: TaskAutomaton, word: Word) -> tuple[Word, ...]:
    """What may come after each prefix, found once for each state on the way."""
    states: list[int | None] = [0]
    for letter in word:
        state = states[-1]
        states.append(None if state is None else automaton.successors[state][automaton.alphabet.index(letter)])
    targets = {state: _targets(automaton, state) for state in set(states)}
    return tuple(targets[state] for state in states)


def _targets(automaton: TaskAutomaton, state: int | None) -> Word:
    if state is None:
        return ()
    goes_on = tuple(to is not None for to in automaton.successors[state])
    return targets_of(automaton.alphabet, goes_on, end=automaton.accepting[state])


def other_words(automaton: TaskAutomaton) -> TaskAutomaton | None:
    """The automaton of all words that are no members; None if there are none."""
    return _without(lambda _: True, automaton)


def unfinished_words(automaton: TaskAutomaton) -> TaskAutomaton | None:
    """The automaton of the words that begin a member and are none; None if there are none."""
    return _without(lambda state: state is not None, automaton)


def difference(automaton: TaskAutomaton, other: TaskAutomaton) -> TaskAutomaton | None:
    """The automaton of the members of one that are none of the other; None if there are none."""
    complement = other_words(other)
    if complement is None:
        return None
    try:
        return automaton_of(_dfa(automaton).intersection(_dfa(complement)), automaton.alphabet)
    except EmptyLanguageError:
        return None


def _without(keeps: Callable[[int | None], bool], automaton: TaskAutomaton) -> TaskAutomaton | None:
    """The words that end in a state that does not accept, where `keeps` holds of it; None is the dead one."""
    dead = len(automaton.successors)

    def follow(state: int, letter: int) -> int:
        to = None if state == dead else automaton.successors[state][letter]
        return dead if to is None else to

    def kept(state: int) -> bool:
        return keeps(None) if state == dead else not automaton.accepting[state] and keeps(state)

    # The ground floor's minimisation, for automata-lib takes a third of a second to load; these words have no labels.
    try:
        return live_automaton(ground.explore(0, automaton.alphabet, follow, kept, most=dead + 1))
    except EmptyLanguageError:
        return None


def _dfa(automaton: TaskAutomaton) -> "DFA":
    from automata.fa.dfa import DFA

    return DFA(
        states=set(range(len(automaton.successors))),
        input_symbols=set(automaton.alphabet),
        transitions={
            state: {letter: to for letter, to in zip(automaton.alphabet, row, strict=True) if to is not None}
            for state, row in enumerate(automaton.successors)
        },
        initial_state=0,
        final_states={state for state, accepts in enumerate(automaton.accepting) if accepts},
        allow_partial=True,
    )
