"""Splits a `.cr` text into tokens and statements. A statement is one line, unless the line is evidently unfinished."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crasp.errors import Problem, Span

MOST_PROBLEMS = 1_000  # after so many problems a text is read no further

SPELLED = {
    **dict.fromkeys(("&&", "&", "∧", "and", "AND"), "and"),
    **dict.fromkeys(("||", "|", "∨", "or", "OR"), "or"),
    **dict.fromkeys(("!", "~", "¬", "not", "NOT"), "not"),
    **dict.fromkeys(("=", "==", "≡"), "="),
    **dict.fromkeys(("!=", "≠", "<>"), "!="),
    **dict.fromkeys(("<=", "≤", "⩽"), "<="),
    **dict.fromkeys((">=", "≥", "⩾"), ">="),
    **dict.fromkeys((":=", "≔"), ":="),
    **dict.fromkeys(("-", "−"), "-"),
    **dict.fromkeys(("*", "×", "·"), "*"),
    **dict.fromkeys(("%", "mod"), "%"),
    **dict.fromkeys(("true", "True", "TRUE", "⊤"), "true"),
    **dict.fromkeys(("false", "False", "FALSE", "⊥"), "false"),
    **{sign: sign for sign in ("<", ">", "+", "?", ":", ",", ";", "(", ")", "[", "]", "#[", "if", "else")},
}
BINARY = frozenset(
    ("and", "or", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "%", "?", ":", "if", "else", ",", ":=")
)
_UNFINISHED = BINARY | {"not", "]", "#["}  # a line that ends so is unfinished; after `]` the body follows
_LEXEMES = re.compile(
    r"""
    (?P<space>[^\S\n]+|\\\n)
  | (?P<comment>//[^\n]*|/\*(?:.*?\*/|.*))
  | (?P<newline>\n)
  | (?P<import>\#[^\S\n]*import\b[^\n]*)
  | (?P<hash>\#\s*\[)
  | (?P<letter>Q_(?:"[^"\s]+"|'[^'\s]+'|\{(?:\w+|[^\w\s])\}|\w+|[^\w\s])|Q\[\s*(?:"[^"\s]+"|'[^'\s]+'|\w+)\s*\])
  | (?P<number>[0-9]+(?!\w))
  | (?P<name>[^\W\d]\w*'*)
  | (?P<sign>:=|&&|\|\||==|!=|<=|>=|<>|[=<>!~&|()\[\]+\-−*×·%?:,;∧∨¬≡≠≤≥⩽⩾≔⊤⊥])
  | (?P<stranger>\w+|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A word or a sign.

    `kind` is letter, number, name, import or newline, or for a sign its one spelling in `SPELLED`.
    """

    kind: str
    text: str
    span: Span


@dataclass(frozen=True)
class Statement:
    """The tokens of a statement, and the comments above it and beside it."""

    tokens: tuple[Token, ...]
    above: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lexed:
    """The tokens of a text, its comments, and its problems."""

    tokens: tuple[Token, ...]
    comments: tuple[Token, ...]
    problems: tuple[Problem, ...]


def lex(text: str) -> Lexed:
    """The tokens of a text. Characters that the dialect lacks are problems, and are left out.

    After MOST_PROBLEMS of them the rest of the text is not read.
    """
    tokens: list[Token] = []
    comments: list[Token] = []
    problems: list[Problem] = []
    line, start = 1, 0
    for match in _LEXEMES.finditer(text):
        kind, found = match.lastgroup or "", match[0]
        column = match.start() - start + 1
        first = found.split("\n", 1)[0]
        span = Span(line, column, line, column + len(first))
        if breaks := found.count("\n"):
            line, start = line + breaks, match.start() + found.rindex("\n") + 1
        if kind == "comment" and found.startswith("/*") and (len(found) < 4 or not found.endswith("*/")):
            problems.append(Problem(span, "expected a closing `*/` of the comment"))
        elif kind == "comment":
            comments.append(Token(kind, found, span))
        elif kind == "stranger":
            problems.append(_stranger(found, span))
            if len(problems) == MOST_PROBLEMS:
                break
        elif kind != "space":
            tokens.append(_token(kind, found, span))
    return Lexed(tuple(tokens), tuple(comments), tuple(problems))


def statements(lexed: Lexed) -> Iterator[Statement]:
    """Yields the statements in order. An `#import` is a statement, and so is each finished line."""
    waiting = list(reversed(lexed.comments))
    for tokens in _cut(lexed.tokens):
        first, last = tokens[0].span, tokens[-1].span
        above: list[str] = []
        while waiting and (waiting[-1].span.line, waiting[-1].span.column) < (last.line, last.column):
            above += _comment_lines(waiting.pop().text)
        beside: list[str] = []
        while waiting and waiting[-1].span.line == last.line and first.line == last.line:
            beside += _comment_lines(waiting.pop().text)
        yield Statement(tokens, tuple(above), tuple(beside))


def letter_of(token: Token) -> str:
    """The letter named by a token such as `Q_a`, `Q_(`, `Q_"ab"`, `Q_{a}` or `Q["a"]`."""
    text = token.text[2:].strip()
    if token.text.startswith("Q["):
        text = text[:-1].strip()
    if len(text) > 2 and (text[0], text[-1]) in (('"', '"'), ("'", "'"), ("{", "}")):
        return text[1:-1]
    return text


def begins_a_definition(tokens: tuple[Token, ...]) -> bool:
    """Whether the tokens begin with `NAME =` or `NAME(i) =`."""
    kinds = [token.kind for token in tokens[:5]]
    place = 4 if kinds[1:4] == ["(", "name", ")"] else 1
    return kinds[:1] == ["name"] and len(tokens) > place and tokens[place].text in ("=", ":=", "≔")


def _token(kind: str, text: str, span: Span) -> Token:
    if kind == "hash":
        return Token("#[", "#[", span)
    if kind in ("sign", "name"):
        return Token(SPELLED.get(text, kind), text, span)
    return Token(kind, text, span)


def _stranger(text: str, span: Span) -> Problem:
    hints = {
        "#": "a count is `#[j <= i] P`, a comment begins with `//`, another file is `#import NAME.cr`",
        "/": "there is no division: multiply the other side; a comment begins with `//`",
        '"': 'a letter is named as `Q_a` or `Q_"ab"`',
        "'": "a letter is named as `Q_a` or `Q_'ab'`",
    }
    shown = text if text.isprintable() else repr(text)[1:-1]
    if text[0].isdigit():
        return Problem(span, f"expected a number or a name: in `{shown}` a number touches a letter")
    return Problem(span, f"expected the words and signs of the dialect, found `{shown}`", hints.get(text))


def _cut(tokens: tuple[Token, ...]) -> Iterator[tuple[Token, ...]]:
    piece: list[Token] = []
    depth = 0
    for place, token in enumerate(tokens):
        following = next((t.kind for t in tokens[place + 1 : place + 2]), "newline")
        if token.kind == "import":
            if piece:
                yield tuple(piece)
            yield (token,)
            piece, depth = [], 0
        elif token.kind == "newline":
            if not piece or depth > 0 or following == "newline":
                continue
            open_end = piece[-1].kind in _UNFINISHED and not begins_a_definition(tokens[place + 1 : place + 6])
            if not open_end and following not in BINARY:
                yield tuple(piece)
                piece = []
        elif token.kind == ";":
            if piece:
                yield tuple(piece)
            piece, depth = [], 0
        else:
            piece.append(token)
            depth = max(0, depth + (token.kind in ("(", "#[", "[")) - (token.kind in (")", "]")))
    if piece:
        yield tuple(piece)


def _comment_lines(text: str) -> list[str]:
    """A comment as lines of this language, each beginning with `//`."""
    inner = text[2:-2] if text.startswith("/*") else text[2:]
    return [f"// {line.strip()}".rstrip() for line in inner.strip().split("\n")]
