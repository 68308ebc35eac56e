"""Reads a program of counting depth one as thresholds on the counts of letters.

For a fixed last letter, an output that reads no positions is a Boolean combination of thresholds. Conjunctions,
disjunctions, and comparisons with minima and maxima are read. Anything else is refused with a message that names it.
Counts of other classes of positions are read in the same way, if a context says what they are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from crasp.lengths.thresholds import Threshold, TooLargeError, satisfiable
from crasp.meaning import ir

MOST_ATOMS = 12  # needless thresholds of one output are left out only up to this many

CountForm: TypeAlias = tuple[tuple[int, ...], int]  # the coefficients of the counts, and a constant


class UnreadableError(ValueError):
    """The program is not of the kind that this module reads. The message says why."""


@dataclass(frozen=True)
class Joined:
    """The conjunction of the parts if `every`, else their disjunction. Without parts these are true and false."""

    every: bool
    parts: "tuple[Formula, ...]"


Formula: TypeAlias = Threshold | Joined
TRUE, FALSE = Joined(True, ()), Joined(False, ())


@dataclass(frozen=True)
class Extreme:
    """The minimum or the maximum of some linear forms."""

    which: str
    forms: tuple[CountForm, ...]


def conjuncts_of(formula: Formula) -> tuple[Threshold, ...] | None:
    """The thresholds whose conjunction is the formula or its negation; None if it is neither."""
    if isinstance(formula, Threshold):
        return (formula,)
    found = tuple(part for part in formula.parts if isinstance(part, Threshold))
    if len(found) < len(formula.parts):
        return None
    return found if formula.every else tuple(each.negated() for each in found)


@dataclass(frozen=True)
class Context:
    """What is known at the last position of the words, and what the counts count.

    classes  how many classes of positions are counted
    known    for a line its value at the last position if it is known, or None if it has to be read
    counted  for the body of a count the classes at which it holds, and whether it holds at the last position
    """

    classes: int
    known: Callable[[int], bool | int | None]
    counted: Callable[[int], tuple[frozenset[int], bool]]


def read_formula(program: ir.Program, output: int, last: int | None) -> Formula:
    """The output as a formula, at the last position of words that end in letter `last`.

    Thresholds that others imply are left out.

    Args:
        program: The program.
        output: The line of the output.
        last: The number of the last letter; None for the empty word.

    Raises:
        UnreadableError: The output reads nested counts, positions or windows.
    """

    def known(number: int) -> bool | None:
        operation = program.lines[number].operation
        return operation.token == last if isinstance(operation, ir.Symbol) else None

    def counted(body: int) -> tuple[frozenset[int], bool]:
        held = letters_of_body(program, body)
        return held, last in held

    return read_in_context(program, output, Context(len(program.alphabet), known, counted))


def read_in_context(program: ir.Program, output: int, context: Context) -> Formula:
    """The output at the last position of the context's words, as a formula of thresholds on the counts of classes.

    Raises:
        UnreadableError: The output is not of the kind that this module reads.
    """
    values: list[Formula | CountForm | Extreme | frozenset[int] | None] = []
    reader = _ThresholdReader(program, context)
    needed = _needed(program, output)
    for number in range(output + 1):
        values.append(reader.read(number, values) if number in needed else None)
    found = values[output]
    assert isinstance(found, Threshold | Joined)
    return found


def _needed(program: ir.Program, output: int) -> set[int]:
    """The lines that the output reads outside the bodies of counts."""
    found = {output}
    for number in range(output, -1, -1):
        operation = program.lines[number].operation
        if number in found and not isinstance(operation, ir.Count | ir.LocalCount):
            found.update(ir.operands_of(operation))
    return found


class _ThresholdReader:
    """Reads the lines of one program in one context."""

    def __init__(self, program: ir.Program, context: Context) -> None:
        self.program, self.context = program, context

    def read(self, number: int, values: list) -> Formula | CountForm | Extreme:  # type: ignore[type-arg]
        """The value of one line, given the values of the lines that it reads."""
        known = self.context.known(number)
        if isinstance(known, bool):
            return TRUE if known else FALSE
        if known is not None:
            return (0,) * self.context.classes, known
        operation = self.program.lines[number].operation
        match operation:
            case ir.Not(operand):
                return negated(values[operand])
            case ir.And(operands):
                return joined(True, (values[k] for k in operands))
            case ir.Or(operands):
                return joined(False, (values[k] for k in operands))
            case ir.Compare(relation, left, right):
                return compared(relation, values[left], values[right])
            case ir.Count(body, strict):
                return self._count(body, strict)
            case ir.Linear(terms, constant):
                return _sum([(factor, self._form(values[k])) for factor, k in terms], constant, self.context.classes)
            case ir.Extremum(which, operands):
                return Extreme(which, tuple(self._form(values[k]) for k in operands))
            case ir.Conditional():
                raise UnreadableError("it holds a conditional count")
            case ir.Symbol() | ir.Periodic() | ir.LocalCount():
                raise UnreadableError("it reads positions or windows beside counts")
            case _:
                assert_never(operation)

    def _count(self, body: int, strict: bool) -> CountForm:
        held, here = self.context.counted(body)
        return tuple(int(each in held) for each in range(self.context.classes)), -int(strict and here)

    def _form(self, value: Formula | CountForm | Extreme) -> CountForm:
        if isinstance(value, Extreme):
            raise UnreadableError("it adds to a minimum or a maximum")
        assert isinstance(value, tuple)
        return value


def letters_of_body(program: ir.Program, body: int) -> frozenset[int]:
    """The letters at which a Boolean line holds that depends only on the letter of its own position.

    Raises:
        UnreadableError: The line depends on something else.
    """
    everything = frozenset(range(len(program.alphabet)))
    operation = program.lines[body].operation
    match operation:
        case ir.Symbol(token):
            return frozenset((token,))
        case ir.Not(operand):
            return everything - letters_of_body(program, operand)
        case ir.And(operands):
            return everything.intersection(*(letters_of_body(program, k) for k in operands))
        case ir.Or(operands):
            return frozenset().union(*(letters_of_body(program, k) for k in operands))
        case _:
            raise UnreadableError("it counts positions or counts, not letters alone")


# --- formulas ------------------------------------------------------------------------------------------------


def negated(formula: Formula) -> Formula:
    """The formula that holds where this one does not."""
    if isinstance(formula, Threshold):
        return formula.negated()
    return Joined(not formula.every, tuple(negated(part) for part in formula.parts))


def joined(every: bool, parts: Iterable[Formula]) -> Formula:
    """The conjunction if `every`, else the disjunction, without constants and without thresholds that others imply.

    Nested formulas of the same kind are flattened.
    """
    flat: list[Formula] = []
    for part in parts:
        if isinstance(part, Joined) and not part.parts and part.every != every:
            return part
        flat.extend(part.parts if isinstance(part, Joined) and part.every == every else (part,))
    atoms = list(dict.fromkeys(part for part in flat if isinstance(part, Threshold)))
    if len(atoms) <= MOST_ATOMS:
        # The negations of a disjunction's thresholds form a conjunction, and the same ones are needless in both.
        kept = _needed_atoms(atoms if every else [each.negated() for each in atoms])
        if kept is None:
            return FALSE if every else TRUE
        atoms = kept if every else [each.negated() for each in kept]
    rest = tuple(dict.fromkeys(part for part in flat if isinstance(part, Joined)))
    found: tuple[Formula, ...] = (*atoms, *rest)
    return found[0] if len(found) == 1 else Joined(every, found)


def _needed_atoms(atoms: list[Threshold]) -> list[Threshold] | None:
    """The thresholds of a conjunction without those that the others imply; None if it holds nowhere.

    If this is too much to decide, all thresholds are kept, which does not change the conjunction.
    """
    try:
        if not satisfiable(atoms):
            return None
        kept = list(atoms)
        for atom in atoms:
            others = [each for each in kept if each != atom]
            if not satisfiable([*others, atom.negated()]):
                kept = others
    except TooLargeError:
        return atoms
    return kept


def compared(relation: ir.Relation, left: CountForm | Extreme, right: CountForm | Extreme) -> Formula:
    """The comparison of two counts as thresholds."""
    match relation:
        case ">=":
            return _at_least(left, right, 0)
        case ">":
            return _at_least(left, right, 1)
        case "<=":
            return _at_least(right, left, 0)
        case "<":
            return _at_least(right, left, 1)
        case "=":
            return joined(True, (_at_least(left, right, 0), _at_least(right, left, 0)))
        case "!=":
            return joined(False, (_at_least(left, right, 1), _at_least(right, left, 1)))
        case _:
            assert_never(relation)


def _at_least(left: CountForm | Extreme, right: CountForm | Extreme, more: int) -> Formula:
    """The formula left >= right + more."""
    if isinstance(left, Extreme):
        return joined(left.which == "min", (_at_least(form, right, more) for form in left.forms))
    if isinstance(right, Extreme):
        return joined(right.which == "max", (_at_least(left, form, more) for form in right.forms))
    coefficients = tuple(a - b for a, b in zip(left[0], right[0], strict=True))
    threshold = Threshold(coefficients, right[1] + more - left[1])
    if any(coefficients):
        return threshold
    return TRUE if threshold.bound <= 0 else FALSE


def _sum(terms: list[tuple[int, CountForm]], constant: int, classes: int) -> CountForm:
    total = [0] * classes
    for factor, (coefficients, own) in terms:
        total = [t + factor * c for t, c in zip(total, coefficients, strict=True)]
        constant += factor * own
    return tuple(total), constant
