"""Regular expressions: text to postfix form, every refusal with its place.

`|` is union, postfix `*`, `+`, `?` repeat, `.` is any letter, `()` the empty word, a backslash makes a letter of the
special character after it. A letter is one character.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from crasp.errors import CraspError, Problem, Source, Span
from crasp.spelling import why_not_a_token

LONGEST = 10_000  # characters
Operator: TypeAlias = Literal["empty", "any", "join", "union", "star", "plus", "optional"]
UNION_HINT = "postfix `+` means one or more; the union of two expressions is written with `|`"
_POSTFIX: dict[str, Operator] = {"*": "star", "+": "plus", "?": "optional"}
_SET, _REPETITION = "a or b is written (a|b)", "a repetition is written out: aaa, or aa?"
_FOREIGN = {"[": _SET, "]": _SET, "{": _REPETITION, "}": _REPETITION, "^": "", "$": ""}


@dataclass(frozen=True, slots=True)
class Letter:
    """The word of this one letter."""

    character: str


@dataclass(frozen=True)
class Regex:
    """A regular expression in postfix order, its letters sorted, and what is worth a remark.

    `join` and `union` take the two expressions before them, `star`, `plus` and `optional` the one before.
    """

    text: str
    postfix: tuple[Letter | Operator, ...]
    letters: tuple[str, ...]
    remarks: tuple[str, ...]


def parse_regex(text: str, *, name: str = "regex") -> Regex:
    """The expression that a text denotes; CraspError with every problem where there is none."""
    reader = _Reader(text)
    if len(text) > LONGEST:
        reader.refuse(LONGEST, f"the expression is longer than {LONGEST:,} characters, this implementation's limit")
    else:
        reader.read()
    if reader.problems:
        raise CraspError(Source(name, text), tuple(reader.problems))
    letters = tuple(sorted({item.character for item in reader.output if isinstance(item, Letter)}))
    return Regex(text, tuple(reader.output), letters, (UNION_HINT,) if _plus_looks_like_union(text) else ())


def _plus_looks_like_union(text: str) -> bool:
    """Whether every `+` stands between two operands and `|` occurs nowhere: `(ab+ba)*`, but not `a+b+`."""
    plain = "".join("x" if k and text[k - 1] == "\\" else c for k, c in enumerate(text))
    after = [plain[k + 1 : k + 2] for k, c in enumerate(plain) if c == "+"]
    return bool(after) and "|" not in plain and all(c and c not in ")*+?" for c in after)


@dataclass
class _Group:
    """An open bracket, the alternatives that ended in it, and the operands of the present one not yet joined."""

    start: int
    alternatives: int = 0
    pending: int = 0


class _Reader:
    """Text to postfix with the open groups as a stack: no depth of brackets is too deep."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.output: list[Letter | Operator] = []
        self.problems: list[Problem] = []
        self.groups = [_Group(-1)]

    def refuse(self, index: int, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(Span(1, index + 1, 1, index + 2), message, hint))

    def read(self) -> None:
        index = 0
        while index < len(self.text):
            index += self._one(index)
        self._end_alternative()
        for group in self.groups[1:]:
            self.refuse(group.start, "this `(` has no `)`")

    def _one(self, index: int) -> int:
        """Reads what begins at the index and says how many characters that is."""
        character = self.text[index]
        if character == "(":
            self._begin_operand()
            self.groups.append(_Group(index))
        elif character == ")":
            self._close_group(index)
        elif character == "|":
            self._end_alternative()
        elif character in _POSTFIX:
            self._repeat(index, _POSTFIX[character])
        elif character == "\\":
            return self._escaped(index)
        else:
            self._letter(index, character)
        return 1

    def _letter(self, index: int, character: str) -> None:
        if character in _FOREIGN:
            hint = "; ".join(filter(None, (_FOREIGN[character], f"as a letter it is written `\\{character}`")))
            self.refuse(index, f"`{character}` has no meaning in this dialect", hint)
        elif (reason := why_not_a_token(character)) is not None:
            beside = self.text[:index].rstrip()[-1:] + self.text[index:].lstrip()[:1]
            union = UNION_HINT if character.isspace() and "+" in beside else None
            self.refuse(index, f"expected a letter, found {character!r}: {reason}", union)
        self._operand("any" if character == "." else Letter(character))

    def _escaped(self, index: int) -> int:
        character = self.text[index + 1 : index + 2]
        if not character:
            self.refuse(index, "expected a character after the backslash")
            return 1
        if character.isalnum() or why_not_a_token(character) is not None:
            self.refuse(index, f"`\\{character}` has no meaning: a backslash makes a letter of a special character")
        self._operand(Letter(character))
        return 2

    def _repeat(self, index: int, operator: Operator) -> None:
        if self.groups[-1].pending == 0:
            found = self.text[index]
            hint = UNION_HINT if operator == "plus" else f"as a letter it is written `\\{found}`"
            self.refuse(index, f"expected a letter, `.` or `(` before `{found}`", hint)
        else:
            self.output.append(operator)

    def _begin_operand(self) -> None:
        """Joins the two operands before this one; the latest alone may still be repeated."""
        group = self.groups[-1]
        if group.pending == 2:  # at most two wait
            self.output.append("join")
            group.pending = 1

    def _operand(self, item: Letter | Operator) -> None:
        self._begin_operand()
        self.output.append(item)
        self.groups[-1].pending += 1

    def _end_alternative(self) -> None:
        group = self.groups[-1]
        if group.pending == 0:
            self.output.append("empty")
        self.groups[-1].pending = max(group.pending, 1)
        self._begin_operand()
        if group.alternatives:
            self.output.append("union")
        group.alternatives += 1
        group.pending = 0

    def _close_group(self, index: int) -> None:
        if len(self.groups) == 1:
            self.refuse(index, "this `)` has no `(`")
            return
        self._end_alternative()
        self.groups.pop()
        self.groups[-1].pending += 1
