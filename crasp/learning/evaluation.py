"""The value of a formula at every point: what enumeration computes for many at once, for one."""

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from crasp.learning.formula import (
    Always,
    Both,
    CountTerm,
    Earlier,
    Either,
    LetterIs,
    Negated,
    ResidueIs,
    SmallFormula,
    SumComparison,
)
from crasp.learning.points import Points, TruthFlags
from crasp.meaning.ir import Relation

COMPARED: dict[Relation, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    "!=": np.not_equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


def value_of(formula: SmallFormula, points: Points) -> TruthFlags:
    """Whether the formula holds at each column: (columns,)."""
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
            return np.asarray(COMPARED[relation](total, constant), dtype=bool)
        case _:
            assert_never(formula)


def count_of(count: CountTerm, points: Points) -> NDArray[np.int64]:
    """The count at each column: (columns,)."""
    sums = points.sums(value_of(count.body, points)[None])[0].astype(np.int64)
    if count.window is not None:
        sums = sums - sums[points.ancestors(count.window + 1)]
    return np.asarray(sums)
