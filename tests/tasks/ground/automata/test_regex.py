"""Regular expressions: what they mean, against Python's own and automata-lib's, and what is refused, with its place."""

import re
import time
from contextlib import suppress
from itertools import product

import pytest
from automata.fa.dfa import DFA
from automata.fa.nfa import NFA
from hypothesis import given
from hypothesis import strategies as st

from tasks.ground.automata.automaton import Automaton, SizeError
from tasks.ground.automata.regex import MOST_CHARACTERS, automaton_of_regex, parse_regex
from tasks.ground.automata.regex_text import UNION_HINT
from tasks.ground.automata.tokens import LanguageError
from tasks.languages.automaton import automaton_of, live_automaton
from tests.cases import few


def read(text: str, alphabet: str | None = None) -> Automaton:
    return automaton_of_regex(parse_regex(text), None if alphabet is None else alphabet.split())


def accepted(automaton: Automaton, longest: int) -> set[tuple[str, ...]]:
    words = [word for length in range(longest + 1) for word in product(automaton.alphabet, repeat=length)]
    return {word for word in words if automaton.outputs[automaton.run(word)]}


# --- meaning -------------------------------------------------------------------------------------------------


def repeated(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    counts = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(sorted)
    forms = st.sampled_from(["{%d}", "{%d,}", "{%d,%d}", "{,%d}"])
    braces = st.tuples(forms, counts).map(lambda pair: pair[0] % tuple(pair[1][: pair[0].count("%")]))
    return st.tuples(inner, st.one_of(st.sampled_from("*+?"), braces)).map(lambda pair: f"({pair[0]}){pair[1]}")


CLASSES = ["[ab]", "[^a]", "[a-c]", "[^a-b]", "[-a]", "[b-]", "[a^]", r"[\-b]", r"[\]a]", "[a-bc]"]
LEAVES = ["a", "b", "c", "()", ".", r"\.", r"\*", "-", *CLASSES]
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, st.just("")), min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, inner).map("".join),
        repeated(inner),
    ),
    max_leaves=6,
)
ALPHABET = ("a", "b", "c", "-", "]", "^", ".", "*")


@given(EXPRESSIONS, st.lists(st.text(alphabet=ALPHABET, max_size=8), max_size=30))
def test_random_expressions_mean_what_they_do_in_python(text: str, words: list[str]) -> None:
    automaton = automaton_of_regex(parse_regex(text), ALPHABET)
    pattern = re.compile(text)
    short = ["".join(word) for length in range(3) for word in product(ALPHABET, repeat=length)]
    for word in (*words, *short):
        assert bool(automaton.outputs[automaton.run(word)]) == bool(pattern.fullmatch(word)), word


PLAIN = st.recursive(
    st.sampled_from(["a", "b", "c", "()", "."]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: "(" + "|".join(pair) + ")"),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}"])).map(lambda p: f"({p[0]}){p[1]}"),
    ),
    max_leaves=10,
)


@given(PLAIN)
def test_random_expressions_have_the_minimal_automaton_that_automata_lib_has(text: str) -> None:
    dfa = DFA.from_nfa(NFA.from_regex(text, input_symbols={"a", "b", "c"}))
    assert live_automaton(read(text, "a b c")) == automaton_of(dfa, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a+", "aa*"),
        ("a?b", "b|ab"),
        ("(|a)b", "a?b"),
        ("a|", "a?"),
        ("a||b", "a|()|b"),
        ("()*", "()"),
        ("", "()"),
        ("  ", "()"),
        ("a.", "a(a|b)"),
        ("a**", "a*"),
        ("((((a))))", "a"),
        (r"\a b", "ab"),
        ("a{2}", "aa"),
        ("a{2,}", "aaa*"),
        ("a{,2}b", "(aa?)?b"),
        ("a{ 2 , 3 }", "aaa?"),
        ("a{0}b", "b"),
        ("a{2}{3}", "a{6}"),
        ("(a|b){2}b", "aab|abb|bab|bbb"),
        ("ab{2}", "abb"),
        ("(){9999}", "()"),
        ("[ab]a", "aa|ba"),
        ("[^a]", "b"),
        ("[a-z]", "a|b"),
        ("[a b]{2}", ".."),
    ],
)
def test_the_dialect(text: str, same: str) -> None:
    one, two = read(text, "a b"), read(same, "a b")
    assert (one.successors, one.outputs) == (two.successors, two.outputs)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("(ca)*b", "a b c"),
        (r"\(\)\*", "( ) *"),
        ("[^a]b", "a b"),
        ("[a-d]", "a b c d"),
        ("[b-]a", "- a b"),
        ("a{0}b", "a b"),
        ("x [0-3]*", "0 1 2 3 x"),
    ],
)
def test_without_an_alphabet_the_letters_are_those_that_the_expression_names(text: str, letters: str) -> None:
    assert read(text).alphabet == tuple(letters.split())


@pytest.mark.parametrize(
    ("text", "alphabet", "longest", "words"),
    [
        ("in out", "in out", 3, {"in out"}),
        ("inout{2}", "in out", 3, {"in out out"}),
        ("(cat|dog){2}", "cat dog", 3, {"cat cat", "cat dog", "dog cat", "dog dog"}),
        ("abc a", "ab a c", 3, {"ab c a"}),
        ("a b b", "a ab b", 3, {"a b b"}),  # put side by side, they could be read as ab too
        ("[5c 10c]gum", "5c 10c gum", 3, {"5c gum", "10c gum"}),
        ("[^5c]", "5c 10c gum", 2, {"10c", "gum"}),
        (".", "in out", 2, {"in", "out"}),
        ("[0-9]", "0 1 10", 1, {"0", "1"}),
    ],
)
def test_tokens_of_several_characters_are_found(text: str, alphabet: str, longest: int, words: set[str]) -> None:
    assert accepted(read(text, alphabet), longest) == {tuple(word.split()) for word in words}


# --- refusals ------------------------------------------------------------------------------------------------

REFUSED = [
    ("(ab", "regex:1:1: this `(` has no `)`\n  1 | (ab\n    | ^\n  hint: as a letter it is written `\\(`"),
    ("ab)", "regex:1:3: this `)` has no `(`\n  1 | ab)\n    |   ^"),
    ("a\n(b", "regex:2:1: this `(` has no `)`\n  2 | (b\n    | ^"),
    ("*a", "regex:1:1: expected a letter, `.`, `[` or `(` before `*`\n  1 | *a\n    | ^\n  hint: as a letter it is"),
    ("a|+b", f"regex:1:3: expected a letter, `.`, `[` or `(` before `+`\n  1 | a|+b\n    |   ^\n  hint: {UNION_HINT}"),
    ("({2})", "regex:1:2: expected a letter, `.`, `[` or `(` before `{2}`"),
    ("^a$", "regex:1:1: `^` has no meaning in this dialect: an expression always stands for whole words"),
    ("a]", "regex:1:2: this `]` has no `[`"),
    ("[ab", "regex:1:1: this `[` has no `]`"),
    ("a[]", "regex:1:2: expected letters between `[` and `]`\n  1 | a[]\n    |  ^^"),
    ("[^]", "regex:1:1: expected letters between `[` and `]`"),
    ("[c-a]", "regex:1:2: the range c-a is empty: its end is first\n  1 | [c-a]\n    |  ^^^"),
    ("[a-\U0001f600]", "regex:1:2: the range has more than 1,000 letters"),
    ("a[^a]", "regex:1:2: nothing is left of the alphabet a"),
    ("a{", "regex:1:2: expected a number of repetitions after `{`"),
    ("a{b}", "hint: a repetition is written {2}, {2,5} or {3,}; as a letter it is written `\\{`"),
    ("a{,}", "regex:1:2: expected a number of repetitions after `{`"),
    ("a{3,2}", "regex:1:2: at least 3 and at most 2 repetitions cannot be\n  1 | a{3,2}\n    |  ^^^^^"),
    ("a{10001}", "regex:1:2: more than 10,000 repetitions, this implementation's limit"),
    ("a{" + "9" * 5000 + "}", "regex:1:2: more than 10,000 repetitions"),
    ("(a{9999}){9}", "regex:1:10: with its repetitions written out the expression has more than 20,000 letters"),
    ("a{9999}b{9999}c{9999}", "regex:1:16: with its repetitions written out"),
    ("a\\", "regex:1:2: expected a character after the backslash"),
    ("a\x07", "regex:1:2: expected a letter, found '\\x07'"),
    ("a" * (MOST_CHARACTERS + 1), "the expression is longer than 10,000 characters, this implementation's limit"),
    ("(" * 5000, "this `(` has no `)`"),
    ("()", "regex: the expression has no letter: an alphabet has to be given; see --alphabet"),
    (".*", "regex: the expression has no letter: an alphabet has to be given; see --alphabet"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[message[:60] for _, message in REFUSED])
def test_an_expression_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(LanguageError) as refusal:
        read(text)
    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "alphabet", "message"),
    [
        ("ax*", "a b", "regex:1:2: `x` is not in the alphabet a b\n  1 | ax*\n    |  ^"),
        ("abd", "ab c", "regex:1:3: `d` is not in the alphabet ab c"),
        ("[ax]", "a b", "regex:1:3: `x` is not in the alphabet a b"),
        ("[x-z]", "a b", "regex:1:1: the range x-z is not in the alphabet a b"),
        ("c|ab", "a b ab c", "regex:1:3: `ab` is ambiguous: it can be read as `a b` and as `ab`"),
        ("a", "", "the expression has no letter"),
        ("a", "a <eos>", "--alphabet: `<eos>` is not a token: it is kept for the models' own use"),
        ("a", " ".join(map(str, range(1001))), "--alphabet: 1,001 tokens; an alphabet has at most 1,000 here"),
    ],
)
def test_what_an_alphabet_lacks_is_refused_with_its_place(text: str, alphabet: str, message: str) -> None:
    with pytest.raises(LanguageError) as refusal:
        read(text, alphabet)
    assert message in str(refusal.value)


def test_every_problem_of_an_expression_is_reported() -> None:
    with pytest.raises(LanguageError) as refusal:
        parse_regex("(a]b}")
    assert re.findall(r"regex:1:(\d)", str(refusal.value)) == ["1", "3", "5"]


@given(st.text(alphabet="ab|*+?().\\[]{}^-,2 ", max_size=14))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(LanguageError):
        automaton_of_regex(parse_regex(text), None)


# --- remarks and limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hinted"),
    [
        ("(ab+ba)*", True),
        ("a+b", True),
        ("ab + ba", True),
        ("(a +b)*", True),
        ("a b", False),
        ("a+b+", False),
        ("(a+b+)+", False),
        ("a+|b", False),
        ("a*+b", True),
        (r"a\+b", False),
    ],
)
def test_a_plus_that_looks_like_union_is_remarked_on(text: str, hinted: bool) -> None:
    assert (UNION_HINT in parse_regex(text).remarks) == hinted


def test_an_escape_that_means_more_elsewhere_is_remarked_on() -> None:
    (remark,) = parse_regex(r"\d\d\a").remarks
    assert remark.startswith(r"`\d` is the letter d")


@pytest.mark.parametrize(
    "text",
    few(
        ["(a|b)*a" + "(a|b)" * 60, "(a|b)*a(a|b){9000}", "(a?){9000}", "a?" * 5000],
        also=["(a|b)*a" + "(a|b)" * 60, "(a|b)*a(a|b){9000}"],
    ),
)
def test_what_grows_too_large_is_refused_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(SizeError, match="the limit here"):
        read(text)
    assert time.perf_counter() - start < 20


def test_brackets_may_be_nested_as_deep_as_the_expression_is_long() -> None:
    depth = MOST_CHARACTERS // 3 - 1
    found = read("(" * depth + "a" + ")*" * depth)
    assert (found.successors, found.outputs) == (((0,),), (True,))


def test_reading_is_no_bottleneck() -> None:
    start = time.process_time()
    for _ in range(200):
        read("(ab|aabb)*c?(a|b)*")
    assert time.process_time() - start < 1
