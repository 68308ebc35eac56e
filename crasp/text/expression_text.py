"""Writes definitions and expressions as canonical text, with parentheses only where the meaning needs them."""

from typing import assert_never

from crasp.meaning.deep_recursion import Step, run
from crasp.spelling import is_bare, quote
from crasp.text import syntax
from crasp.text.big_integers import write_integer

# How tightly each form of expression binds, the loosest first.
CONDITIONAL, OR, AND, NOT, COMPARISON, ADDITION, PRODUCT, UNARY = range(8)


def format_definition(definition: syntax.Definition) -> str:
    """The text of a definition, on one line."""
    text = f"{format_head(definition)} := {format_expression(definition.expression)}"
    return f"{text}  for {_binders(definition.binders, definition.filter)}" if definition.binders else text


def format_head(definition: syntax.Definition) -> str:
    """The head of a definition: the text before its `:=`."""
    return f"{definition.name}{_indices(definition.indices)}({definition.parameter})"


def format_expression(expression: syntax.Expression) -> str:
    """The text of an expression, with the parentheses that it needs and no others."""
    return run(_format(expression, CONDITIONAL))


# --- tokens and families -------------------------------------------------------------------------------------


def spelt_index(item: syntax.Index | syntax.Range) -> str:
    """A token, an index variable or a range, written as the program wrote it."""
    if isinstance(item, syntax.Range):
        return f"{item.first}..{item.last}"
    return quote(item.text) if item.quoted else item.text


def _indices(indices: tuple[syntax.Index, ...]) -> str:
    return f"[{', '.join(map(spelt_index, indices))}]" if indices else ""


def _binders(binders: tuple[syntax.Binder, ...], where: syntax.Filter | None) -> str:
    text = ", ".join(f"{b.variable} in {_set(b.tokens)}" for b in binders)
    return text if where is None else f"{text} if {run(_format_filter(where, OR))}"


def _set(tokens: syntax.TokenSet) -> str:
    return "alphabet" if tokens.items is None else f"{{{', '.join(map(spelt_index, tokens.items))}}}"


def _format_filter(where: syntax.Filter, least: int) -> Step[str]:
    match where:
        case syntax.FilterComparison(relation, left, right):
            return f"{spelt_index(left)} {relation} {spelt_index(right)}"
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
    """The text of an expression, in parentheses where it binds less tightly than `least`."""
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
            return f"Q_{index.text}({position})" if short else f"Q[{spelt_index(index)}]({position})"
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
    """The text of a count's body: a symbol, a constant, a name or `not` and a body as it is, others in parentheses."""
    match node:
        case syntax.Symbol() | syntax.Truth() | syntax.Call():
            return _format_leaf(node)
        case syntax.Not(operand):
            return f"not {(yield _format_body(operand))}"
        case _:
            return f"({(yield _format(node, CONDITIONAL))})"
