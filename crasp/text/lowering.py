"""Lowers checked definitions to straight-line form: families are expanded, and equal subexpressions share one line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from crasp.errors import Span
from crasp.meaning import ir
from crasp.meaning.deep_recursion import Step, run
from crasp.spelling import spell_member, spell_token
from crasp.text import syntax
from crasp.text.families import MOST_MEMBERS, Assignment, Assignments, resolve
from crasp.text.scopes import Names

OWN_NAME = "a definition may use members of its own name that a definition above it made"
MOST_STEPS = 2_000_000  # the most steps that one expansion may take: some ten seconds and 200 MB


class UnavailableError(Exception):
    """A definition cannot be lowered. The problem that says why has already been recorded."""


@dataclass(frozen=True)
class Header:
    """The definition that is being expanded, and the keys of the members that it has made so far."""

    definition: syntax.Definition
    family: Assignments
    made: set[tuple[str, ...]]

    def makes(self, key: tuple[str, ...], *, missing: bool) -> bool:
        """Whether a member belongs to the definition that is being expanded.

        Where the member is `missing`, as no line holds it yet, members that the definition has still to make count too.
        """
        if key[0] != self.definition.name or not missing:
            return key in self.made
        return any(_key(self.definition, assignment) == key for assignment in self.family.over({}))


@dataclass
class Lines:
    """The lines made so far, and for each member of a definition the line that holds its value."""

    names: Names
    lines: list[ir.Line] = field(default_factory=list)
    numbers: dict[ir.Operation, int] = field(default_factory=dict)
    members: dict[tuple[str, ...], int] = field(default_factory=dict)  # (name, token, ...) -> line
    definitions: list[ir.Definition] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  # names that lack members for a reason that was reported
    header: "Header | None" = None  # the definition that is being expanded
    steps: int = 0

    def spend(self, steps: int, span: Span) -> None:
        """Adds to the number of steps, before the work that takes them is done.

        Raises:
            UnavailableError: The sum is over the limit. The problem is recorded where the limit is first passed.
        """
        before = self.steps
        self.steps += steps
        if self.steps > MOST_STEPS:
            if before <= MOST_STEPS:
                limit = f"{MOST_STEPS:,} steps to expand, this implementation's limit"
                self.names.refuse(span, f"the program takes more than {limit}")
            raise UnavailableError

    def add(self, operation: ir.Operation, span: Span) -> int:
        """The number of the line that holds an operation; a new line is made only if no line has this operation."""
        number = self.numbers.setdefault(operation, len(self.lines))
        if number == len(self.lines):
            self.spend(1, span)
            self.lines.append(ir.Line(operation, span))
        return number


def lower_definition(definition: syntax.Definition, lines: Lines) -> None:
    """Adds every member of a checked definition to the lines.

    The name of a definition that cannot be lowered is added to `refused`, and the reason to the problems.
    """
    before = len(lines.names.problems)
    family = _ranges(definition.binders, definition.filter, lines)
    lines.header = Header(definition, family, set())
    try:
        if family.size > MOST_MEMBERS:
            limit = f"{MOST_MEMBERS:,}, this implementation's limit"
            message = f"the family has {family.size:,} members before its filter, more than {limit}"
            lines.names.refuse(definition.span, message)
            raise UnavailableError
        lines.spend(family.work, definition.span)
        for assignment in family.over({}):
            _add_member(definition, assignment, lines, lines.header.made)
    except UnavailableError:
        lines.refused.add(definition.name)
    if len(lines.names.problems) > before:
        lines.refused.add(definition.name)


def _ranges(binders: tuple[syntax.Binder, ...], where: syntax.Filter | None, lines: Lines) -> Assignments:
    sets = tuple(lines.names.sets[b.tokens] for b in binders)
    return Assignments(tuple(b.variable for b in binders), sets, where, lines.names.alphabet)


def _key(definition: syntax.Definition, assignment: Assignment) -> tuple[str, ...]:
    return (definition.name, *(resolve(index, assignment) for index in definition.indices))


def _add_member(
    definition: syntax.Definition, assignment: Assignment, lines: Lines, made: set[tuple[str, ...]]
) -> None:
    key = _key(definition, assignment)
    display = spell_member(definition.name, key[1:])
    lines.spend(1 + len(display) // 64, definition.span)
    if key in lines.members:
        unused = [b.variable for b in definition.binders if b.variable not in {i.text for i in definition.indices}]
        hint = f"the head does not mention the index variable `{unused[0]}`" if unused else None
        lines.names.refuse(definition.span, f"`{display}` is defined already", hint)
        raise UnavailableError
    line = run(_lower(definition.expression, assignment, lines))
    lines.members[key] = line
    made.add(key)
    lines.definitions.append(ir.Definition(definition.name, display, line, definition.span))


def _lower(node: syntax.Expression, variables: Assignment, lines: Lines) -> Step[int]:
    """The number of the line that holds an expression's value under an assignment of its index variables."""
    if isinstance(node, syntax.LEAVES):
        return _lower_leaf(node, variables, lines)
    lines.spend(1, node.span)
    match node:
        case syntax.Not(operand):
            (negated,) = yield from _lower_all((operand,), variables, lines)
            return lines.add(ir.Not(negated), node.span)
        case syntax.Junction(word):
            operands = yield from _lower_all(_flattened(node, word), variables, lines)
            return lines.add(ir.And(operands) if word == "and" else ir.Or(operands), node.span)
        case syntax.Comparison(relation, left, right):
            first, second = yield from _lower_all((left, right), variables, lines)
            return lines.add(ir.Compare(relation, first, second), node.span)
        case syntax.Integer() | syntax.Negation() | syntax.Sum() | syntax.Product():
            return (yield from _lower_linear(node, variables, lines))
        case syntax.Extremum(word, operands):
            return _extremum(word, (yield from _lower_all(operands, variables, lines)), node.span, lines)
        case syntax.Conditional(condition, then, otherwise):
            parts = yield from _lower_all((condition, then, otherwise), variables, lines)
            return lines.add(ir.Conditional(*parts), node.span)
        case syntax.Count():
            return (yield from _lower_count(node, variables, lines))
        case syntax.Reduction():
            return (yield from _lower_reduction(node, variables, lines))
        case _:
            assert_never(node)


def _lower_all(nodes: Iterable[syntax.Expression], variables: Assignment, lines: Lines) -> Step[tuple[int, ...]]:
    found = []
    for node in nodes:
        if isinstance(node, syntax.LEAVES):  # half of all nodes; a step of its own would take longer than the work
            found.append(_lower_leaf(node, variables, lines))
        else:
            found.append((yield _lower(node, variables, lines)))
    return tuple(found)


def _lower_leaf(node: syntax.Leaf, variables: Assignment, lines: Lines) -> int:
    lines.spend(1, node.span)
    match node:
        case syntax.Symbol(index):
            token = lines.names.alphabet.order[resolve(index, variables)]
            return lines.add(ir.Symbol(token), node.span)
        case syntax.Call():
            return _used(node, variables, lines)
        case syntax.Truth(value):
            return lines.add(ir.And(()) if value else ir.Or(()), node.span)
        case syntax.Periodic(_, modulus, residue, negated):
            line = lines.add(ir.Periodic(modulus, residue), node.span)
            return lines.add(ir.Not(line), node.span) if negated else line


def _used(node: syntax.Call, variables: Assignment, lines: Lines) -> int:
    key = (node.name, *(resolve(index, variables) for index in node.indices))
    line = lines.members.get(key)
    if lines.header is not None and lines.header.makes(key, missing=line is None):
        message = f"`{spell_member(node.name, key[1:])}` is made by the definition that uses it: there is no recursion"
        lines.names.refuse(node.span, message, OWN_NAME)
        raise UnavailableError
    if line is None:
        if node.name not in lines.refused:
            lines.names.refuse(node.span, f"`{spell_member(node.name, key[1:])}` is not defined above")
        raise UnavailableError
    return line


def _lower_count(node: syntax.Count, variables: Assignment, lines: Lines) -> Step[int]:
    (body,) = yield from _lower_all((node.body,), variables, lines)
    if node.lags is None:
        return lines.add(ir.Count(body, node.strict), node.span)
    return lines.add(ir.LocalCount(body, *node.lags), node.span)


def _lower_reduction(node: syntax.Reduction, variables: Assignment, lines: Lines) -> Step[int]:
    names = lines.names
    ranges = _ranges(node.binders, node.filter, lines)
    if ranges.size > MOST_MEMBERS:
        limit = f"{MOST_MEMBERS:,}, this implementation's limit"
        names.refuse(node.span, f"`{node.word}` ranges over {ranges.size:,} tokens, more than {limit}")
        raise UnavailableError
    lines.spend(ranges.work, node.span)
    found = []
    for inner in ranges.over(variables):
        found.append((yield _lower(node.body, inner, lines)))
    operands = tuple(found)
    match node.word:
        case "any":
            return lines.add(ir.Or(operands), node.span)
        case "all":
            return lines.add(ir.And(operands), node.span)
        case "sum":
            return lines.add(ir.Linear(tuple((1, operand) for operand in operands), 0), node.span)
        case "min" | "max":
            if not operands:
                where = ", ".join(f"{variable} = {spell_token(token)}" for variable, token in variables.items())
                here = f" where {where}" if where else ""
                names.refuse(node.span, f"`{node.word}` over no token at all has no value{here}")
                raise UnavailableError
            return _extremum(node.word, operands, node.span, lines)


def _extremum(which: syntax.ExtremumWord, operands: tuple[int, ...], span: Span, lines: Lines) -> int:
    return operands[0] if len(operands) == 1 else lines.add(ir.Extremum(which, operands), span)


def _flattened(node: syntax.Junction, word: str) -> list[syntax.Expression]:
    """The operands of nested junctions of the same word, in the order of the text: `P and (R and S)` has three."""
    found: list[syntax.Expression] = []
    waiting: list[syntax.Expression] = [node]
    while waiting:
        next_ = waiting.pop()
        if isinstance(next_, syntax.Junction) and next_.word == word:
            waiting.extend(reversed(next_.operands))
        else:
            found.append(next_)
    return found


def _lower_linear(node: syntax.Expression, variables: Assignment, lines: Lines) -> Step[int]:
    """The number of one line that holds a whole tree of sums, differences, multiples and integers.

    Its terms stand in the order of the text.
    """
    constant = 0
    terms: list[tuple[int, int]] = []
    waiting: list[tuple[int, syntax.Expression]] = [(1, node)]
    while waiting:
        factor, next_ = waiting.pop()
        match next_:
            case syntax.Integer(value):
                constant += factor * value
                lines.spend(constant.bit_length() // 512, node.span)
            case syntax.Negation(operand):
                waiting.append((-factor, operand))
            case syntax.Product(coefficient, operand):
                waiting.append((factor * coefficient, operand))
                lines.spend((factor * coefficient).bit_length() // 512, node.span)
            case syntax.Sum(parts):
                waiting.extend((factor * sign, part) for sign, part in reversed(parts))
                lines.spend(len(parts) // 8, node.span)
            case _:
                terms.append((factor, (yield _lower(next_, variables, lines))))
    return lines.add(ir.Linear(tuple(terms), constant), node.span)
