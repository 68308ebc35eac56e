"""Automata from expressions and tables, the counting of their paths, and the generators of random numbers."""

from itertools import product

import numpy as np
import pytest
from automata.fa.dfa import DFA

from tasks.drawing.randomness import generator, integers_below, permutations
from tasks.languages.automaton import TaskAutomaton, automaton_of, regex_automaton, table_automaton
from tasks.languages.letter_walks import automaton_walks, draw_walks
from tasks.languages.members import unpacked

PAD_NUMBER = 3 + 3  # after three letters come <bos>, <sep> and <eos>
EVEN_LENGTH = regex_automaton("(aa)*", ("a",))


def test_automata_are_numbered_from_the_start_and_have_no_dead_states() -> None:
    assert TaskAutomaton(("a",), ((1,), (0,)), (True, False)) == EVEN_LENGTH
    assert regex_automaton("ab*", ("a", "b")).successors == ((1, None), (None, 1))


def test_a_table_with_unreachable_dead_and_equal_states_becomes_the_minimal_automaton() -> None:
    table = {
        "even": ("odd",),
        "odd": ("even again",),
        "even again": ("odd again",),
        "odd again": ("even",),
        "nowhere": ("dead",),
        "dead": ("dead",),
    }
    assert table_automaton(("a",), "even", table, {"even", "even again", "nowhere"}) == EVEN_LENGTH


def test_a_state_that_leads_to_no_member_is_left_out() -> None:
    complete = DFA(
        states={"only a", "spoilt"},
        input_symbols={"a", "b"},
        transitions={"only a": {"a": "only a", "b": "spoilt"}, "spoilt": {"a": "spoilt", "b": "spoilt"}},
        initial_state="only a",
        final_states={"only a"},
    )
    assert automaton_of(complete, ("a", "b")) == TaskAutomaton(("a", "b"), ((0, None),), (True,))


def test_an_empty_language_is_refused() -> None:
    with pytest.raises(ValueError, match="the language is empty"):
        table_automaton(("a",), "start", {"start": ("start",)}, set())


def test_paths_exist_at_the_lengths_of_members() -> None:
    language = regex_automaton("(a|b)*abb|c(aa)*", ("a", "b", "c"))
    exist = automaton_walks(language, 6).exist
    assert exist.tolist() == [False, True, False, True, True, True, True]


def test_words_far_beyond_the_range_of_floats_are_drawn() -> None:
    language = regex_automaton("(a|b|c)*abc", ("a", "b", "c"))
    lengths = np.array([3, 2000, 1999])
    drawn = draw_walks(generator("long", "test", (3, 2000), 0), automaton_walks(language, 2000), lengths)
    letters, allowed = drawn.letters, unpacked(drawn.allowed, 4)
    for row, length in enumerate(lengths):
        assert letters[row, length - 3 : length].tolist() == [0, 1, 2]
        assert (letters[row, length:] == PAD_NUMBER).all()
        assert allowed[row, length].all()  # any letter may come, and the end
        assert not allowed[row, length + 1 :].any()
    assert np.abs(np.bincount(letters[1, :1997]) / 1997 - 1 / 3).max() < 0.05


def test_a_rare_branch_is_followed_to_its_end() -> None:
    # c leads to one word of each length, d to 2**(n-1); at odd lengths d has none.
    language = regex_automaton("cc*|d((a|b)(a|b))*(a|b)", ("a", "b", "c", "d"))
    lengths = np.array([1999, 2000])
    letters = draw_walks(generator("rare", "test", (1999, 2000), 0), automaton_walks(language, 2000), lengths).letters
    assert set(letters[0, :1999].tolist()) == {2}
    assert letters[1, 0] == 3


def test_generators_are_made_from_every_part_of_the_name() -> None:
    names = list(product(["a", "b"], ["train", "test"], [(1, 50), (51, 100)], [0, 1]))
    first = {generator(task, split, lengths, seed).random() for task, split, lengths, seed in names}
    assert len(first) == len(names)


def test_a_generator_is_the_same_on_every_machine() -> None:
    assert generator("dyck1", "train", (1, 50), 0).random() == GOLDEN_DRAW


GOLDEN_DRAW = 0.7214403691455851


def test_a_split_with_a_slash_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a split without a slash"):
        generator("dyck1", "train/1", (1, 50), 0)


def test_integers_stay_below_their_bounds_and_reach_them() -> None:
    bounds = np.array([1, 2, 7] * 500)
    drawn = integers_below(generator("x", "test", (0, 0), 0), bounds).reshape(-1, 3)
    assert drawn.min(axis=0).tolist() == [0, 0, 0]
    assert drawn.max(axis=0).tolist() == [0, 1, 6]


def test_permutations_are_even_and_keep_the_rest_behind() -> None:
    drawn = permutations(generator("x", "test", (0, 0), 0), np.full(12_000, 3), 5)
    assert (drawn[:, 3:] == [3, 4]).all()
    kinds, times = np.unique(drawn[:, :3], axis=0, return_counts=True)
    assert len(kinds) == 6
    assert np.abs(times - 2000).max() < 5 * np.sqrt(2000)
