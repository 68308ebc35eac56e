"""Writes a formula as JSON data, and reads it back."""

from typing import Any, assert_never, get_args

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
from crasp.meaning.ir import Relation


def record_of_formula(formula: SmallFormula) -> list[Any]:
    """The formula as a list: its kind, and what it is made of."""
    match formula:
        case LetterIs(number):
            return ["letter", number]
        case Always():
            return ["always"]
        case ResidueIs(modulus, residue):
            return ["residue", modulus, residue]
        case Negated(body):
            return ["not", record_of_formula(body)]
        case Both(left, right):
            return ["and", record_of_formula(left), record_of_formula(right)]
        case Either(left, right):
            return ["or", record_of_formula(left), record_of_formula(right)]
        case Earlier(body, back):
            return ["earlier", record_of_formula(body), back]
        case SumComparison(terms, relation, constant):
            written = [[factor, record_of_formula(count.body), count.window] for factor, count in terms]
            return ["sum", written, relation, constant]
        case _:
            assert_never(formula)


def formula_of_record(record: Any) -> SmallFormula:
    """The formula that `record_of_formula` wrote.

    Raises:
        ValueError: The data is not a formula.
    """
    match record:
        case ["letter", int(number)]:
            return LetterIs(number)
        case ["always"]:
            return Always()
        case ["residue", int(modulus), int(residue)]:
            return ResidueIs(modulus, residue)
        case ["not", body]:
            return Negated(formula_of_record(body))
        case ["and", left, right]:
            return Both(formula_of_record(left), formula_of_record(right))
        case ["or", left, right]:
            return Either(formula_of_record(left), formula_of_record(right))
        case ["earlier", body, int(back)]:
            return Earlier(formula_of_record(body), back)
        case ["sum", list(terms), relation, int(constant)] if relation in get_args(Relation):
            found = tuple((int(factor), CountTerm(formula_of_record(body), window)) for factor, body, window in terms)
            return SumComparison(found, relation, constant)
        case _:
            raise ValueError("expected a formula")
