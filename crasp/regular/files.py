"""Automata in files: {"alphabet": [...], "delta": {state: {letter: state}}, "start": state, "finals": [states]}."""

import json
from collections.abc import Sequence
from typing import Any

from crasp.regular.automaton import Automaton, automaton_of_table
from crasp.spelling import near, why_not_a_token


class AutomatonError(ValueError):
    """The data does not describe a deterministic automaton; the message says where."""


def read_automaton(text: str) -> Automaton:
    """The minimal automaton of a description in JSON; AutomatonError where it is none."""
    try:
        data = json.loads(text, object_pairs_hook=_without_repeats)
    except (json.JSONDecodeError, RecursionError) as error:
        raise AutomatonError(f"expected JSON: {error}") from None
    if not isinstance(data, dict):
        raise AutomatonError(f"expected an object with alphabet, delta, start and finals, found {_kind(data)}")
    for key in ("alphabet", "delta", "start", "finals"):
        if key not in data:
            guess = near(key, data)
            raise AutomatonError(f"`{key}` is missing" + (f"; is it `{guess}`?" if guess else ""))
    alphabet = _alphabet(data["alphabet"])
    rows = _rows(data["delta"], alphabet)
    known = set(rows) | {target for row in rows.values() for target in row.values()}
    start = _state(data["start"], "start")
    if not isinstance(data["finals"], list):
        raise AutomatonError(f"`finals`: expected a list of states, found {_kind(data['finals'])}")
    finals = [_state(value, "finals") for value in data["finals"]]
    for name, states in (("start", [start]), ("finals", finals)):
        for state in states:
            if state not in known:
                raise AutomatonError(f"`{name}`: the state {state} occurs nowhere in delta")
    return automaton_of_table(alphabet, rows, start, finals)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise AutomatonError(f"`{key}` is given twice: expected a deterministic automaton, each key once")
        found[key] = value
    return found


def _alphabet(value: Any) -> Sequence[str]:
    if not isinstance(value, list) or not value or not all(isinstance(token, str) for token in value):
        raise AutomatonError("`alphabet`: expected a list of at least one token, each a text")
    for number, token in enumerate(value):
        reason = why_not_a_token(token)
        if reason is not None:
            raise AutomatonError(f"`alphabet`: {reason}")
        if token in value[:number]:
            raise AutomatonError(f"`alphabet`: `{token}` is given twice")
    return value


def _rows(value: Any, alphabet: Sequence[str]) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict):
        raise AutomatonError(f"`delta`: expected an object of states, found {_kind(value)}")
    rows: dict[str, dict[str, str]] = {}
    for state, row in value.items():
        if not isinstance(row, dict):
            raise AutomatonError(f"`delta`, state {state}: expected an object of letters, found {_kind(row)}")
        for letter in row:
            if letter not in alphabet:
                raise AutomatonError(f"`delta`, state {state}: the letter {letter!r} is not in the alphabet")
        rows[state] = {a: _state(target, f"delta, state {state}") for a, target in row.items() if target is not None}
    return rows


def _state(value: Any, where: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        hint = ": an automaton that is not deterministic has to be made so first" if isinstance(value, list) else ""
        raise AutomatonError(f"`{where}`: expected a state, found {_kind(value)}{hint}")
    return str(value)


def _kind(value: Any) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return "null" if value is None else names[type(value)]
