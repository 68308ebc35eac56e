"""Tokens and the index variables that range over them: alphabets, token sets, filters, and the members of a family."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import assert_never

from crasp.errors import Problem, Span
from crasp.spelling import near, spell_token
from crasp.text import syntax
from tasks.ground.automata.tokens import why_not_a_token

MOST_MEMBERS = 200_000  # the most tokens of an alphabet, and the most members of one family before its filter


@dataclass(frozen=True)
class Alphabet:
    """The tokens of a program in order, and the place of each in that order, from 0."""

    tokens: tuple[str, ...]
    order: Mapping[str, int]


def read_alphabet(items: Iterable[syntax.Index | syntax.Range], problems: list[Problem]) -> Alphabet:
    """The alphabet that the first line of a program lists; problems found there are added to `problems`."""
    order: dict[str, int] = {}
    for item in items:
        for token in _spelled_out(item, problems):
            why = _why_not_the_next(token, order)
            if why is not None:
                problems.append(Problem(item.span, why))
                break
            order[token] = len(order)
    return Alphabet(tuple(order), order)


def _why_not_the_next(token: str, order: Mapping[str, int]) -> str | None:
    """The reason why a token cannot be added to the alphabet read so far; None if it can."""
    if token in order:
        return f"the token `{token}` is in the alphabet already"
    if len(order) == MOST_MEMBERS:
        return f"an alphabet of more than {MOST_MEMBERS:,} tokens is over the limit of this implementation"
    return why_not_a_token(token)


def read_set(tokens: syntax.TokenSet, alphabet: Alphabet, problems: list[Problem]) -> tuple[str, ...]:
    """The tokens that `alphabet` or `{...}` stands for, in order; problems found there are added to `problems`."""
    if tokens.items is None:
        return alphabet.tokens
    found: dict[str, None] = {}
    for item in tokens.items:
        for token in _spelled_out(item, problems):
            if token in found:
                problems.append(Problem(item.span, f"the token `{token}` is in the set already"))
                break
            if alphabet.tokens and token not in alphabet.order:
                problems.append(unknown_token(token, item.span, alphabet.tokens))
                break
            found[token] = None
    return tuple(found)


def unknown_token(token: str, span: Span, known: Iterable[str]) -> Problem:
    """The problem of a token that the alphabet lacks, with the nearest known token as a hint."""
    guess = near(token, known)
    hint = None if guess is None else f"the nearest is {spell_token(guess)}"
    return Problem(span, f"expected a token of the alphabet, found `{token}`", hint)


def _spelled_out(item: syntax.Index | syntax.Range, problems: list[Problem]) -> Iterator[str]:
    if isinstance(item, syntax.Index):
        yield item.text
        return
    why = _why_not_a_range(item)
    if why is not None:
        problems.append(Problem(item.span, why))
    elif item.first.isdigit():
        yield from map(str, range(int(item.first), int(item.last) + 1))
    else:
        yield from map(chr, range(ord(item.first), ord(item.last) + 1))


def _why_not_a_range(item: syntax.Range) -> str | None:
    ends = (item.first, item.last)
    if any(end.startswith('"') for end in ends):
        return "the ends of a range are not quoted"
    if all(e.isascii() and e.isdigit() for e in ends):
        if any(len(e) > 1 and e.startswith("0") for e in ends):
            return "the ends of a range of numbers have no leading zeros"
        if any(len(e) > len(str(MOST_MEMBERS)) for e in ends) or int(item.last) - int(item.first) >= MOST_MEMBERS:
            return f"a range of more than {MOST_MEMBERS:,} tokens is over the limit of this implementation"
        ascending = int(item.first) <= int(item.last)
    elif all(len(e) == 1 and e.isascii() and (e.islower() or e.isupper()) for e in ends):
        if item.first.islower() != item.last.islower():
            return "expected both ends of the range in lower case, or both in upper case"
        ascending = item.first <= item.last
    else:
        return "expected a range of two letters or two numbers, as `a..z` or `0..149`"
    return None if ascending else f"expected an ascending range, found `{item.first}..{item.last}`"


# --- index variables -----------------------------------------------------------------------------------------

Assignment = Mapping[str, str]  # index variable -> token


def resolve(index: syntax.Index, variables: Assignment) -> str:
    """The token that an index stands for: an unquoted name is first taken for an index variable in scope."""
    return index.text if index.quoted else variables.get(index.text, index.text)


@dataclass(frozen=True)
class Assignments:
    """The assignments of tokens to several index variables together.

    Each variable takes the tokens of its set, and the filter `where` has to hold.
    """

    variables: tuple[str, ...]
    sets: tuple[tuple[str, ...], ...]
    where: syntax.Filter | None
    alphabet: Alphabet

    @property
    def size(self) -> int:
        """The number of assignments before the filter."""
        return prod(map(len, self.sets))

    @property
    def work(self) -> int:
        """The number of steps that enumerating the assignments takes, each comparison of the filter counted as one."""
        return self.size * (1 if self.where is None else 1 + comparisons(self.where))

    def over(self, outer: Assignment) -> Iterator[Assignment]:
        """Yields each assignment together with the outer variables; the first variable changes slowest."""
        for tokens in product(*self.sets):
            inner = {**outer, **dict(zip(self.variables, tokens, strict=True))}
            if self.where is None or holds(self.where, inner, self.alphabet):
                yield inner


def comparisons(where: syntax.Filter) -> int:
    """The number of comparisons in a filter, which is the most that evaluating it makes."""
    waiting, found = [where], 0
    while waiting:
        match waiting.pop():
            case syntax.FilterNot(operand):
                waiting.append(operand)
            case syntax.FilterJunction(_, operands):
                waiting.extend(operands)
            case syntax.FilterComparison():
                found += 1
    return found


def holds(where: syntax.Filter, variables: Assignment, alphabet: Alphabet) -> bool:
    """Whether a filter is true under an assignment. Tokens are compared by their order in the alphabet."""
    match where:
        case syntax.FilterNot(operand):
            return not holds(operand, variables, alphabet)
        case syntax.FilterJunction("and", operands):
            return all(holds(operand, variables, alphabet) for operand in operands)
        case syntax.FilterJunction(_, operands):
            return any(holds(operand, variables, alphabet) for operand in operands)
        case syntax.FilterComparison(relation, left, right):
            a = alphabet.order[resolve(left, variables)]
            b = alphabet.order[resolve(right, variables)]
            return {"<": a < b, "<=": a <= b, "=": a == b, "!=": a != b, ">=": a >= b, ">": a > b}[relation]
        case _:
            assert_never(where)
