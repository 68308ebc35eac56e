"""Random programs of the published interpreter's dialect, their texts in many spellings, and what they mean.

The meaning is read from the dialect's description alone: positions from 0, a value at each, one word at a time, as
naive as can be. It shares nothing with the importer.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.crasp.meaning.expression_strategies import Source

Tree = tuple[Any, ...]
CHOICE, OR, AND, COMPARISON, SUM, PRODUCT, UNARY, ATOM = range(8)
LETTERS = (("a", "b"), ("(", ")"), ("0", "1"), ("a", "b", "#", "ab"), ("[", "]", "{", "}"))
NAMES = ("A", "B", "C1", "next", "for_", "accept", "x'", "φ", "eos", "any", "P", "sum", "T", "part_1")
RELATIONS = ("<", "<=", "==", "!=", ">=", ">")


@dataclass(frozen=True)
class CrProgram:
    """Definitions in order, each a name, its kind and its tree; the last one is the output."""

    letters: tuple[str, ...]
    definitions: tuple[tuple[str, str, Tree], ...]


@st.composite
def cr_programs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> CrProgram:
    """A program of the dialect."""
    return cr_program_of(Source(draw))


def cr_program_of(source: Source) -> CrProgram:
    """A program of the dialect from whatever makes the choices."""
    letters = source.pick(LETTERS)
    made: list[tuple[str, str, Tree]] = []
    for _ in range(source.upto(4)):
        name = source.pick([n for n in NAMES if n not in [m[0] for m in made]])
        kind = source.pick(("boolean", "count"))
        made.append((name, kind, _tree(source, kind, made, letters, 3)))
    name = source.pick([n for n in NAMES if n not in [m[0] for m in made]])
    return CrProgram(letters, (*made, (name, "boolean", _tree(source, "boolean", made, letters, 4))))


def _tree(source: Source, kind: str, made: list[Any], letters: tuple[str, ...], size: int) -> Tree:
    def inner(kind_: str) -> Tree:
        return _tree(source, kind_, made, letters, size - 1)

    uses = [("use", name) for name, kind_, _ in made if kind_ == kind]
    if uses and source.chance(3):
        return source.pick(uses)
    if kind == "boolean":
        match source.upto(8) if size > 0 else source.upto(1):
            case 0 | 2:
                return ("letter", source.pick(letters))
            case 1:
                return ("truth", source.chance(2)) if source.chance(3) else ("letter", source.pick(letters))
            case 3:
                return ("not", inner("boolean"))
            case 4:
                return (source.pick(("and", "or")), *(inner("boolean") for _ in range(2 + source.upto(1))))
            case 5:
                m = 1 + source.upto(3)
                return ("mod", source.upto(2), m, source.pick(RELATIONS), source.upto(m))
            case 6:
                return ("choice", inner("boolean"), inner("boolean"), inner("boolean"))
            case 7 if source.chance(2):
                return ("compare", source.pick(("==", "!=")), inner("boolean"), inner("boolean"))
        return ("compare", source.pick(RELATIONS), inner("count"), inner("count"))
    match source.upto(9) if size > 0 else source.upto(1):
        case 0:
            return ("integer", source.upto(4))
        case 1:
            return ("position",)
        case 2:
            return ("sum", *((source.pick((1, -1)) if k else 1, inner("count")) for k in range(2 + source.upto(1))))
        case 3:
            return ("times", source.upto(3), inner("count"))
        case 4:
            return (source.pick(("min", "max")), *(inner("count") for _ in range(1 + source.upto(1))))
        case 5:
            return ("abs", inner("count"))
        case 6:
            return ("choice", inner("boolean"), inner("count"), inner("count"))
    nearest = source.upto(2)
    farthest = None if source.chance(2) else nearest + source.upto(2)
    every = (1 + source.upto(2), source.upto(1)) if source.chance(4) else None
    return ("count", nearest, farthest, every, inner("boolean"))


# --- meaning -------------------------------------------------------------------------------------------------


def outputs(program: CrProgram, word: tuple[str, ...]) -> list[bool]:
    """The output at every position of a word, after that at -1, where no letter stands and every count is 0."""
    trees = {name: tree for name, _, tree in program.definitions}

    def value(tree: Tree, p: int) -> Any:
        match tree:
            case ("use", name):
                return value(trees[name], p)
            case ("letter", letter):
                return p >= 0 and word[p] == letter
            case ("truth", truth):
                return truth
            case ("not", operand):
                return not value(operand, p)
            case ("and", *operands):
                return all(value(operand, p) for operand in operands)
            case ("or", *operands):
                return any(value(operand, p) for operand in operands)
            case ("mod", shift, m, relation, r):
                return related((p + shift) % m, relation, r)
            case ("compare", relation, left, right):
                return related(value(left, p), relation, value(right, p))
            case ("choice", condition, then, otherwise):
                return value(then, p) if value(condition, p) else value(otherwise, p)
            case ("integer", number):
                return number
            case ("position",):
                return p
            case ("sum", *terms):
                return sum(sign * value(term, p) for sign, term in terms)
            case ("times", factor, operand):
                return factor * value(operand, p)
            case ("min", *operands):
                return min(value(operand, p) for operand in operands)
            case ("max", *operands):
                return max(value(operand, p) for operand in operands)
            case ("abs", operand):
                return abs(value(operand, p))
            case ("count", nearest, farthest, every, body):
                reached = [q for q in range(p + 1) if p - q >= nearest and (farthest is None or p - q <= farthest)]
                kept = [q for q in reached if every is None or q % every[0] == every[1]]
                return sum(value(body, q) for q in kept)
        raise AssertionError(tree)

    return [value(program.definitions[-1][2], p) for p in range(-1, len(word))]


def related(left: int, relation: str, right: int) -> bool:
    return {
        "<": left < right,
        "<=": left <= right,
        "==": left == right,
        "!=": left != right,
        ">=": left >= right,
        ">": left > right,
    }[relation]


# --- text ----------------------------------------------------------------------------------------------------


def cr_text(program: CrProgram, seed: int) -> str:
    """The program in one of many spellings."""
    return Writer(random.Random(seed), {name: kind for name, kind, _ in program.definitions}).program(program)


class Writer:
    """Writes a program with positions or bare, in ASCII or with the signs of logic, with few parentheses or many."""

    def __init__(self, chooser: random.Random, kinds: dict[str, str]) -> None:
        self.chooser = chooser
        self.kinds = kinds
        self.bare = chooser.random() < 0.5
        self.variables = ("i", "j", "k", "l", "m", "n", "q", "r", "s")

    def one_of(self, *options: str) -> str:
        return self.chooser.choice(options)

    def program(self, program: CrProgram) -> str:
        rows = []
        for name, _, tree in program.definitions:
            head = name if self.bare or self.chooser.random() < 0.3 else f"{name}({self.variables[0]})"
            text = self.written(tree, 0, CHOICE)
            rows.append(f"{head} {self.one_of('=', '=', ':=')} {text}{self.one_of('', '', ';', ' // why', '  ')}")
            rows += [self.one_of("", "// a comment", "/* another\n one */")] * (self.chooser.random() < 0.2)
        if self.chooser.random() < 0.2:
            rows[-1] = f"({text})" if re.match(r"\S+\s*=(?!=)", text) else text  # `X = ...` would define X
        return self.one_of("\n", "\r\n").join(rows) + self.one_of("", "\n", "\n\n")

    def variable(self, depth: int) -> str:
        return self.variables[min(depth, 1)] if self.bare else self.variables[depth]

    def here(self, depth: int) -> str:
        return "" if self.bare or self.chooser.random() < 0.3 else f"({self.variable(depth)})"

    def kind(self, tree: Tree) -> str:
        if tree[0] == "use":
            return self.kinds[tree[1]]
        if tree[0] == "choice":
            return self.kind(tree[2])
        return "boolean" if tree[0] in ("letter", "truth", "not", "and", "or", "mod", "compare") else "count"

    def written(self, tree: Tree, depth: int, level: int) -> str:
        own, text = self.plain(tree, depth)
        return f"({text})" if own < level or self.chooser.random() < 0.1 else text

    def plain(self, tree: Tree, depth: int) -> tuple[int, str]:
        match tree:
            case ("use", name):
                return ATOM, name + self.here(depth)
            case ("letter", letter):
                return ATOM, self.letter(letter) + self.here(depth)
            case ("truth", truth):
                return ATOM, self.one_of("true", "True", "⊤") if truth else self.one_of("false", "False", "⊥")
            case ("not", operand):
                loosely = operand[0] in ("use", "letter", "truth") or operand[0] == "not"
                inner = self.written(operand, depth, COMPARISON if loosely else ATOM)
                return COMPARISON, self.one_of("!", "! ", "not ", "¬") + (inner if loosely else f"({inner})")
            case ("and", *operands):
                return AND, self.one_of(" && ", " and ", " ∧ ").join(
                    self.written(o, depth, COMPARISON) for o in operands
                )
            case ("or", *operands):
                return OR, self.one_of(" || ", " or ", "∨").join(self.written(o, depth, AND) for o in operands)
            case ("mod", shift, m, relation, r):
                variable = self.variable(depth)
                left = variable if shift == 0 and self.chooser.random() < 0.8 else f"({variable} + {shift})"
                return COMPARISON, f"{left} {self.one_of('%', '%', 'mod')} {m} {self.relation(relation)} {r}"
            case ("compare", relation, left, right):
                first = self.body_left_open(left, depth) or self.written(left, depth, SUM)
                return COMPARISON, f"{first} {self.relation(relation)} {self.written(right, depth, SUM)}"
            case ("choice", condition, then, otherwise):
                x, c = self.written(then, depth, OR), self.written(condition, depth, OR)
                y = self.written(otherwise, depth, CHOICE)
                return CHOICE, self.one_of(f"{x} if {c} else {y}", f"{c} ? {x} : {y}")
            case ("integer", number):
                return ATOM, str(number)
            case ("position",):
                return ATOM, self.variable(depth)
            case ("sum", *terms):
                text = self.written(terms[0][1], depth, SUM)
                for sign, term in terms[1:]:
                    text += f" {'+' if sign > 0 else '-'} {self.written(term, depth, PRODUCT)}"
                return SUM, text
            case ("times", factor, operand):
                inner = self.written(operand, depth, UNARY)
                return PRODUCT, self.one_of(f"{factor} * {inner}", f"{inner}*{factor}", f"{factor} × {inner}")
            case ("min" | "max" | "abs", *operands):
                return ATOM, f"{tree[0]}({', '.join(self.written(o, depth, CHOICE) for o in operands)})"
            case ("count", _, _, _, body):
                return ATOM, f"{self.bracket(tree, depth)} {self.body(body, depth + 1)}"
        raise AssertionError(tree)

    def body(self, tree: Tree, depth: int) -> str:
        match tree:
            case ("letter" | "truth", *_) | ("use", _):
                return self.written(tree, depth, ATOM)
            case ("not", ("letter" | "use", *_)):
                return self.one_of("!", "not ") + self.written(tree[1], depth, ATOM)
        return f"({self.written(tree, depth, CHOICE)})"

    def body_left_open(self, tree: Tree, depth: int) -> str | None:
        """A count on the left of a comparison whose body needs no parentheses for its kinds."""
        if tree[0] != "count" or tree[4][0] not in ("and", "or") or self.chooser.random() < 0.5:
            return None
        if not all(part[0] == "letter" or part[0] == "use" for part in tree[4][1:]):
            return None
        sign = {"and": "&&", "or": "||"}[tree[4][0]]
        parts = f" {sign} ".join(self.written(part, depth + 1, ATOM) for part in tree[4][1:])
        return f"{self.bracket(tree, depth)} {parts}"

    def letter(self, letter: str) -> str:
        if letter.isalnum():
            return self.one_of(f"Q_{letter}", f"Q_{letter}", f'Q_"{letter}"', f"Q_'{letter}'", f'Q["{letter}"]')
        return self.one_of(f"Q_{letter}", f"Q_{letter}", f'Q_"{letter}"', f"Q['{letter}']")

    def relation(self, relation: str) -> str:
        spelled = {"==": ("==", "="), "!=": ("!=", "≠"), "<=": ("<=", "≤"), ">=": (">=", "≥")}
        return self.one_of(*spelled.get(relation, (relation,)))

    def bracket(self, tree: Tree, depth: int) -> str:
        _, nearest, farthest, every, _ = tree
        i, j = self.variable(depth), self.variable(depth + 1)
        if self.bare and depth > 0:
            i = "i"  # `#[j <= i]` at every depth
        if farthest == nearest:
            back = f"{i} - {nearest}" if nearest else i
            parts = [self.one_of(f"{j} <= {i}, {j} == {back}", f"{j} = {back}", f"{j} + {nearest} == {i}")]
        else:
            least = {0: (f"{j} <= {i}", f"{i} >= {j}", f"0 <= {j} <= {i}"), 1: (f"{j} < {i}", f"{j} <= {i} - 1")}
            parts = [self.one_of(*least.get(nearest, (f"{j} <= {i} - {nearest}", f"{i} - {j} >= {nearest}")))]
            if farthest is not None:
                parts.append(
                    self.one_of(f"{j} >= {i} - {farthest}", f"{i} - {farthest} <= {j}", f"{i} - {j} < {farthest + 1}")
                )
        if every is not None:
            parts.append(f"{j} % {every[0]} == {every[1]}")
        return f"#{self.one_of('', '', ' ')}[{self.one_of(', ', ' && ').join(parts)}]"
