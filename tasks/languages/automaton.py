"""Regular languages as automata without dead states.

The automata of the named tasks are made by automata-lib. They are independent, on purpose, of the reader behind
`--regex` and `--dfa` in `tasks.ground.automata`; a test checks that both give the same automata.
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
    """A language as a minimal deterministic automaton; state 0 is the start, and states are in breadth-first order.

    `successors[state][letter]` is None if no member goes on in this way. Every state leads to some member.
    """

    alphabet: tuple[str, ...]
    successors: tuple[tuple[int | None, ...], ...]
    accepting: tuple[bool, ...]


def regex_automaton(regex: str, alphabet: tuple[str, ...]) -> TaskAutomaton:
    """Return the automaton of a regular expression in automata-lib's dialect, over letters of one character.

    Raises:
        EmptyLanguageError: No word matches.
    """
    from automata.fa.dfa import DFA  # takes a third of a second, so it is imported only when it is used
    from automata.fa.nfa import NFA

    return automaton_of(DFA.from_nfa(NFA.from_regex(regex, input_symbols=set(alphabet))), alphabet)


def table_automaton(
    alphabet: tuple[str, ...], start: str, table: Mapping[str, tuple[str | None, ...]], accepting: set[str]
) -> TaskAutomaton:
    """Return the automaton of a transition table.

    Args:
        alphabet: The letters.
        start: The name of the start state.
        table: For each state its successor for each letter, in the order of the alphabet; None if there is none.
        accepting: The states in which a word may end.

    Raises:
        EmptyLanguageError: No word is accepted.
    """
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
    """Return the automaton of a complete minimal automaton, without its dead state.

    Raises:
        EmptyLanguageError: No word is accepted.
    """
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
    kept = sorted(live)  # the given states are in breadth-first order, and so are these
    numbers = {state: number for number, state in enumerate(kept)}
    rows = tuple(tuple(numbers.get(to) for to in whole.successors[state]) for state in kept)
    return TaskAutomaton(whole.alphabet, rows, tuple(bool(whole.outputs[state]) for state in kept))


def automaton_of(dfa: "DFA", alphabet: tuple[str, ...]) -> TaskAutomaton:
    """Return the automaton of a DFA of automata-lib over these letters.

    Raises:
        EmptyLanguageError: No word is accepted.
    """
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
    """Return the states from which a final state can be reached."""
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
    """Return the label function of the language's task.

    After a prefix, a letter may come if the automaton has a successor for it, and the end if it accepts.

    Args:
        alphabet: The letters.
        build: Makes the automaton.
    """
    return continuation_label(alphabet, lambda word: _continuations(build(), word))


def _continuations(automaton: TaskAutomaton, word: Word) -> tuple[Word, ...]:
    """Return what may come after each prefix; it is found once for each different state on the way."""
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
    """Return the automaton of all words outside the language; None if there are none."""
    return _without(lambda _: True, automaton)


def unfinished_words(automaton: TaskAutomaton) -> TaskAutomaton | None:
    """Return the automaton of the words that begin a member but are none; None if there are none."""
    return _without(lambda state: state is not None, automaton)


def difference(automaton: TaskAutomaton, other: TaskAutomaton) -> TaskAutomaton | None:
    """Return the automaton of the words that `automaton` accepts and `other` does not; None if there are none."""
    complement = other_words(other)
    if complement is None:
        return None
    try:
        return automaton_of(_dfa(automaton).intersection(_dfa(complement)), automaton.alphabet)
    except EmptyLanguageError:
        return None


def _without(keeps: Callable[[int | None], bool], automaton: TaskAutomaton) -> TaskAutomaton | None:
    """Return the automaton of the words whose last state does not accept and satisfies `keeps`; None if there are none.

    `keeps` is asked about None for the dead state.
    """
    dead = len(automaton.successors)

    def follow(state: int, letter: int) -> int:
        to = None if state == dead else automaton.successors[state][letter]
        return dead if to is None else to

    def kept(state: int) -> bool:
        return keeps(None) if state == dead else not automaton.accepting[state] and keeps(state)

    # This uses the minimisation of `tasks.ground.automata`, because automata-lib takes a third of a second to load. No
    # labels depend on it.
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
