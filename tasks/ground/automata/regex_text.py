"""The pieces of a regular expression's text: letters, classes, brackets, bars and repetitions, each with its place.

Whether a token is one character or several is decided later, by the alphabet.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from tasks.ground.automata.text_places import Problem, Span
from tasks.ground.automata.tokens import MOST_TOKENS, why_not_a_letter

MOST_REPETITIONS = 10_000
OPERATORS = "()|*+?."
WHOLE = "an expression always stands for whole words"
FOREIGN = {
    "]": "this `]` has no `[`",
    "}": "this `}` has no `{`",
    "^": WHOLE,
    "$": WHOLE,
}
UNION_HINT = "postfix `+` means one or more; the union of two expressions is written with `|`"
REPETITION_HINT = "a repetition is written {2}, {2,5} or {3,}; as a letter it is written `\\{`"
_REPETITION = re.compile(r"\{\s*(?:([0-9]+)\s*(,\s*([0-9]*))?|,\s*([0-9]+))\s*\}")
_POSTFIX: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_MISTAKEN = frozenset("dDwWsSbBAZntrfv0123456789")  # a backslash before these has another meaning in other dialects
BracketMark: TypeAlias = Literal["(", ")", "|", "."]


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of a token; `start` and `end` are its place in the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Class:
    """A set of tokens: characters and ranges, or with `excluded` all tokens but these."""

    letters: tuple[Letter, ...]
    ranges: tuple[tuple[str, str], ...]
    excluded: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Operator:
    """A bracket, a bar or a full stop."""

    kind: BracketMark
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Repetition:
    """Repeats what stands before it, at least `least` and at most `most` times; None: without a bound."""

    least: int
    most: int | None
    start: int
    end: int


Piece: TypeAlias = Letter | Class | Operator | Repetition


class Scanner:
    """Reads a text from left to right.

    pieces    what was read
    problems  what could not be read, each with its place
    remarks   remarks for the user
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces: list[Piece] = []
        self.problems: list[Problem] = []
        self.remarks: list[str] = []

    def refuse(self, start: int, message: str, hint: str | None = None, *, end: int | None = None) -> None:
        """Note a problem with a stretch of the text, by default of one character."""
        self.problems.append(Problem(span_of(self.text, start, start + 1 if end is None else end), message, hint))

    def scan(self) -> None:
        """Read the whole text."""
        index = 0
        while index < len(self.text):
            index = self._one(index)

    def _one(self, index: int) -> int:
        """Read the piece that begins at the index, and return the index at which it ends."""
        character = self.text[index]
        if character.isspace():
            return index + 1
        if character == "\\":
            letter = self._escaped(index)
            self.pieces.append(letter)
            return letter.end
        if character == "[":
            return self._class(index)
        if character == "{":
            return self._braces(index)
        if character in _POSTFIX:
            self.pieces.append(Repetition(*_POSTFIX[character], index, index + 1))
        elif character in OPERATORS:
            self.pieces.append(Operator(character, index, index + 1))  # type: ignore[arg-type]
        else:
            if character in FOREIGN:
                hint = f"as a letter it is written `\\{character}`"
                meaning = f"`{character}` has no meaning in this dialect: " if FOREIGN[character] is WHOLE else ""
                self.refuse(index, f"{meaning}{FOREIGN[character]}", hint)
            self._letter(character, index)
        return index + 1

    def _letter(self, character: str, index: int) -> None:
        self._check_letter(character, index)
        self.pieces.append(Letter(character, index, index + 1))

    def _check_letter(self, character: str, index: int) -> None:
        reason = why_not_a_letter(character)
        if reason is not None:
            self.refuse(index, f"expected a letter, found {character!r}: {reason}")

    def _escaped(self, index: int) -> Letter:
        """Return the character after a backslash, as a letter."""
        character = self.text[index + 1 : index + 2]
        if not character:
            self.refuse(index, "expected a character after the backslash")
            return Letter("\\", index, index + 1)
        self._check_letter(character, index)
        if character in _MISTAKEN:
            self.remarks.append(
                f"`\\{character}` is the letter {character}: a backslash makes a letter of whatever follows it"
            )
        return Letter(character, index, index + 2)

    def _braces(self, index: int) -> int:
        found = _REPETITION.match(self.text, index)
        if found is None:
            self.refuse(index, "expected a number of repetitions after `{`", REPETITION_HINT)
            end = self.text.find("}", index)
            return index + 1 if end < 0 else end + 1
        exactly, comma, at_most, up_to = found[1], found[2], found[3], found[4]
        numbers = [number for number in (exactly, at_most, up_to) if number]
        if any(len(number.lstrip("0")) > 5 or int(number) > MOST_REPETITIONS for number in numbers):
            self.refuse(
                index, f"more than {MOST_REPETITIONS:,} repetitions, this implementation's limit", end=found.end()
            )
            numbers = []
        if not numbers:
            least, most = 0, None
        elif up_to is not None:
            least, most = 0, int(up_to)
        else:
            least = int(exactly)
            most = least if comma is None else int(at_most) if at_most else None
        if most is not None and most < least:
            self.refuse(index, f"at least {least:,} and at most {most:,} repetitions cannot be", end=found.end())
        self.pieces.append(Repetition(least, most, index, found.end()))
        return found.end()

    # --- classes -------------------------------------------------------------------------------------------------

    def _class(self, index: int) -> int:
        """Read a class from its `[` to its `]`, and return where it ends.

        It holds letters and ranges between two characters; a `^` after the `[` negates the whole class.
        """
        excluded = self.text.startswith("^", index + 1)
        place = index + 2 if excluded else index + 1
        letters: list[Letter] = []
        dashes: set[int] = set()  # the places of each `-` without a backslash
        while place < len(self.text) and self.text[place] != "]":
            character = self.text[place]
            if character == "\\":
                letters.append(self._escaped(place))
                place = letters[-1].end
                continue
            if not character.isspace():
                if character == "-":
                    dashes.add(place)
                self._check_letter(character, place)
                letters.append(Letter(character, place, place + 1))
            place += 1
        if place == len(self.text):
            self.refuse(index, "this `[` has no `]`", "as a letter it is written `\\[`")
            return place
        if not letters:
            self.refuse(index, "expected letters between `[` and `]`", end=place + 1)
        self.pieces.append(Class(*self._ranges(letters, dashes), excluded, index, place + 1))
        return place + 1

    def _ranges(
        self, letters: list[Letter], dashes: set[int]
    ) -> tuple[tuple[Letter, ...], tuple[tuple[str, str], ...]]:
        """Return the letters that stand alone, and the ranges: two letters with a `-` between them and nothing else."""
        alone: list[Letter] = []
        ranges = []
        place = 0
        while place < len(letters):
            three = letters[place : place + 3]
            if len(three) == 3 and three[1].start in dashes and _side_by_side(three):
                first, last = three[0], three[2]
                ranges.append((first.text, last.text))
                self._check_range(first, last)
                place += 3
            else:
                alone.append(letters[place])
                place += 1
        return tuple(alone), tuple(ranges)

    def _check_range(self, first: Letter, last: Letter) -> None:
        if ord(first.text) > ord(last.text):
            self.refuse(first.start, f"the range {first.text}-{last.text} is empty: its end is first", end=last.end)
        elif ord(last.text) - ord(first.text) >= MOST_TOKENS:
            self.refuse(first.start, f"the range has more than {MOST_TOKENS:,} letters, the limit here", end=last.end)


def letters_between(first: str, last: str) -> tuple[str, ...]:
    """Return the characters from `first` to `last` that may be letters, at most MOST_TOKENS code points far."""
    between = map(chr, range(ord(first), min(ord(last), ord(first) + MOST_TOKENS - 1) + 1))
    return tuple(letter for letter in between if why_not_a_letter(letter) is None)


def span_of(text: str, start: int, end: int) -> Span:
    """Return the place of text[start:end], which is taken to end on the line on which it begins."""
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return Span(line, column, line, column + max(end - start, 1))


def _side_by_side(letters: list[Letter]) -> bool:
    return all(one.end == other.start for one, other in pairwise(letters))
