"""Formulas of grammar G: their sizes, their parts, and their values at points."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from crasp.learning.compared_prefixes import Points, TruthFlags
from crasp.meaning.ir import NEGATED, Relation
from crasp.meaning.operations import NUMPY_RELATIONS


@dataclass(frozen=True, slots=True)
class LetterIs:
    """Boolean: the letter here has this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Always:
    """Boolean: true everywhere."""


@dataclass(frozen=True, slots=True)
class ResidueIs:
    """Boolean: i % modulus = residue."""

    modulus: int
    residue: int


@dataclass(frozen=True, slots=True)
class Negated:
    """Boolean: the complement of the body."""

    body: "SmallFormula"


@dataclass(frozen=True, slots=True)
class Both:
    """Boolean: both parts hold."""

    left: "SmallFormula"
    right: "SmallFormula"


@dataclass(frozen=True, slots=True)
class Either:
    """Boolean: at least one of the parts holds."""

    left: "SmallFormula"
    right: "SmallFormula"


@dataclass(frozen=True, slots=True)
class Earlier:
    """Boolean: the body held `back` positions before."""

    body: "SmallFormula"
    back: int


@dataclass(frozen=True, slots=True)
class CountTerm:
    """Count: at how many positions up to here the body holds.

    With a window, only the last window + 1 positions count.
    """

    body: "SmallFormula"
    window: int | None = None


@dataclass(frozen=True, slots=True)
class SumComparison:
    """Boolean: the sum of coefficient * count has the relation to the constant."""

    terms: tuple[tuple[int, CountTerm], ...]
    relation: Relation
    constant: int


SmallFormula: TypeAlias = LetterIs | Always | ResidueIs | Negated | Both | Either | Earlier | SumComparison


def size_of(formula: SmallFormula) -> int:
    """The size of the formula as a tree, in nodes, as docs/learn.md defines it in section "Size"."""
    match formula:
        case LetterIs() | Always() | ResidueIs():
            return 1
        case Negated(body):
            return size_of(body)
        case Both(left, right) | Either(left, right):
            return 1 + size_of(left) + size_of(right)
        case Earlier(body, _):
            return 2 + size_of(body)
        case SumComparison(terms, _, constant):
            counts = sum(1 + size_of(count.body) for _, count in terms)
            return 1 + counts + sum(abs(factor) - 1 for factor, _ in terms) + (constant != 0)
        case _:
            assert_never(formula)


def parts_of(formula: SmallFormula) -> Iterator[SmallFormula]:
    """Yields the formula and every formula inside it, outer ones first."""
    yield formula
    match formula:
        case LetterIs() | Always() | ResidueIs():
            pass
        case Negated(body) | Earlier(body, _):
            yield from parts_of(body)
        case Both(left, right) | Either(left, right):
            yield from parts_of(left)
            yield from parts_of(right)
        case SumComparison(terms):
            for _, count in terms:
                yield from parts_of(count.body)
        case _:
            assert_never(formula)


def negation(formula: SmallFormula) -> SmallFormula:
    """The complement of the formula, of the same size. `not` is written only where there is no other way."""
    match formula:
        case Negated(body):
            return body
        case Both(left, right):
            return Either(negation(left), negation(right))
        case Either(left, right):
            return Both(negation(left), negation(right))
        case SumComparison(terms, relation, constant):
            return SumComparison(terms, NEGATED[relation], constant)
        case _:
            return Negated(formula)


def comparison(terms: tuple[tuple[int, CountTerm], ...], relation: Relation, constant: int) -> SumComparison:
    """The comparison, written with the constant that is nearer to 0: `F <= -1` becomes `F < 0`."""
    nearer: dict[tuple[Relation, bool], tuple[Relation, int]] = {
        ("<=", False): ("<", 1),
        (">", False): (">=", 1),
        ("<", True): ("<=", -1),
        (">=", True): (">", -1),
    }
    other, step = nearer.get((relation, constant > 0), (relation, 0)) if constant else (relation, 0)
    return SumComparison(terms, other, constant + step)


# --- values at points --------------------------------------------------------------------------------------------


def value_of(formula: SmallFormula, points: Points) -> TruthFlags:
    """Whether the formula holds at each column, of shape (columns,)."""
    match formula:
        case LetterIs(number):
            return np.asarray(points.letters == number)
        case Always():
            return np.ones(points.width, dtype=bool)
        case ResidueIs(modulus, residue):
            return np.asarray(points.depths % modulus == residue)
        case Negated(body):
            return ~value_of(body, points)
        case Both(left, right):
            return value_of(left, points) & value_of(right, points)
        case Either(left, right):
            return value_of(left, points) | value_of(right, points)
        case Earlier(body, back):
            found: TruthFlags = points.before(value_of(body, points)[None], back)[0]
            return found
        case SumComparison(terms, relation, constant):
            total = sum(factor * count_of(count, points) for factor, count in terms)
            return np.asarray(NUMPY_RELATIONS[relation](total, constant), dtype=bool)
        case _:
            assert_never(formula)


def count_of(count: CountTerm, points: Points) -> NDArray[np.int64]:
    """The count at each column, of shape (columns,)."""
    sums = points.sums(value_of(count.body, points)[None])[0].astype(np.int64)
    if count.window is not None:
        sums = sums - sums[points.ancestors(count.window + 1)]
    return np.asarray(sums)
