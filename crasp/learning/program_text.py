"""Writes formulas as the text of a program, in which each count has a definition named after what it counts."""

import re
from collections.abc import Mapping, Sequence
from typing import assert_never

from crasp.errors import Source
from crasp.learning.formula import (
    Always,
    Both,
    CountTerm,
    Earlier,
    Either,
    LetterIs,
    Negated,
    ResidueIs,
    SmallFormula,
    SumComparison,
)
from crasp.meaning.ir import EOS, MIRRORED, Relation
from crasp.spelling import is_bare, quote, why_not_a_name
from crasp.text.formatter import format_text

SPOKEN = {
    "(": "open", ")": "close", "[": "open_square", "]": "close_square", "{": "open_brace", "}": "close_brace",
    "<": "open_angle", ">": "close_angle", "#": "hash", "&": "and_sign", "|": "bar", "+": "plus", "-": "minus",
    "*": "star", "=": "equals", "!": "not_sign", "?": "question", ",": "comma", ".": "dot", ";": "semicolon",
    ":": "colon", "/": "slash",
}  # fmt: skip
SHORT_NAME_LETTERS = 32  # a definition that would have a longer name is called an event, with a number
TWO_COUNTS: dict[Relation, str] = {
    "<": "fewer_{}_than_{}",
    "<=": "no_more_{}_than_{}",
    "=": "as_many_{}_as_{}",
    "!=": "unequal_{}_and_{}",
    ">=": "no_fewer_{}_than_{}",
    ">": "more_{}_than_{}",
}
ONE_COUNT: dict[Relation, str] = {
    "<": "fewer_than_{}_{}",
    "<=": "at_most_{}_{}",
    "=": "exactly_{}_{}",
    "!=": "not_{}_{}",
    ">=": "at_least_{}_{}",
    ">": "more_than_{}_{}",
}


def program_text(
    alphabet: Sequence[str],
    accept: SmallFormula | None,
    follows: Mapping[str, SmallFormula] | None = None,
) -> str:
    """The canonical text of a program with these outputs.

    Args:
        alphabet: The tokens. Formulas refer to them by number.
        accept: The formula of `accept`, or None for a program that does not define it.
        follows: The formula of `next` for each of these tokens, which may include `eos`.
    """
    definitions, outputs = _definitions(alphabet, accept, follows or {})
    lines = ["alphabet " + " ".join(_spelled(token) for token in alphabet), ""]
    text = "\n".join([*lines, *definitions, *([""] if definitions else []), *outputs]) + "\n"
    return format_text(Source("the program", text))


def joined_text(text: str, alphabet: Sequence[str], follows: Mapping[str, SmallFormula]) -> str:
    """The canonical text of a program, with `next` of further tokens added. No name is defined twice.

    Args:
        text: The text of the program.
        alphabet: Its tokens.
        follows: The formula of `next` for each further token, for which the program has no `next`.
    """
    names = re.findall(r"^([A-Za-z_]\w*)[\[(]", text, re.MULTILINE)
    definitions, outputs = _definitions(alphabet, None, follows, names)
    return format_text(Source("the program", "\n".join([text.rstrip(), "", *definitions, "", *outputs]) + "\n"))


def _definitions(
    alphabet: Sequence[str],
    accept: SmallFormula | None,
    follows: Mapping[str, SmallFormula],
    taken: Sequence[str] = (),
) -> tuple[list[str], list[str]]:
    """The lines that define what is counted, under names that are not taken, and the lines of the outputs."""
    writer = _TextWriter(alphabet, taken)
    outputs = [] if accept is None else [f"accept(i) := {writer.boolean(accept, 'i')}"]
    for token, formula in follows.items():
        outputs.append(f"next[{EOS if token == EOS else quote(token)}](i) := {writer.boolean(formula, 'i')}")
    return writer.definitions, outputs


def _spelled(token: str) -> str:
    return token if is_bare(token) else quote(token)


class _TextWriter:
    """The definitions that were needed so far, and their names."""

    def __init__(self, alphabet: Sequence[str], taken: Sequence[str] = ()) -> None:
        self.alphabet = alphabet
        self._taken = frozenset(taken)
        self.definitions: list[str] = []
        self._names: dict[SmallFormula | CountTerm, str] = {}
        self._letters = [_spoken(token, number) for number, token in enumerate(alphabet)]

    def boolean(self, formula: SmallFormula, at: str) -> str:
        """The formula as an expression, in parentheses if it may need them.

        The counts that it reads are defined first.
        """
        if formula in self._names:
            return f"{self._names[formula]}({at})"
        match formula:
            case LetterIs(number):
                return f"Q[{quote(self.alphabet[number])}]({at})"
            case Always():
                return "true"
            case ResidueIs(modulus, residue):
                return f"({at} % {modulus} = {residue})"
            case Negated(body):
                return f"(not {self.boolean(body, at)})"
            case Both(left, right):
                return f"({self.boolean(left, at)} and {self.boolean(right, at)})"
            case Either(left, right):
                return f"({self.boolean(left, at)} or {self.boolean(right, at)})"
            case Earlier(body, back):
                inner = "k" if at == "j" else "j"
                return f"(#[{inner} <= {at}, {inner} = {at} - {back}] {self._body(body, inner)} = 1)"
            case SumComparison():
                return self._comparison(formula, at)
            case _:
                assert_never(formula)

    def _comparison(self, formula: SumComparison, at: str) -> str:
        left, relation, right = sides(formula)
        return f"({self._sum(left, at)} {relation} {self._sum(right, at)})"

    def _sum(self, side: tuple[tuple[int, CountTerm | None], ...], at: str) -> str:
        parts = []
        for factor, count in side:
            if count is None:
                parts.append(str(factor))
            else:
                parts.append(f"{factor} * {self._count(count)}({at})" if factor != 1 else f"{self._count(count)}({at})")
        return " + ".join(parts) or "0"

    def _count(self, count: CountTerm) -> str:
        """The name of a count, which is defined if that has not been done."""
        if count not in self._names:
            bounds = "j <= i" if count.window is None else f"j <= i, j >= i - {count.window}"
            body = self._body(count.body, "j")
            name = self._free(self._name(count, "events"))
            self.definitions.append(f"{name}(i) := #[{bounds}] {body}")
            self._names[count] = name
        return self._names[count]

    def _body(self, body: SmallFormula, at: str) -> str:
        """The body of a count. A letter or `true` is written out, and anything longer gets a definition."""
        plain = body.body if isinstance(body, Negated) else body
        if not isinstance(plain, LetterIs | Always) and body not in self._names:
            text = self.boolean(body, "i")
            name = self._free(self._name(body, "event"))
            self.definitions.append(f"{name}(i) := {text}")
            self._names[body] = name
        return f"({self.boolean(body, at)})"

    # --- names ---------------------------------------------------------------------------------------------------

    def _name(self, formula: SmallFormula | CountTerm, otherwise: str) -> str:
        name = f"count_{self._said(formula.body)}" if isinstance(formula, CountTerm) else self._said(formula)
        if isinstance(formula, CountTerm):
            name = "length" if isinstance(formula.body, Always) else name
            name += "" if formula.window is None else f"_in_last_{formula.window + 1}"
        if len(name) > SHORT_NAME_LETTERS:
            return otherwise
        return name if why_not_a_name(name) is None else f"event_{name}"  # a letter may be a number or `Q_a`

    def _free(self, name: str) -> str:
        taken = self._taken.union(self._names.values())
        if name not in taken and name not in ("event", "events"):
            return name
        return next(new for new in (f"{name}_{k}" for k in range(1, len(taken) + 2)) if new not in taken)

    def _said(self, formula: SmallFormula) -> str:
        """The formula in words, as a part of a name."""
        if formula in self._names:
            return self._names[formula]
        match formula:
            case LetterIs(number):
                return self._letters[number]
            case Always():
                return "position"
            case ResidueIs(modulus, residue):
                return f"residue_{residue}_mod_{modulus}"
            case Negated(body):
                return f"not_{self._said(body)}"
            case Both(left, right):
                return f"{self._said(left)}_and_{self._said(right)}"
            case Either(left, right):
                return f"{self._said(left)}_or_{self._said(right)}"
            case Earlier(body, back):
                return f"{self._said(body)}_{back}_before"
            case SumComparison():
                return self._said_comparison(formula)
            case _:
                assert_never(formula)

    def _said_comparison(self, formula: SumComparison) -> str:
        left, relation, right = sides(formula)
        spoken = ["_and_".join(self._said_term(*term) for term in side) for side in (left, right)]
        if right and right[0][1] is not None:
            return TWO_COUNTS[relation].format(*spoken)
        constant = right[0][0] if right else 0
        if constant == 0 and relation in ("=", "<=", ">", "!="):
            return f"{'no' if relation in ('=', '<=') else 'some'}_{spoken[0]}"
        return ONE_COUNT[relation].format(constant, spoken[0])

    def _said_term(self, factor: int, count: CountTerm | None) -> str:
        if count is None:
            return str(factor)
        name = self._said(count.body) + ("" if count.window is None else f"_in_last_{count.window + 1}")
        return name if factor == 1 else f"{factor}_{name}"


def _spoken(token: str, number: int) -> str:
    if token.isascii() and all(c.isalnum() or c == "_" for c in token):
        return token
    return SPOKEN.get(token, f"token_{number + 1}")


SideTerms = tuple[tuple[int, CountTerm | None], ...]


def sides(formula: SumComparison) -> tuple[SideTerms, Relation, SideTerms]:
    """The comparison without minus signs: terms with a negative coefficient are moved to the other side."""
    terms = _affirmed(formula.terms)
    left: list[tuple[int, CountTerm | None]] = [(factor, count) for factor, count in terms if factor > 0]
    right: list[tuple[int, CountTerm | None]] = [(-factor, count) for factor, count in terms if factor < 0]
    if formula.constant:
        (right if formula.constant > 0 else left).append((abs(formula.constant), None))
    relation = formula.relation
    if not left or left[0][1] is None:
        left, right, relation = right, left, MIRRORED[relation]
    if not right and relation == "<=":  # counts are never below 0
        relation = "="
    return tuple(left), relation, tuple(right)


def _affirmed(terms: tuple[tuple[int, CountTerm], ...]) -> tuple[tuple[int, CountTerm], ...]:
    """The same sum with what is counted in place of its complements, where the number of positions cancels out."""
    spent: dict[int | None, int] = {}
    for factor, count in terms:
        if isinstance(count.body, Negated):
            spent[count.window] = spent.get(count.window, 0) + factor
    found = []
    for factor, count in terms:
        if isinstance(count.body, Negated) and not spent[count.window]:
            found.append((-factor, CountTerm(count.body.body, count.window)))
        else:
            found.append((factor, count))
    return tuple(found) if len({count for _, count in found}) == len(found) else terms
