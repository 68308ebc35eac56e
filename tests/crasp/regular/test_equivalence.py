"""Whether a program's language is an automaton's, against brute force on all short words."""

from itertools import product

import numpy as np
import pytest

from crasp.errors import Source
from crasp.learning.grammar import grammar_of_fragment
from crasp.meaning.interpreter import Words, accepts
from crasp.regular.automata.automaton import Automaton, automaton_of_regex, parse_regex
from crasp.regular.equivalence import compare_language
from crasp.text.loader import load_program, read_program
from tests.crasp.learning.random_formulas import draw_formula

LONGEST = 6  # letters of the words that are tried one by one
REGULAR = {
    "tomita2": ("(10)*", "01"),
    "tomita4": ("(1|01|001)*(0|00)?", "01"),
    "tomita7": ("0*1*0*1*", "01"),
    "d_2": ("(a(ab)*b)*", "ab"),
    "abab_star": ("(abab)*", "ab"),
    "aabbccddee": ("(aabbccddee)*", "abcde"),
}


def automaton(regex: str, letters: str) -> Automaton:
    return automaton_of_regex(parse_regex(regex), tuple(letters))


@pytest.mark.parametrize("name", [name for name in REGULAR if name != "aabbccddee"])
def test_the_librarys_programs_define_their_languages(name) -> None:
    assert compare_language(load_program(f"lib:{name}"), automaton(*REGULAR[name])).equal is True


def test_a_counter_that_grows_after_the_answer_is_settled_in_meaning_alone_is_decided() -> None:
    source = """alphabet a b
a_(i) := #[j <= i] Q_a(j)
b_(i) := #[j <= i] Q_b(j)
one(i) := a_(i) = b_(i) + 1
ones(i) := #[j <= i] one(j)
more(i) := b_(i) > ones(i)
bad(i) := #[j <= i] more(j)
accept(i) := a_(i) = b_(i) and bad(i) = 0"""
    program = read_program(Source("p", source))
    assert compare_language(program, automaton(*REGULAR["d_2"])).equal is True
    assert compare_language(program, automaton("(a(a(ab)*b)*b)*", "ab")).word == (0, 0, 0, 1, 1, 1)


def test_a_shortest_word_tells_two_languages_apart() -> None:
    found = compare_language(load_program("lib:d_3"), automaton(*REGULAR["d_2"]))
    assert (found.equal, found.word) == (False, (0, 0, 0, 1, 1, 1))


def test_a_counter_that_grows_where_the_answer_is_open_is_not_decided() -> None:
    source = (
        "alphabet a b\nn(i) := #[j <= i] Q_a(j)\nm(i) := #[j <= i] Q_b(j)\naccept(i) := n(i) > m(i) or n(i) <= m(i)"
    )
    assert compare_language(read_program(Source("p", source)), automaton("(a|b)*", "ab")).equal is None


def test_what_is_more_than_a_comparison_of_sums_is_not_decided() -> None:
    source = "alphabet a\nn(i) := #[j <= i] Q_a(j)\naccept(i) := max(n(i), 2) = 2"
    assert compare_language(read_program(Source("p", source)), automaton("a?a?", "a")).equal is None


@pytest.mark.parametrize("fragment", ["plain", "local", "periodic"])
def test_random_programs_are_compared_as_brute_force_compares_them(fragment) -> None:
    rng = np.random.default_rng(4)
    grammar = grammar_of_fragment(fragment, moduli=(2, 3))
    layers = [np.array(list(product(range(2), repeat=n)), dtype=np.int64).reshape(2**n, n) for n in range(LONGEST + 1)]
    targets = [
        automaton(regex, "ab") for regex in ("(a|b)*", "(a|b)*b", "b*", "(a|b)*a(a|b)*", "a(a|b)*", "((a|b){2})*")
    ]
    seen = set()
    for _ in range(12):
        text = draw_formula(rng, "ab", grammar, int(rng.integers(3, 7))).text
        program = read_program(Source("drawn", f"alphabet a b\naccept(i) := {text}"))
        said = [accepts(program, Words(words, np.full(len(words), n))) for n, words in enumerate(layers)]
        for target in targets:
            found = compare_language(program, target, most_pairs=100)
            seen.add(found.equal)
            wrong = [(one != members(target, words)).any() for one, words in zip(said, layers, strict=True)]
            shortest = wrong.index(True) if any(wrong) else None
            if found.word is not None and len(found.word) <= LONGEST:
                word = np.array([found.word], dtype=np.int64).reshape(1, -1)
                assert len(found.word) == shortest, text
                assert accepts(program, Words(word, np.array([word.shape[1]])))[0] != members(target, word)[0]
            if found.equal:
                assert shortest is None, text
    assert False in seen


def members(target: Automaton, words: np.ndarray) -> np.ndarray:
    states = np.zeros(len(words), dtype=np.int64)
    for letters in words.T:
        states = np.array(target.successors)[states, letters]
    return np.array(target.outputs, dtype=bool)[states]
