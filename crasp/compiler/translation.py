"""Translates the lines of a program into items of a circuit: only the needed lines, and none twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from crasp.compiler.circuit import Circuit, Form, Literal, Position
from crasp.compiler.simple_forms import combined, constant, flag, residues, tally, tokens
from crasp.compiler.simplification import conjunction, disjunction, echo, ramp, selection, steps
from crasp.meaning import ir

EXPANDED_COMPARISONS = 1024  # the most comparisons that one comparison of minima or maxima becomes

Extremes: TypeAlias = tuple[str, tuple[Form, ...]]  # "min" or "max", and its operands


@dataclass(frozen=True)
class Translation:
    """A circuit, and for each needed line of the program its literal or form there."""

    circuit: Circuit
    booleans: dict[int, Literal]
    counts: dict[int, Form]


def translate(program: ir.Program, needed: Iterable[int]) -> Translation:
    """The circuit of these lines. All lines that they depend on have to be among them."""
    result = Translation(Circuit(len(program.alphabet)), {}, {})
    for number in sorted(needed):
        operation = program.lines[number].operation
        if isinstance(operation, ir.BooleanOperation):
            result.booleans[number] = _boolean(program, operation, result)
        else:
            result.counts[number] = _count(operation, result)
    return result


def _boolean(program: ir.Program, operation: ir.BooleanOperation, made: Translation) -> Literal:
    circuit = made.circuit
    match operation:
        case ir.Symbol(token):
            return tokens(circuit, 1 << token)
        case ir.Periodic(modulus, residue):
            return residues(circuit, modulus, frozenset((residue,)))
        case ir.Not(operand):
            return made.booleans[operand] ^ 1
        case ir.And(operands):
            return conjunction(circuit, (made.booleans[k] for k in operands))
        case ir.Or(operands):
            return disjunction(circuit, (made.booleans[k] for k in operands))
        case ir.Compare(relation, left, right):
            sides = (_extremes(program, left, made), _extremes(program, right, made))
            if 1 < len(sides[0][1]) * len(sides[1][1]) <= EXPANDED_COMPARISONS:
                return _expanded(circuit, relation, *sides)
            return _comparison(circuit, relation, made.counts[left], made.counts[right])
        case _:
            assert_never(operation)


def _comparison(circuit: Circuit, relation: ir.Relation, left: Form, right: Form) -> Literal:
    difference = combined([(1, left), (-1, right)])
    match relation:
        case ">=":
            return steps(circuit, difference, (0,))
        case ">":
            return steps(circuit, difference, (1,))
        case "<":
            return steps(circuit, difference, (0,)) ^ 1
        case "<=":
            return steps(circuit, difference, (1,)) ^ 1
        case "=":
            return steps(circuit, difference, (0, 1))
        case "!=":
            return steps(circuit, difference, (0, 1)) ^ 1
        case _:
            assert_never(relation)


def _extremes(program: ir.Program, line: int, made: Translation) -> Extremes:
    """The line as a minimum or maximum of forms. A line that is neither is the minimum of itself."""
    operation = program.lines[line].operation
    if isinstance(operation, ir.Extremum):
        return operation.which, tuple(dict.fromkeys(made.counts[k] for k in operation.operands))
    return "min", (made.counts[line],)


def _expanded(circuit: Circuit, relation: ir.Relation, left: Extremes, right: Extremes) -> Literal:
    """A comparison of minima and maxima as comparisons of their operands, so that no layer is spent on the extremum."""
    match relation:
        case ">=":
            return _reaches(circuit, left, right, 0)
        case ">":
            return _reaches(circuit, left, right, 1)
        case "<":
            return _reaches(circuit, left, right, 0) ^ 1
        case "<=":
            return _reaches(circuit, left, right, 1) ^ 1
        case "=":
            return conjunction(circuit, (_reaches(circuit, left, right, 0), _reaches(circuit, left, right, 1) ^ 1))
        case "!=":
            return disjunction(circuit, (_reaches(circuit, left, right, 0) ^ 1, _reaches(circuit, left, right, 1)))
        case _:
            assert_never(relation)


def _reaches(circuit: Circuit, left: Extremes, right: Extremes, margin: int) -> Literal:
    """The literal left - right >= margin, for extrema.

    Some operand of a maximum on the left, or each operand of a minimum there, has to be large enough. For the right
    side, "some" and "each" are exchanged.
    """
    join_left = disjunction if left[0] == "max" else conjunction
    join_right = conjunction if right[0] == "max" else disjunction
    return join_left(
        circuit,
        [
            join_right(circuit, [steps(circuit, combined([(1, a), (-1, b)]), (margin,)) for b in right[1]])
            for a in left[1]
        ],
    )


def _count(operation: ir.CountOperation, made: Translation) -> Form:
    circuit = made.circuit
    match operation:
        case ir.Count(body, strict):
            literal = made.booleans[body]
            total = tally(circuit, literal)
            return combined([(1, total), (-1, _here(circuit, literal))]) if strict else total
        case ir.LocalCount(body, nearest, farthest):
            return _window(circuit, made.booleans[body], nearest, farthest)
        case ir.Linear(terms, added):
            return combined([(factor, made.counts[k]) for factor, k in terms], added)
        case ir.Extremum(which, operands):
            sign = 1 if which == "max" else -1
            forms = dict.fromkeys(combined([(sign, made.counts[k])]) for k in operands)
            return combined([(sign, _maximum(circuit, list(forms)))])
        case ir.Conditional(condition, then, otherwise):
            return selection(circuit, made.booleans[condition], made.counts[then], made.counts[otherwise])
        case _:
            assert_never(operation)


def _here(circuit: Circuit, literal: Literal) -> Form:
    """The form that is 1 where the literal holds at a position other than the begin marker's."""
    begin = flag(tokens(circuit, circuit.begin_bit))
    return combined([(1, flag(literal)), (-int(circuit.begins(literal)), begin)])


def _window(circuit: Circuit, literal: Literal, nearest: int, farthest: int) -> Form:
    if nearest == farthest:
        return flag(echo(circuit, literal, nearest)) if nearest else _here(circuit, literal)
    if literal == 1:
        # The window has min(i, c + 1) positions: the position minus how far it is beyond c + 1.
        position = Form(((circuit.number(Position()), 1),), 0)
        return combined([(1, position), (-1, ramp(circuit, combined([(1, position)], -farthest - 1)))])
    earlier = [(1, flag(echo(circuit, literal, lag))) for lag in range(1, farthest + 1)]
    return combined([(1, _here(circuit, literal)), *earlier])


def _maximum(circuit: Circuit, forms: list[Form]) -> Form:
    """The maximum of the forms, by max(X, Y) = X + max(0, Y - X) in pairs, so that the depth is logarithmic."""
    while len(forms) > 1:
        pairs = [forms[k : k + 2] for k in range(0, len(forms), 2)]
        forms = [
            combined([(1, pair[0]), (1, ramp(circuit, combined([(1, pair[-1]), (-1, pair[0])])))]) for pair in pairs
        ]
    return forms[0] if forms else constant(0)
