"""Regular expressions: what they mean, against Python's own, and what is refused, each with its message."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.alphabet import AlphabetError, read_alphabet
from tasks.automaton import Automaton
from tasks.regex import RegexError, read_regex


def accepts(automaton: Automaton, word: tuple[str, ...]) -> bool:
    state: int | None = 0
    for token in word:
        state = None if state is None else automaton.successors[state][automaton.alphabet.index(token)]
    return state is not None and automaton.accepting[state]


def words(alphabet: tuple[str, ...], longest: int) -> list[tuple[str, ...]]:
    return [word for length in range(longest + 1) for word in product(alphabet, repeat=length)]


@pytest.mark.parametrize(
    "regex", ["a", "ab|ba", "(ab|aabb)*", "a*b+a?", ".*a..", "(a|())b", "()", "a|b*", "((a))", "a b", "(a*)*", "a+?b"]
)
def test_expressions_mean_what_they_do_elsewhere(regex: str) -> None:
    automaton = read_regex(regex, ("a", "b"))
    pattern = re.compile(regex.replace(" ", "").replace("+?", "*"))
    for word in words(("a", "b"), 7):
        assert accepts(automaton, word) == bool(pattern.fullmatch("".join(word))), word


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "()", "."]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: "(" + "|".join(pair) + ")"),
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, st.sampled_from("*+?")).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_random_expressions_mean_what_they_do_elsewhere(regex: str) -> None:
    automaton, pattern = read_regex(regex, ("a", "b")), re.compile(regex)
    for word in words(("a", "b"), 5):
        assert accepts(automaton, word) == bool(pattern.fullmatch("".join(word)))


def test_without_an_alphabet_the_letters_are_those_that_occur() -> None:
    assert read_regex("(ca)*b").alphabet == ("a", "b", "c")
    assert read_regex(r"\(\)\*").alphabet == ("(", ")", "*")


def test_tokens_of_several_characters_are_found_where_there_is_one_way() -> None:
    assert accepts(read_regex("(cat|dog)*", ("cat", "dog")), ("cat", "dog", "dog"))
    automaton = read_regex("abc a*", ("ab", "a", "c"))
    assert accepts(automaton, ("ab", "c", "a", "a"))
    spaced = read_regex("a b b", ("a", "ab", "b"))  # put side by side, they could be read as ab too
    assert accepts(spaced, ("a", "b", "b"))
    assert not accepts(spaced, ("ab", "b"))


@pytest.mark.parametrize(
    ("regex", "alphabet", "message"),
    [
        ("ax*", "a b", "'x' at position 2 of the regex is not in the alphabet a b"),
        ("abd", "ab c", "'d' at position 3 of the regex is not in the alphabet ab c"),
        (
            "c|ab",
            "a b ab c",
            "'ab' at position 3 of the regex is ambiguous: it can be read as 'a b' and as 'ab'",
        ),
        ("(a", "a", r"the '\(' at position 1 of the regex has no '\)'"),
        ("a)", "a", r"the '\)' at position 2 of the regex closes no '\('"),
        ("*a", "a", r"'\*' at position 1 of the regex has nothing before it to repeat"),
        ("a|+", "a", r"'\+' at position 3 of the regex has nothing before it to repeat"),
        ("|a", "a", r"'\|' at position 1 of the regex has nothing before it; the empty word is written \(\)"),
        ("(a|)b", "a b", r"'\)' at position 4 of the regex has nothing before it"),
        ("a|", "a", r"the '\|' at position 2 of the regex has nothing after it"),
        ("", "a", "expected a regex, found nothing"),
        ("  ", "a", "expected a regex, found nothing"),
        ("[ab]", "a b", r"'\[' at position 1 of the regex has no meaning here: a or b is written \(a\|b\)"),
        ("a{2}", "a", "a repetition is written out"),
        ("a\\", "a", "the backslash at position 2 of the regex has no character after it"),
        ("a" * 10_001, "a", "expected a regex of at most 10000 characters, found 10001"),
        ("(a|b)*a" + "(a|b)" * 20, "a b", "the automaton of the regex has more than 20000 states"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(regex: str, alphabet: str, message: str) -> None:
    with pytest.raises(RegexError, match=message):
        read_regex(regex, read_alphabet(alphabet))


def test_an_expression_without_letters_asks_for_an_alphabet() -> None:
    with pytest.raises(RegexError, match=r"the regex '\(\)' has no letters: give its alphabet"):
        read_regex("()")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least one token"),
        ("a b a", "the token 'a' is in the alphabet 2 times"),
        ("a <eos>", "the token '<eos>' has a meaning of its own"),
        ("a \x07", "expected tokens without white space and control characters"),
        (" ".join(map(str, range(1001))), "at most 1000 tokens, found 1001"),
    ],
)
def test_what_is_no_alphabet_is_refused(text: str, message: str) -> None:
    with pytest.raises(AlphabetError, match=message):
        read_alphabet(text)


def test_deep_brackets_and_long_texts_are_read() -> None:
    assert accepts(read_regex("(" * 4000 + "a" + ")" * 4000), ("a",))
    assert len(read_regex("a" * 3000).successors) == 3001
