"""From a syntax tree to a text that means it, with parentheses where the language page asks for them.

`layout` 0 gives the plain text; any other number seeds redundant parentheses, white space, comments and the
other spellings of operators. The precedences here are a second reading of the page's list.
"""

import random
import re
from typing import assert_never

from crasp.text import syntax
from tests.crasp.meaning.reference_evaluator import RESERVED

# From loosest to tightest.
CONDITIONAL, OR, AND, NOT, COMPARISON, SUM, PRODUCT, UNARY, ATOM = range(9)

SPELLINGS = {
    "and": ("and", "∧"),
    "or": ("or", "∨"),
    "not": ("not", "¬"),
    "<=": ("<=", "≤"),
    ">=": (">=", "≥"),
    "!=": ("!=", "≠"),
    "=": ("=", "=="),
}
SPACES = (" ", " ", "  ", "\t", "\n", "\n    ", "\r\n", ' // "so" it := says, ∧ #[\n')


def is_bare(token: str) -> bool:
    """Whether a token may be written without quotes in brackets, braces and filters."""
    return bool(re.fullmatch(r"[^\W\d]\w*|[0-9]+", token)) and token not in RESERVED


def is_word(token: str) -> bool:
    """Whether a token may be written without quotes in the alphabet and after `Q_`."""
    return bool(re.fullmatch(r"[^\W\d]\w*|[0-9]+", token)) and token != "eos"


def quote(token: str) -> str:
    return '"' + token.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rendered(program: syntax.Program, layout: int = 0) -> str:
    """The text of a program."""
    chooser = random.Random(layout) if layout else None
    return join(lexemes(program, chooser), chooser)


def lexemes(program: syntax.Program, chooser: random.Random | None) -> list[str]:
    """The words and signs of a program in order; the alphabet's line is the first, whole."""
    line = " ".join(["alphabet", *[_item(item) for item in program.alphabet]])
    ends = ["\n", "\n", ";", " \t// the tokens\n", "\r\n"]
    words = [line + (chooser.choice(ends) if chooser else "\n")]
    for definition in program.definitions:
        words += Writer(chooser).definition(definition)
        words.append(chooser.choice(["\n", ";", " ; ;\n", " "]) if chooser else "\n")
    return words


def join(words: list[str], chooser: random.Random | None) -> str:
    """The words with white space between them, at least where two would run together."""
    text = ""
    for word in words:
        needed = bool(re.search(r'[\w"]$', text) and re.match(r'[\w"]', word))
        if chooser is None:
            space = "" if not text or text.endswith("\n") or word == "\n" else " "
        elif needed or chooser.random() < 0.4:
            space = chooser.choice(SPACES)
        else:
            space = ""
        text += space + word
    return text


def _item(item: syntax.Index | syntax.Range) -> str:
    if isinstance(item, syntax.Range):
        return f"{item.first}..{item.last}"
    return quote(item.text) if item.quoted else item.text


class Writer:
    """Writes trees as lists of words and signs; with a chooser, in one of the many ways there are."""

    def __init__(self, chooser: random.Random | None) -> None:
        self.chooser = chooser

    def chance(self, probability: float) -> bool:
        return self.chooser is not None and self.chooser.random() < probability

    def spelled(self, sign: str) -> str:
        spellings = SPELLINGS.get(sign, (sign,))
        return self.chooser.choice(spellings) if self.chooser else spellings[0]

    def definition(self, tree: syntax.Definition) -> list[str]:
        head = [tree.name, *self.brackets(tree.indices), "(", tree.parameter, ")", ":="]
        words = head + self.expression(tree.expression, CONDITIONAL)
        if tree.binders:
            words += ["for", *self.binders(tree.binders, tree.filter)]
        return words

    def brackets(self, indices: tuple[syntax.Index, ...]) -> list[str]:
        return ["[", *separated([[_item(index)] for index in indices]), "]"] if indices else []

    def binders(self, binders: tuple[syntax.Binder, ...], condition: syntax.Filter | None) -> list[str]:
        words = separated([self.binder(binder) for binder in binders])
        return words if condition is None else [*words, "if", *self.filter(condition, OR)]

    def binder(self, binder: syntax.Binder) -> list[str]:
        items = binder.tokens.items
        written = ["alphabet"] if items is None else ["{", *separated([[_item(item)] for item in items]), "}"]
        return [binder.variable, "in", *written]

    def filter(self, tree: syntax.Filter, level: int) -> list[str]:
        match tree:
            case syntax.FilterComparison(relation, left, right):
                own, words = COMPARISON, [_item(left), relation, _item(right)]
            case syntax.FilterNot(operand):
                own, words = NOT, ["not", *self.filter(operand, NOT)]
            case syntax.FilterJunction(word, operands):
                own = AND if word == "and" else OR
                words = separated([self.filter(operand, own + 1) for operand in operands], word)
            case _:
                assert_never(tree)
        return ["(", *words, ")"] if own < level or self.chance(0.1) else words

    def expression(self, tree: syntax.Expression, level: int) -> list[str]:
        """A tree where only what binds at least as tightly as `level` may stand without parentheses."""
        own, words = self.bare(tree)
        return ["(", *words, ")"] if own < level or self.chance(0.1) else words

    def bare(self, tree: syntax.Expression) -> tuple[int, list[str]]:
        """How tightly a tree binds, and its words."""
        match tree:
            case syntax.Symbol(index, position):
                return ATOM, [*self.symbol(index), "(", position, ")"]
            case syntax.Truth(value):
                return ATOM, ["true" if value else "false"]
            case syntax.Integer(value):
                return ATOM, [str(value)]
            case syntax.Call(name, indices, position):
                return ATOM, [name, *self.brackets(indices), "(", position, ")"]
            case syntax.Extremum(word, operands):
                arguments = separated([self.expression(operand, CONDITIONAL) for operand in operands])
                return ATOM, [word, "(", *arguments, ")"]
            case syntax.Count(body=body):
                return ATOM, [*self.bound(tree), *self.body(body)]
            case syntax.Negation(operand):
                return UNARY, ["-", *self.expression(operand, UNARY)]
            case syntax.Product(coefficient, operand):
                sign = ["-"] if coefficient < 0 else []
                return PRODUCT, [*sign, str(abs(coefficient)), "*", *self.expression(operand, PRODUCT)]
            case syntax.Sum(terms):
                words = self.expression(terms[0][1], PRODUCT)
                for sign_, term in terms[1:]:
                    words += ["+" if sign_ == 1 else "-", *self.expression(term, PRODUCT)]
                return SUM, words
            case syntax.Comparison(relation, left, right):
                sides = self.expression(left, SUM), self.expression(right, SUM)
                return COMPARISON, [*sides[0], self.spelled(relation), *sides[1]]
            case syntax.Periodic(position, modulus, residue, negated):
                relation_ = self.spelled("!=" if negated else "=")
                return COMPARISON, [position, "%", str(modulus), relation_, str(residue)]
            case syntax.Not(operand):
                return NOT, [self.spelled("not"), *self.expression(operand, NOT)]
            case syntax.Reduction(word, binders, condition, body):
                level = NOT if word in ("any", "all") else UNARY
                head = [word, "[", *self.binders(binders, condition), "]"]
                return level, head + self.expression(body, level)
            case syntax.Junction(word, operands):
                level = AND if word == "and" else OR
                parts = [self.expression(operand, level + 1) for operand in operands]
                return level, separated(parts, self.spelled(word))
            case syntax.Conditional(condition, then, otherwise):
                branches = self.expression(then, CONDITIONAL), self.expression(otherwise, CONDITIONAL)
                return CONDITIONAL, [*self.expression(condition, OR), "?", *branches[0], ":", *branches[1]]
            case _:
                assert_never(tree)

    def symbol(self, index: syntax.Index) -> list[str]:
        if index.quoted and is_word(index.text) and (self.chooser is None or self.chance(0.5)):
            return [f"Q_{index.text}"]
        return ["Q", "[", _item(index), "]"]

    def bound(self, tree: syntax.Count) -> list[str]:
        words = ["#", "[", tree.variable, "<" if tree.strict else self.spelled("<="), tree.bound]
        if tree.lags is not None:
            nearest, farthest = tree.lags
            window = nearest != farthest or (farthest == 0 and self.chance(0.5))
            words += [",", tree.variable, self.spelled(">=" if window else "="), tree.bound]
            words += ["-", str(farthest)] if farthest or self.chance(0.5) else []
        return [*words, "]"]

    def body(self, tree: syntax.Expression) -> list[str]:
        match tree:
            case syntax.Call() | syntax.Symbol() | syntax.Truth():
                return self.expression(tree, ATOM)
            case syntax.Not(operand) if not self.chance(0.3):
                return [self.spelled("not"), *self.body(operand)]
            case _:
                return ["(", *self.expression(tree, CONDITIONAL), ")"]


def separated(parts: list[list[str]], sign: str = ",") -> list[str]:
    """The parts one after the other with a sign between them."""
    words = list(parts[0])
    for part in parts[1:]:
        words += [sign, *part]
    return words
