"""A position in the tokens of an expression: what stands there, what must stand there, and what kind of term begins."""

from collections.abc import Mapping
from dataclasses import dataclass

from crasp.errors import Span
from crasp.importing.lexer import Token
from crasp.importing.operators import RefusedTextError
from crasp.meaning.ir import MIRRORED, Kind

DEEPEST_PARENTHESES = 200  # how deep parentheses may be nested
CONSTANTS = {"T": True, "F": False}  # unless the program defines these names


@dataclass(frozen=True)
class Known:
    """A definition above: its name in the rewritten program, and its kind. `broken` is true if it was refused."""

    name: str
    kind: Kind
    broken: bool = False


class Cursor:
    """A position that moves through the tokens. It knows where each parenthesis and bracket is closed."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.tokens = tokens
        self.place = 0
        self.closing = _closing(tokens)

    @property
    def kind(self) -> str:
        """The kind of the token here, or "" at the end."""
        return self.tokens[self.place].kind if self.place < len(self.tokens) else ""

    def take(self) -> Token:
        """The token here. The cursor moves on by one."""
        self.place += 1
        return self.tokens[self.place - 1]

    def expect(self, kind: str, expected: str) -> Token:
        """The token here, which must have this kind. The cursor moves on by one.

        Raises:
            RefusedTextError: The token has another kind. The message says that `expected` was expected.
        """
        if self.kind != kind:
            self.refuse(expected)
        return self.take()

    def refuse(self, expected: str) -> None:
        """Raises a RefusedTextError for the token here, whose message says that `expected` was expected."""
        if self.place < len(self.tokens):
            token = self.tokens[self.place]
            raise RefusedTextError(token.span, f"expected {expected}, found `{token.text}`")
        end = self.tokens[-1].span
        place = Span(end.end_line, end.end_column, end.end_line, end.end_column)
        raise RefusedTextError(place, f"expected {expected}, found the end of the line")

    def kind_ahead(self, place: int, position: str, names: Mapping[str, Known]) -> Kind:
        """The kind of the term that begins at a place, judged by the tokens that decide it."""
        while place < len(self.tokens) and self.tokens[place].kind == "(":
            following = _deciding(self.tokens, place + 1, self.closing.get(place, len(self.tokens)))
            if following is None:
                return "boolean"
            place = following
        if place >= len(self.tokens):
            return "count"
        token = self.tokens[place]
        if token.kind == "name" and token.text in names:
            return names[token.text].kind
        if token.kind in ("not", "letter", "true", "false"):
            return "boolean"
        return "boolean" if token.text in CONSTANTS and token.text != position else "count"


def _closing(tokens: tuple[Token, ...]) -> dict[int, int]:
    """For each opening parenthesis or bracket the place where it is closed."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind in ("(", "#["):
            waiting.append(place)
            if len(waiting) > DEEPEST_PARENTHESES:
                raise RefusedTextError(
                    token.span, f"parentheses nested more than {DEEPEST_PARENTHESES} deep are over the limit here"
                )
        elif token.kind in (")", "]") and waiting:
            found[waiting.pop()] = place
    return found


def _deciding(tokens: tuple[Token, ...], first: int, end: int) -> int | None:
    """The place of the term that has the same kind as the tokens from `first` to `end`; None if they are a Boolean."""
    depth, joined = 0, False
    for place in range(first, end):
        kind = tokens[place].kind
        depth += (kind in ("(", "#[")) - (kind in (")", "]"))
        if depth == 0 and kind == "?":
            return _deciding(tokens, place + 1, end)
        if depth == 0 and kind in ("if", ":"):
            break
        joined |= depth == 0 and kind in ("and", "or", "not", *MIRRORED)
    return None if joined else first
