"""The syntax tree of a program as it was written: frozen dataclasses, each with its place in the text.

Equality ignores places. The tree does not resolve names, kinds or families. For example, `Index("a", quoted=False)`
may be an index variable or a token; the checker decides which.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crasp.errors import Span
from crasp.meaning.ir import Relation

ExtremumWord: TypeAlias = Literal["min", "max"]


@dataclass(frozen=True, slots=True)
class Index:
    """A token or an index variable in brackets, in braces or in a filter.

    It is certainly a token where `quoted` is true: it was written in quotation marks, or after `Q_`.
    """

    text: str
    quoted: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Range:
    """Tokens from `first` to `last`, both included: `a..z` or `0..149`."""

    first: str
    last: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class TokenSet:
    """The set that an index variable ranges over: the tokens listed, or the whole alphabet where `items` is None."""

    items: tuple[Index | Range, ...] | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Binder:
    """`s in S`: an index variable and the set that it ranges over."""

    variable: str
    tokens: TokenSet
    span: Span = field(compare=False)


# --- filters: `if s < t` -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FilterComparison:
    """Two tokens compared in alphabet order."""

    relation: Relation
    left: Index
    right: Index
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class FilterNot:
    """The complement of a filter."""

    operand: "Filter"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class FilterJunction:
    """The conjunction (`and`) or disjunction (`or`) of two or more filters."""

    word: Literal["and", "or"]
    operands: "tuple[Filter, ...]"
    span: Span = field(compare=False)


Filter: TypeAlias = FilterComparison | FilterNot | FilterJunction


# --- expressions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Symbol:
    """`Q["("](i)` or `Q_a(i)`: the token at the position is this one."""

    index: Index
    position: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`."""

    value: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """`not P`."""

    operand: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Junction:
    """`P and R and ...` or `P or R or ...`, two operands or more."""

    word: Literal["and", "or"]
    operands: "tuple[Expression, ...]"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two counts compared, as in `C < D`."""

    relation: Relation
    left: "Expression"
    right: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Periodic:
    """`i % m = r`, or `i % m != r` where `negated`."""

    position: str
    modulus: int
    residue: int
    negated: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`name(i)` or `name[a, s](i)`: the use of a definition above, or of an output as `accept(i)` and `next[t](i)`.

    In `next[eos](i)` the index is `Index("eos", quoted=False)`.
    """

    name: str
    indices: tuple[Index, ...]
    position: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Reduction:
    """`any`, `all`, `sum`, `min` or `max` of a body over tokens, as in `any[s in S, t in T if s < t] body`."""

    word: Literal["any", "all", "sum", "min", "max"]
    binders: tuple[Binder, ...]
    filter: Filter | None
    body: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer literal, which is never negative."""

    value: int
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """`#[j <= i] body`, or `#[j < i] body` where `strict`: the number of positions that satisfy the body.

    `lags` is (c, c) with `j = i - c`, a lag; (0, c) with `j >= i - c`, a window; and None without either.
    """

    variable: str
    bound: str
    strict: bool
    lags: tuple[int, int] | None
    body: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """`-C`."""

    operand: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Sum:
    """`C + D - E`: two or more terms, each with its sign, 1 or -1. The sign of the first term is 1."""

    terms: "tuple[tuple[int, Expression], ...]"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Product:
    """`k * C`, where `coefficient` is the literal k with its sign."""

    coefficient: int
    operand: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Extremum:
    """`min(C, D, ...)` or `max(C, D, ...)`, one argument or more."""

    word: ExtremumWord
    operands: "tuple[Expression, ...]"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Conditional:
    """`P ? C : D`."""

    condition: "Expression"
    then: "Expression"
    otherwise: "Expression"
    span: Span = field(compare=False)


Expression: TypeAlias = (
    Symbol
    | Truth
    | Not
    | Junction
    | Comparison
    | Periodic
    | Call
    | Reduction
    | Integer
    | Count
    | Negation
    | Sum
    | Product
    | Extremum
    | Conditional
)
Leaf: TypeAlias = Symbol | Truth | Periodic | Call  # a Boolean without operands, or a call of either kind
LEAVES = (Symbol, Call, Truth, Periodic)


@dataclass(frozen=True, slots=True)
class Definition:
    """`name[indices](parameter) := expression for binders if filter`; the outputs are named `accept` and `next`."""

    name: str
    indices: tuple[Index, ...]
    parameter: str
    expression: Expression
    binders: tuple[Binder, ...]
    filter: Filter | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Program:
    """The tokens and ranges of the alphabet as written, and the definitions in the order of the text."""

    alphabet: tuple[Index | Range, ...]
    definitions: tuple[Definition, ...]
