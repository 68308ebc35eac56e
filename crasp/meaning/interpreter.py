"""What a program means: the value of every line at every position, in exact integers, for many words at once.

Words are evaluated in blocks that stay in cache, positions first, so that a prefix sum is one addition of
whole rows a position. Integers are as narrow as a bound on every value allows, and Python's own where no
machine integer is wide enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.spelling import near, spell_token

Values: TypeAlias = NDArray[Any]  # Boolean or integer; inside this module (positions, words), or broadcasts to it
BLOCK = 1 << 20  # values of one line that are worked on at a time
FEW = 48  # words under which a running sum along the positions beats additions of rows

_RELATIONS = {
    "<": np.less,
    "<=": np.less_equal,
    "=": np.equal,
    "!=": np.not_equal,
    ">=": np.greater_equal,
    ">": np.greater,
}


class WordError(ValueError):
    """A word holds a token that the alphabet lacks."""


@dataclass(frozen=True)
class Words:
    """Words over an alphabet as numbers of tokens.

    tokens   (words, positions) integers, -1 after the end of a word
    lengths  (words,) integers
    """

    tokens: NDArray[Any]
    lengths: NDArray[np.int64]


@dataclass(frozen=True)
class Trace:
    """The value of every line: `lines[k]` is (words, positions 0..n), Boolean or integer.

    Values after a word's own last position mean nothing.
    """

    program: ir.Program
    words: Words
    lines: tuple[Values, ...]


@dataclass(frozen=True)
class Outputs:
    """What a program answers.

    accept  (words,) bool, at each word's last position; None where the program defines none
    next    (words, positions 0..n, outputs) bool, in the order of `program.next`; no output where it has none
    """

    accept: NDArray[np.bool_] | None
    next: NDArray[np.bool_]


def encode(alphabet: Sequence[str], words: Sequence[Sequence[str]]) -> Words:
    """The words as arrays; WordError names the first token that the alphabet lacks, and its position."""
    order = {token: number for number, token in enumerate(alphabet)}
    longest = max(map(len, words), default=0)
    tokens = np.full((len(words), longest), -1, dtype=_token_type(len(alphabet)))
    for row, word in enumerate(words):
        try:
            tokens[row, : len(word)] = [order[token] for token in word]
        except KeyError:
            place = next(k for k, token in enumerate(word) if token not in order)
            raise WordError(_unknown(word[place], place + 1, alphabet)) from None
    return Words(tokens, np.array([len(word) for word in words], dtype=np.int64))


def split_word(text: str, alphabet: Sequence[str]) -> tuple[str, ...]:
    """A word given as text: split on white space, else into characters where every token is one, else whole."""
    if not text.strip():
        return ()
    if any(c.isspace() for c in text):
        return tuple(text.split())
    return tuple(text) if all(len(token) == 1 for token in alphabet) else (text,)


def trace(program: ir.Program, words: Words) -> Trace:
    """The value of every line at every position of every word."""
    bounds = value_bounds(program, words.tokens.shape[1])
    counts = _integer_type(max(bounds, default=0))
    shape = (words.tokens.shape[1] + 1, len(words.lengths))
    types = [np.dtype(bool) if line.kind == "boolean" else counts for line in program.lines]
    lines = [np.empty(shape, dtype) for dtype in types]
    everything = frozenset(range(len(program.lines)))
    for start, stop, values in _blocks(program, words, everything):
        for number, value in values.items():
            lines[number][:, start:stop] = value
    return Trace(program, words, tuple(line.T for line in lines))


def run(program: ir.Program, words: Words) -> Outputs:
    """Whether each word is accepted, and which outputs are allowed at each of its positions."""
    number = len(words.lengths)
    accept = None if program.accept is None else np.empty(number, bool)
    allowed = np.empty((number, words.tokens.shape[1] + 1, len(program.next)), bool)
    for start, stop, values in _blocks(program, words, frozenset(program.outputs)):
        if accept is not None and program.accept is not None:
            accept[start:stop] = _last(values[program.accept], words, start, stop)
        for k, (_, line) in enumerate(program.next):
            allowed[start:stop, :, k] = values[line].T
    return Outputs(accept, allowed)


def accepts(program: ir.Program, words: Words) -> NDArray[np.bool_]:
    """Whether each word is accepted, (words,); ValueError for a program that defines no `accept`."""
    if program.accept is None:
        raise ValueError("the program defines no accept")
    found = np.empty(len(words.lengths), bool)
    for start, stop, values in _blocks(program, words, frozenset((program.accept,))):
        found[start:stop] = _last(values[program.accept], words, start, stop)
    return found


def value_bounds(program: ir.Program, length: int) -> tuple[int, ...]:
    """For each line a number that no value exceeds in size on words of that length, partial sums included."""
    bounds: list[int] = []
    for line in program.lines:
        match line.operation:
            case ir.Count():
                bound = length
            case ir.LocalCount(_, nearest, farthest):
                bound = length if nearest < farthest else 1
            case ir.Linear(terms, constant):
                bound = sum(abs(factor) * bounds[k] for factor, k in terms) + abs(constant)
                bound = max([bound, *(abs(factor) for factor, _ in terms)])
            case ir.Extremum(_, operands):
                bound = max(bounds[k] for k in operands)
            case ir.Conditional(_, then, otherwise):
                bound = max(bounds[then], bounds[otherwise])
            case _:
                bound = 1
        bounds.append(bound)
    return tuple(bounds)


# --- blocks of words -----------------------------------------------------------------------------------------


def _blocks(program: ir.Program, words: Words, wanted: frozenset[int]) -> Iterator[tuple[int, int, dict[int, Values]]]:
    """The wanted lines' values for one block of words after another, with the block's bounds."""
    longest = words.tokens.shape[1]
    size = max(FEW, BLOCK // (longest + 1))
    needed = _needed(program, wanted)
    last_use = _last_uses(program, needed, wanted)
    bounds = value_bounds(program, longest)
    counts = _integer_type(max((bounds[k] for k in needed), default=0))
    for start in range(0, len(words.lengths), size):
        stop = min(start + size, len(words.lengths))
        narrow = words.tokens[start:stop].astype(_token_type(len(program.alphabet)), copy=False)
        tokens = np.full((longest + 1, stop - start), -1, narrow.dtype)
        tokens[1:] = narrow.T  # cheap only once the numbers are narrow
        values: dict[int, Values] = {}
        for number in needed:
            values[number] = _evaluate(program.lines[number].operation, values, tokens, counts)
            for dead in last_use.get(number, ()):
                del values[dead]
        yield start, stop, values


def _needed(program: ir.Program, wanted: frozenset[int]) -> list[int]:
    """The lines that the wanted ones depend on, in order, themselves included."""
    found = set(wanted)
    for number in range(len(program.lines) - 1, -1, -1):
        if number in found:
            found.update(ir.operands_of(program.lines[number].operation))
    return sorted(found)


def _last_uses(program: ir.Program, needed: list[int], wanted: frozenset[int]) -> dict[int, list[int]]:
    """For each line the operands that no later line reads and nobody wants."""
    uses: dict[int, list[int]] = {}
    seen = set(wanted)
    for number in reversed(needed):
        for operand in ir.operands_of(program.lines[number].operation):
            if operand not in seen:
                seen.add(operand)
                uses.setdefault(number, []).append(operand)
    return uses


def _evaluate(operation: ir.Operation, values: dict[int, Values], tokens: Values, counts: np.dtype[Any]) -> Values:
    """The values of one operation, (positions, words), from those of its operands."""
    match operation:
        case ir.Symbol(token):
            return np.equal(tokens, token)
        case ir.Periodic(modulus, residue):
            return _periodic(modulus, residue, len(tokens))[:, None]
        case ir.Not(operand):
            return np.logical_not(values[operand])
        case ir.And(operands):
            return _junction(np.logical_and, True, operands, values)
        case ir.Or(operands):
            return _junction(np.logical_or, False, operands, values)
        case ir.Compare(relation, left, right):
            return np.asarray(_RELATIONS[relation](values[left], values[right]), dtype=bool)
        case ir.Count(body, strict):
            sums = _prefix_sums(values[body], tokens.shape, counts)
            return _delayed(sums, 1) if strict else sums
        case ir.LocalCount(body, nearest, farthest):
            return _local_count(np.broadcast_to(values[body], tokens.shape), nearest, farthest, counts)
        case ir.Linear(terms, constant):
            return _linear(terms, constant, values, counts)
        case ir.Extremum(which, operands):
            choose = np.minimum if which == "min" else np.maximum
            result = values[operands[0]]
            for operand in operands[1:]:
                result = choose(result, values[operand])
            return result
        case ir.Conditional(condition, then, otherwise):
            return np.where(values[condition], values[then], values[otherwise])
        case _:
            assert_never(operation)


def _periodic(modulus: int, residue: int, positions: int) -> NDArray[np.bool_]:
    found = np.zeros(positions, bool)
    if residue < positions:
        found[residue :: min(modulus, positions)] = True
    return found


def _junction(join: np.ufunc, neutral: bool, operands: tuple[int, ...], values: dict[int, Values]) -> Values:
    if not operands:
        return np.full((1, 1), neutral)
    result = values[operands[0]]
    for operand in operands[1:]:
        result = join(result, values[operand])
    return result


def _prefix_sums(body: Values, shape: tuple[int, ...], counts: np.dtype[Any]) -> Values:
    """How many of positions 1..i hold, for each i."""
    sums = np.broadcast_to(body, shape).astype(counts)
    sums[0] = 0
    if counts.hasobject or sums.shape[1] < FEW:
        return np.add.accumulate(sums, axis=0)
    above = sums[0]
    for row in sums[1:]:
        above = np.add(above, row, row)
    return sums


def _delayed(values: Values, lag: int) -> Values:
    """The values of `lag` positions before, 0 where there is no such position."""
    if lag == 0:
        return values
    result = np.zeros_like(values)
    result[lag:] = values[: max(0, len(values) - lag)]
    return result


def _local_count(body: Values, nearest: int, farthest: int, counts: np.dtype[Any]) -> Values:
    longest = len(body)
    if nearest == farthest:
        here = body.astype(counts)
        here[0] = 0
        return _delayed(here, min(nearest, longest))
    sums = _prefix_sums(body, body.shape, counts)
    result: Values = _delayed(sums, min(nearest, longest)) - _delayed(sums, min(farthest + 1, longest))
    return result


def _linear(
    terms: tuple[tuple[int, int], ...],
    constant: int,
    values: dict[int, Values],
    counts: np.dtype[Any],
) -> Values:
    result: Values = np.full((1, 1), constant, dtype=counts)
    for factor, operand in terms:
        if factor == 1:
            result = result + values[operand]
        elif factor == -1:
            result = result - values[operand]
        else:
            result = result + values[operand] * np.array(factor, dtype=counts)
    return result


def _last(values: Values, words: Words, start: int, stop: int) -> NDArray[np.bool_]:
    lengths = words.lengths[start:stop]
    everywhere = np.broadcast_to(values, (words.tokens.shape[1] + 1, stop - start))
    return np.asarray(everywhere[lengths, np.arange(stop - start)], dtype=bool)


# --- types and messages --------------------------------------------------------------------------------------


def _integer_type(bound: int) -> np.dtype[Any]:
    """The narrowest integers that hold the bound on both sides; Python's where no machine integer does."""
    for kind in (np.int16, np.int32, np.int64):
        if bound <= np.iinfo(kind).max:
            return np.dtype(kind)
    return np.dtype(object)


def _token_type(size: int) -> np.dtype[Any]:
    return np.dtype(np.int8 if size <= 127 else np.int16 if size <= 32767 else np.int32)


def _unknown(token: str, position: int, alphabet: Sequence[str]) -> str:
    guess = near(token, alphabet)
    hint = "" if guess is None else f"; the nearest is {spell_token(guess)}"
    return f"position {position}: expected a token of the alphabet, found `{token}`{hint}"
