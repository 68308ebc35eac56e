"""Regular expressions, in the one dialect of every command: from text to automaton.

- `|` is union; the postfix operators `*`, `+`, `?`, `{2}`, `{2,5}` and `{3,}` repeat what stands before them.
- `.` is any token of the alphabet; `[abc]`, `[a-z]` and `[^a]` are one token of a set.
- `()` is the empty word, and so is the side of a bar on which nothing stands.
- A backslash makes a letter of the character after it.
- White space separates tokens, and means nothing else.

`docs/languages.md` has an example of each. Every error names the place in the text.
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

MOST_CHARACTERS = 10_000  # characters of an expression


@dataclass(frozen=True)
class Regex:
    """A well-formed regular expression.

    text     the expression as it was written
    name     what messages call it
    pieces   its pieces, in order
    letters  the letters that it names, sorted
    remarks  remarks for the user
    """

    text: str
    name: str
    pieces: tuple[Piece, ...]
    letters: tuple[str, ...]
    remarks: tuple[str, ...]

    def refusal(self, problems: Sequence[Problem]) -> LanguageError:
        """Return an error that shows each problem with its line, column and caret."""
        ordered = sorted(problems, key=lambda problem: (problem.span.line, problem.span.column))
        return LanguageError(render(Source(self.name, self.text), tuple(ordered)))


def parse_regex(text: str, *, name: str = "regex") -> Regex:
    """Return the regular expression that a text denotes.

    Args:
        text: The expression.
        name: What messages call it.

    Raises:
        LanguageError: The text is no regular expression; the message shows every problem with its place.
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
    """Return the minimal automaton of an expression.

    Args:
        regex: The expression.
        alphabet: The tokens in their order; by default the letters that the expression names.

    Raises:
        LanguageError: The alphabet is empty, lacks something that the expression names, or allows two readings of it;
            or the expression is too large once its repetitions are written out.
        SizeError: The automaton grows too large while it is made deterministic.
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
    """Note as problems the brackets without a partner, and the repetitions that have nothing before them."""
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
    """Return the characters that the expression names, those of ranges and of negated classes included, sorted."""
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
    """Return whether `+` seems to mean union: an operand follows every `+`, and there is no `|`.

    This is so in `(ab+ba)*` and `ab + ba`, but not in `a+b+`.
    """
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
