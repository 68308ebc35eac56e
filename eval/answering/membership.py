"""What a program demands of the words of its task, whether words satisfy it, and how far they are from doing so."""

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words, run, trace
from crasp.meaning.ir import (
    EOS,
    NEGATED,
    And,
    Compare,
    Conditional,
    Count,
    Extremum,
    Linear,
    LocalCount,
    Not,
    Or,
    Periodic,
    Program,
    Relation,
    Symbol,
)
from tasks.drawing.lengths import inside

TokenArray: TypeAlias = NDArray[np.int64]  # (words, longest), numbers of the program's tokens, -1 past a word's end
LengthArray: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Distances: TypeAlias = NDArray[np.int64]

MOST_CASES = 4  # the distance of a comparison is computed through at most so many nested conditionals


@dataclass(frozen=True)
class Goal:
    """What is demanded of a word: that every letter may follow what stands before it, and that the word may end.

    path   for each token the line that allows it, None if none does; empty if every letter may follow
    end    the line that holds at the last position of members; None if no word ends
    mark   a token that is appended to every word, and at which the end is asked for
    """

    program: Program
    path: tuple[int | None, ...]
    end: int | None
    mark: int | None = None


def recognition_goal(program: Program) -> Goal:
    """The goal whose members are the words that the program accepts."""
    return Goal(program, (), program.accept)


def continuation_goal(program: Program) -> Goal:
    """The goal whose members the program allows letter by letter, and lets end."""
    lines = dict(program.next)
    return Goal(program, tuple(lines.get(token) for token in program.alphabet), lines.get(EOS))


def verdict_goals(program: Program, mark: int) -> tuple[Goal, ...]:
    """For each token that the program may answer with, the goal whose members are the words with this answer.

    The answer is the token that is allowed after the word and the mark.
    """
    return tuple(Goal(program, (), line, mark) for token, line in program.next if token != EOS)


def judge(goal: Goal, words: Words) -> tuple[Flags, Flags]:
    """For each word whether all its letters are allowed, and whether it may end, both (words,)."""
    words = _with_mark(goal, words)
    columns = _columns(goal, words)
    last = np.zeros(len(words.lengths), dtype=bool)
    if goal.end is not None:
        last = columns[goal.end][np.arange(len(last)), words.lengths]
    return _astray(goal, columns, words) == 0, last


def _with_mark(goal: Goal, words: Words) -> Words:
    if goal.mark is None:
        return words
    tokens = np.pad(words.tokens, ((0, 0), (0, 1)), constant_values=-1)
    tokens[np.arange(len(tokens)), words.lengths] = goal.mark
    return Words(tokens, words.lengths + 1)


def following(goal: Goal, words: Words) -> Flags:
    """Which tokens may follow each of the words, (words, tokens); all words must have the same length."""
    columns = _columns(goal, words)
    allowed = np.zeros((len(words.lengths), len(goal.path)), dtype=bool)
    for token, line in enumerate(goal.path):
        if line is not None:
            allowed[:, token] = columns[line][:, -1]
    return allowed


def _columns(goal: Goal, words: Words) -> dict[int, Flags]:
    """The values of the goal's lines at every position of the words, each (words, positions 0..n)."""
    lines = dict.fromkeys(line for line in (*goal.path, goal.end) if line is not None)
    outputs = tuple((str(number), line) for number, line in enumerate(lines))
    found = run(replace(goal.program, accept=None, next=outputs), words).next
    return {line: found[:, :, number] for number, line in enumerate(lines)}


def _astray(goal: Goal, columns: dict[int, Flags], words: Words) -> Distances:
    """How many letters of each word are not allowed where they stand, (words,)."""
    if not goal.path:
        return np.zeros(len(words.lengths), dtype=np.int64)
    wrong = inside(words.lengths, words.tokens.shape[1])
    for token, line in enumerate(goal.path):
        if line is not None:
            wrong &= ~((words.tokens == token) & columns[line][:, :-1])
    return np.asarray(wrong.sum(axis=1))


def distances(goal: Goal, words: Words, *, member: bool) -> Distances:
    """For each word a number that is 0 exactly if the word is of the kind, (words,).

    The word is of the kind if all its letters are allowed and it may end, or may not end if `member` is false. The
    number tends to be smaller if fewer changes are needed: it is the sum of the distances in a conjunction, the least
    in a disjunction, and in a comparison it is what the counts lack.
    """
    words = _with_mark(goal, words)
    lines = trace(goal.program, words).lines
    rows = np.arange(len(words.lengths))
    columns = {line: lines[line] for line in goal.path if line is not None}
    found = _astray(goal, columns, words)
    if goal.end is None:
        return found if not member else found + 1
    ends = [np.asarray(values[rows, words.lengths]) for values in lines[: goal.end + 1]]
    return found + _of_lines(goal.program, ends)[goal.end][0 if member else 1]


def _of_lines(program: Program, values: list[NDArray[np.generic]]) -> dict[int, tuple[Distances, Distances]]:
    """For each Boolean line how far it is from holding and from not holding, at one position of each word."""
    found: dict[int, tuple[Distances, Distances]] = {}
    for number, value in enumerate(values):
        match program.lines[number].operation:
            case Symbol() | Periodic():
                found[number] = (1 - value.astype(np.int64), value.astype(np.int64))
            case Not(operand):
                found[number] = found[operand][::-1]
            case And(operands):
                found[number] = _junction([found[k] for k in operands], value)
            case Or(operands):
                found[number] = _junction([found[k][::-1] for k in operands], value)[::-1]
            case Compare(relation, left, right):
                look = _Look(program, values, found)
                found[number] = (look.far(relation, left, right), look.far(NEGATED[relation], left, right))
            case Count() | LocalCount() | Linear() | Extremum() | Conditional():
                continue
            case operation:
                assert_never(operation)
    return found


def _junction(operands: list[tuple[Distances, Distances]], value: NDArray[np.generic]) -> tuple[Distances, Distances]:
    if not operands:
        return np.zeros(len(value), dtype=np.int64), np.ones(len(value), dtype=np.int64)
    holds, fails = operands[0]
    for more, less in operands[1:]:
        holds, fails = holds + more, np.minimum(fails, less)
    return holds, fails


@dataclass(frozen=True)
class _Look:
    """The values of all lines at one position of each word, and the distances of the Boolean lines so far."""

    program: Program
    values: list[NDArray[np.generic]]
    known: dict[int, tuple[Distances, Distances]]

    def far(self, relation: Relation, left: int, right: int, cases: int = MOST_CASES) -> Distances:
        """How far two counts are from the relation; if one is a conditional, the nearer of its two cases counts."""
        for side, other in ((left, right), (right, left)):
            operation = self.program.lines[side].operation
            if isinstance(operation, Conditional) and cases:
                found = []
                for distance, chosen in zip(
                    self.known[operation.condition], (operation.then, operation.otherwise), strict=True
                ):
                    pair = (chosen, other) if side == left else (other, chosen)
                    found.append(distance + self.far(relation, *pair, cases - 1))
                return np.asarray(np.minimum(*found))
        one, two = (self.values[k].astype(np.float64) for k in (left, right))  # counts may be huge; only order matters
        return np.clip(_gap(relation, one, two), 0, 1 << 40).astype(np.int64)


def _gap(relation: Relation, left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    match relation:
        case "=":
            return np.asarray(np.abs(left - right))
        case "!=":
            return np.asarray(left == right, dtype=np.float64)
        case "<":
            return left - right + 1
        case "<=":
            return left - right
        case ">":
            return right - left + 1
        case ">=":
            return right - left
