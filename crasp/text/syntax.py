"""What was written: the syntax tree of a program, as frozen values that carry their place.

Equality ignores places. Names, kinds and families are not resolved here: `Index("a", quoted=False)` may be
an index variable or a token, and that is the checker's to say.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crasp.errors import Span
from crasp.meaning.ir import Relation

ExtremumWord: TypeAlias = Literal["min", "max"]


@dataclass(frozen=True, slots=True)
class Index:
    """A token or an index variable in brackets, braces or a filter; quoted (or written `Q_a`) it is a token."""

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
    """What a family or a reduction ranges over: the tokens listed, or the whole alphabet where `items` is None."""

    items: tuple[Index | Range, ...] | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Binder:
    """`s in S`: an index variable and what it ranges over."""

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
    """All (`and`) or one (`or`) of two filters or more."""

    word: Literal["and", "or"]
    operands: "tuple[Filter, ...]"
    span: Span = field(compare=False)


Filter: TypeAlias = FilterComparison | FilterNot | FilterJunction


# --- expressions ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Symbol:
    """`Q["("](i)` or `Q_a(i)`."""

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
    """`C < D` and its kin."""

    relation: Relation
    left: "Expression"
    right: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Periodic:
    """`i % m = r`, or with `!=` where `negated`."""

    position: str
    modulus: int
    residue: int
    negated: bool
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`name(i)`, `name[a, s](i)`: a definition made above; also `accept(i)` and `next[t](i)`.

    In `next[eos](i)` the index is `Index("eos", quoted=False)`.
    """

    name: str
    indices: tuple[Index, ...]
    position: str
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Reduction:
    """`any`, `all`, `sum`, `min` or `max` over tokens: `any[s in S, t in T if s < t] body`."""

    word: Literal["any", "all", "sum", "min", "max"]
    binders: tuple[Binder, ...]
    filter: Filter | None
    body: "Expression"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer literal, never negative."""

    value: int
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """`#[j <= i] body`, `#[j < i] body` (`strict`), with a lag (c, c) or a window (0, c) as (nearest, farthest)."""

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
    """`C + D - E`: two terms or more, each with its sign 1 or -1, the first one's always 1."""

    terms: "tuple[tuple[int, Expression], ...]"
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Product:
    """`k * C`, the literal k with its sign."""

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
Leaf: TypeAlias = Symbol | Truth | Periodic | Call  # without operands, and no number
LEAVES = (Symbol, Call, Truth, Periodic)


@dataclass(frozen=True, slots=True)
class Definition:
    """`name[indices](parameter) := expression for binders if filter`; outputs are named `accept` and `next`."""

    name: str
    indices: tuple[Index, ...]
    parameter: str
    expression: Expression
    binders: tuple[Binder, ...]
    filter: Filter | None
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Program:
    """The alphabet as written, then the definitions in order."""

    alphabet: tuple[Index | Range, ...]
    definitions: tuple[Definition, ...]
