"""Finds the class of window counts that a program belongs to: what it counts, and what it reads of a word's end.

A program without nested counts is, for each end of a word, a Boolean combination of thresholds on counts of windows.
Its lines without counts depend only on the last letters and on the position modulo a period. So one word for each such
end shows their values.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from math import lcm

from crasp.lengths.bound_parameters import reaches, read_lines
from crasp.lengths.letter_formulas import Context, Formula, UnreadableError, conjuncts_of, read_in_context
from crasp.lengths.thresholds import IntegerVector, TooLargeError
from crasp.lengths.window_counts import Counting, power_to
from crasp.meaning import ir
from crasp.meaning.interpreter import encode, trace
from crasp.text.big_integers import show_integer

MOST_ENDS = 1024


@dataclass(frozen=True)
class WindowClass:
    """The programs with one threshold for each end, on these counts, with coefficients and bounds up to `largest`."""

    counting: Counting
    largest: int


@dataclass(frozen=True)
class _Seen:
    """A word, as numbers of letters, and the value of every line at its last position."""

    word: IntegerVector
    values: tuple[int, ...]


def window_class(program: ir.Program) -> WindowClass:
    """The smallest class of window counts that contains the program, whose counts must not be nested.

    Raises:
        UnreadableError: An output joins thresholds, or windows that begin before the word are counted.
        TooLargeError: There are too many ends to look at.
    """
    read = read_lines(program)
    bodies = {o.body for o in (program.lines[k].operation for k in read) if isinstance(o, ir.Count)}
    reach = reaches(program)
    letters, ending = len(program.alphabet), _period(program, read)
    size = 1 + max((reach[body] for body in bodies), default=0)
    period = _period(program, ir.needed_lines(program, bodies))
    counting = Counting(letters, size, period, last=0, ending=ending)
    seen = _ends(program, 1 + max(reach[k] for k in read), ending)
    held = {body: _classes(counting, body, seen) for body in bodies}
    formulas = [_formulas(program, counting, held, each) for each in seen]
    conjuncts = [conjuncts_of(formula) for own in formulas for formula in own]
    if any(found is None or len(found) > 1 for found in conjuncts):
        raise UnreadableError("an output joins more than one threshold on counts of windows, at some end of the word")
    thresholds = [threshold for found in conjuncts for threshold in found or ()]
    extents = [abs(value) for threshold in thresholds for value in (*threshold.coefficients, threshold.bound)]
    return WindowClass(replace(counting, last=_last(seen, formulas, ending)), max([1, *extents]))


def _period(program: ir.Program, lines: Iterable[int]) -> int:
    operations = [program.lines[k].operation for k in lines]
    return lcm(*(o.modulus for o in operations if isinstance(o, ir.Periodic)))


def _ends(program: ir.Program, kept: int, ending: int) -> list[_Seen]:
    """A word for each kind of end: for all `kept` last letters at each residue of the length, and all shorter words."""
    letters = range(len(program.alphabet))
    number = power_to(len(letters), kept, MOST_ENDS)
    if number is None or number * ending > MOST_ENDS or kept > MOST_ENDS:  # over one letter only `kept` may be large
        what = f"the last {kept:,} letters" if kept > 1 else "the last letter"
        where = f" and the length modulo {show_integer(ending)}" if ending > 1 else ""
        raise TooLargeError(f"{what}{where}: more than {MOST_ENDS:,} ends of words")
    words = [word for length in range(kept) for word in product(letters, repeat=length)]
    words += [(0,) * more + word for word in product(letters, repeat=kept) for more in range(ending)]
    found = trace(program, encode(program.alphabet, [[program.alphabet[letter] for letter in word] for word in words]))
    return [_Seen(word, tuple(int(line[k, len(word)]) for line in found.lines)) for k, word in enumerate(words)]


def _classes(counting: Counting, body: int, seen: list[_Seen]) -> frozenset[int]:
    """The classes of windows at which a Boolean line holds."""
    found = set()
    for each in seen:
        if each.word and each.values[body]:
            _, counted = counting.step((each.word[:-1], len(each.word) - 1), each.word[-1])
            if counted is None:
                raise UnreadableError("it counts windows that begin before the word")
            found.add(counted)
    return frozenset(found)


def _formulas(
    program: ir.Program, counting: Counting, held: dict[int, frozenset[int]], end: _Seen
) -> tuple[Formula, ...]:
    """Each output as a formula on words with this end."""
    counts = [isinstance(line.operation, ir.Count) for line in program.lines]
    for number, line in enumerate(program.lines):
        counts[number] |= any(counts[k] for k in ir.operands_of(line.operation))

    def known(number: int) -> bool | int | None:
        if counts[number]:
            return None
        value = end.values[number]
        return bool(value) if program.lines[number].kind == "boolean" else value

    def counted(body: int) -> tuple[frozenset[int], bool]:
        return held[body], bool(end.word) and bool(end.values[body])

    context = Context(counting.classes, known, counted)
    return tuple(read_in_context(program, output, context) for output in dict.fromkeys(program.outputs))


def _last(seen: list[_Seen], formulas: list[tuple[Formula, ...]], ending: int) -> int:
    """The least number of last letters that, with the length modulo `ending`, determine the formulas of the outputs."""
    for last in range(max(len(each.word) for each in seen)):
        by_end: dict[tuple[IntegerVector, int], tuple[Formula, ...]] = {}
        pairs = zip(seen, formulas, strict=True)
        if all(
            by_end.setdefault((w.word[-last:] if last else (), len(w.word) % ending), own) == own for w, own in pairs
        ):
            return last
    return max(len(each.word) for each in seen)
