"""Words of one length, and several sets at once: every line as the interpreter has it on the words one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crasp.meaning.interpreter import Words, trace
from crasp.meaning.operations import evaluated, token_type
from crasp.meaning.word_sets import EqualWords, Together
from tests.crasp.meaning.rendering import rendered
from tests.crasp.meaning.strategies import programs
from tests.crasp.meaning.test_random_programs import checked


@given(programs(), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.randoms())
def test_every_line_has_the_value_on_several_sets_that_it_has_on_their_words(
    program, stretch, stretches, number, more, rng
):
    meaning = checked(rendered(program))
    sets, expected = [], []
    for length, cut, count in ((stretch * stretches, stretch, number), (2 * more, 2, more)):
        drawn = [[rng.randrange(len(meaning.alphabet)) for _ in range(count)] for _ in range(length)]
        letters = np.array(drawn, dtype=token_type(len(meaning.alphabet)))
        sets.append(EqualWords.of(letters, cut))
        expected.append(trace(meaning, Words(letters.T, np.full(count, length))).lines)
    together = Together(tuple(sets))
    found = evaluated(meaning, together, frozenset(range(len(meaning.lines))))
    for line in range(len(meaning.lines)):
        values = np.broadcast_to(found[line], together.tokens.shape)
        for position in range(len(values)):
            part, inside = (0, position) if position < len(sets[0].tokens) else (1, position - len(sets[0].tokens))
            word = inside % sets[part].letters.shape[2]
            assert values[position] == expected[part][line][word, len(together.word(position))]


@pytest.mark.parametrize(
    ("position", "word"), [(0, "a"), (1, "d"), (2, "abc"), (3, "dcc"), (4, "ab"), (7, "dccc"), (8, "d")]
)
def test_a_position_spells_the_beginning_that_ends_there(position, word):
    letters = np.array([["a", "d"], ["b", "c"], ["c", "c"], ["d", "c"]])
    numbers = np.vectorize("abcd".index)(letters)
    together = Together((EqualWords.of(numbers, 2), EqualWords.of(numbers[3:, :1], 1)))
    assert "".join("abcd"[k] for k in together.word(position)) == word
