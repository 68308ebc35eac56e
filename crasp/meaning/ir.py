"""The typed straight-line form of a program: a tuple of lines whose operands are earlier lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from crasp.errors import Span

Kind: TypeAlias = Literal["boolean", "count"]
Relation: TypeAlias = Literal["<", "<=", "=", "!=", ">=", ">"]
NEGATED: dict[Relation, Relation] = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">=": "<", ">": "<="}
# What holds of the two sides the other way round; a sign that was read is looked up too.
MIRRORED: dict[str, Relation] = {"<": ">", "<=": ">=", "=": "=", "!=": "!=", ">=": "<=", ">": "<"}
EOS = "eos"  # the name of the end in `next[eos]`


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
    """Boolean: all of the Boolean lines hold; of none, true (the constant)."""

    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Boolean: one of the Boolean lines holds; of none, false (the constant)."""

    operands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Boolean: the relation holds between two count lines."""

    relation: Relation
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Count:
    """Count: how many positions j, 1 <= j <= i (j < i where `strict`), satisfy the Boolean line `body`."""

    body: int
    strict: bool


@dataclass(frozen=True, slots=True)
class LocalCount:
    """Count: how many positions j >= 1 with nearest <= i - j <= farthest satisfy the Boolean line `body`.

    A single lag c is (c, c), a window of c is (0, c); nothing else occurs.
    """

    body: int
    nearest: int
    farthest: int


@dataclass(frozen=True, slots=True)
class Linear:
    """Count: the constant plus the sum of coefficient times line, over the pairs (coefficient, count line)."""

    terms: tuple[tuple[int, int], ...]
    constant: int


@dataclass(frozen=True, slots=True)
class Extremum:
    """Count: the least or the greatest of one count line or more."""

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
    """The lines that an operation reads, in order, repeats kept."""
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
    """One operation, and where it was first written."""

    operation: Operation
    span: Span = field(compare=False)

    @property
    def kind(self) -> Kind:
        """The kind of the line's value."""
        return kind_of(self.operation)


@dataclass(frozen=True, slots=True)
class Definition:
    """A name of the program text and the line that holds its value; family members are named apart.

    `name` is the family's name, `display` the member's, as `seen[a]` or `n[a, "("]`. Several definitions may
    share a line.
    """

    name: str
    display: str
    line: int
    span: Span = field(compare=False)


@dataclass(frozen=True)
class Program:
    """A checked, expanded program: equal subexpressions are one line, nothing is simplified away.

    `definitions` holds every member in the order of the text, outputs included. `next` pairs tokens (and
    `eos`, last) with lines, in alphabet order; undefined ones are absent and false everywhere.
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
        """The lines of `accept` and of every `next`."""
        accept = () if self.accept is None else (self.accept,)
        return accept + tuple(line for _, line in self.next)


def needed_lines(program: Program, wanted: Iterable[int]) -> frozenset[int]:
    """The wanted lines and all that they depend on."""
    needed = set(wanted)
    for number in range(len(program.lines) - 1, -1, -1):
        if number in needed:
            needed.update(operands_of(program.lines[number].operation))
    return frozenset(needed)
