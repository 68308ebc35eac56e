"""Rewrites a `.cr` program in this language: its names, its alphabet, its output, and warnings about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from crasp.errors import CraspError, Problem, Source, Span, render
from crasp.importing.files import FilePart, read_parts
from crasp.importing.lexer import Statement, Token, letter_of
from crasp.importing.operators import RefusedTextError
from crasp.importing.reader import BrokenError, Read, read_expression
from crasp.importing.token_cursor import Known
from crasp.importing.typed_expressions import NOWHERE, ImportedValue, position_name
from crasp.spelling import is_bare, quote, why_not_a_name
from crasp.text import syntax
from crasp.text.expression_text import format_definition, format_expression
from crasp.text.formatter import format_text
from tasks.ground.automata.tokens import why_not_a_token


@dataclass(frozen=True)
class Imported:
    """The text of the rewritten program, and warnings about it."""

    text: str
    warnings: tuple[str, ...]


@dataclass
class _ProgramSoFar:
    """What the statements read so far have made."""

    names: dict[str, Known] = field(default_factory=dict)  # for each name of the original, the definition here
    taken: set[str] = field(default_factory=set)
    letters: dict[str, None] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    problems: dict[Source, list[Problem]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    output: tuple[str, ImportedValue, Source] | None = None  # the main file's last line, with its name here

    def refuse(self, source: Source, problem: Problem) -> None:
        self.problems.setdefault(source, []).append(problem)

    def warn(self, source: Source, token: Token, message: str, hint: str | None = None) -> None:
        self.warnings.append(render(source, (Problem(token.span, f"warning: {message}", hint),)))


def import_program(name: str, alphabet: tuple[str, ...] | None = None) -> Imported:
    """The program in this language that accepts a word if the last line of a `.cr` file is true at its last position.

    Args:
        name: The path of the file, or `-` for standard input.
        alphabet: The letters in order; None for those that the file and its imports name, in the order of the text.

    Raises:
        LoadError: The file cannot be read.
        CraspError: A text is refused. The error has every problem of the first file that has one.
    """
    parts = read_parts(name)
    so_far = _ProgramSoFar()
    last = _last_statement(parts)
    for part in parts:
        for statement in part.statements:
            _read_statement(statement, part, so_far, is_last=statement is last)
    for source, problems in so_far.problems.items():
        raise CraspError(source, tuple(problems))
    main = parts[-1].source
    if last is None or so_far.output is None:
        raise CraspError(
            main, (Problem(_end(main), "expected a program: one definition in each line, and the output in the last"),)
        )
    letters = _alphabet(so_far, alphabet, main)
    accept = _accept(so_far)
    line = " ".join(token if is_bare(token) and token != "eos" else quote(token) for token in letters)
    text = "\n".join([f"// Imported from {_one_line(name)}.", f"alphabet {line}", "", *so_far.rows, *accept, ""])
    return Imported(format_text(Source(name, text)), tuple(so_far.warnings))


def _last_statement(parts: tuple[FilePart, ...]) -> Statement | None:
    """The last statement of the main file."""
    own = [statement for part in parts if part.main for statement in part.statements if statement.tokens]
    return own[-1] if own else None


def _read_statement(statement: Statement, part: FilePart, so_far: _ProgramSoFar, *, is_last: bool) -> None:
    so_far.rows += statement.above
    if not statement.tokens:
        so_far.rows += statement.beside
        return
    for token in statement.tokens:
        if token.kind == "letter":
            so_far.letters.setdefault(letter_of(token))
    try:
        head, variable, tokens = _head(statement.tokens)
        if head is None and not is_last and part.main:
            message = "only the last line may go without a name: expected `NAME = expression`"
            raise RefusedTextError(statement.tokens[0].span, message)
        read = read_expression(tokens, so_far.names, variable, _fresh_names(so_far.taken))
    except RefusedTextError as error:
        if not isinstance(error, BrokenError):
            so_far.refuse(part.source, error.problem)
        so_far.names[statement.tokens[0].text] = Known("", "boolean", broken=True)
        return
    value = read.value
    for token in read.ended:
        message = f"`{token.text}` is read as an operator after the comparison, not as part of what is counted"
        so_far.warn(part.source, token, message, "put what is counted in parentheses")
    _warn_of_loose_not(tokens, variable, read, part.source, so_far)
    if is_last and value.kind == "count":
        message = "the last line is the output: expected a Boolean, found a count"
        so_far.refuse(part.source, Problem(value.span, message, "compare it, as `C >= 1`"))
    if head is None and not is_last:
        return  # the output of an imported file is not needed
    for piece in read.parts:
        so_far.taken.add(piece.name)
        so_far.rows.append(_definition(piece.name, piece.depth, piece.node))
    _define(head, value, statement, part.source, so_far, is_last=is_last)


def _head(tokens: tuple[Token, ...]) -> tuple[Token | None, str, tuple[Token, ...]]:
    """The name that a statement defines or None, its position variable, and the tokens of its expression."""
    kinds = [token.kind for token in tokens[:5]]
    named = kinds[:1] == ["name"]
    place = 4 if kinds[1:4] == ["(", "name", ")"] else 1
    variable = tokens[2].text if place == 4 else _usual_variable(tokens)
    defines = len(tokens) > place and (tokens[place].kind == ":=" or tokens[place].text == "=")
    if not defines:
        return None, _usual_variable(tokens), tokens
    if not named:
        raise RefusedTextError(tokens[0].span, f"expected a name to define, found `{tokens[0].text}`")
    if len(tokens) == place + 1:
        raise RefusedTextError(tokens[place].span, "expected an expression after it, found the end of the line")
    return tokens[0], variable, tokens[place + 1 :]


def _usual_variable(tokens: tuple[Token, ...]) -> str:
    """The position variable of a statement whose head names none: that of its first `#[j <= i]`, else i."""
    for place, token in enumerate(tokens):
        kinds = [t.kind for t in tokens[place : place + 4]]
        if kinds in (["#[", "name", "<=", "name"], ["#[", "name", "<", "name"]):
            return tokens[place + 3].text
        if token.kind == "#[":
            break
    return "i"


def _warn_of_loose_not(
    tokens: tuple[Token, ...], variable: str, read: Read, source: Source, so_far: _ProgramSoFar
) -> None:
    sign = next((token for token in tokens if token.text == "!"), None)
    if sign is None:
        return
    try:
        theirs = read_expression(tokens, so_far.names, variable, _fresh_names(so_far.taken), loose=True)
    except RefusedTextError:
        return
    if _texts(theirs) != _texts(read):
        message = (
            "`!` is read as binding tighter than `&&` and `||`; the published interpreter applies it to all after it"
        )
        so_far.warn(source, sign, message, "put parentheses where they are meant: `(!x) && y` or `!(x && y)`")


def _define(
    head: Token | None,
    value: ImportedValue,
    statement: Statement,
    source: Source,
    so_far: _ProgramSoFar,
    *,
    is_last: bool,
) -> None:
    wanted = "accept" if head is None or (is_last and head.text == "accept") else head.text
    name = wanted if wanted == "accept" and is_last else _free_name(wanted, so_far.taken)
    if head is not None:
        if head.text in so_far.names:
            so_far.warn(source, head, f"`{head.text}` is defined again: the lines below use this definition")
        so_far.names[head.text] = Known(name, value.kind)
        if name != head.text and head.text not in so_far.taken:
            so_far.rows.append(f"// `{head.text}` in the original")
    so_far.taken.add(name)
    so_far.rows.append("  ".join([_definition(name, 0, value.node), *statement.beside[:1]]))
    so_far.rows += statement.beside[1:]
    if is_last:
        so_far.output = (name, value, source)


def _definition(name: str, depth: int, node: syntax.Expression) -> str:
    return format_definition(syntax.Definition(name, (), position_name(depth), node, (), None, NOWHERE))


def _texts(read: Read) -> list[str]:
    """The texts of the expression and of its parts, for comparison."""
    return [format_expression(node) for node in (read.value.node, *(part.node for part in read.parts))]


def _fresh_names(taken: set[str]) -> Iterator[str]:
    return (name for number in count(1) if (name := f"part_{number}") not in taken)


def _free_name(wanted: str, taken: set[str]) -> str:
    """The legal name nearest to this one that is not taken."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
    if why_not_a_name(base) is not None:
        base = f"{base}_" if not base.startswith("Q_") and not base[:1].isdigit() else f"p_{base}"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name


def _accept(so_far: _ProgramSoFar) -> Iterator[str]:
    """Yields the definition of `accept`, unless the last line is called `accept` itself."""
    if so_far.output is not None and so_far.output[0] != "accept":
        yield f"accept(i) := {so_far.output[0]}(i)"


def _alphabet(so_far: _ProgramSoFar, given: tuple[str, ...] | None, main: Source) -> tuple[str, ...]:
    named = tuple(so_far.letters)
    for letter in named:
        reason = why_not_a_token(letter)
        if reason is not None:
            raise CraspError(main, (Problem(_end(main), reason),))
        if given is not None and letter not in given:
            message = f"the program names the letter `{letter}`, which --alphabet lacks"
            raise CraspError(main, (Problem(_end(main), message),))
    if not (given or named):
        hint = 'give the alphabet: --alphabet "a b"'
        raise CraspError(main, (Problem(_end(main), "expected a letter, as `Q_a`: the program names none", hint),))
    return given or named


def _end(source: Source) -> Span:
    lines = source.text.rstrip().split("\n")
    return Span(len(lines), 1, len(lines), len(lines[-1]) + 1)


def _one_line(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)
