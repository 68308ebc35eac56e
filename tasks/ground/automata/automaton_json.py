"""Automata in JSON: an object with an alphabet, transitions, an initial state and final states, under many names.

    {"alphabet": ["a", "b"], "start": "even",
     "delta": {"even": {"a": "odd", "b": "even"}, "odd": {"a": "even", "b": "odd"}}, "finals": ["even"]}

`docs/languages.md` has an example of each of the other forms.
"""

import json
from difflib import get_close_matches
from typing import Any

from tasks.ground.automata.json_transitions import arcs_of, kind_of, name_of, normal
from tasks.ground.automata.nondeterministic import Graph
from tasks.ground.automata.text_places import Problem, Source, Span, render
from tasks.ground.automata.tokens import LanguageError, checked_alphabet, shown_alphabet
from tasks.ground.json_text import JsonPath, RepeatedKeyError, read_json_text, shown_path

FIELDS = {  # the names of each field, in the form that `normal` returns
    "alphabet": ("alphabet", "inputsymbols", "inputalphabet", "symbols", "letters", "sigma", "σ"),
    "delta": ("delta", "transitions", "edges", "arcs", "transitionfunction", "transition", "δ"),
    "start": ("start", "initialstate", "initial", "startstate", "initialstates", "startstates", "starts", "q0"),
    "finals": ("finals", "finalstates", "acceptingstates", "accepting", "acceptstates", "final", "finalstate", "f"),
    "states": ("states", "nodes", "q"),
}
NAMES = ("name", "id", "state", "label")  # keys for the name of a state that is given as an object
MARKS = {"start": ("start", "initial", "isstart", "isinitial"), "finals": ("final", "accepting", "accept", "isfinal")}


def read_automaton_json(text: str, name: str) -> tuple[Graph, tuple[str, ...] | None]:
    """Return the automaton of a file's text, and the alphabet that the file declares; None if it declares none.

    Args:
        text: The file's text.
        name: What messages call the file.

    Raises:
        LanguageError: The text is no JSON (the message has line and column), or no automaton (it has the path of keys).
    """
    try:
        data = read_json_text(text)
    except json.JSONDecodeError as error:
        place = Span(error.lineno, error.colno, error.lineno, error.colno + 1)
        raise LanguageError(render(Source(name, text), (Problem(place, f"expected JSON: {error.msg}"),))) from None
    except RecursionError:
        raise LanguageError(f"{name}: expected an automaton, found JSON that is nested too deeply") from None
    except RepeatedKeyError as error:
        raise LanguageError(f"{name}: {error}") from None
    except ValueError as error:  # raised for numbers with too many digits
        raise LanguageError(f"{name}: expected JSON: {error}") from None
    try:
        return _automaton(data)
    except LanguageError as error:
        raise LanguageError(f"{name}: {error}") from None


def _automaton(data: Any) -> tuple[Graph, tuple[str, ...] | None]:
    if not isinstance(data, dict):
        raise LanguageError(f"expected an object with alphabet, delta, start and finals, found {kind_of(data)}")
    keys = _keys(data)
    graph = Graph()
    alphabet = _alphabet(data[keys["alphabet"]], (keys["alphabet"],)) if "alphabet" in keys else None
    if "states" in keys:
        _read_states(graph, data[keys["states"]], (keys["states"],))
    missing = [field for field, found in (("start", graph.starts), ("finals", graph.finals)) if not found]
    for field in ("delta", *missing):
        if field not in keys:
            raise LanguageError(_missing(field, data))
    declared = frozenset(graph.order) if "states" in keys else None
    _read_transitions(graph, data[keys["delta"]], (keys["delta"],), alphabet, declared)
    for field, into in (("start", graph.starts.append), ("finals", graph.finals.add)):
        if field in keys:
            for state in _some_states(data[keys[field]], (keys[field],), graph):
                into(state)
    if not graph.starts:
        raise LanguageError(f"`{keys['start']}`: expected an initial state, found none")
    return graph, alphabet


def _keys(data: dict[str, Any]) -> dict[str, str]:
    """Return the key under which each field stands in the data."""
    found: dict[str, str] = {}
    for field, names in FIELDS.items():
        keys = [key for key in data if normal(key) in names]
        if len(keys) > 1:
            raise LanguageError(f"`{keys[0]}` and `{keys[1]}` say the same: expected one of them")
        if keys:
            found[field] = keys[0]
    return found


def _missing(field: str, data: dict[str, Any]) -> str:
    near = get_close_matches(field, list(data), n=1, cutoff=0.6)
    others = {"delta": "transitions", "start": "initial_state", "finals": "final_states"}
    guess = f"; is it `{near[0]}`?" if near else f", or `{others[field]}`"
    return f"`{field}` is missing{guess}"


def _alphabet(value: Any, path: JsonPath) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise LanguageError(f"`{shown_path(path)}`: expected a list of at least one token, found {kind_of(value)}")
    return checked_alphabet(
        [name_of(each, (*path, k), "token") for k, each in enumerate(value)], f"`{shown_path(path)}`"
    )


def _read_states(graph: Graph, value: Any, path: JsonPath) -> None:
    """Add the listed states to the graph: names, or objects that may say that the state is initial or final."""
    if not isinstance(value, list):
        raise LanguageError(f"`{shown_path(path)}`: expected a list of states, found {kind_of(value)}")
    for number, each in enumerate(value):
        place = (*path, number)
        if not isinstance(each, dict):
            graph.add_state(name_of(each, place, "state"))
            continue
        named = [key for key in each if normal(key) in NAMES]
        if not named:
            raise LanguageError(f"`{shown_path(place)}`: expected a state with a name")
        state = name_of(each[named[0]], (*place, named[0]), "state")
        graph.add_state(state)
        marked = {field for field, marks in MARKS.items() for key in each if normal(key) in marks and each[key] is True}
        if "start" in marked:
            graph.starts.append(state)
        if "finals" in marked:
            graph.finals.add(state)


def _read_transitions(
    graph: Graph, value: Any, path: JsonPath, alphabet: tuple[str, ...] | None, declared: frozenset[str] | None
) -> None:
    letters = None if alphabet is None else frozenset(alphabet)
    for arc in arcs_of(value, path, alphabet, declared, graph.remarks):
        place = f"`{shown_path(arc.path)}`"
        for state in (arc.source, *arc.targets):
            if declared is not None and state not in declared:
                raise LanguageError(f"{place}: the state `{state}` is missing in the list of states")
        if letters is not None and arc.letter and arc.letter not in letters:
            raise LanguageError(
                f"{place}: the letter `{arc.letter}` is not in the alphabet {shown_alphabet(tuple(alphabet or ()))}"
            )
        graph.add_state(arc.source)
        for target in arc.targets:
            graph.add(arc.source, arc.letter, target)


def _some_states(value: Any, path: JsonPath, graph: Graph) -> list[str]:
    """Return the names in one state or a list of states; each must be known to the graph."""
    given = [(each, (*path, k)) for k, each in enumerate(value)] if isinstance(value, list) else [(value, path)]
    states = []
    for each, place in given:
        states.append(name_of(each, place, "state"))
        if states[-1] not in graph.order:
            near = get_close_matches(states[-1], list(graph.order), n=1, cutoff=0.6)
            guess = f"; is it `{near[0]}`?" if near else ""
            raise LanguageError(f"`{shown_path(place)}`: the state `{states[-1]}` occurs in no transition{guess}")
    return list(dict.fromkeys(states))
