"""Reads expressions of the dialect, together with their kinds: if a text has two readings, the kinds leave only one.

The body of a count is one unary term. It extends over `&&`, `||` and comparisons only if the text has no meaning
otherwise. For example, `#[j <= i] P && R` counts where both hold, and `#[j <= i] P == 0` compares a count with 0. In
`2 > #[j <= i] P && R` the comparison is joined with R.

The steps are generators, so that expressions may nest to any depth.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from crasp.importing.count_bracket import read_bracket
from crasp.importing.lexer import Token, letter_of
from crasp.importing.operators import RefusedTextError, added, compared, multiplied, plain, remainder, want
from crasp.importing.token_cursor import CONSTANTS, Cursor, Known
from crasp.importing.typed_expressions import (
    NOWHERE,
    ImportedValue,
    chosen,
    counted,
    integer,
    junction,
    negated,
    position,
    position_name,
    truth,
)
from crasp.meaning.deep_recursion import Step, run
from crasp.meaning.ir import MIRRORED
from crasp.spelling import near
from crasp.text import syntax
from crasp.text.big_integers import read_integer

FUNCTIONS = ("min", "max", "abs")


@dataclass(frozen=True)
class SharedPiece:
    """A part of an expression that is used twice, and so becomes a definition of its own in the rewritten program."""

    name: str
    depth: int
    node: syntax.Expression


@dataclass(frozen=True)
class Read:
    """An expression, and what was noted while it was read.

    `parts` are to be defined before it. `ended` are the tokens where the body of a count ended although another reader
    might have read on.
    """

    value: ImportedValue
    parts: tuple[SharedPiece, ...]
    ended: tuple[Token, ...]


class BrokenError(RefusedTextError):
    """An expression uses a definition that was refused. There is nothing more to report."""


@dataclass(frozen=True)
class PositionScope:
    """The position variable around an expression, and how many counts the expression stands in.

    `in_body` says that the body of a count is being read, outside parentheses. `closed` says that the right side of a
    comparison is being read. An `&&` or `||` after it joins Booleans, so that the body of a count ends there.
    """

    position: str
    depth: int
    enclosing: tuple[str, ...] = ()  # the position variables around that one
    in_body: bool = False
    closed: bool = False


def read_expression(
    tokens: tuple[Token, ...],
    names: Mapping[str, Known],
    position_variable: str,
    fresh: Iterator[str],
    *,
    loose: bool = False,
) -> Read:
    """The expression that all of the tokens make.

    Args:
        tokens: The tokens; there is at least one.
        names: The definitions above.
        position_variable: The name of the definition's position variable.
        fresh: Yields names for parts that become definitions.
        loose: Whether `!` is read as the published interpreter does: over all `&&` and `||` that follow it.

    Raises:
        RefusedTextError: The tokens have no meaning in the dialect, or one that this language lacks.
    """
    reader = _ExpressionReader(tokens, names, fresh, loose)
    value = run(reader.expression(PositionScope(position_variable, 0)))
    if reader.at.place < len(tokens):
        reader.at.refuse("an operator or the end of the line")
    return Read(plain(value), tuple(reader.parts), tuple(reader.ended))


class _ExpressionReader:
    """Reads an expression by recursive descent: each method reads one level of precedence, the loosest first."""

    def __init__(
        self, tokens: tuple[Token, ...], names: Mapping[str, Known], fresh: Iterator[str], loose: bool
    ) -> None:
        self.at = Cursor(tokens)
        self.names = names
        self.fresh = fresh
        self.loose = loose
        self.parts: list[SharedPiece] = []
        self.ended: list[Token] = []

    # --- Booleans and choices

    def expression(self, scope: PositionScope) -> Step[ImportedValue]:
        """Reads `x if c else y`, `c ? x : y`, or an expression that binds tighter."""
        first: ImportedValue = yield self.disjunction(scope)
        if self.at.kind == "if":
            self.at.take()
            condition: ImportedValue = yield self.disjunction(scope)
            self.at.expect("else", "`else` and the value where the condition does not hold")
            then = first
        elif self.at.kind == "?":
            self.at.take()
            condition = first
            then = yield self.expression(scope)
            self.at.expect(":", "`:` and the value where the condition does not hold")
        else:
            return first
        otherwise: ImportedValue = yield self.expression(scope)
        want("boolean", condition)
        want(plain(then).kind, plain(otherwise))
        return ImportedValue(then.kind, chosen(condition.node, then, otherwise), first.span.to(otherwise.span))

    def disjunction(self, scope: PositionScope) -> Step[ImportedValue]:
        first: ImportedValue = yield self.conjunction(scope)
        value: ImportedValue = yield self.joined_rest("or", scope, first)
        return value

    def conjunction(self, scope: PositionScope) -> Step[ImportedValue]:
        first: ImportedValue = yield self.comparison(scope)
        value: ImportedValue = yield self.joined_rest("and", scope, first)
        return value

    def joined_rest(self, word: str, scope: PositionScope, first: ImportedValue) -> Step[ImportedValue]:
        """Reads what `&&` or `||` joins to an operand that has been read already."""
        operands = [first]
        while self.at.kind == word:
            self.at.take()
            operands.append((yield self.conjunction(scope) if word == "or" else self.comparison(scope)))
        if len(operands) == 1:
            return first
        for operand in operands:
            want("boolean", operand)
        node = junction(word, [operand.node for operand in operands])
        return ImportedValue("boolean", node, first.span.to(operands[-1].span))

    def comparison(self, scope: PositionScope) -> Step[ImportedValue]:
        if self.at.kind == "not":
            return (yield from self.negation(scope))
        left: ImportedValue = yield self.addition(scope)
        return (yield from self.comparison_rest(scope, left))

    def negation(self, scope: PositionScope) -> Step[ImportedValue]:
        sign = self.at.take()
        theirs = self.loose and sign.text == "!"
        operand: ImportedValue = (
            yield self.disjunction(replace(scope, closed=False)) if theirs else self.comparison(scope)
        )
        want("boolean", operand)
        return ImportedValue("boolean", negated(operand.node), sign.span.to(operand.span))

    def comparison_rest(self, scope: PositionScope, left: ImportedValue) -> Step[ImportedValue]:
        """Reads the rest of a comparison whose left side has been read.

        Booleans are compared for being equal or different.
        """
        chained = False
        while self.at.kind in MIRRORED:
            ahead = self.at.kind_ahead(self.at.place + 1, scope.position, self.names)
            if left.kind == "boolean" and scope.in_body and ahead == "count":
                break  # the comparison is of the count that this is the body of
            if chained and not scope.in_body:
                self.at.refuse("`&&` between two comparisons, which do not chain")
            sign = self.at.take()
            inner = replace(scope, closed=True)
            right: ImportedValue = yield self.negation(inner) if self.at.kind == "not" else self.addition(inner)
            left = compared(scope.depth, left, MIRRORED[MIRRORED[sign.kind]], right)
            chained = True
        return left

    # --- counts

    def addition(self, scope: PositionScope) -> Step[ImportedValue]:
        left: ImportedValue = yield self.product(scope)
        return (yield from self.addition_rest(scope, left))

    def addition_rest(self, scope: PositionScope, left: ImportedValue) -> Step[ImportedValue]:
        terms = [(1, left)]
        while self.at.kind in ("+", "-"):
            sign = 1 if self.at.take().kind == "+" else -1
            terms.append((sign, (yield self.product(scope))))
        return left if len(terms) == 1 else added(terms)

    def product(self, scope: PositionScope) -> Step[ImportedValue]:
        left: ImportedValue = yield self.unary(scope)
        return (yield from self.product_rest(scope, left))

    def product_rest(self, scope: PositionScope, left: ImportedValue) -> Step[ImportedValue]:
        while self.at.kind in ("*", "%"):
            sign = self.at.take()
            right: ImportedValue = yield self.unary(scope)
            left = multiplied(left, sign, right) if sign.kind == "*" else remainder(left, sign, right)
        return left

    def unary(self, scope: PositionScope) -> Step[ImportedValue]:
        if self.at.kind != "-":
            return (yield from self.atom(scope))
        sign = self.at.take()
        operand: ImportedValue = yield self.unary(scope)
        want("count", operand)
        span = sign.span.to(operand.span)
        if operand.constant is not None:
            return ImportedValue("count", integer(-operand.constant), span, constant=-operand.constant)
        return ImportedValue("count", syntax.Negation(operand.node, NOWHERE), span)

    def atom(self, scope: PositionScope) -> Step[ImportedValue]:
        match self.at.kind:
            case "number":
                token = self.at.take()
                value = read_integer(token.text)
                return ImportedValue("count", integer(value), token.span, constant=value)
            case "true" | "false":
                token = self.at.take()
                self.position_argument(scope)
                return ImportedValue("boolean", truth(token.kind == "true"), token.span)
            case "letter":
                token = self.at.take()
                self.position_argument(scope)
                index = syntax.Index(letter_of(token), True, NOWHERE)
                return ImportedValue("boolean", syntax.Symbol(index, position_name(scope.depth), NOWHERE), token.span)
            case "name":
                return (yield from self.name(scope))
            case "#[":
                return (yield from self.count(scope))
            case "(":
                first = self.at.take()
                inner: ImportedValue = yield self.expression(
                    PositionScope(scope.position, scope.depth, scope.enclosing)
                )
                last = self.at.expect(")", "an operator or `)`")
                return ImportedValue(
                    inner.kind, inner.node, first.span.to(last.span), inner.constant, inner.shift, inner.modulus
                )
        self.at.refuse("an expression: a name, `Q_a`, a number, `#[j <= i] P` or parentheses")
        raise AssertionError

    def name(self, scope: PositionScope) -> Step[ImportedValue]:
        token = self.at.take()
        known = self.names.get(token.text)
        if known is not None:
            if known.broken:
                raise BrokenError(token.span, "the definition was refused")
            self.position_argument(scope)
            call = syntax.Call(known.name, (), position_name(scope.depth), NOWHERE)
            return ImportedValue(known.kind, call, token.span)
        if token.text in FUNCTIONS and self.at.kind == "(":
            return (yield from self.function(scope, token))
        if token.text == scope.position:
            return ImportedValue("count", position(scope.depth, 0), token.span, shift=0)
        if token.text in CONSTANTS:
            return ImportedValue("boolean", truth(CONSTANTS[token.text]), token.span)
        guess = near(token.text, self.names)
        hint = None if guess is None else f"the nearest name is `{guess}`"
        if scope.in_body or scope.depth:
            hint = hint or f"the position that this count looks at is `{scope.position}`"
        raise RefusedTextError(token.span, f"expected the name of a definition above, found `{token.text}`", hint)

    def function(self, scope: PositionScope, word: Token) -> Step[ImportedValue]:
        self.at.take()
        operands: list[ImportedValue] = []
        while not operands or self.at.kind == ",":
            if operands:
                self.at.take()
            operands.append((yield self.expression(PositionScope(scope.position, scope.depth, scope.enclosing))))
            want("count", operands[-1])
        last = self.at.expect(")", "`,` or `)`")
        span = word.span.to(last.span)
        nodes = [operand.node for operand in operands]
        if word.text == "abs":
            if len(nodes) > 1:
                raise RefusedTextError(span, "expected one argument of `abs`")
            nodes = [self.part(nodes[0], scope.depth)]
            nodes.append(syntax.Negation(nodes[0], NOWHERE))
        return ImportedValue(
            "count", syntax.Extremum("min" if word.text == "min" else "max", tuple(nodes), NOWHERE), span
        )

    def position_argument(self, scope: PositionScope) -> None:
        """Reads `(i)`, which may be left out. It has to name the position variable of the place where it stands."""
        if self.at.kind != "(":
            return
        self.at.take()
        token = self.at.expect("name", "a position variable in parentheses")
        if token.text != scope.position:
            message = f"expected the position variable here, `{scope.position}`, found `{token.text}`"
            raise RefusedTextError(
                token.span, message, "a count binds the variable before `<=`, and its body uses only that one"
            )
        self.at.expect(")", "`)`")

    def part(self, node: syntax.Expression, depth: int) -> syntax.Expression:
        """A node that may be written twice: the node itself if it is short, else the use of a new definition for it."""
        if isinstance(node, syntax.Symbol | syntax.Truth | syntax.Call | syntax.Integer):
            return node
        self.parts.append(SharedPiece(next(self.fresh), depth, node))
        return syntax.Call(self.parts[-1].name, (), position_name(depth), NOWHERE)

    # --- bodies of counts

    def count(self, scope: PositionScope) -> Step[ImportedValue]:
        opening = self.at.place
        closing = self.at.closing.get(opening)
        if closing is None:
            raise RefusedTextError(self.at.tokens[opening].span, "expected a closing `]` of the count's bracket")
        head = self.at.tokens[opening].span.to(self.at.tokens[closing].span)
        bracket = read_bracket(
            self.at.tokens[opening + 1 : closing], head, scope.position, scope.enclosing, scope.depth
        )
        self.at.place = closing + 1
        enclosing = (*scope.enclosing, scope.position)
        inner = PositionScope(bracket.bound, scope.depth + 1, enclosing, in_body=True, closed=scope.closed)
        body: ImportedValue = yield self.body(inner)
        if body.kind == "count":
            raise RefusedTextError(body.span, "expected a Boolean to count, found a count", "compare it, as `(C >= 1)`")
        what = junction("and", [*bracket.conditions, body.node])
        if bracket.reach.twice:
            what = self.part(what, inner.depth)
        return ImportedValue("count", counted(scope.depth, bracket.reach, what), head.to(body.span))

    def body(self, scope: PositionScope) -> Step[ImportedValue]:
        """Reads the body of a count: one unary term, and what has to belong to it.

        Something has to belong to it if it could not be joined or compared with the count itself.
        """
        first = self.at.tokens[self.at.place] if self.at.place < len(self.at.tokens) else None
        after = self.at.tokens[self.at.place + 1].kind if self.at.place + 1 < len(self.at.tokens) else ""
        if first is not None and first.text == "1" and after not in ("+", "-", "*", "%", *MIRRORED):
            self.at.take()
            return ImportedValue("boolean", truth(True), first.span)  # `#[j <= i] 1`, as papers write the position
        if self.at.kind == "not":
            value: ImportedValue = yield self.body_negation(scope)
        else:
            value = yield self.unary(scope)
        if scope.closed:
            if value.kind == "boolean" and self.at.kind in ("and", "or"):
                self.ended.append(self.at.tokens[self.at.place])
            return value
        if value.kind == "count":
            value = yield self.addition_rest(scope, (yield self.product_rest(scope, value)))
        value = yield self.comparison_rest(scope, value)
        if value.kind == "boolean":
            value = yield self.joined_rest("and", scope, value)
            value = yield self.joined_rest("or", scope, value)
        return value

    def body_negation(self, scope: PositionScope) -> Step[ImportedValue]:
        """Reads `not` and a unary term."""
        sign = self.at.take()
        if self.loose and sign.text == "!":
            operand: ImportedValue = yield self.disjunction(scope)
        elif self.at.kind == "not":
            operand = yield self.body_negation(scope)
        else:
            operand = yield self.unary(scope)
            if operand.kind == "count" and not scope.closed:
                operand = yield self.addition_rest(scope, (yield self.product_rest(scope, operand)))
                operand = yield self.comparison_rest(scope, operand)
        want("boolean", operand)
        return ImportedValue("boolean", negated(operand.node), sign.span.to(operand.span))
