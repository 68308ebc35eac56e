"""Expressions and automata in: equal to another library's, refused with their place, remarked on where odd."""

import json
import random
import re
import time
from typing import Any

import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from hypothesis import given
from hypothesis import strategies as st

from crasp.errors import CraspError
from crasp.regular.automaton import SizeError, automaton_of_dfa, automaton_of_regex, automaton_of_table
from crasp.regular.files import AutomatonError, read_automaton
from crasp.regular.regex import LONGEST, UNION_HINT, parse_regex
from tests.regular.random_languages import regexes, seeds


@given(regexes, seeds)
def test_an_expression_s_automaton_is_the_one_of_automata_lib_and_matches_what_re_matches(text: str, seed: int) -> None:
    found = automaton_of_regex(parse_regex(text))
    dfa = DFA.from_nfa(NFA.from_regex(text, input_symbols=set(found.alphabet)))
    other = automaton_of_dfa(dfa, found.alphabet)
    assert (found.successors, found.outputs) == (other.successors, other.outputs)
    rng = random.Random(seed)
    for _ in range(20):
        word = "".join(rng.choices(found.alphabet, k=rng.randint(0, 7)))
        assert found.outputs[found.run(word)] == (re.fullmatch(text, word) is not None)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a+", "aa*"),
        ("a?b", "b|ab"),
        ("(|a)b", "a?b"),
        ("a||b", "a|()|b"),
        ("()*", "()"),
        ("a.", "a(a|b)"),
        ("a**", "a*"),
        ("(a*)+", "a*"),
        ("((((a))))", "a"),
        ("a(b)", "ab"),
    ],
)
def test_the_dialect(text: str, same: str) -> None:
    one, two = (automaton_of_regex(parse_regex(regex), ("a", "b")) for regex in (text, same))
    assert (one.successors, one.outputs) == (two.successors, two.outputs)


def test_a_backslash_makes_a_letter_of_a_special_character() -> None:
    found = automaton_of_regex(parse_regex(r"\(*\)\+"))
    assert found.alphabet == ("(", ")", "+")
    assert [found.outputs[found.run(word)] for word in ("(()+", ")+", "(+", "())+")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(ab", "regex:1:1: this `(` has no `)`\n  1 | (ab\n    | ^"),
        ("ab)", "regex:1:3: this `)` has no `(`\n  1 | ab)\n    |   ^"),
        (
            "*a",
            "regex:1:1: expected a letter, `.` or `(` before `*`\n  1 | *a\n    | ^\n  hint: as a letter it is",
        ),
        ("a|+b", f"regex:1:3: expected a letter, `.` or `(` before `+`\n  1 | a|+b\n    |   ^\n  hint: {UNION_HINT}"),
        ("a + b", "regex:1:2: expected a letter, found ' ': a token holds no white space and no control character"),
        ("[ab]", "a or b is written (a|b); as a letter it is written `\\[`"),
        ("a{3}", "a repetition is written out: aaa, or aa?; as a letter it is written `\\{`"),
        ("^a$", "regex:1:1: `^` has no meaning in this dialect"),
        ("a\\", "regex:1:2: expected a character after the backslash"),
        ("\\d", "regex:1:1: `\\d` has no meaning"),
        ("a" * (LONGEST + 1), "the expression is longer than 10,000 characters"),
        ("(" * 5000, "this `(` has no `)`"),
    ],
    ids=lambda text: text[:12],
)
def test_an_expression_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(CraspError) as refusal:
        parse_regex(text)
    assert message in str(refusal.value)


def test_every_problem_of_an_expression_is_reported() -> None:
    with pytest.raises(CraspError) as refusal:
        parse_regex("(a[b]")
    assert [problem.span.column for problem in refusal.value.problems] == [1, 3, 5]


@pytest.mark.parametrize(("text", "hinted"), [("ab + ba", True), ("(a +b)*", True), ("a+ b", True), ("a b", False)])
def test_blanks_about_a_plus_are_hinted_at_as_union(text: str, hinted: bool) -> None:
    with pytest.raises(CraspError) as refusal:
        parse_regex(text)
    assert (UNION_HINT in str(refusal.value)) == hinted


@given(st.text(alphabet="ab|*+?().\\[ ", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parsed = parse_regex(text)
    except CraspError:
        return
    if parsed.letters:
        automaton_of_regex(parsed)


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        ("(ab+ba)*", True),
        ("a+b", True),
        ("a+b+", False),
        ("(a+b+)+", False),
        ("a+|b", False),
        ("a*+b", True),
        (r"a\+b", False),
    ],
)
def test_a_plus_that_looks_like_union_is_remarked_on(text: str, hinted: bool) -> None:
    assert (UNION_HINT in parse_regex(text).remarks) == hinted


def test_determinisation_that_grows_too_large_is_refused_at_once() -> None:
    for text in ("(a|b)*a" + "(a|b)" * 60, "(a|b)*a" + "(a|b)" * 1500):
        start = time.perf_counter()
        with pytest.raises(SizeError, match="more than 10,000 states, the limit here"):
            automaton_of_regex(parse_regex(text))
        assert time.perf_counter() - start < 20


def test_brackets_may_be_nested_as_deep_as_the_expression_is_long() -> None:
    depth = LONGEST // 3 - 1
    found = automaton_of_regex(parse_regex("(" * depth + "a" + ")*" * depth))
    assert (found.successors, found.outputs) == (((0,),), (True,))


# --- tables and files ----------------------------------------------------------------------------------------

EVEN: dict[str, Any] = {
    "alphabet": ["a", "b"],
    "delta": {"even": {"a": "odd", "b": "even"}, "odd": {"a": "even", "b": "odd"}},
    "start": "even",
    "finals": ["even"],
}


def test_an_automaton_is_read_from_json() -> None:
    found = read_automaton(json.dumps(EVEN))
    assert found.successors == ((1, 0), (0, 1))
    assert found.outputs == (True, False)
    assert found.remarks == ()


def test_what_is_odd_about_an_automaton_is_said() -> None:
    delta = {"0": {"a": 1}, "1": {"a": 2, "b": 1}, "2": {"a": 1, "b": 2}, "9": {"a": 9, "b": 0}}
    found = read_automaton(json.dumps({"alphabet": ["a", "b"], "delta": delta, "start": 0, "finals": [1, 2]}))
    assert found.remarks == (
        "1 transition left out: taken to lead to a dead state",
        "1 state unreachable: left out",
        "not minimal: 4 states, 3 once equivalent ones are merged",
    )


@pytest.mark.parametrize(("finals", "remark"), [([], "no word is accepted"), (["0"], "every word is accepted")])
def test_an_automaton_of_nothing_or_everything_is_said_to_be_one(finals: list[str], remark: str) -> None:
    found = automaton_of_table(("a",), {"0": {"a": "0"}}, "0", finals)
    assert found.remarks == (remark,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alphabet": []}, "`alphabet`: expected a list of at least one token"),
        ({"alphabet": ["a", "a"]}, "`alphabet`: `a` is given twice"),
        ({"alphabet": ["a", "b c"]}, "`alphabet`: a token holds no white space"),
        ({"alphabet": ["a"]}, "state even: the letter 'b' is not in the alphabet"),
        ({"delta": []}, "`delta`: expected an object of states, found a list"),
        ({"delta": {"even": []}}, "`delta`, state even: expected an object of letters, found a list"),
        ({"delta": {"even": {"a": ["even", "odd"]}}}, "an automaton that is not deterministic has to be made so first"),
        ({"start": "evn"}, "`start`: the state evn occurs nowhere in delta"),
        ({"finals": ["x"]}, "`finals`: the state x occurs nowhere in delta"),
        ({"finals": "even"}, "`finals`: expected a list of states, found a text"),
        ({"start": None}, "`start`: expected a state, found null"),
    ],
)
def test_an_automaton_is_refused_with_what_was_expected(change: dict[str, Any], message: str) -> None:
    with pytest.raises(AutomatonError) as refusal:
        read_automaton(json.dumps(EVEN | change))
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected JSON"),
        ("[1]", "found a list"),
        ('{"alphabets": ["a"]}', "`alphabet` is missing; is it `alphabets`?"),
        ('{"delta": {"0": {"a": "0", "a": "1"}}}', "`a` is given twice"),
        ("[" * 100_000, "expected JSON"),
    ],
    ids=["cut", "list", "misspelt", "twice", "deep"],
)
def test_a_file_that_is_no_automaton_is_refused(text: str, message: str) -> None:
    with pytest.raises(AutomatonError) as refusal:
        read_automaton(text)
    assert message in str(refusal.value)
