"""A program on a tree of beginnings: every line as the interpreter has it on the words one by one."""

from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crasp.meaning.interpreter import encode, trace
from crasp.meaning.operations import evaluated
from crasp.meaning.prefix_tree import Prefixes
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


def on_every_node(meaning, prefixes):
    """(lines, nodes): the value of every line."""
    values = evaluated(meaning, prefixes, frozenset(range(len(meaning.lines))))
    return [np.broadcast_to(values[line], prefixes.tokens.shape) for line in range(len(meaning.lines))]


@given(programs(), st.data())
def test_every_line_has_the_value_on_a_tree_that_it_has_on_its_words(program, data):
    some = data.draw(st.lists(words(tokens_of(program.alphabet)), min_size=1, max_size=6))
    meaning = checked(rendered(program))
    beginnings, prefixes = tree(meaning.alphabet, some)
    found = on_every_node(meaning, prefixes)
    traced = trace(meaning, encode(meaning.alphabet, beginnings)).lines
    for values, line in zip(found, traced, strict=True):
        assert values.tolist() == [line[row, len(word)] for row, word in enumerate(beginnings)]


def complete_tree(alphabet, length, some):
    """All words of two letters to a length, the last letter first; then the other beginnings of some words."""
    every = [()]
    for size in range(1, length + 1):
        every += [(*word, letter) for letter in alphabet[:2] for word in every if len(word) == size - 1]
    more = {word[:n] for word in some for n in range(length + 1, len(word) + 1) if {*word[:length]} <= {*alphabet[:2]}}
    beginnings = every + sorted(more, key=len)
    number = {word: k for k, word in enumerate(beginnings)}
    lengths = [len(word) for word in beginnings]
    levels = [lengths.index(n) for n in range(lengths[-1] + 1)]
    return beginnings, Prefixes(
        np.array([alphabet.index(word[-1]) if word else -1 for word in beginnings], dtype=np.int8),
        np.array([number[word[:-1]] for word in beginnings]),
        (*levels, len(beginnings)),
        complete=length,
    )


@given(programs(), st.integers(0, 4), st.sampled_from((0, 1, 1000)), st.data())
def test_a_tree_whose_short_words_are_all_there_is_evaluated_as_any_other(program, length, wide, data):
    some = data.draw(st.lists(words(tokens_of(program.alphabet)), max_size=6))
    meaning = checked(rendered(program))
    if len(meaning.alphabet) < 2:
        return
    beginnings, prefixes = complete_tree(meaning.alphabet, length, [*map(tuple, some)])
    with patch("crasp.meaning.prefix_tree.WIDE_NODES", wide):  # the sums added length by length, and by leaps
        found = on_every_node(meaning, prefixes)
    traced = trace(meaning, encode(meaning.alphabet, beginnings)).lines
    for values, line in zip(found, traced, strict=True):
        assert values.tolist() == [line[row, len(word)] for row, word in enumerate(beginnings)]


def test_the_nodes_of_a_tree_spell_their_words():
    beginnings, prefixes = tree("ab", ["abba", "aab", "b"])
    assert ["".join("ab"[a] for a in prefixes.word(node)) for node in range(len(beginnings))] == [
        "".join(word) for word in beginnings
    ]
