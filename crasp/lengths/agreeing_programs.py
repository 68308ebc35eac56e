"""A lower bound on the training length of any program: a second program that agrees with it on all shorter words.

From counting depth two on, no upper bound is computable (arXiv 2603.02238). But one can find a second program and a
length N such that the two programs agree on all words shorter than N and differ on a word of length N. Training on
shorter words then cannot tell which of the two is meant.

The second program comes from a pool. The pool has the program with one operation changed. For one or two letters it
also has all programs [a . c + d #P >= b] with a, d, b in -1..1, where P is a threshold of the same kind at each
position.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from crasp.lengths.thresholds import TooLargeError
from crasp.meaning import ir
from crasp.meaning.interpreter import Words, run

MOST_WORDS = 4096  # the most words of the largest length; all of them are looked at
MOST_LETTERS = 5
MOST_OPERATIONS = 300
MOST_ENUMERATED_LETTERS = 2  # whole programs are enumerated only up to this many letters
MOST_VALUES = 150_000_000  # the most values, of operations at positions of words, that are evaluated
LARGEST_COEFFICIENT = 1  # the largest coefficient of the enumerated programs

PrefixAnswers: TypeAlias = NDArray[np.bool_]  # (prefixes,) or (outputs, prefixes), shortest words first


@dataclass(frozen=True)
class _AllPrefixes:
    """Every word up to a length once, shortest first.

    Each is given as a prefix of a word of the largest length: the row of that word, and the length of the prefix.
    """

    words: Words
    rows: NDArray[np.intp]
    lengths: NDArray[np.intp]


@dataclass(frozen=True)
class LowerBound:
    """Some program of the pool agrees on all words shorter than `length` and differs on a word of that length.

    programs       how many programs of the pool were compared
    looked_to      the length up to which all words were compared
    unlike         the program that differs last, in words
    without_empty  the same length if the empty word is not compared
    """

    length: int
    programs: int
    looked_to: int
    unlike: str
    without_empty: int = 0


def lower_bound(program: ir.Program) -> LowerBound:
    """The largest length at which a program of the pool first differs from this program.

    Raises:
        TooLargeError: The program has too many letters or operations to be compared.
    """
    letters = len(program.alphabet)
    if letters > MOST_LETTERS:
        raise TooLargeError(f"{letters} letters: the words to any useful length are too many to look at")
    if len(program.lines) > MOST_OPERATIONS:
        raise TooLargeError(f"{len(program.lines):,} operations: programs of up to {MOST_OPERATIONS} are compared")
    length = _length(letters, len(program.lines))
    prefixes = _prefixes(letters, length)
    mine = _answers(program, prefixes)
    best, seen = LowerBound(0, 0, length, "nothing"), 0
    for changed, text in neighbours(program):
        best, seen = _later(best, prefixes, mine, _answers(changed, prefixes), text), seen + 1
    if letters <= MOST_ENUMERATED_LETTERS:
        for answers, text in _enumerated(prefixes, program.alphabet):
            for output in mine:
                best = _later(best, prefixes, output[None], answers[None], text)
            seen += 1
    return replace(best, programs=seen)


def _length(letters: int, operations: int) -> int:
    """The largest length for which all words can be looked at."""
    length = 1
    while letters ** (length + 1) <= MOST_WORDS and length < 16:
        if letters ** (length + 1) * (length + 1) * operations**2 > MOST_VALUES:
            break
        length += 1
    return length


def _prefixes(letters: int, length: int) -> _AllPrefixes:
    tokens = np.array(list(product(range(letters), repeat=length)), dtype=np.int8)
    words = Words(tokens, np.full(len(tokens), length, dtype=np.int64))
    # The words are in alphabetical order, so that words with the same prefix are neighbours. The first stands for all.
    rows = [np.arange(letters**k) * letters ** (length - k) for k in range(length + 1)]
    lengths = np.repeat(np.arange(length + 1), [len(few) for few in rows])
    return _AllPrefixes(words, np.concatenate(rows), lengths)


def _answers(program: ir.Program, prefixes: _AllPrefixes) -> PrefixAnswers:
    """The value of every output after each word, of shape (outputs, prefixes)."""
    lines = dict.fromkeys(program.outputs)
    asked = replace(program, accept=None, next=tuple((f"{k}", line) for k, line in enumerate(lines)))
    return np.ascontiguousarray(run(asked, prefixes.words).next[prefixes.rows, prefixes.lengths].T)


def _later(
    best: LowerBound, prefixes: _AllPrefixes, left: PrefixAnswers, right: PrefixAnswers, text: str
) -> LowerBound:
    """The better of `best` and the bound from these answers, which is the length at which they first differ."""
    if left.shape != right.shape:
        return best
    different = (left != right).any(axis=0)  # (prefixes)
    first = int(different.argmax())
    if not different[first]:
        return best
    length = int(prefixes.lengths[first])
    if length > best.length:
        best = replace(best, length=length, unlike=text)
    if first == 0:  # they differ on the empty word, which comes first
        after = int(different[1:].argmax()) + 1
        length = int(prefixes.lengths[after]) if different[after] else 0
    return replace(best, without_empty=length) if length > best.without_empty else best


# --- the pool ------------------------------------------------------------------------------------------------


def neighbours(program: ir.Program) -> Iterator[tuple[ir.Program, str]]:
    """Yields the program with one operation changed a little, for each operation and change, and what was changed."""
    for number, line in enumerate(program.lines):
        for operation, text in _changed(line.operation):
            lines = list(program.lines)
            lines[number] = replace(line, operation=operation)
            where = f"line {line.span.line}, column {line.span.column}"
            yield replace(program, lines=tuple(lines)), f"the same program, {where}: {text}"


def _changed(operation: ir.Operation) -> Iterator[tuple[ir.Operation, str]]:
    match operation:
        case ir.Symbol() | ir.Not() | ir.Conditional() | ir.Extremum():
            return
        case ir.Periodic(modulus, residue):
            for other in (2 * modulus, modulus + 1, modulus - 1):
                if other > residue:
                    yield ir.Periodic(other, residue), f"modulo {other} in place of {modulus}"
        case ir.And(operands) | ir.Or(operands):
            for k in range(len(operands)) if len(operands) > 1 else ():
                yield replace(operation, operands=operands[:k] + operands[k + 1 :]), f"without part {k + 1}"
        case ir.Compare(relation):
            relations: tuple[ir.Relation, ...] = ("<", "<=", "=", "!=", ">=", ">")
            for other_relation in relations:
                if other_relation != relation:
                    yield replace(operation, relation=other_relation), f"{other_relation} in place of {relation}"
        case ir.Count(body, strict):
            yield ir.Count(body, not strict), f"this position {'counts too' if strict else 'does not count'}"
        case ir.LocalCount(body, nearest, farthest):
            moved = ir.LocalCount(body, nearest if nearest == 0 else nearest + 1, farthest + 1)
            yield moved, f"back to {farthest + 1} in place of {farthest}"
        case ir.Linear(terms, constant):
            for step in (1, -1):
                yield ir.Linear(terms, constant + step), f"the constant {constant + step} in place of {constant}"
                for k, (factor, line) in enumerate(terms):
                    moved_terms = (*terms[:k], (factor + step, line), *terms[k + 1 :])
                    if factor + step:
                        yield ir.Linear(moved_terms, constant), f"the factor {factor + step} in place of {factor}"
        case _:
            assert_never(operation)


def _enumerated(prefixes: _AllPrefixes, alphabet: tuple[str, ...]) -> Iterator[tuple[PrefixAnswers, str]]:
    """Yields for every enumerated program its answer after each word, and its text."""
    at = prefixes.rows, prefixes.lengths
    counts = _running(prefixes.words.tokens[:, :, None] == np.arange(len(alphabet)))  # (words, positions 0..L, letters)
    values = range(-LARGEST_COEFFICIENT, LARGEST_COEFFICIENT + 1)
    inner: dict[bytes, tuple[NDArray[np.int16], str]] = {}
    for *coefficients, bound in product(values, repeat=len(alphabet) + 1):
        holds = counts[:, 1:] @ np.array(coefficients, dtype=np.int16) >= bound  # (words, positions 1..L)
        if any(coefficients) and not holds.all() and holds.any():
            inner.setdefault(holds.tobytes(), (_running(holds)[at], _text(coefficients, alphabet, bound)))
    for outer in product(values, repeat=len(alphabet)):
        base = counts[at] @ np.array(outer, dtype=np.int16)  # (prefixes)
        for tally, name in inner.values():
            for factor in values:
                total = base + np.int16(factor) * tally
                for bound in values:
                    yield total >= bound, _text((*outer, factor), (*alphabet, f"[{name}]"), bound)


def _running(marks: NDArray[np.bool_]) -> NDArray[np.int16]:
    """The number of marks so far along axis 1, starting with 0."""
    padded = np.zeros((marks.shape[0], marks.shape[1] + 1, *marks.shape[2:]), dtype=np.int16)
    np.cumsum(marks, axis=1, dtype=np.int16, out=padded[:, 1:])
    return padded


def _text(coefficients: Any, names: tuple[str, ...], bound: int) -> str:
    terms = " ".join(f"{'+' if a > 0 else '-'} #{name}" for a, name in zip(coefficients, names, strict=True) if a)
    return f"{terms.removeprefix('+ ') or '0'} >= {bound}"
