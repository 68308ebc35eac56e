"""Automata in files: one language in every format, and what is refused, each with its place."""

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from tasks.ground.automata.automaton import Automaton, SizeError
from tasks.ground.automata.language import MOST_BYTES, read_automaton, read_file
from tasks.ground.automata.regex import automaton_of_regex, parse_regex
from tasks.ground.automata.tokens import LanguageError

EVEN: dict[str, Any] = {
    "alphabet": ["a", "b"],
    "start": "even",
    "delta": {"even": {"a": "odd", "b": "even"}, "odd": {"a": "even", "b": "odd"}},
    "finals": ["even"],
}
LONG = {"alphabet": "input_symbols", "start": "initial_state", "delta": "transitions", "finals": "final_states"}


def read(data: Any, alphabet: str | None = None) -> Automaton:
    text = data if isinstance(data, str) else json.dumps(data)
    return read_automaton(text, "FILE", alphabet=None if alphabet is None else tuple(alphabet.split()))


def of(text: str, alphabet: str) -> Automaton:
    return automaton_of_regex(parse_regex(text), alphabet.split())


def same(one: Automaton, other: Automaton) -> bool:
    return (one.alphabet, one.successors, one.outputs) == (other.alphabet, other.successors, other.outputs)


# --- one language in every format ----------------------------------------------------------------------------

TRIPLES = [["even", "a", "odd"], ["even", "b", "even"], ["odd", "a", "even"], ["odd", "b", "odd"]]
EVENS: dict[str, Any] = {
    "ours": EVEN,
    "automata-lib's names": {LONG[name]: value for name, value in EVEN.items()} | {"states": ["even", "odd"]},
    "numbers": EVEN | {"start": 0, "finals": [0], "delta": {"0": {"a": 1, "b": 0}, "1": {"a": 0, "b": 1}}},
    "an nfa of automata-lib": {
        "states": ["i", "even", "odd"],
        "input_symbols": ["a", "b"],
        "transitions": {
            "i": {"": ["even"]},
            "even": {"a": ["odd"], "b": ["even"]},
            "odd": {"a": ["even"], "b": ["odd"]},
        },
        "initial_state": "i",
        "final_states": ["even"],
    },
    "triples": EVEN | {"delta": TRIPLES},
    "triples, letter last": EVEN | {"delta": [[s, t, a] for s, a, t in TRIPLES]},
    "pairs": EVEN | {"delta": [[[s, a], t] for s, a, t in TRIPLES]},
    "objects": EVEN | {"delta": [{"from": s, "symbol": a, "to": t} for s, a, t in TRIPLES]},
    "other objects": EVEN | {"delta": [{"source": s, "label": [a], "target": [t]} for s, a, t in TRIPLES]},
    "joined keys": EVEN | {"delta": {f"{s},{a}": t for s, a, t in TRIPLES}},
    "rows of pairs": EVEN | {"delta": {"even": [["a", "odd"], ["b", "even"]], "odd": [["a", "even"], ["b", "odd"]]}},
    "rows of objects": EVEN
    | {"delta": {s: [{"on": a, "next": t} for q, a, t in TRIPLES if q == s] for s in ("even", "odd")}},
    "a table": EVEN | {"delta": [[1, 0], [0, 1]], "start": 0, "finals": 0},
    "marked states": {
        "states": [{"name": "even", "initial": True, "accepting": True}, {"name": "odd"}],
        "alphabet": ["a", "b"],
        "transitions": TRIPLES,
    },
    "five letters": {"Q": ["even", "odd"], "Σ": ["a", "b"], "δ": EVEN["delta"], "q0": "even", "F": ["even"]},
    "camel case": {
        "inputAlphabet": ["a", "b"],
        "edges": TRIPLES,
        "startState": "even",
        "acceptingStates": ["even"],
    },
    "no alphabet": {"transitions": TRIPLES, "initial": "even", "accepting": "even"},
    "a byte order mark": "\ufeff" + json.dumps(EVEN),
    "acceptor": "0 1 a\n0 0 b\n1 0 a\n1 1 b\n0\n",
    "equal outputs": "0\t1\ta\ta\n0\t0\tb\tb\n1\t0\ta\ta\n1\t1\tb\tb\n0\t0.0\n",
    "weights": "e o a 0.5\ne e b\no e a 1e-3\no o b\ne 2\n",
    "weights and outputs": "e o a a 0.5\ne e b b\no e a a\no o b b\ne",
    "windows lines": "0 1 a\r\n0 0 b\r\n\r\n1 0 a\r\n1 1 b\r\n0\r\n",
    "a comment": "# the even ones\n0 1 a\n0 0 b\n1 0 a\n1 1 b\n0\n",
    "no label": "i e <eps> <eps>\ne o a a\ne e b b\no e a a\no o b b\ne\n",
    "several final states": "0 1 a\n0 0 b\n1 2 a\n1 1 b\n2 1 a\n2 0 b\n0\n2\n",
    "an infinite weight": "0 1 a\n0 0 b\n1 0 a\n1 1 b\n0\n1 Infinity\n",
}


@pytest.mark.parametrize("data", EVENS.values(), ids=EVENS.keys())
def test_every_format_is_read_as_the_language_that_it_says(data: Any) -> None:
    assert same(read(data), of("(b*ab*a)*b*", "a b"))


def test_tokens_of_several_characters_and_what_is_missing_lead_where_they_should() -> None:
    machine = {
        "alphabet": ["5c", "10c", "gum"],
        "states": ["s0", "s1", "s2", "s3", "s4"],
        "initial_state": "s0",
        "accepting_states": ["s0", "s2"],
        "transitions": [["s0", "5c", "s1"], ["s0", "10c", "s4"], ["s1", "5c", "s2"], ["s3", "gum", "s0"]],
    }
    found = read(machine)
    assert found.outputs[found.run(["5c", "5c"])]
    assert not found.outputs[found.run(["gum"])]
    assert found.remarks[0] == "9 transitions left out: taken to lead to a dead state"


@pytest.mark.parametrize(
    ("text", "alphabet", "means", "letters"),
    [
        ("0 1 0\n0 0 1\n1 1 0\n1 0 1\n1\n", None, "(0|1)*0", "0 1"),  # deterministic over 0 and 1
        ("0 1 0 0\n1 2 1 1\n1 1 2 2\n2", None, "2*1", "1 2"),  # as OpenFst writes numbers: 0 is no letter
        ("0 1 0\n0 1 a\n1", None, "a?", "a"),
        ("0 1 0\n0 1 a\n1", "0 a", "0|a", "0 a"),
        ("0 1 0\n0 1 <eps>\n1", None, "0?", "0"),
        ("0 1 ε\n0 1 b\n1", None, "b?", "b"),
        ("0 1 ε\n0 1 b\n1", "b ε", "b|ε", "b ε"),
        ("0 0 1\n0 1 1 7\n1", None, "1+", "1"),
        ("0 0 @_IDENTITY_SYMBOL_@\n0 1 a\n1", "a b c", "[bc]*a", "a b c"),
        ("0", "a", "()", "a"),
    ],
)
def test_labels_that_stand_for_no_letter_or_for_any(text: str, alphabet: str | None, means: str, letters: str) -> None:
    assert same(read(text, alphabet), of(means, letters))


def test_what_is_odd_about_an_automaton_is_said() -> None:
    delta = {"0": {"a": 1}, "1": {"a": 2, "b": 1}, "2": {"a": 1, "b": 2}, "9": {"a": 9, "b": 0}}
    found = read({"alphabet": ["a", "b"], "delta": delta, "start": 0, "finals": [1, 2]})
    assert found.remarks == (
        "1 transition left out: taken to lead to a dead state",
        "1 state unreachable: left out",
        "not minimal: 4 states, 3 once equivalent ones are merged",
    )
    assert read(EVEN | {"finals": []}).remarks[-1] == "no word is accepted"
    assert (
        "not deterministic: 1 state, 2 states once it is made so and minimal"
        in read("0 0 a\n0 0 <eps>\n0", "a b").remarks
    )
    assert "`0` is read as no letter; --alphabet says which letters there are" in read("0 1 0\n0 1 a\n1").remarks
    assert "weights are left out: a word is a member whatever its weight" in read("0 1 a 2\n1").remarks


def test_an_alphabet_may_be_given_that_has_more_letters_and_another_order() -> None:
    assert same(read(EVEN, "c b a"), of("(b*ab*a)*b*", "c b a"))
    with pytest.raises(LanguageError, match="--alphabet: `b`, a token of FILE, is missing"):
        read(EVEN, "a c")
    with pytest.raises(LanguageError, match="FILE: `b` is not in the alphabet a c"):
        read("0 1 b\n1", "a c")


# --- refusals ------------------------------------------------------------------------------------------------

REFUSED: list[tuple[Any, str]] = [
    (EVEN | {"alphabet": []}, "FILE: `alphabet`: expected a list of at least one token, found an empty list"),
    (EVEN | {"alphabet": "ab"}, "`alphabet`: expected a list of at least one token, found a text"),
    (EVEN | {"alphabet": ["a", "a"]}, "`alphabet`: `a` is given twice"),
    (EVEN | {"alphabet": ["a", "b c"]}, "`alphabet`: a token holds no white space and no control character"),
    (EVEN | {"alphabet": ["a", "\ud800"]}, "`alphabet`: a token holds no white space and no control character"),
    (EVEN | {"alphabet": ["a", None]}, "`alphabet[1]`: expected a token, a text or a whole number, found null"),
    (EVEN | {"alphabet": ["a", "<pad>"]}, "`alphabet`: `<pad>` is not a token"),
    (EVEN | {"alphabet": ["a"]}, "`delta.even.b`: the letter `b` is not in the alphabet a"),
    (EVEN | {"delta": 3}, "`delta`: expected an object of states or a list of transitions, found a number"),
    (EVEN | {"delta": {"even": 3}}, "`delta.even`: expected an object of letters, found a number"),
    (
        EVEN | {"delta": {"even": {"a": {}}}},
        "`delta.even.a`: expected a state, a text or a whole number, found an object",
    ),
    (EVEN | {"delta": {"e v": {"a": 1.5}}}, '`delta["e v"].a`: expected a state, a text or a whole number'),
    (EVEN | {"delta": [["even", "a"]]}, "`delta[0]`: expected a transition, [state, letter, state], found a list"),
    (EVEN | {"delta": [[1, 0], [0, 2]]}, "`delta[0]`: expected a transition, [state, letter, state], found a list"),
    (EVEN | {"delta": [["even", "a", "odd"], 7]}, "`delta[1]`: expected a transition"),
    (
        EVEN | {"delta": [{"from": "even", "to": "odd"}]},
        "`delta[0]`: expected from, symbol and to: `symbol` is missing",
    ),
    (EVEN | {"states": ["even"]}, "`delta.even.a`: the state `odd` is missing in the list of states"),
    (EVEN | {"states": "even"}, "`states`: expected a list of states, found a text"),
    (EVEN | {"states": [{"initial": True}]}, "`states[0]`: expected a state with a name"),
    (EVEN | {"start": "evn"}, "`start`: the state `evn` occurs in no transition; is it `even`?"),
    (EVEN | {"start": None}, "`start`: expected a state, a text or a whole number, found null"),
    (EVEN | {"start": []}, "`start`: expected an initial state, found none"),
    (EVEN | {"finals": ["even", "x"]}, "`finals[1]`: the state `x` occurs in no transition"),
    (EVEN | {"finals": {}}, "`finals`: expected a state, a text or a whole number, found an object"),
    (EVEN | {"initial_state": "odd"}, "`start` and `initial_state` say the same: expected one of them"),
    ({"alphabet": ["a"], "detla": {}}, "`delta` is missing; is it `detla`?"),
    ({"alphabet": ["a"], "delta": {}, "finals": []}, "`start` is missing, or `initial_state`"),
    ('{"delta": {"0": {"a": "0", "a": "1"}}}', "`delta.0.a` is given twice"),
    ([1], "expected an object with alphabet, delta, start and finals, found a list"),
    ('{"a": \n 1,}', "FILE:2:4: expected JSON:"),
    ("[" * 100_000, "nested too deeply"),
    ('{"a":' * 100_000, "nested too deeply"),
    ('{"start": ' + "1" * 5000 + "}", "expected JSON"),
    ("", "FILE: expected an automaton, found nothing"),
    ("3", "FILE: expected an automaton in JSON or AT&T text, found no transition"),
    ("hello world", "FILE: expected an automaton in JSON or AT&T text, found no transition"),
    (
        "0 1 a\n1 b",
        "FILE:2:1: expected a number as the weight, as a line `state weight` of a final state has it, found `b`",
    ),
    ("0 1 a b\n1", "FILE:1:1: the input `a` and the output `b` differ: expected an automaton, found a transducer"),
    ("0 1 a a\n0 1 b b x\n1", "FILE:2:1: expected a number as the weight, found `x`"),
    ("0 1 a a 0\n0 1 b\n1", "FILE:2:1: expected an input and an output, as on the other lines, found one symbol"),
    ("0 1 a a 0 0\n1", "FILE:1:1: expected at most 5 fields of an automaton's line, found 6"),
    ("0 1 a\n1\n--\n0 1 a\n1", "FILE:3:1: expected one automaton, found the beginning of another"),
    ("0\t1\t \t \n1", "FILE:1:1: expected a symbol, found white space: no token holds any"),
    ("0 1 <eos>\n1", "FILE:1:1: `<eos>` is not a token"),
    (
        "0 1 @_UNKNOWN_SYMBOL_@\n1",
        "FILE:1:1: this label stands for any token that the file does not name: --alphabet has to",
    ),
    ("0 1 <eps>\n1", "FILE: the automaton has no letter: an alphabet has to be given; see --alphabet"),
]


@pytest.mark.parametrize(("data", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_is_no_automaton_is_refused_with_its_place(data: Any, message: str) -> None:
    with pytest.raises(LanguageError) as refusal:
        read(data)
    assert message in str(refusal.value)


def test_an_automaton_of_too_many_states_is_refused() -> None:
    chain = {str(state): {"a": str(state + 1)} for state in range(20_000)}
    with pytest.raises(LanguageError, match="more than 20,000 states, this implementation's limit"):
        read({"start": "0", "delta": chain, "finals": ["20000"]})


def test_an_automaton_of_too_many_transitions_is_refused_at_once() -> None:
    letters = [f"t{number}" for number in range(1000)]
    chain = {str(state): {letters[state % 1000]: str(state + 1)} for state in range(19_000)}
    start = process_time()
    with pytest.raises(SizeError, match="more than 2,000,000 transitions, the limit here"):
        read({"alphabet": letters, "start": "0", "delta": chain, "finals": ["19000"]})
    assert process_time() - start < 20


def test_an_automaton_of_many_states_is_read_in_a_moment() -> None:
    chain = {str(state): {"a": str(state + 1)} for state in range(5000)}
    start = process_time()
    assert len(read({"start": "0", "delta": chain, "finals": ["5000"]}).successors) == 5002
    assert process_time() - start < 5


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)))
    (tmp_path / "long").write_bytes(b" " * (MOST_BYTES + 1))
    for name, message in [
        ("none.json", "cannot be read: no such file"),
        ("", "expected a file, found a directory"),
        ("binary", "expected an automaton in JSON or AT&T text, found no UTF-8 text"),
        ("long", "the file is longer than 10,000,000 bytes"),
    ]:
        with pytest.raises(LanguageError, match=message):
            read_automaton(read_file(str(tmp_path / name)), name)
