"""Automata from JSON files.

    {"alphabet": ["a", "b"], "start": "even",
     "delta": {"even": {"a": "odd", "b": "even"}, "odd": {"a": "even", "b": "odd"}}, "finals": ["even"]}

The names of automata-lib (`input_symbols`, `initial_state`, `transitions`, `final_states`, and `states`) will do too.
A transition that is left out leads nowhere: no member goes on so.
"""

import json
from pathlib import Path
from typing import Any

from tasks.alphabet import check_alphabet
from tasks.automaton import Automaton, table_automaton

MOST_BYTES = 10_000_000
MOST_STATES = 20_000
NAMES = {"alphabet": "input_symbols", "start": "initial_state", "delta": "transitions", "finals": "final_states"}


class DfaError(ValueError):
    """The file holds no deterministic automaton."""


def read_dfa(path: Path) -> Automaton:
    """The minimal automaton of a file.

    DfaError says what is wrong with the file, AlphabetError with its alphabet, EmptyLanguageError that no word is
    accepted.
    """
    try:
        return _automaton(_fields(_json(path)))
    except DfaError as problem:
        raise DfaError(f"{path}: {problem}") from None


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DfaError(f"expected at most {MOST_BYTES} bytes, found {path.stat().st_size}")
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_object)
    except OSError as problem:
        raise DfaError(f"cannot be read: {problem.strerror}") from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as problem:
        raise DfaError(f"expected JSON, found something else ({problem})") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; DfaError for a name twice, of which one would be lost."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise DfaError(f"the name {name!r} is twice in one object")
        found[name] = value
    return found


def _fields(data: Any) -> dict[str, Any]:
    """The fields by their short names, each of the right type."""
    if not isinstance(data, dict):
        raise DfaError(f"expected a JSON object, found {type(data).__name__}")
    fields = {}
    for short, long in NAMES.items():
        if (short in data) == (long in data):
            raise DfaError(
                f"expected one of the fields {short!r} and {long!r}, found {'both' if short in data else 'none'}"
            )
        fields[short] = data[short] if short in data else data[long]
    fields["states"] = data.get("states")
    for name in ("alphabet", "finals", "states"):
        if not _is_list_of_names(fields[name]) and (name != "states" or fields[name] is not None):
            raise DfaError(f"expected a list of strings as {name!r}")
    if not isinstance(fields["start"], str):
        raise DfaError(f"expected one state, a string, as 'start', found {json.dumps(fields['start'])[:40]}")
    if not isinstance(fields["delta"], dict):
        raise DfaError("expected an object of states as 'delta'")
    return fields


def _is_list_of_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _automaton(fields: dict[str, Any]) -> Automaton:
    alphabet = tuple(fields["alphabet"])
    check_alphabet(alphabet)
    table = _table(fields["delta"], fields["states"], alphabet)
    if fields["start"] not in table:
        raise DfaError(f"the start state {fields['start']!r} is missing: it is no state of the table")
    for state in fields["finals"]:
        if state not in table:
            raise DfaError(f"the final state {state!r} is missing: it is no state of the table")
    reachable = _reachable(fields["start"], table)
    unreachable = [state for state in table if state not in reachable]
    if unreachable:
        raise DfaError(
            f"states that cannot be reached from {fields['start']!r}: {', '.join(map(repr, unreachable[:5]))}"
        )
    return table_automaton(alphabet, fields["start"], table, set(fields["finals"]))


def _table(
    delta: dict[str, Any], states: list[str] | None, alphabet: tuple[str, ...]
) -> dict[str, tuple[str | None, ...]]:
    """A row for each state; of `states` some may have no transitions."""
    known = dict.fromkeys(delta if states is None else states)
    if len(known) > MOST_STATES:
        raise DfaError(f"expected at most {MOST_STATES} states, found {len(known)}")
    missing = [state for state in delta if state not in known]
    if missing:
        raise DfaError(f"the state {missing[0]!r} has transitions, but is missing in 'states'")
    table = {}
    for state in known:
        row = delta.get(state, {})
        if not isinstance(row, dict):
            raise DfaError(f"expected an object of letters as the transitions of {state!r}")
        for letter, to in row.items():
            if letter not in alphabet:
                raise DfaError(f"the state {state!r} has a transition for {letter!r}, which is not in the alphabet")
            if not isinstance(to, str):
                raise DfaError(
                    f"expected one state, a string, after {state!r} and {letter!r}, found {json.dumps(to)[:40]}"
                )
            if to not in known:
                raise DfaError(f"the state {to!r} is missing: {state!r} goes there with {letter!r}")
        table[state] = tuple(row.get(letter) for letter in alphabet)
    return table


def _reachable(start: str, table: dict[str, tuple[str | None, ...]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for to in table[waiting.pop()]:
            if to is not None and to not in found:
                found.add(to)
                waiting.append(to)
    return found
