"""Regular expressions, the one dialect of every command: text to automaton, every refusal with its place.

`|` is union, postfix `*`, `+`, `?`, `{2}`, `{2,5}`, `{3,}` repeat, `.` is any token of the alphabet, `[abc]`, `[a-z]`
and `[^a]` are one of some tokens, `()` is the empty word, and so is what stands beside a bar that has nothing there. A
backslash makes a letter of the character after it. White space stands between tokens and means nothing else.
`docs/languages.md` has an example of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.ground.automata.automaton import Automaton
from tasks.ground.automata.glushkov import TooManyPositionsError, automaton_of_items, postfix_of
from tasks.ground.automata.regex_text import (
    UNION_HINT,
    Class,
    Letter,
    Operator,
    Piece,
    Repetition,
    Scanner,
    letters_between,
    span_of,
)
from tasks.ground.automata.regex_tokens import resolve
from tasks.ground.automata.text_places import Problem, Source, render
from tasks.ground.automata.tokens import MOST_TOKENS, LanguageError, checked_alphabet

MOST_CHARACTERS = 10_000  # characters


@dataclass(frozen=True)
class Regex:
    """A well-formed expression: its pieces in order, the letters it names in sorted order, and remarks for the user.

    `name` is what messages call it.
    """

    text: str
    name: str
    pieces: tuple[Piece, ...]
    letters: tuple[str, ...]
    remarks: tuple[str, ...]

    def refusal(self, problems: Sequence[Problem]) -> LanguageError:
        """The problems, each with its line, column and caret."""
        ordered = sorted(problems, key=lambda problem: (problem.span.line, problem.span.column))
        return LanguageError(render(Source(self.name, self.text), tuple(ordered)))


def parse_regex(text: str, *, name: str = "regex") -> Regex:
    """The expression that a text denotes.

    Args:
        text: The expression.
        name: What messages call it.

    Raises:
        LanguageError: The text is no regular expression; the message has every problem with its place.
    """
    scanner = Scanner(text)
    if len(text) > MOST_CHARACTERS:
        limit = f"the expression is longer than {MOST_CHARACTERS:,} characters, this implementation's limit"
        scanner.refuse(MOST_CHARACTERS, limit)
    else:
        scanner.scan()
        _check_form(scanner)
    remarks = tuple(dict.fromkeys([*scanner.remarks, *([UNION_HINT] if _plus_looks_like_union(scanner) else [])]))
    regex = Regex(text, name, tuple(scanner.pieces), _letters_of(scanner.pieces), remarks)
    if len(regex.letters) > MOST_TOKENS:
        scanner.refuse(0, f"more than {MOST_TOKENS:,} letters, this implementation's limit", end=len(text))
    if scanner.problems:
        raise regex.refusal(scanner.problems)
    return regex


def automaton_of_regex(regex: Regex, alphabet: Sequence[str] | None = None) -> Automaton:
    """The minimal automaton of an expression.

    Args:
        regex: The expression.
        alphabet: The tokens in their order; without it the letters that the expression names.

    Raises:
        LanguageError: The alphabet is empty, or lacks what the expression names, or divides it in two ways; or the
            expression is too large once its repetitions are written out.
        SizeError: It grows too large as it is made deterministic.
    """
    letters = regex.letters if alphabet is None else checked_alphabet(alphabet, "--alphabet")
    if not letters:
        raise LanguageError(f"{regex.name}: the expression has no letter: an alphabet has to be given; see --alphabet")
    items, problems = resolve(regex.text, regex.pieces, letters)
    if problems:
        raise regex.refusal(problems)
    try:
        return automaton_of_items(postfix_of(items), letters)
    except TooManyPositionsError as error:
        raise regex.refusal([Problem(span_of(regex.text, error.start, error.end), str(error))]) from None


def _check_form(scanner: Scanner) -> None:
    """Brackets in pairs, and something before each repetition."""
    before: Piece | None = None
    opened: list[Operator] = []
    for piece in scanner.pieces:
        nothing_yet = before is None or (isinstance(before, Operator) and before.kind in "(|")
        if isinstance(piece, Repetition) and nothing_yet:
            found = scanner.text[piece.start : piece.end]
            hint = UNION_HINT if found == "+" else f"as a letter it is written `\\{found[0]}`"
            scanner.refuse(piece.start, f"expected a letter, `.`, `[` or `(` before `{found}`", hint)
        if isinstance(piece, Operator) and piece.kind == "(":
            opened.append(piece)
        if isinstance(piece, Operator) and piece.kind == ")":
            if opened:
                opened.pop()
            else:
                scanner.refuse(piece.start, "this `)` has no `(`", "as a letter it is written `\\)`")
        before = piece
    for bracket in opened:
        scanner.refuse(bracket.start, "this `(` has no `)`", "as a letter it is written `\\(`")


def _letters_of(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """The characters that the expression names, those of ranges and of negated classes too, sorted."""
    found: set[str] = set()
    for piece in pieces:
        if isinstance(piece, Letter):
            found.add(piece.text)
        elif isinstance(piece, Class):
            found.update(letter.text for letter in piece.letters)
            for first, last in piece.ranges:
                found.update(letters_between(first, last))
    return tuple(sorted(found))


def _plus_looks_like_union(scanner: Scanner) -> bool:
    """Whether every `+` stands between two operands and there is no `|`: `(ab+ba)*`, `ab + ba`, but not `a+b+`."""
    pieces = scanner.pieces
    if any(isinstance(piece, Operator) and piece.kind == "|" for piece in pieces):
        return False
    after = [
        pieces[k + 1] if k + 1 < len(pieces) else None
        for k, piece in enumerate(pieces)
        if isinstance(piece, Repetition) and scanner.text[piece.start] == "+"
    ]
    ends = (Repetition, type(None))
    return bool(after) and not any(
        isinstance(each, ends) or (isinstance(each, Operator) and each.kind == ")") for each in after
    )
