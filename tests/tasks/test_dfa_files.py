"""Automata from files: both spellings of the fields, and what is refused, each with its message."""

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from tasks.alphabet import AlphabetError
from tasks.automaton import EmptyLanguageError
from tasks.dfa_file import DfaError, read_dfa
from tasks.regex import read_regex

EVEN = {
    "alphabet": ["a", "b"],
    "start": "even",
    "delta": {"even": {"a": "odd", "b": "even"}, "odd": {"a": "even", "b": "odd"}},
    "finals": ["even"],
}
LONG_NAMES = {"alphabet": "input_symbols", "start": "initial_state", "delta": "transitions", "finals": "final_states"}


def written(directory: Path, data: Any) -> Path:
    file = directory / "dfa.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return file


def test_a_table_is_its_language(tmp_path: Path) -> None:
    assert read_dfa(written(tmp_path, EVEN)) == read_regex("(b*ab*a)*b*", ("a", "b"))


def test_the_names_of_automata_lib_will_do(tmp_path: Path) -> None:
    renamed = {LONG_NAMES[name]: value for name, value in EVEN.items()} | {"states": ["even", "odd"]}
    assert read_dfa(written(tmp_path, renamed)) == read_dfa(written(tmp_path, EVEN))


def test_a_transition_that_is_left_out_leads_nowhere(tmp_path: Path) -> None:
    partial = EVEN | {"delta": {"even": {"a": "odd"}}, "states": ["even", "odd"], "finals": ["odd"]}
    assert read_dfa(written(tmp_path, partial)) == read_regex("a", ("a", "b"))


def test_an_automaton_of_many_states_is_read_in_a_moment(tmp_path: Path) -> None:
    delta = {str(state): {"a": str(state + 1)} for state in range(5000)} | {"5000": {}}
    chain = {"alphabet": ["a"], "start": "0", "delta": delta, "finals": ["5000"]}
    start = process_time()
    assert len(read_dfa(written(tmp_path, chain)).successors) == 5001
    assert process_time() - start < 5  # a search from every state would take minutes


def test_tokens_may_have_several_characters(tmp_path: Path) -> None:
    table = {"alphabet": ["cat", "dog"], "start": "s", "delta": {"s": {"cat": "s"}}, "finals": ["s"]}
    assert read_dfa(written(tmp_path, table)) == read_regex("cat*", ("cat", "dog"))


REFUSED: list[tuple[Any, str]] = [
    (EVEN | {"start": "evn"}, "the start state 'evn' is missing"),
    (EVEN | {"finals": ["even", "x"]}, "the final state 'x' is missing"),
    (EVEN | {"delta": EVEN["delta"] | {"odd": {"a": "up"}}}, "the state 'up' is missing: 'odd' goes there with 'a'"),  # type: ignore[operator]
    (EVEN | {"states": ["even"]}, "the state 'odd' has transitions, but is missing in 'states'"),
    (EVEN | {"delta": EVEN["delta"] | {"far": {}}}, "states that cannot be reached from 'even': 'far'"),  # type: ignore[operator]
    (
        EVEN | {"delta": {"even": {"c": "even"}}},
        "the state 'even' has a transition for 'c', which is not in the alphabet",
    ),
    (
        EVEN | {"delta": {"even": {"a": ["even"]}}},
        r"expected one state, a string, after 'even' and 'a', found \[\"even\"\]",
    ),
    (EVEN | {"delta": {"even": 3}}, "expected an object of letters as the transitions of 'even'"),
    (EVEN | {"delta": []}, "expected an object of states as 'delta'"),
    (EVEN | {"start": ["even"]}, "expected one state, a string, as 'start'"),
    (EVEN | {"finals": "even"}, "expected a list of strings as 'finals'"),
    ({"alphabet": ["a"]}, "expected one of the fields 'start' and 'initial_state', found none"),
    (EVEN | {"initial_state": "odd"}, "expected one of the fields 'start' and 'initial_state', found both"),
    ('{"start": "s", "delta": {"s": {"a": "s", "a": "t"}}}', "the name 'a' is twice in one object"),
    ([], "expected a JSON object, found list"),
    ("{", "expected JSON, found something else"),
    ("", "expected JSON, found something else"),
    ("[" * 100_000, "expected JSON, found something else"),
]


@pytest.mark.parametrize(("data", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_is_no_automaton_is_refused(data: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(DfaError, match=message):
        read_dfa(written(tmp_path, data))


def test_an_automaton_that_accepts_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyLanguageError, match="the language is empty"):
        read_dfa(written(tmp_path, EVEN | {"finals": []}))


def test_an_alphabet_with_a_token_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AlphabetError, match="the token 'a' is in the alphabet 2 times"):
        read_dfa(written(tmp_path, EVEN | {"alphabet": ["a", "b", "a"]}))


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DfaError, match="cannot be read: No such file"):
        read_dfa(tmp_path / "none.json")
    with pytest.raises(DfaError, match="cannot be read: Is a directory"):
        read_dfa(tmp_path)
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    with pytest.raises(DfaError, match="expected JSON"):
        read_dfa(tmp_path / "binary")
    (tmp_path / "long").write_bytes(b" " * 10_000_001)
    with pytest.raises(DfaError, match="expected at most 10000000 bytes"):
        read_dfa(tmp_path / "long")
