"""The typed straight-line form of a program: a tuple of lines whose operands are earlier lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crasp.errors import Span

Kind: TypeAlias = Literal["boolean", "count"]
Relation: TypeAlias = Literal["<", "<=", "=", "!=", ">=", ">"]
NEGATED: dict[Relation, Relation] = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">=": "<", ">": "<="}
# The relation that holds when the two sides are exchanged. The keys are plain text, as signs read from a file are
# looked up too.
MIRRORED: dict[str, Relation] = {"<": ">", "<=": ">=", "=": "=", "!=": "!=", ">=": "<=", ">": "<"}
EOS = "eos"  # the name of the end of the word in `next[eos]`


@dataclass(frozen=True, slots=True)
class Symbol:
    """Boolean: the token at this position is number `token` of the alphabet; false at position 0."""

    token: int


@dataclass(frozen=True, slots=True)
class Periodic:
    """Boolean: this position is `residue` modulo `modulus`, position 0 included; 0 <= residue < modulus."""

    modulus: int
    residue: int


@dataclass(frozen=True, slots=True)
class Not:
    """Boolean: the complement of a Boolean line."""

    operand: int


@dataclass(frozen=True, slots=True)
class And:
    """Boolean: all of these Boolean lines hold. Without operands it is the constant true."""

    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Boolean: at least one of these Boolean lines holds. Without operands it is the constant false."""

    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Boolean: the relation holds between two count lines."""

    relation: Relation
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Count:
    """Count: the number of positions j with 1 <= j <= i (j < i where `strict`) that satisfy the Boolean line `body`."""

    body: int
    strict: bool


@dataclass(frozen=True, slots=True)
class LocalCount:
    """Count: the number of positions j >= 1 with nearest <= i - j <= farthest that satisfy the Boolean line `body`.

    A lag of c has (nearest, farthest) = (c, c), and a window of c has (0, c). Nothing else occurs.
    """

    body: int
    nearest: int
    farthest: int


@dataclass(frozen=True, slots=True)
class Linear:
    """Count: the constant plus the sum of coefficient * line over the pairs (coefficient, count line) in `terms`."""

    terms: tuple[tuple[int, int], ...]
    constant: int


@dataclass(frozen=True, slots=True)
class Extremum:
    """Count: the least or the greatest of one or more count lines."""

    which: Literal["min", "max"]
    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """Count: the count line `then` where the Boolean line `condition` holds, else the count line `otherwise`."""

    condition: int
    then: int
    otherwise: int


BooleanOperation: TypeAlias = Symbol | Periodic | Not | And | Or | Compare
CountOperation: TypeAlias = Count | LocalCount | Linear | Extremum | Conditional
Operation: TypeAlias = BooleanOperation | CountOperation


def kind_of(operation: Operation) -> Kind:
    """The kind of the value that an operation denotes."""
    return "boolean" if isinstance(operation, BooleanOperation) else "count"


def operands_of(operation: Operation) -> tuple[int, ...]:
    """The numbers of the lines that an operation reads, in order; a line that is read twice is listed twice."""
    match operation:
        case Symbol() | Periodic():
            return ()
        case Not(operand):
            return (operand,)
        case And(operands) | Or(operands) | Extremum(_, operands):
            return operands
        case Compare(_, left, right):
            return (left, right)
        case Count(body) | LocalCount(body):
            return (body,)
        case Linear(terms):
            return tuple(line for _, line in terms)
        case Conditional(condition, then, otherwise):
            return (condition, then, otherwise)


@dataclass(frozen=True, slots=True)
class Line:
    """One operation, and the place in the text where it was first written."""

    operation: Operation
    span: Span = field(compare=False)

    @property
    def kind(self) -> Kind:
        """The kind of the line's value."""
        return kind_of(self.operation)


@dataclass(frozen=True, slots=True)
class Definition:
    """A name of the program text, and the line that holds its value.

    Each member of a family has a definition of its own: `name` is the name of the family, and `display` that of the
    member, as `seen[a]` or `n[a, "("]`. Several definitions may share a line.
    """

    name: str
    display: str
    line: int
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Program:
    """A program that was checked and expanded: equal subexpressions share a line, and nothing is simplified away.

    `definitions` has every definition in the order of the text, outputs included. `next` pairs tokens with lines, in
    alphabet order and with `eos` last. A token without a definition of `next` is absent, and is never allowed.
    """

    alphabet: tuple[str, ...]
    lines: tuple[Line, ...]
    definitions: tuple[Definition, ...]
    accept: int | None
    next: tuple[tuple[str, int], ...]

    def __post_init__(self) -> None:
        for index, line in enumerate(self.lines):
            if any(not 0 <= operand < index for operand in operands_of(line.operation)):
                raise ValueError(f"line {index} reads a line that is not above it: {line.operation}")

    @property
    def outputs(self) -> tuple[int, ...]:
        """The numbers of the lines of `accept` and of every `next`."""
        accept = () if self.accept is None else (self.accept,)
        return accept + tuple(line for _, line in self.next)


def needed_lines(program: Program, wanted: Iterable[int]) -> frozenset[int]:
    """The numbers of the wanted lines and of all lines that they depend on."""
    needed = set(wanted)
    for number in range(len(program.lines) - 1, -1, -1):
        if number in needed:
            needed.update(operands_of(program.lines[number].operation))
    return frozenset(needed)
