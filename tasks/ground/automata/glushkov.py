"""Regular expressions in postfix order, and their automata by Glushkov: a state for each place of a letter.

Brackets may be nested to any depth, because open groups are kept on a stack and nothing is recursive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from tasks.ground.automata.automaton import MOST_SUBSETS, Automaton, SizeError, explore
from tasks.ground.automata.regex_text import Operator, Repetition
from tasks.ground.automata.regex_tokens import LetterSet, RegexItem

MOST_POSITIONS = 20_000  # places of letters after repetitions are written out
MOST_STEPS = 5_000_000  # steps of the work that makes an automaton deterministic
RegexOperation: TypeAlias = Literal["empty", "join", "union", "star", "plus", "optional"]
Postfix: TypeAlias = list[LetterSet | RegexOperation]
# Of a part of an expression: whether it matches the empty word; the places that it may begin with; and end with.
PositionSets: TypeAlias = tuple[bool, int, int]


class TooManyPositionsError(Exception):
    """The expression is too large once its repetitions are written out.

    `start` and `end` are the place in the text of the repetition that exceeds the limit.
    """

    def __init__(self, repetition: Repetition) -> None:
        self.start, self.end = repetition.start, repetition.end
        super().__init__(
            f"with its repetitions written out the expression has more than {MOST_POSITIONS:,} letters, "
            "this implementation's limit"
        )


@dataclass
class _OpenBracket:
    """An open bracket.

    begin         where its output begins
    alternatives  how many alternatives have ended
    pending       how many operands are not yet joined
    latest        where the output of the latest operand begins
    """

    begin: int
    alternatives: int = 0
    pending: int = 0
    latest: int = 0


def postfix_of(items: Sequence[RegexItem]) -> Postfix:
    """Return the expression in postfix order, with repetitions written out.

    `join` and `union` apply to the two expressions before them; `star`, `plus` and `optional` apply to the one before.

    Args:
        items: The items of the expression; its brackets match, and each repetition has an operand.

    Raises:
        TooManyPositionsError: It has too many letters once its repetitions are written out.
    """
    writer = _PostfixWriter()
    for item in items:
        if isinstance(item, tuple):
            writer.operand(item)
        elif isinstance(item, Repetition):
            writer.repeat(item)
        else:
            writer.operator(item)
    writer.end_alternative()
    return writer.output


class _PostfixWriter:
    """Writes the output of `postfix_of`.

    At most two operands of a group wait to be joined, because a repetition may still apply to the latest.
    """

    def __init__(self) -> None:
        self.output: Postfix = []
        self.groups = [_OpenBracket(0)]
        self.places = 0

    def operator(self, operator: Operator) -> None:
        if operator.kind == "(":
            self._begin_operand()
            self.groups.append(_OpenBracket(len(self.output)))
        elif operator.kind == "|":
            self.end_alternative()
        else:
            self.end_alternative()
            group = self.groups.pop()
            self.groups[-1].pending += 1
            self.groups[-1].latest = group.begin

    def operand(self, tokens: LetterSet) -> None:
        self._begin_operand()
        self.groups[-1].latest = len(self.output)
        self.groups[-1].pending += 1
        self.output.append(tokens)
        self.places += 1

    def repeat(self, repetition: Repetition) -> None:
        """Apply a repetition to the latest operand."""
        usual: dict[tuple[int, int | None], RegexOperation] = {(0, None): "star", (1, None): "plus", (0, 1): "optional"}
        bounds = (repetition.least, repetition.most)
        if bounds in usual:
            self.output.append(usual[bounds])
        elif bounds != (1, 1):
            start = self.groups[-1].latest
            operand = self.output[start:]
            self.places += _places(operand) * (max(repetition.least, repetition.most or 0) - 1)
            if self.places > MOST_POSITIONS:
                raise TooManyPositionsError(repetition)
            self.output[start:] = _repeated(operand, repetition.least, repetition.most)

    def end_alternative(self) -> None:
        group = self.groups[-1]
        if group.pending == 0:
            self.output.append("empty")
        group.pending = max(group.pending, 1)
        self._begin_operand()
        if group.alternatives:
            self.output.append("union")
        group.alternatives += 1
        group.pending = 0

    def _begin_operand(self) -> None:
        group = self.groups[-1]
        if group.pending == 2:
            self.output.append("join")
            group.pending = 1


def _places(postfix: Postfix) -> int:
    return sum(isinstance(item, tuple) for item in postfix)


def _repeated(operand: Postfix, least: int, most: int | None) -> Postfix:
    """Return the operand repeated: `a{2,4}` becomes `aa(a(a)?)?`, in which few places follow each place."""
    if most == 0:
        return ["empty"]
    if _places(operand) == 0:  # the empty word, which stays the same however often it is repeated
        return operand
    copies = least if most is not None else least - 1
    parts: list[Postfix] = [list(operand) for _ in range(copies)]
    if most is None:
        parts.append([*operand, "plus"])
    elif most > least:
        further = most - least
        nested: Postfix = operand * further
        parts.append([*nested, "optional", *(["join", "optional"] * (further - 1))])  # type: ignore[list-item]
    joined = list(parts[0])
    for part in parts[1:]:
        joined += [*part, "join"]
    return joined


def automaton_of_items(postfix: Postfix, letters: tuple[str, ...]) -> Automaton:
    """Return the minimal automaton of an expression.

    Args:
        postfix: The expression in postfix order.
        letters: The alphabet.

    Raises:
        SizeError: The automaton grows too large while it is made deterministic.
    """
    positions = _LetterPlaces()
    nullable, first, last = positions.read(postfix)
    steps, carrying = positions.steps, positions.carrying(len(letters))
    alike = {mask: number for number, mask in enumerate(dict.fromkeys(carrying))}  # classes of letters with equal masks
    masks = tuple(alike)

    @lru_cache(maxsize=100_000)
    def after_eight(byte: int, marked: int) -> int:
        """Return the places that may follow those marked in one byte of a set of places."""
        found = 0
        for bit in range(8):
            if marked >> bit & 1:
                found |= steps[8 * byte + bit]
        return found

    @lru_cache(maxsize=1)  # a state is asked about for all letters in turn
    def reached(state: tuple[bool, int]) -> int:
        start, marked = state
        found = first if start else 0
        positions.work(len(steps) >> 3)
        for byte, eight in enumerate(marked.to_bytes(len(steps) // 8 + 1, "little")):
            if eight:
                found |= after_eight(byte, eight)
        return found

    def follow(state: tuple[bool, int], letter: int) -> tuple[bool, int]:
        return False, reached(state) & masks[letter]

    def accepts(state: tuple[bool, int]) -> bool:
        start, marked = state
        return nullable if start else bool(marked & last)

    found = explore((True, 0), tuple(map(str, alike.values())), follow, accepts, most=MOST_SUBSETS)
    columns = [alike[mask] for mask in carrying]
    successors = tuple(tuple(row[column] for column in columns) for row in found.successors)
    return Automaton(letters, successors, found.outputs, found.remarks)


class _LetterPlaces:
    """The places of letters in an expression; a set of places is an integer, with a bit for each place."""

    def __init__(self) -> None:
        self.reading: dict[LetterSet, int] = {}  # for a set of letters, the places that read one of them
        self.steps: list[int] = []  # for each place, the places that may follow it
        self.worked = 0

    def work(self, steps: int) -> None:
        """Count steps of work.

        Raises:
            SizeError: The sum of all steps exceeds MOST_STEPS.
        """
        self.worked += steps
        if self.worked > MOST_STEPS:
            raise SizeError(
                f"the expression takes more than {MOST_STEPS:,} steps to be made deterministic, the limit here"
            )

    def read(self, postfix: Postfix) -> PositionSets:
        """Read the whole expression, and return its PositionSets."""
        stack: list[PositionSets] = []
        for item in postfix:
            if isinstance(item, tuple):
                stack.append(self._place(item))
            elif item == "empty":
                stack.append((True, 0, 0))
            elif item == "join":
                (nullable, first, last), (left, begin, end) = stack.pop(), stack.pop()
                self._connect(end, first)
                stack.append((left and nullable, begin | (first if left else 0), last | (end if nullable else 0)))
            elif item == "union":
                (nullable, first, last), (left, begin, end) = stack.pop(), stack.pop()
                stack.append((left or nullable, begin | first, end | last))
            elif item == "optional":
                _, first, last = stack.pop()
                stack.append((True, first, last))
            else:
                nullable, first, last = stack.pop()
                self._connect(last, first)
                stack.append((nullable or item == "star", first, last))
        return stack.pop()

    def _place(self, tokens: LetterSet) -> PositionSets:
        bit = 1 << len(self.steps)
        self.steps.append(0)
        self.reading[tokens] = self.reading.get(tokens, 0) | bit
        return False, bit, bit

    def carrying(self, letters: int) -> list[int]:
        """Return for each letter the places that read it."""
        found = [0] * letters
        for tokens, places in self.reading.items():
            for token in tokens:
                found[token] |= places
        return found

    def _connect(self, ends: int, beginnings: int) -> None:
        self.work(ends.bit_count())
        while ends:
            low = ends & -ends
            self.steps[low.bit_length() - 1] |= beginnings
            ends ^= low
