"""Parses a program's text into a syntax tree, by the grammar in grammar.lark.

The text is first split into tokens, and the tokens into the alphabet and the definitions. Each of these pieces is
parsed by itself, so that a mistake in one does not hide the mistakes in others. The LALR parser does not recurse, so
that expressions may nest to any depth.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token
from lark.exceptions import UnexpectedToken

from crasp.errors import CraspError, Problem, Source, Span
from crasp.text import syntax
from crasp.text.expectations import describe_mismatch
from crasp.text.foreign_signs import begins_a_comment, foreign_comment, foreign_sign, meant, unquoted_symbol
from crasp.text.grammar_tables import TABLES, kept_parser, tables_text
from crasp.text.treebuilder import TreeBuilder, reading, span_of

GRAMMAR = Path(__file__).parent / "grammar.lark"
RENAMED = {
    "EQ_DOUBLE": "EQ",
    "NOT_SIGN": "NOT",
    "AND_SIGN": "AND",
    "OR_SIGN": "OR",
    "LE_SIGN": "LE",
    "NE_SIGN": "NE",
    "GE_SIGN": "GE",
}
NEVER_PARSED = ("NEWLINE", "SEMICOLON", "BAD_NUMBER", "BAD_STRING", "BAD_CHARACTER", "FOREIGN_SIGN")
PUNCTUATION = frozenset(
    (
        *("DEFINE", "LE", "NE", "GE", "LT", "GT", "EQ", "DOTS", "LPAR", "RPAR", "LSQB", "RSQB", "LBRACE", "RBRACE"),
        *("COMMA", "COLON", "QUESTION", "PLUS", "MINUS", "STAR", "PERCENT", "HASH"),
        *("STRING", "NUMBER", "BAD_NUMBER", "BAD_STRING", "BAD_CHARACTER", "FOREIGN_SIGN"),
    )
)


@dataclass(frozen=True)
class Parsed:
    """What could be parsed of a text, and what could not.

    `program` has the definitions that could be parsed, and `problems` the problems with the others. `unreadable` has
    the names that the others seem to define.
    """

    program: syntax.Program
    problems: tuple[Problem, ...]
    unreadable: frozenset[str]
    bare: tuple[Problem, ...] = ()  # one for each name without a position; the tree has a placeholder there


def parse(source: Source) -> syntax.Program:
    """The syntax tree of a text.

    Raises:
        CraspError: The text has a syntax error. The error carries every one of them.
    """
    parsed = parse_leniently(source)
    if parsed.problems or parsed.bare:
        raise CraspError(source, (*parsed.problems, *parsed.bare))
    return parsed.program


def parse_leniently(source: Source) -> Parsed:
    """The syntax tree of the definitions that can be parsed, and the problems with the others."""
    alphabet: tuple[syntax.Index | syntax.Range, ...] | None = None
    definitions: list[syntax.Definition] = []
    unreadable: set[str] = set()
    with reading() as found:
        problems = found.problems
        pieces = list(_cut(_lexed(source.text, problems)))
        has_alphabet = any(piece[0].type == "ALPHABET" for piece in pieces)
        for number, piece in enumerate(pieces):
            if piece[0].type == "ALPHABET":
                if number > 0:
                    problems.append(_misplaced_alphabet(piece[0], known=alphabet is not None))
                read = _parse_piece("alphabet", piece, problems)
                alphabet = read if alphabet is None and isinstance(read, tuple) else alphabet or ()
                continue
            if number == 0 and not has_alphabet:
                message = "expected the alphabet first, as `alphabet a b c` on a line of its own"
                problems.append(Problem(span_of(piece[0]), message))
            read = _parse_piece("definition", piece, problems)
            if isinstance(read, syntax.Definition):
                definitions.append(read)
            else:
                unreadable.add(str(piece[0]))
    if not pieces:
        message = "expected a program: `alphabet a b c` on a line, then definitions"
        problems.append(Problem(Span(1, 1, 1, 1), message))
    program = syntax.Program(alphabet or (), tuple(definitions))
    bare = tuple(_bare_name(token) for token in found.bare.values())
    return Parsed(program, tuple(problems), frozenset(unreadable), bare)


def _bare_name(token: Token) -> Problem:
    hint = "a definition is used at its own position: `name(i)`"
    return Problem(span_of(token), f"expected an expression, found the bare name `{token}`", hint)


def comments(text: str) -> tuple[tuple[Span, str], ...]:
    """The comments of a text, each with its place and its leading `//`."""
    tokens = _lark().lex(_plain(text), dont_ignore=True)
    return tuple((span_of(t), str(t).rstrip()) for t in tokens if t.type == "COMMENT")


@cache
def _lark() -> Lark:
    grammar = GRAMMAR.read_text(encoding="utf-8")
    objects = {"postlex": _KeepEverything(), "transformer": TreeBuilder()}
    return kept_parser(grammar, **objects) or new_parser(grammar, **objects)


def new_parser(grammar: str, **objects: Any) -> Lark:
    """The grammar's parser, with its tables made anew."""
    starts = ["alphabet", "definition"]
    return Lark(
        grammar, parser="lalr", lexer="basic", start=starts, keep_all_tokens=True, maybe_placeholders=True, **objects
    )


def write_tables() -> None:
    """Stores the grammar's tables, from which `kept_parser` makes the parser; `make grammar` calls this."""
    grammar = GRAMMAR.read_text(encoding="utf-8")
    TABLES.write_text(tables_text(grammar, new_parser(grammar, postlex=_KeepEverything())), encoding="utf-8")


class _KeepEverything:
    """Makes Lark's lexer keep terminals that no grammar rule mentions, because `_lexed` and the messages need them."""

    always_accept = (*RENAMED, *NEVER_PARSED)

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _lexed(text: str, problems: list[Problem]) -> Iterator[Token]:
    """Yields the tokens of a text, with the alphabet set apart from the definitions by `;` tokens.

    A line break that ends the alphabet becomes a `;`; other line breaks are dropped. In the alphabet's line every word
    is a token of the alphabet, reserved words included. A sign or a comment of another language is reported as a
    problem. The sign is then read as what it means there, and the comment is skipped.
    """
    in_alphabet = False
    fresh = True  # nothing but line breaks and `;` stands before the token on its line
    previous: Token | None = None
    comment = 0  # the number of the last line on which a comment of another language begins
    plain = _plain(text)
    for token in _lark().lex(plain):
        if token.line == comment and token.type != "NEWLINE":
            continue
        if token.type == "NEWLINE":
            if in_alphabet:
                yield Token.new_borrow_pos("SEMICOLON", ";", token)
            in_alphabet, fresh = False, True
            continue
        if in_alphabet and token.type not in PUNCTUATION and token.type != "SEMICOLON":
            yield Token.new_borrow_pos("BAD_NUMBER" if _is_bad_word(token) else "WORD", str(token), token)
            continue
        if token.type == "SEMICOLON":
            in_alphabet = False
        if token.type == "ALPHABET" and fresh and (previous is None or previous.type != "IN"):
            in_alphabet = True
            yield Token.new_borrow_pos("SEMICOLON", ";", token)
        fresh = token.type == "SEMICOLON"
        if unquoted_symbol([] if previous is None else [previous], token) is None:
            if begins_a_comment(token, "" if previous is None else previous.type, plain):
                problems.append(foreign_comment(span_of(token), in_alphabet=in_alphabet))
                comment = token.line or 1
                continue
            if (kind := meant(token)) is not None:
                problems.append(foreign_sign(token, span_of(token)))
                token = Token.new_borrow_pos(kind, str(token), token)
        previous = token
        yield _renamed(token)


def _renamed(token: Token) -> Token:
    kind = RENAMED.get(token.type, token.type)
    if kind == "QTOKEN" and token[2].isdigit() and not token[2:].isdigit():
        kind = "BAD_NUMBER"
    return token if kind == token.type else Token.new_borrow_pos(kind, str(token), token)


def _is_bad_word(token: Token) -> bool:
    return token.type in ("AND_SIGN", "OR_SIGN", "NOT_SIGN", "LE_SIGN", "NE_SIGN", "GE_SIGN", "EQ_DOUBLE")


def _cut(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """Yields the pieces of a program: the tokens between `;`, cut again where the head of a definition begins."""
    piece: list[Token] = []
    for token in tokens:
        if token.type == "SEMICOLON":
            yield from _cut_at_heads(piece)
            piece = []
        else:
            piece.append(token)
    yield from _cut_at_heads(piece)


def _cut_at_heads(tokens: list[Token]) -> Iterator[list[Token]]:
    if tokens and tokens[0].type == "ALPHABET":
        yield tokens
        return
    start = 0
    for place, token in enumerate(tokens):
        if token.type == "DEFINE":
            head = _head_before(tokens, place, start)
            if head > start:
                yield tokens[start:head]
                start = head
    if tokens[start:]:
        yield tokens[start:]


def _head_before(tokens: list[Token], place: int, start: int) -> int:
    """The index of the first token of the head that ends before the `:=` at `place`.

    Where no proper head stands there, the index of the first token of that line.
    """
    first = place - 4  # name ( x )
    if first >= start and [t.type for t in tokens[first + 1 : place : 2]] == ["LPAR", "RPAR"]:
        if tokens[first].type != "RSQB":
            return first
        while first > start and tokens[first].type != "LSQB":
            first -= 1
        if first > start:
            return first - 1
    same_line = place
    while same_line > start and tokens[same_line - 1].line == tokens[place].line:
        same_line -= 1
    return same_line


def _parse_piece(start: str, piece: list[Token], problems: list[Problem]) -> object:
    """The node that a piece parses to, or None after a problem has been added."""
    parser = _lark().parse_interactive(start=start)
    try:
        for token in piece:
            parser.feed_token(token)
        return cast(object, parser.feed_eof(piece[-1]))  # type: ignore[no-untyped-call]
    except UnexpectedToken as error:
        found = None if error.token.type == "$END" else error.token
        place = span_of(piece[-1] if found is None else found)
        if found is None:
            place = Span(place.end_line, place.end_column, place.end_line, place.end_column)
        accepted = frozenset(parser.accepts())  # type: ignore[no-untyped-call]
        before = piece if found is None else _before(piece, found)
        in_alphabet = start == "alphabet"
        problem = None if in_alphabet else unquoted_symbol(before, found)
        last = before[-1] if before else None
        problems.append(problem or describe_mismatch(place, found, last, accepted, in_alphabet=in_alphabet))
        return None


def _before(piece: list[Token], token: Token) -> list[Token]:
    return piece[: next(k for k, other in enumerate(piece) if other is token)]


def _misplaced_alphabet(token: Token, *, known: bool) -> Problem:
    rule = "the alphabet is given once" if known else "the alphabet comes first"
    return Problem(span_of(token), f"{rule}: expected a definition, found `alphabet`")
