"""Checks names, scopes and kinds of a definition before any family is expanded.

The kind of an expression does not depend on the tokens that its index variables stand for. One pass over the text as
written therefore checks every member of a family, also of a family that has no member. A kind of None means that the
kind is not known, for a reason that has already been reported.
"""

from dataclasses import dataclass, field, replace
from typing import assert_never

from crasp.errors import Problem, Span
from crasp.meaning.deep_recursion import Step, run
from crasp.meaning.ir import EOS, Kind
from crasp.spelling import near, symbol_message, why_not_a_name
from crasp.text import syntax
from crasp.text.big_integers import show_integer
from crasp.text.families import Alphabet, read_set, unknown_token

FILTER_LEVELS = 100  # how deep a filter may be nested


@dataclass(frozen=True)
class Signature:
    """The kind and the number of indices of a name; each is None where its definition was refused."""

    kind: Kind | None
    arity: int | None


@dataclass
class Names:
    """The names that are known while a program is checked.

    `above` holds the names defined so far, and `everywhere` all names that the program defines, to tell a name that is
    defined below from one that is not defined.
    """

    alphabet: Alphabet
    problems: list[Problem]
    above: dict[str, Signature] = field(default_factory=dict)
    everywhere: frozenset[str] = frozenset()
    told: set[Problem] = field(default_factory=set)
    sets: dict[syntax.TokenSet, tuple[str, ...]] = field(default_factory=dict)  # every token set, read once

    def refuse(self, span: Span, message: str, hint: str | None = None) -> None:
        """Records a problem, unless the same problem has been recorded before."""
        problem = Problem(span, message, hint)
        if problem not in self.told:
            self.told.add(problem)
            self.problems.append(problem)


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: the name that is being defined, the position variable and the index variables."""

    owner: str
    position: str
    variables: frozenset[str]
    in_body: bool = False  # whether it is in the body of a count


def check_definition(definition: syntax.Definition, names: Names) -> None:
    """Checks one definition against the names above it, records its problems, and adds its name to those above."""
    output = definition.name in ("accept", "next")
    if not output:
        _check_name(definition.name, definition.span, names)
    variables = _bind(definition.binders, definition.filter, frozenset(), names)
    for index in definition.indices:
        _check_index(index, variables, names, may_end=definition.name == "next")
    scope = Scope(definition.name, definition.parameter, variables)
    kind = run(_kind(definition.expression, scope, names))
    if output:
        _expect("boolean", kind, definition.expression, names)
        kind = "boolean"
    _declare(definition, kind, names)


def _declare(definition: syntax.Definition, kind: Kind | None, names: Names) -> None:
    arity = len(definition.indices)
    known = names.above.get(definition.name)
    if known is not None and known.arity is not None and arity != known.arity:
        with_, has = _indices(known.arity), _indices(arity)
        message = f"`{definition.name}` has one number of indices: it was defined with {with_}, here with {has}"
        names.refuse(definition.span, message)
    elif known is not None and None not in (kind, known.kind) and kind != known.kind:
        message = f"`{definition.name}` has one kind: it was a {_word(known.kind)}, here it is a {_word(kind)}"
        names.refuse(definition.span, message)
    elif known is None or known.kind is None:
        names.above[definition.name] = Signature(kind, arity)


def _check_name(name: str, span: Span, names: Names) -> None:
    why = why_not_a_name(name)
    if why is not None:
        names.refuse(span, why)


def _indices(number: int) -> str:
    return "no index" if number == 0 else f"{number} ind{'ex' if number == 1 else 'ices'}"


def _word(kind: Kind | None) -> str:
    return {"boolean": "Boolean", "count": "count", None: "value"}[kind]


# --- index variables, sets, filters --------------------------------------------------------------------------


def _bind(
    binders: tuple[syntax.Binder, ...], where: syntax.Filter | None, outer: frozenset[str], names: Names
) -> frozenset[str]:
    """The index variables in scope under the binders; the token sets are read and the filter is checked on the way."""
    mine: set[str] = set()
    for binder in binders:
        _check_name(binder.variable, binder.span, names)
        if binder.variable in mine:
            names.refuse(binder.span, f"the index variable `{binder.variable}` is bound twice")
        mine.add(binder.variable)
        if binder.tokens not in names.sets:
            names.sets[binder.tokens] = read_set(binder.tokens, names.alphabet, names.problems)
    scope = outer | mine
    if where is not None and run(_check_filter(where, scope, names)) > FILTER_LEVELS:
        names.refuse(where.span, f"a filter nested more than {FILTER_LEVELS} deep is over this implementation's limit")
    return scope


def _check_filter(where: syntax.Filter, variables: frozenset[str], names: Names) -> Step[int]:
    """The nesting depth of a filter; problems with its tokens and variables are recorded on the way."""
    match where:
        case syntax.FilterComparison(_, left, right):
            _check_index(left, variables, names)
            _check_index(right, variables, names)
            return 1
        case syntax.FilterNot(operand):
            below: int = yield _check_filter(operand, variables, names)
            return 1 + below
        case syntax.FilterJunction(_, operands):
            deepest = 0
            for operand in operands:
                deepest = max(deepest, (yield _check_filter(operand, variables, names)))
            return 1 + deepest
        case _:
            assert_never(where)


def _check_index(index: syntax.Index, variables: frozenset[str], names: Names, *, may_end: bool = False) -> None:
    if not index.quoted and (index.text in variables or (may_end and index.text == EOS)):
        return
    if names.alphabet.tokens and index.text not in names.alphabet.order:
        known = names.alphabet.tokens if index.quoted else (*names.alphabet.tokens, *variables)
        problem = unknown_token(index.text, index.span, known)
        names.refuse(problem.span, problem.message, problem.hint)


# --- expressions ---------------------------------------------------------------------------------------------


def _kind(node: syntax.Expression, scope: Scope, names: Names) -> Step[Kind | None]:
    """The kind of an expression, or None where an operand has the wrong kind; problems are recorded on the way."""
    if isinstance(node, syntax.LEAVES):
        return _kind_of_leaf(node, scope, names)
    match node:
        case syntax.Integer():
            return "count"
        case syntax.Not(operand):
            fits = yield from _operands("boolean", (operand,), scope, names)
            return "boolean" if fits else None
        case syntax.Junction(_, operands):
            fits = yield from _operands("boolean", operands, scope, names, JOINED)
            return "boolean" if fits else None
        case syntax.Comparison(_, left, right):
            fits = yield from _operands("count", (left, right), scope, names)
            return "boolean" if fits else None
        case syntax.Negation(operand) | syntax.Product(_, operand):
            fits = yield from _operands("count", (operand,), scope, names)
            return "count" if fits else None
        case syntax.Sum(terms):
            fits = yield from _operands("count", tuple(term for _, term in terms), scope, names)
            return "count" if fits else None
        case syntax.Extremum(_, operands):
            fits = yield from _operands("count", operands, scope, names)
            return "count" if fits else None
        case syntax.Conditional(condition, then, otherwise):
            fits = yield from _operands("boolean", (condition,), scope, names)
            fits &= yield from _operands("count", (then, otherwise), scope, names)
            return "count" if fits else None
        case syntax.Reduction(word, binders, where, body):
            kind: Kind = "boolean" if word in ("any", "all") else "count"
            inner = replace(scope, variables=_bind(binders, where, scope.variables, names))
            fits = yield from _operands(kind, (body,), inner, names, REDUCED if kind == "count" else None)
            return kind if fits else None
        case syntax.Count():
            _check_count_header(node, scope, names)
            inner = replace(scope, position=node.variable, in_body=True)
            fits = yield from _operands("boolean", (node.body,), inner, names, BODY_ENDS)
            return "count" if fits else None
        case _:
            assert_never(node)


def _kind_of_leaf(node: syntax.Leaf, scope: Scope, names: Names) -> Kind | None:
    match node:
        case syntax.Symbol(index, position):
            _check_index(index, scope.variables, names)
            _check_position(position, scope, node.span, names)
            return "boolean"
        case syntax.Call():
            return _check_call(node, scope, names)
        case syntax.Truth():
            return "boolean"
        case syntax.Periodic():
            _check_periodic(node, scope, names)
            return "boolean"


JOINED = "the body of a count ends early: `#[j <= i] (P(j) and R(j))` counts where both hold"
BODY_ENDS = "the body of a count ends early: put a comparison in parentheses, `#[j <= i] (C(j) < D(j))`"
REDUCED = "one unary term is reduced: put a conditional in parentheses, `sum[s in S] (P ? 1 : 0)`"
AS_COUNT = "`P ? 1 : 0` is 1 where P holds and 0 elsewhere"
AS_BOOLEAN = "compare the count with another, as `C >= 1`"


def _operands(
    expected: Kind, operands: tuple[syntax.Expression, ...], scope: Scope, names: Names, hint: str | None = None
) -> Step[bool]:
    """Whether every operand has the expected kind or a kind that is not known; any other is recorded as a problem."""
    fits = True
    for operand in operands:
        # The hint about `and` and `or` helps only if the operand itself is a count.
        fitting = hint if hint != JOINED or isinstance(operand, syntax.Count) else None
        if isinstance(operand, syntax.LEAVES):  # half of all nodes; a step of its own would take longer than the work
            kind = _kind_of_leaf(operand, scope, names)
        else:
            kind = yield _kind(operand, scope, names)
        fits &= _expect(expected, kind, operand, names, fitting)
    return fits


def _expect(expected: Kind, kind: Kind | None, node: syntax.Expression, names: Names, hint: str | None = None) -> bool:
    if kind is None or kind == expected:
        return True
    message = "expected a Boolean, found a count" if expected == "boolean" else "expected a count, found a Boolean"
    names.refuse(node.span, message, hint or (AS_COUNT if expected == "count" else AS_BOOLEAN))
    return False


def _check_position(position: str, scope: Scope, span: Span, names: Names) -> None:
    if position != scope.position:
        message = f"expected the position variable in scope, `{scope.position}`, found `{position}`"
        names.refuse(
            span, message, "a body mentions only the variable that its own count binds" if scope.in_body else None
        )


def _check_periodic(node: syntax.Periodic, scope: Scope, names: Names) -> None:
    _check_position(node.position, scope, node.span, names)
    if node.modulus < 1:
        names.refuse(node.span, f"expected a modulus of 1 or more, found {show_integer(node.modulus)}")
    elif not 0 <= node.residue < node.modulus:
        names.refuse(
            node.span,
            f"expected a residue from 0 to {show_integer(node.modulus - 1)}, found {show_integer(node.residue)}",
        )


def _check_count_header(node: syntax.Count, scope: Scope, names: Names) -> None:
    _check_name(node.variable, node.span, names)
    if node.bound != scope.position:
        message = f"expected `#[{node.variable} <= {scope.position}]`: the position variable in scope is"
        names.refuse(node.span, f"{message} `{scope.position}`, found `{node.bound}`")
    elif node.variable == node.bound:
        names.refuse(node.span, f"a count binds a variable other than the one beside it, found `{node.variable}` twice")


def _check_call(node: syntax.Call, scope: Scope, names: Names) -> Kind | None:
    """The kind of the name that a call uses, which must be defined above; None after a problem has been recorded."""
    known = names.above.get(node.name)
    if node.name == "Q_":
        names.refuse(node.span, *symbol_message("("))
        return None
    if node.position == "" and not node.indices:
        hint = f"a definition is used at its own position: `{node.name}({scope.position})`" if known else None
        if node.name == scope.position:
            hint = f"a position is compared in `{scope.position} % m = r` only"
        names.refuse(node.span, f"expected an expression, found the bare name `{node.name}`", hint)
        return None
    for index in node.indices:
        _check_index(index, scope.variables, names, may_end=node.name == "next")
    _check_position(node.position, scope, node.span, names)
    if node.name == scope.owner and (known is None or not node.indices):
        own = "its own family, of which nothing stands above" if node.indices else "itself"
        names.refuse(node.span, f"`{node.name}` is used in the definition of {own}: there is no recursion")
        return None
    if known is None:
        _refuse_unknown(node, names)
        return None
    if known.arity is not None and known.arity != len(node.indices):
        message = f"`{node.name}` takes {_indices(known.arity)}, found {len(node.indices)}"
        names.refuse(node.span, message)
    return known.kind


def _refuse_unknown(node: syntax.Call, names: Names) -> None:
    if node.name in ("accept", "next"):
        where = "below: a definition uses only definitions above it" if node.name in names.everywhere else "nowhere"
        names.refuse(node.span, f"`{node.name}` is used but defined {where}")
    elif node.name in names.everywhere:
        message = f"`{node.name}` is defined below: a definition uses only definitions above it"
        names.refuse(node.span, message)
    else:
        guess = near(node.name, names.above)
        hint = None if guess is None else f"the nearest name is `{guess}`"
        names.refuse(node.span, f"expected the name of a definition above, found `{node.name}`", hint)
