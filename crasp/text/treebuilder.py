"""The parser's callbacks: what each grammar rule builds, and the mistakes that are found while building.

Lark calls them from the leaves up. Each is given tokens and finished nodes, in the order of its rule, so none of them
recurses.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from lark import Token, Transformer, v_args

from crasp.errors import Problem, Span
from crasp.meaning.ir import Relation
from crasp.spelling import why_not_a_name
from crasp.text import syntax
from crasp.text.big_integers import read_integer, show_integer

Child = Any  # a Token or a node; Lark's callbacks are untyped


@dataclass
class TextReading:
    """What is gathered while one text is parsed, beside its tree."""

    problems: list[Problem] = field(default_factory=list)
    parentheses: set[tuple[int, int]] = field(default_factory=set)  # (line, column) of each opening one
    bare: dict[tuple[int, int], Token] = field(default_factory=dict)  # names without a position, by (line, column)


_reading: ContextVar[TextReading] = ContextVar("reading")


@contextmanager
def reading() -> Iterator[TextReading]:
    """A context that gathers the problems, parentheses and bare names found while trees are built in it."""
    made = TextReading()
    mark = _reading.set(made)
    try:
        yield made
    finally:
        _reading.reset(mark)


def span_of(token: Token) -> Span:
    """The place of a token, which never crosses a line."""
    line, column = token.line or 1, token.column or 1
    return Span(line, column, line, column + len(token))


def _span(child: Child) -> Span:
    return span_of(child) if isinstance(child, Token) else cast(Span, child.span)


def _cover(children: Sequence[Child]) -> Span:
    present = [c for c in (children[0], children[-1]) if c is not None] if children else []
    return _span(present[0]).to(_span(present[-1]))


def _refuse(span: Span, message: str, hint: str | None = None) -> None:
    _reading.get().problems.append(Problem(span, message, hint))


def _nodes(children: Sequence[Child]) -> tuple[Any, ...]:
    """The children that are nodes, without tokens and without optional parts that are absent."""
    return tuple(c for c in children if c is not None and not isinstance(c, Token))


@dataclass(frozen=True)
class _DefinitionHead:
    name: str
    indices: tuple[syntax.Index, ...]
    position: str
    position_span: Span
    span: Span


@dataclass(frozen=True)
class _Nodes:
    """Several nodes that one grammar rule reads together: indices, binders, or a family's binders with its filter."""

    items: tuple[Any, ...]
    span: Span
    filter: syntax.Filter | None = None


class TreeBuilder(Transformer[Token, Any]):
    """Has one method for each grammar rule or alias, which takes the rule's children and returns the node."""

    def alphabet(self, children: list[Child]) -> tuple[syntax.Index | syntax.Range, ...]:
        return _nodes(children)

    @v_args(inline=True)
    def definition(
        self, head: _DefinitionHead, _define: Token, expression: syntax.Expression, family: _Nodes | None
    ) -> Child:
        why = why_not_a_name(head.position)
        if why is not None:
            _refuse(head.position_span, why)
        binders = () if family is None else family.items
        where = None if family is None else family.filter
        span = head.span.to(_span(expression if family is None else family))
        return syntax.Definition(head.name, head.indices, head.position, expression, binders, where, span)

    def head(self, children: list[Child]) -> _DefinitionHead:
        indices = next((c.items for c in children if isinstance(c, _Nodes)), ())
        return _DefinitionHead(str(children[0]), indices, str(children[-2]), span_of(children[-2]), _cover(children))

    # --- families and tokens

    def family(self, children: list[Child]) -> _Nodes:
        binders = cast(_Nodes, children[1])
        where = children[-1]
        return _Nodes(binders.items, span_of(children[0]).to(_span(where or binders)), where)

    def binders(self, children: list[Child]) -> _Nodes:
        return _Nodes(_nodes(children), _cover(children))

    @v_args(inline=True)
    def binder(self, variable: Token, _in: Token, tokens: syntax.TokenSet) -> syntax.Binder:
        return syntax.Binder(str(variable), tokens, span_of(variable).to(tokens.span))

    def tokens(self, children: list[Child]) -> syntax.TokenSet:
        items = None if len(children) == 1 else _nodes(children)
        if items == ():
            _refuse(_cover(children), "expected at least one token between `{` and `}`")
        return syntax.TokenSet(items, _cover(children))

    @v_args(inline=True)
    def token(self, token: Token) -> syntax.Index:
        return _index(token)

    @v_args(inline=True)
    def range(self, first: Token, _dots: Token, last: Token) -> syntax.Range:
        return syntax.Range(str(first), str(last), span_of(first).to(span_of(last)))

    def indices(self, children: list[Child]) -> _Nodes:
        return _Nodes(_nodes(children), _cover(children))

    @v_args(inline=True)
    def output_index(self, open_: Token, index: Child, close: Token) -> _Nodes:
        index = syntax.Index("eos", False, span_of(index)) if isinstance(index, Token) else index
        return _Nodes((index,), span_of(open_).to(span_of(close)))

    def filter_or(self, children: list[Child]) -> syntax.Filter:
        return _filter_junction("or", children)

    def filter_and(self, children: list[Child]) -> syntax.Filter:
        return _filter_junction("and", children)

    @v_args(inline=True)
    def filter_not(self, word: Token, operand: syntax.Filter) -> syntax.Filter:
        return syntax.FilterNot(operand, span_of(word).to(operand.span))

    @v_args(inline=True)
    def filter_parentheses(self, open_: Token, inner: syntax.Filter, close: Token) -> syntax.Filter:
        return replace(inner, span=span_of(open_).to(span_of(close)))

    @v_args(inline=True)
    def filter_comparison(self, left: syntax.Index, relation: Token, right: syntax.Index) -> syntax.Filter:
        return syntax.FilterComparison(_relation(relation), left, right, left.span.to(right.span))

    # --- expressions

    def conditional(self, children: list[Child]) -> syntax.Expression:
        condition, _, then, _, otherwise = children
        return syntax.Conditional(condition, then, otherwise, _cover(children))

    def disjunction(self, children: list[Child]) -> syntax.Expression:
        return _junction("or", children)

    def conjunction(self, children: list[Child]) -> syntax.Expression:
        return _junction("and", children)

    @v_args(inline=True)
    def negation(self, word: Token, operand: syntax.Expression) -> syntax.Expression:
        return syntax.Not(operand, span_of(word).to(operand.span))

    def reduction(self, children: list[Child]) -> syntax.Expression:
        word, binders, body = children[0], children[2], children[-1]
        where = next((c for c in _nodes(children[3:-1])), None)
        return syntax.Reduction(_word(word), binders.items, where, body, _cover(children))

    @v_args(inline=True)
    def relation(self, token: Token) -> Token:
        return token

    def comparison(self, children: list[Child]) -> syntax.Expression:
        if len(children) == 1:
            return cast(syntax.Expression, children[0])
        if any(isinstance(c, Token) and c.type == "PERCENT" for c in children):
            return _periodic(children)
        left, relation, right = children[:3]
        if len(children) > 3:
            _refuse(span_of(children[3]), "comparisons do not chain", "join two of them with `and`")
        return syntax.Comparison(_relation(relation), left, right, _cover(children))

    def addition(self, children: list[Child]) -> syntax.Expression:
        if len(children) == 1:
            return cast(syntax.Expression, children[0])
        signs = [1] + [1 if operator.type == "PLUS" else -1 for operator in children[1::2]]
        return syntax.Sum(tuple(zip(signs, children[::2], strict=True)), _cover(children))

    @v_args(inline=True)
    def product(self, left: syntax.Expression, star: Token, right: syntax.Expression) -> syntax.Expression:
        coefficient = _literal(left)
        if coefficient is None:
            _refuse_product(left, star, right)
            if isinstance(left, syntax.Reduction):  # go on as if the parentheses were there, to find further mistakes
                body = syntax.Product(1, right, _span(left.body).to(right.span))
                return replace(left, body=body, span=left.span.to(right.span))
            coefficient = 1
        return syntax.Product(coefficient, right, left.span.to(right.span))

    @v_args(inline=True)
    def minus(self, sign: Token, operand: syntax.Expression) -> syntax.Expression:
        return syntax.Negation(operand, span_of(sign).to(operand.span))

    @v_args(inline=True)
    def integer(self, token: Token) -> syntax.Expression:
        return syntax.Integer(read_integer(token), span_of(token))

    @v_args(inline=True)
    def parentheses(self, open_: Token, inner: syntax.Expression, close: Token) -> syntax.Expression:
        span = span_of(open_).to(span_of(close))
        _reading.get().parentheses.add((span.line, span.column))
        return replace(inner, span=span)

    def extremum(self, children: list[Child]) -> syntax.Expression:
        operands = _nodes(children)
        if not operands:
            _refuse(_cover(children), f"expected at least one argument of `{children[0]}`")
        return syntax.Extremum(_word(children[0]), operands, _cover(children))

    @v_args(inline=True)
    def bare_name(self, name: Token) -> syntax.Expression:
        _reading.get().bare[name.line or 1, name.column or 1] = name
        # This call is a placeholder. A bare position variable has a meaning only in `i % m = r`, and `_periodic`
        # replaces the placeholder there.
        return syntax.Call(str(name), (), "", span_of(name))

    @v_args(inline=True)
    def truth(self, word: Token) -> syntax.Expression:
        return syntax.Truth(word.type == "TRUE", span_of(word))

    def symbol(self, children: list[Child]) -> syntax.Expression:
        first = children[0]
        if first.type == "QTOKEN":
            index = syntax.Index(str(first)[2:], True, span_of(first))
        else:
            index = children[1].items[0]
            if len(children[1].items) > 1:
                _refuse(children[1].span, "expected one token in the brackets of `Q`")
        return syntax.Symbol(index, str(children[-2]), _cover(children))

    @v_args(inline=True)
    def call(self, head: _DefinitionHead) -> syntax.Expression:
        return syntax.Call(head.name, head.indices, head.position, head.span)

    def count(self, children: list[Child]) -> syntax.Expression:
        _hash, _open, variable, order, bound, *restriction, _close, body = children
        strict = order.type == "LT"
        return syntax.Count(
            str(variable),
            str(bound),
            strict,
            _lags(variable, bound, strict, restriction),
            body,
            _cover(children),
        )


def _word(token: Token) -> Any:
    return str(token)


def _relation(token: Token) -> Relation:
    spelled = {"LT": "<", "LE": "<=", "EQ": "=", "NE": "!=", "GE": ">=", "GT": ">"}
    return cast(Relation, spelled[token.type])


def _index(token: Token) -> syntax.Index:
    if token.type == "STRING":
        return syntax.Index(_unescaped(str(token)[1:-1]), True, span_of(token))
    return syntax.Index(str(token), False, span_of(token))


def _unescaped(text: str) -> str:
    characters = iter(text)
    return "".join(next(characters) if c == "\\" else c for c in characters)


def _junction(word: Literal["and", "or"], children: list[Child]) -> syntax.Expression:
    if len(children) == 1:
        return cast(syntax.Expression, children[0])
    return syntax.Junction(word, tuple(children[::2]), _cover(children))


def _filter_junction(word: Literal["and", "or"], children: list[Child]) -> syntax.Filter:
    if len(children) == 1:
        return cast(syntax.Filter, children[0])
    return syntax.FilterJunction(word, tuple(children[::2]), _cover(children))


def _literal(node: syntax.Expression) -> int | None:
    """The value of an integer literal with at most one `-` and no parentheses; None for any other expression."""
    inner = node.operand if isinstance(node, syntax.Negation) else node
    opened = _reading.get().parentheses
    if not isinstance(inner, syntax.Integer) or any((n.span.line, n.span.column) in opened for n in (node, inner)):
        return None
    return -inner.value if isinstance(node, syntax.Negation) else inner.value


def _refuse_product(left: syntax.Expression, star: Token, right: syntax.Expression) -> None:
    if isinstance(left, syntax.Reduction):
        _refuse(
            span_of(star),
            f"expected an integer literal on the left of `*`: `{left.word}` over tokens takes one unary term",
            f"put the product in parentheses: `{left.word}[...] (2 * C)`",
        )
        return
    value = _literal(right)
    hint = None if value is None else f"write the number on the left: `{show_integer(value)} * C`"
    _refuse(
        span_of(star),
        "expected an integer literal on the left of `*`: a product of two counts is not legal",
        hint,
    )


def _periodic(children: list[Child]) -> syntax.Expression:
    """The node of `i % m = r` or `i % m != r`.

    Any other use of `%` is recorded as a problem, and a placeholder is returned for it.
    """
    percent = next(c for c in children if isinstance(c, Token) and c.type == "PERCENT")
    span = _cover(children)
    if len(children) == 5 and children[1] is percent:
        name, _, modulus, relation, residue = children
        m, r = _literal(modulus), _literal(residue)
        opened = (name.span.line, name.span.column) in _reading.get().parentheses
        bare = isinstance(name, syntax.Call) and name.position == "" and not opened
        if isinstance(name, syntax.Call):
            _reading.get().bare.pop((name.span.line, name.span.column), None)
        if bare and m is not None and r is not None and relation.type in ("EQ", "NE"):
            return syntax.Periodic(name.name, m, r, relation.type == "NE", span)
    _refuse(
        span_of(percent),
        "expected `i % m = r` or `i % m != r`, i a position variable, m and r integer literals; `%` has no other use",
    )
    return syntax.Truth(True, span)


def _lags(variable: Token, bound: Token, strict: bool, restriction: list[Child]) -> tuple[int, int] | None:
    """(nearest, farthest) of a count's restriction, `, j = i - c` or `, j >= i - c`; None if it has no restriction."""
    _comma, left, relation, right, _minus, distance = (*restriction, *(None,) * 6)[:6]
    if relation is None:
        return None
    if (str(left), str(right)) != (str(variable), str(bound)):
        shape = f"{variable} = {bound} - c` or `{variable} >= {bound} - c"
        _refuse(span_of(left).to(span_of(right)), f"expected `{shape}`, found `{left} {relation} {right}`")
    if strict:
        hint = f"write `#[{variable} <= {bound}, {variable} {relation} {bound} - c]`"
        _refuse(span_of(left), f"a lag or a window goes with `{variable} <= {bound}` only", hint)
    c = 0 if distance is None else read_integer(distance)
    return (c, c) if relation.type == "EQ" else (0, c)
