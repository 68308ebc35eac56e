"""A program on a tree of beginnings: every line as the interpreter has it on the words one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crasp.meaning.interpreter import encode, trace
from crasp.meaning.prefix_tree import Prefixes, run_on_prefixes
from tests.crasp.meaning.reference_evaluator import tokens_of
from tests.crasp.meaning.rendering import rendered
from tests.crasp.meaning.strategies import programs, words
from tests.crasp.meaning.test_random_programs import checked


def tree(alphabet, some):
    """The words and all their beginnings as a tree."""
    beginnings = sorted({word[:n] for word in [(), *map(tuple, some)] for n in range(len(word) + 1)}, key=len)
    number = {word: k for k, word in enumerate(beginnings)}
    lengths = [len(word) for word in beginnings]
    levels = [lengths.index(n) for n in range(lengths[-1] + 1)]
    return beginnings, Prefixes(
        np.array([alphabet.index(word[-1]) if word else -1 for word in beginnings], dtype=np.int8),
        np.array([number[word[:-1]] for word in beginnings]),
        (*levels, len(beginnings)),
    )


@given(programs(), st.data())
def test_every_line_has_the_value_on_a_tree_that_it_has_on_its_words(program, data):
    some = data.draw(st.lists(words(tokens_of(program.alphabet)), min_size=1, max_size=6))
    meaning = checked(rendered(program))
    beginnings, prefixes = tree(meaning.alphabet, some)
    found = run_on_prefixes(meaning, prefixes, range(len(meaning.lines)))
    traced = trace(meaning, encode(meaning.alphabet, beginnings)).lines
    for values, line in zip(found, traced, strict=True):
        assert values.tolist() == [line[row, len(word)] for row, word in enumerate(beginnings)]


def test_the_nodes_of_a_tree_spell_their_words():
    beginnings, prefixes = tree("ab", ["abba", "aab", "b"])
    assert ["".join("ab"[a] for a in prefixes.word(node)) for node in range(len(beginnings))] == [
        "".join(word) for word in beginnings
    ]
