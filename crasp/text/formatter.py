"""Canonical text: one definition a line, parentheses only where the meaning needs them, comments kept.

The `:=` of lines that follow each other without a blank line or a comment stand in one column.
"""

from collections import deque
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import assert_never

from crasp.errors import Source, Span
from crasp.meaning.deep_recursion import Step, run
from crasp.spelling import is_bare, quote
from crasp.text import syntax
from crasp.text.big_integers import write_integer
from crasp.text.parser import comments, parse

# Binding strength of what an expression is, loosest first.
CONDITIONAL, OR, AND, NOT, COMPARISON, ADDITION, PRODUCT, UNARY = range(8)


def format_text(source: Source) -> str:
    """The canonical text of a program that means the same; CraspError where the text cannot be parsed.

    Formatting twice is the same as formatting once. A comment stays beside, above or below what it stood
    beside, above or below; one inside a definition moves above it. Blank lines stay, one at a time.
    """
    program = parse(source)
    pieces = [_SourceRow(_alphabet_span(program), _format_alphabet(program))]
    pieces += [_SourceRow(d.span, format_definition(d), head=len(format_head(d))) for d in program.definitions]
    return _laid_out(pieces, comments(source.text))


def format_definition(definition: syntax.Definition) -> str:
    """One definition on one line."""
    text = f"{format_head(definition)} := {format_expression(definition.expression)}"
    return f"{text}  for {_binders(definition.binders, definition.filter)}" if definition.binders else text


def format_head(definition: syntax.Definition) -> str:
    """What is defined: what stands before the `:=`."""
    return f"{definition.name}{_indices(definition.indices)}({definition.parameter})"


def format_expression(expression: syntax.Expression) -> str:
    """An expression with the parentheses that it needs."""
    return run(_format(expression, CONDITIONAL))


# --- layout: definitions, comments, blank lines ---------------------------------------------------------------


@dataclass
class _SourceRow:
    """A line of canonical text and the stretch of source that it stands for.

    `head` is how much of a definition stands before its ` :=`, 0 for anything else.
    """

    span: Span
    text: str
    beside: str = ""
    head: int = 0


def _laid_out(pieces: list[_SourceRow], notes: tuple[tuple[Span, str], ...]) -> str:
    rows: list[_SourceRow] = []
    waiting = deque(notes)
    for piece, following in zip_longest(pieces, pieces[1:]):
        while waiting and waiting[0][0].line < piece.span.end_line:
            rows.append(_SourceRow(*waiting.popleft()))
        rows.append(piece)
        last_on_line = following is None or following.span.line > piece.span.end_line
        if waiting and last_on_line and waiting[0][0].line == piece.span.end_line:
            piece.beside = waiting.popleft()[1]
    rows += [_SourceRow(*note) for note in waiting]
    blocks = _aligned(_blocks(rows, pieces[0]))
    return "\n\n".join("\n".join(f"{row.text}  {row.beside}".rstrip() for row in block) for block in blocks) + "\n"


def _blocks(rows: list[_SourceRow], alphabet: _SourceRow) -> list[list[_SourceRow]]:
    """The rows cut where the source has a blank line, and after the alphabet."""
    blocks: list[list[_SourceRow]] = []
    below = 0
    for row in rows:
        if not blocks or row.span.line > below + 1 or blocks[-1][-1] is alphabet:
            blocks.append([])
        blocks[-1].append(row)
        below = max(below, row.span.end_line)
    return blocks


def _aligned(blocks: list[list[_SourceRow]]) -> list[list[_SourceRow]]:
    """The blocks with the `:=` of neighbouring definitions in one column."""
    for block in blocks:
        for is_definition, group in groupby(block, key=lambda row: row.head > 0):
            neighbours = list(group)
            widest = max(row.head for row in neighbours)
            for row in neighbours if is_definition else ():
                row.text = row.text[: row.head].ljust(widest) + row.text[row.head :]
    return blocks


def _alphabet_span(program: syntax.Program) -> Span:
    return program.alphabet[0].span.to(program.alphabet[-1].span)


def _format_alphabet(program: syntax.Program) -> str:
    return " ".join(["alphabet", *map(_token, program.alphabet)])


# --- tokens and families -------------------------------------------------------------------------------------


def _token(item: syntax.Index | syntax.Range) -> str:
    if isinstance(item, syntax.Range):
        return f"{item.first}..{item.last}"
    return quote(item.text) if item.quoted else item.text


def _indices(indices: tuple[syntax.Index, ...]) -> str:
    return f"[{', '.join(map(_token, indices))}]" if indices else ""


def _binders(binders: tuple[syntax.Binder, ...], where: syntax.Filter | None) -> str:
    text = ", ".join(f"{b.variable} in {_set(b.tokens)}" for b in binders)
    return text if where is None else f"{text} if {run(_format_filter(where, OR))}"


def _set(tokens: syntax.TokenSet) -> str:
    return "alphabet" if tokens.items is None else f"{{{', '.join(map(_token, tokens.items))}}}"


def _format_filter(where: syntax.Filter, least: int) -> Step[str]:
    match where:
        case syntax.FilterComparison(relation, left, right):
            return f"{_token(left)} {relation} {_token(right)}"
        case syntax.FilterNot(operand):
            return f"not {(yield _format_filter(operand, NOT))}"
        case syntax.FilterJunction(word, operands):
            strength = OR if word == "or" else AND
            parts = []
            for operand in operands:
                parts.append((yield _format_filter(operand, strength + 1)))
            return _enclosed(f" {word} ".join(parts), strength, least)
        case _:
            assert_never(where)


# --- expressions ---------------------------------------------------------------------------------------------


def _enclosed(text: str, strength: int, least: int) -> str:
    return f"({text})" if strength < least else text


def _format(node: syntax.Expression, least: int) -> Step[str]:
    """The text of an expression, in parentheses where it binds less tightly than its place wants."""
    match node:
        case syntax.Symbol() | syntax.Truth() | syntax.Call() | syntax.Integer():
            return _format_leaf(node)
        case syntax.Periodic(position, modulus, residue, negated):
            relation = "!=" if negated else "="
            text = f"{position} % {write_integer(modulus)} {relation} {write_integer(residue)}"
            return _enclosed(text, COMPARISON, least)
        case syntax.Conditional(condition, then, otherwise):
            parts = (yield _format(condition, OR)), (yield _format(then, CONDITIONAL)), (yield _format(otherwise, 0))
            return _enclosed("{} ? {} : {}".format(*parts), CONDITIONAL, least)
        case syntax.Junction(word, operands):
            strength = OR if word == "or" else AND
            joined = yield from _joined(f" {word} ", operands, strength + 1)
            return _enclosed(joined, strength, least)
        case syntax.Not(operand):
            return _enclosed(f"not {(yield _format(operand, NOT))}", NOT, least)
        case syntax.Comparison(relation, left, right):
            text = f"{(yield _format(left, ADDITION))} {relation} {(yield _format(right, ADDITION))}"
            return _enclosed(text, COMPARISON, least)
        case syntax.Sum(terms):
            return _enclosed((yield _format_sum(terms)), ADDITION, least)
        case syntax.Product(coefficient, operand):
            text = f"{write_integer(coefficient)} * {(yield _format(operand, PRODUCT))}"
            return _enclosed(text, PRODUCT, least)
        case syntax.Negation(operand):
            return _enclosed(f"-{(yield _format(operand, UNARY))}", UNARY, least)
        case syntax.Extremum(word, operands):
            return f"{word}({(yield from _joined(', ', operands, CONDITIONAL))})"
        case syntax.Reduction(word, binders, where, body):
            strength = NOT if word in ("any", "all") else UNARY
            text = f"{word}[{_binders(binders, where)}] {(yield _format(body, strength))}"
            return _enclosed(text, strength, least)
        case syntax.Count():
            return f"#[{_count_header(node)}] {(yield _format_body(node.body))}"
        case _:
            assert_never(node)


def _format_leaf(node: syntax.Symbol | syntax.Truth | syntax.Call | syntax.Integer) -> str:
    match node:
        case syntax.Symbol(index, position):
            short = index.quoted and is_bare(index.text)
            return f"Q_{index.text}({position})" if short else f"Q[{_token(index)}]({position})"
        case syntax.Truth(value):
            return "true" if value else "false"
        case syntax.Call(name, indices, position):
            return f"{name}{_indices(indices)}({position})"
        case syntax.Integer(value):
            return write_integer(value)


def _joined(between: str, operands: tuple[syntax.Expression, ...], least: int) -> Step[str]:
    parts = []
    for operand in operands:
        if isinstance(operand, syntax.Symbol | syntax.Call):  # a step of its own would take longer than the work
            parts.append(_format_leaf(operand))
        else:
            parts.append((yield _format(operand, least)))
    return between.join(parts)


def _format_sum(terms: tuple[tuple[int, syntax.Expression], ...]) -> Step[str]:
    parts = []
    for sign, term in terms:
        parts.append(" + " if sign > 0 else " - ")
        parts.append((yield _format(term, PRODUCT)))
    return "".join(parts[1:])


def _count_header(node: syntax.Count) -> str:
    j, i = node.variable, node.bound
    if node.lags is None:
        return f"{j} {'<' if node.strict else '<='} {i}"
    nearest, farthest = node.lags
    relation = "=" if nearest == farthest else ">="
    return f"{j} <= {i}, {j} {relation} {i}" + (f" - {write_integer(farthest)}" if farthest else "")


def _format_body(node: syntax.Expression) -> Step[str]:
    """The body of a count: a few forms stand alone, all others in parentheses."""
    match node:
        case syntax.Symbol() | syntax.Truth() | syntax.Call():
            return _format_leaf(node)
        case syntax.Not(operand):
            return f"not {(yield _format_body(operand))}"
        case _:
            return f"({(yield _format(node, CONDITIONAL))})"
