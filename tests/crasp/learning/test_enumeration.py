"""Enumeration against the interpreter: every formula of the grammar has its value among those found."""

import itertools

import numpy as np
import pytest

from crasp.errors import Source
from crasp.learning.compared_prefixes import Points, points_of, unpack
from crasp.learning.enumeration import Enumeration
from crasp.learning.formula import size_of, value_of
from crasp.learning.grammar import Grammar, grammar_of_fragment
from crasp.learning.program_text import program_text
from crasp.meaning import interpreter
from crasp.text.loader import read_program
from tests.crasp.learning.random_formulas import draw_formula

FORMULAS = 1000


def points(letters: str, longest: int, *, more: int = 12) -> Points:
    rng = np.random.default_rng(5)
    words = [word for n in range(longest + 1) for word in itertools.product(letters, repeat=n)]
    words += [tuple(rng.choice(list(letters), size=rng.integers(15, 31)).tolist()) for _ in range(more)]
    return points_of(letters, words)


def grown(letters: str, longest: int, grammar: Grammar, size: int) -> Enumeration:
    enumeration = Enumeration(points(letters, longest), grammar)
    for _ in range(size):
        enumeration.grow()
    return enumeration


def interpreted(over: Points, texts: list[str]) -> np.ndarray:
    """What the interpreter says of each formula at each point: (formulas, points)."""
    definitions = [f"f_{number}(i) := {text}" for number, text in enumerate(texts)]
    source = "\n".join([f"alphabet {' '.join(over.alphabet)}", *definitions, "accept(i) := true"])
    program = read_program(Source("formulas", source))
    lines = {definition.name: definition.line for definition in program.definitions}
    words = interpreter.encode(over.alphabet, [tuple(over.alphabet[k] for k in word) for word in over.words])
    found = interpreter.trace(program, words).lines
    at = np.arange(over.number), words.lengths
    return np.array([np.asarray(found[lines[f"f_{number}"]][at], dtype=bool) for number in range(len(texts))])


def missing(enumeration: Enumeration, most: int, formulas: int, bounds: Grammar) -> list[str]:
    """Formulas of the grammar to that size whose value is not among those of their size or smaller ones."""
    over, rng = enumeration.points, np.random.default_rng(11)
    drawn = [draw_formula(rng, "".join(over.alphabet), bounds, int(rng.integers(3, most + 1))) for _ in range(formulas)]
    smallest: dict[bytes, int] = {}
    for size in range(most, 0, -1):
        rows = unpack(enumeration.values.bits_of_size(size))[:, : over.number]
        smallest |= {row.tobytes(): size for row in rows}
    values = interpreted(over, [formula.text for formula in drawn])
    values ^= values[:, :1]
    return [f.text for f, row in zip(drawn, values, strict=True) if smallest.get(row.tobytes(), most + 1) > f.size]


@pytest.fixture(scope="module")
def plain() -> Enumeration:
    return grown("ab", 5, Grammar(), 10)


def test_no_formula_of_the_grammar_is_missing(plain: Enumeration) -> None:
    assert missing(plain, 10, FORMULAS, Grammar()) == []


def test_a_grammar_without_its_coefficient_misses_some() -> None:
    mutant = grown("ab", 5, Grammar(coefficients=1), 10)
    assert 10 < len(missing(mutant, 10, FORMULAS // 2, Grammar())) < FORMULAS // 4


@pytest.mark.parametrize(("fragment", "size"), [("local", 7), ("periodic", 7), ("periodic_local", 6)])
def test_no_formula_with_lags_windows_or_residues_is_missing(fragment: str, size: int) -> None:
    grammar = grammar_of_fragment(fragment, window=2, moduli=(2, 3))
    assert missing(grown("ab", 4, grammar, size), size, FORMULAS // 3, grammar) == []


def test_of_three_letters_none_is_missing() -> None:
    assert missing(grown("abc", 3, Grammar(), 9), 9, FORMULAS // 3, Grammar()) == []


def test_the_formula_of_a_value_has_its_size_and_its_value_as_a_program_too() -> None:
    enumeration = grown("ab", 4, grammar_of_fragment("periodic_local"), 7)
    over, values = enumeration.points, enumeration.values
    words = interpreter.encode(over.alphabet, [tuple(over.alphabet[k] for k in word) for word in over.words])
    for ref in np.random.default_rng(3).integers(0, 2 * len(values), size=60).tolist():
        formula, bits = enumeration.formula(ref), unpack(values.bits(ref))
        assert size_of(formula) == values.sizes[values._part(ref >> 1)]
        assert (value_of(formula, over) == bits).all()
        program = read_program(Source("program", program_text(over.alphabet, formula)))
        assert (interpreter.accepts(program, words) == bits[: over.number]).all()


def test_each_class_of_values_is_kept_once(plain: Enumeration) -> None:
    rows = np.concatenate([plain.values.bits_of_size(size) for size in range(1, 11)])
    assert len(np.unique(rows, axis=0)) == len(rows) == len(plain.values)
    assert plain.hashes.clashes == 0
    assert not unpack(rows)[:, 0].any()
