"""The meaning of a program, read from the language page a second time: one word, one position at a time.

Works on the syntax tree, shares nothing with the checker or the interpreter, and is as naive as it can be:
families are expanded by trying every token, a count looks at every position, values are Python's own.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, assert_never

from crasp.text import syntax

RESERVED = frozenset(
    "Q accept next eos alphabet for in if not and or true false any all sum min max".split()  # noqa: SIM905
)
EOS = "eos"

Value = bool | int
Environment = Mapping[str, str]  # index variable -> token


class IllegalError(Exception):
    """The page calls this program illegal; raised for what the evaluator meets on its way."""


@dataclass(frozen=True)
class Member:
    """One definition of the expanded program: `name` at `tokens`, with what its index variables stand for."""

    name: str
    tokens: tuple[str, ...]
    parameter: str
    expression: syntax.Expression
    environment: tuple[tuple[str, str], ...]

    @property
    def display(self) -> str:
        if not self.tokens:
            return self.name
        return f"{self.name}[{', '.join(displayed(self.name, token) for token in self.tokens)}]"


@dataclass(frozen=True)
class Evaluation:
    """The values of every member at positions 0..n, and the outputs; `next` is None where none is defined."""

    values: tuple[tuple[str, tuple[Value, ...]], ...]
    accept: tuple[bool, ...] | None
    next: tuple[frozenset[str], ...] | None


def displayed(name: str, token: str) -> str:
    """A token as the language writes it in brackets: bare where it may be."""
    bare = re.fullmatch(r"[^\W\d]\w*|[0-9]+", token) and token not in RESERVED
    if bare or (name == "next" and token == EOS):
        return token
    escaped = token.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# --- expansion ---------------------------------------------------------------------------------------------


def tokens_of(items: tuple[syntax.Index | syntax.Range, ...]) -> tuple[str, ...]:
    """The tokens that an alphabet or a set lists, in order."""
    tokens: list[str] = []
    for item in items:
        if isinstance(item, syntax.Index):
            tokens.append(item.text)
        elif item.first.isdigit():
            tokens += [str(number) for number in range(int(item.first), int(item.last) + 1)]
        else:
            tokens += [chr(code) for code in range(ord(item.first), ord(item.last) + 1)]
    if len(set(tokens)) != len(tokens) or not tokens:
        raise IllegalError(f"an empty list of tokens, or one with repeats: {tokens}")
    return tuple(tokens)


def token_at(index: syntax.Index, environment: Environment, alphabet: tuple[str, ...]) -> str:
    """The token that an index stands for: unquoted, an index variable in scope wins."""
    if not index.quoted and index.text in environment:
        return environment[index.text]
    if index.text not in alphabet:
        raise IllegalError(f"{index.text} is no token")
    return index.text


def tokens_at(
    name: str, indices: tuple[syntax.Index, ...], environment: Environment, alphabet: tuple[str, ...]
) -> tuple[str, ...]:
    """The tokens that the brackets of a definition or a use stand for; `eos` is one in `next` alone."""
    ends = [name == "next" and index.text == EOS and not index.quoted for index in indices]
    return tuple(
        EOS if end else token_at(index, environment, alphabet) for end, index in zip(ends, indices, strict=True)
    )


def environments(
    binders: tuple[syntax.Binder, ...],
    condition: syntax.Filter | None,
    outer: Environment,
    alphabet: tuple[str, ...],
) -> Iterator[dict[str, str]]:
    """Everything that the variables may stand for together, the first one slowest."""
    choices = []
    for binder in binders:
        items = binder.tokens.items
        choices.append(alphabet if items is None else tokens_of(items))
        if not set(choices[-1]) <= set(alphabet):
            raise IllegalError(f"a set with strangers: {choices[-1]}")
    for tokens in itertools.product(*choices):
        inner = dict(outer)
        for binder, token in zip(binders, tokens, strict=True):
            inner[binder.variable] = token
        if condition is None or passes(condition, inner, alphabet):
            yield inner


def passes(condition: syntax.Filter, environment: Environment, alphabet: tuple[str, ...]) -> bool:
    """Whether a filter holds; tokens are compared by their places in the alphabet."""
    match condition:
        case syntax.FilterComparison(relation, left, right):
            first = alphabet.index(token_at(left, environment, alphabet))
            second = alphabet.index(token_at(right, environment, alphabet))
            return compare(relation, first, second)
        case syntax.FilterNot(operand):
            return not passes(operand, environment, alphabet)
        case syntax.FilterJunction(word, operands):
            results = [passes(operand, environment, alphabet) for operand in operands]
            return all(results) if word == "and" else any(results)
        case _:
            assert_never(condition)


def compare(relation: str, left: int, right: int) -> bool:
    match relation:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case "=":
            return left == right
        case "!=":
            return left != right
        case ">=":
            return left >= right
        case ">":
            return left > right
    raise AssertionError(relation)


def expand(program: syntax.Program) -> tuple[Member, ...]:
    """The members of every definition, in the order of the text, the first variable of a family slowest."""
    alphabet = tokens_of(program.alphabet)
    members: list[Member] = []
    for definition in program.definitions:
        for environment in environments(definition.binders, definition.filter, {}, alphabet):
            tokens = tokens_at(definition.name, definition.indices, environment, alphabet)
            member = Member(
                definition.name,
                tokens,
                definition.parameter,
                definition.expression,
                tuple(environment.items()),
            )
            if any(other.name == member.name and other.tokens == tokens for other in members):
                raise IllegalError(f"{member.display} is defined twice")
            members.append(member)
    if not any(member.name in ("accept", "next") for member in members):
        raise IllegalError("no output")
    return tuple(members)


# --- values ------------------------------------------------------------------------------------------------


def evaluate(program: syntax.Program, word: tuple[str, ...]) -> Evaluation:
    """The value of every member at every position of a word, and what the program says of it."""
    alphabet = tokens_of(program.alphabet)
    members = expand(program)
    places = {(member.name, member.tokens): place for place, member in enumerate(members)}

    @cache
    def at(place: int, i: int) -> Value:
        member = members[place]
        return value(member.expression, dict(member.environment), member.parameter, i)

    def called(call: syntax.Call, environment: Environment) -> int:
        tokens = tokens_at(call.name, call.indices, environment, alphabet)
        if (call.name, tokens) not in places:
            raise IllegalError(f"{call.name}{list(tokens)} is not defined")
        return places[call.name, tokens]

    def boolean(tree: syntax.Expression, environment: Environment, variable: str, i: int) -> bool:
        result = value(tree, environment, variable, i)
        if type(result) is not bool:
            raise IllegalError(f"a count where a Boolean is needed: {tree}")
        return result

    def count(tree: syntax.Expression, environment: Environment, variable: str, i: int) -> int:
        result = value(tree, environment, variable, i)
        if type(result) is not int:
            raise IllegalError(f"a Boolean where a count is needed: {tree}")
        return result

    def mentions(position: str, variable: str) -> None:
        if position != variable:
            raise IllegalError(f"{position} where {variable} is in scope")

    def value(tree: syntax.Expression, environment: Environment, variable: str, i: int) -> Value:
        here: Any = (environment, variable, i)
        match tree:
            case syntax.Symbol(index, position):
                mentions(position, variable)
                token = token_at(index, environment, alphabet)
                return i >= 1 and word[i - 1] == token
            case syntax.Truth(truth):
                return truth
            case syntax.Not(operand):
                return not boolean(operand, *here)
            case syntax.Junction("and", operands):
                truths = [boolean(operand, *here) for operand in operands]
                return all(truths)
            case syntax.Junction(_, operands):
                truths = [boolean(operand, *here) for operand in operands]
                return any(truths)
            case syntax.Comparison(relation, left, right):
                return compare(relation, count(left, *here), count(right, *here))
            case syntax.Periodic(position, modulus, residue, negated):
                mentions(position, variable)
                return (i % modulus == residue) != negated
            case syntax.Call(_, _, position):
                mentions(position, variable)
                return at(called(tree, environment), i)
            case syntax.Reduction(word_, binders, condition, body):
                inner = list(environments(binders, condition, environment, alphabet))
                if word_ in ("any", "all"):
                    truths = [boolean(body, each, variable, i) for each in inner]
                    return any(truths) if word_ == "any" else all(truths)
                numbers = [count(body, each, variable, i) for each in inner]
                if word_ == "sum":
                    return sum(numbers)
                if not numbers:
                    raise IllegalError(f"the {word_} of nothing")
                return min(numbers) if word_ == "min" else max(numbers)
            case syntax.Integer(number):
                return number
            case syntax.Count(inner_variable, bound, strict, lags, body):
                mentions(bound, variable)
                if inner_variable == bound:
                    raise IllegalError(f"#[{bound} <= {bound}]")
                total = 0
                for j in range(1, i + 1):
                    near_enough = lags is None or lags[0] <= i - j <= lags[1]
                    if near_enough and (j < i or not strict) and boolean(body, environment, inner_variable, j):
                        total += 1
                return total
            case syntax.Negation(operand):
                return -count(operand, *here)
            case syntax.Sum(terms):
                return sum(sign * count(term, *here) for sign, term in terms)
            case syntax.Product(coefficient, operand):
                return coefficient * count(operand, *here)
            case syntax.Extremum(word_, operands):
                numbers = [count(operand, *here) for operand in operands]
                return min(numbers) if word_ == "min" else max(numbers)
            case syntax.Conditional(condition, then, otherwise):
                yes, no = count(then, *here), count(otherwise, *here)
                return yes if boolean(condition, *here) else no
            case _:
                assert_never(tree)

    positions = range(len(word) + 1)
    values = tuple((member.display, tuple(at(place, i) for i in positions)) for place, member in enumerate(members))
    outputs = {member.tokens: place for place, member in enumerate(members) if member.name == "next"}
    accept = places.get(("accept", ()))
    return Evaluation(
        values,
        None if accept is None else tuple(bool(at(accept, i)) for i in positions),
        tuple(frozenset(token for (token,), place in outputs.items() if at(place, i)) for i in positions)
        if outputs
        else None,
    )
