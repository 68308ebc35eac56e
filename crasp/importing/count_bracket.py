"""Reads the bracket of a count, as `#[j <= i, j >= i - 3, j % 2 == 0]`, which says which positions are counted."""

from dataclasses import dataclass

from crasp.errors import Span
from crasp.importing.lexer import Token
from crasp.importing.operators import RefusedTextError
from crasp.importing.typed_expressions import CountDistances, ImportedValue, comparison, position, residue
from crasp.meaning.ir import MIRRORED, Relation
from crasp.text import syntax
from crasp.text.big_integers import read_integer


@dataclass(frozen=True)
class Bracket:
    """What a bracket says: the variable that the count binds, the distances that are counted, and further conditions.

    The conditions are on the counted position.
    """

    bound: str
    reach: CountDistances
    conditions: tuple[syntax.Expression, ...]


@dataclass(frozen=True)
class _Side:
    """One side of a comparison: a sum of factor times variable plus a constant, of which a remainder may be taken."""

    factors: tuple[tuple[str, int], ...]
    constant: int
    modulus: int | None = None


@dataclass(frozen=True)
class _BracketRelation:
    left: _Side
    relation: Relation
    right: _Side
    span: Span


def read_bracket(tokens: tuple[Token, ...], span: Span, outer: str, enclosing: tuple[str, ...], depth: int) -> Bracket:
    """What the tokens between `#[` and `]` say.

    A text that leaves out positions may write `#[j <= i]` at every depth. An enclosing variable is bound again only if
    the bracket makes no sense otherwise.

    Args:
        tokens: The tokens between `#[` and `]`.
        span: The place of the bracket, for messages.
        outer: The position variable around the count.
        enclosing: The position variables around that one.
        depth: How many counts the count stands in.

    Raises:
        RefusedTextError: The bracket has no meaning in the dialect, or one that this language lacks.
    """
    relations = [r for part in _parts(tokens, span) for r in _chain(part)]
    names = list(dict.fromkeys(name for r in relations for side in (r.left, r.right) for name, _ in side.factors))
    if len(names) != 2:
        raise RefusedTextError(span, "expected `#[j <= i]`: a count relates one position variable to the one around it")
    others = [name for name in names if name != outer]
    within = [outer, *others] if others[0] in enclosing else others
    candidates = within if outer in names else names
    refused: RefusedTextError | None = None
    for bound in candidates:
        try:
            return _bracket(relations, bound, span, depth)
        except RefusedTextError as error:
            refused = refused or error
    raise refused or AssertionError


def _bracket(relations: list[_BracketRelation], bound: str, span: Span, depth: int) -> Bracket:
    nearest: int | None = None
    farthest: int | None = None
    conditions: list[syntax.Expression] = []
    unequal: list[tuple[int, Span]] = []
    for each in relations:
        factors = dict(each.left.factors)
        for name, factor in each.right.factors:
            factors[name] = factors.get(name, 0) - factor
        own = factors.pop(bound, 0)
        others = [factor for factor in factors.values() if factor]
        if each.left.modulus or each.right.modulus or not others:
            conditions += _condition(each, bound, own, depth + 1, outer=bool(others))
            continue
        if own not in (1, -1) or others != [-own]:
            raise RefusedTextError(each.span, "expected one variable compared with the other plus or minus an integer")
        # own * bound - own * outer + c is compared with 0. It is c - own * distance.
        c = each.left.constant - each.right.constant
        relation: Relation = MIRRORED[each.relation] if own == 1 else each.relation
        value = c if own == 1 else -c
        if relation == "!=":
            unequal.append((value, each.span))
        if relation in ("=", ">=", ">"):
            least = value + (relation == ">")
            nearest = least if nearest is None else max(nearest, least)
        if relation in ("=", "<=", "<"):
            most = value - (relation == "<")
            farthest = most if farthest is None else min(farthest, most)
    if nearest is None or nearest < 0:
        raise RefusedTextError(span, "a count looks back: expected `j <= i`, `j < i`, `j = i - c` or the like")
    for value, place in unequal:
        if value == nearest:
            nearest += 1
        elif value > nearest and (farthest is None or value <= farthest):
            raise RefusedTextError(place, "expected positions without a gap: `!=` may leave out only the nearest one")
    return Bracket(bound, CountDistances(nearest, farthest), tuple(conditions))


def _condition(each: _BracketRelation, bound: str, own: int, depth: int, *, outer: bool) -> list[syntax.Expression]:
    """The conditions that a relation puts on the counted position alone."""
    if outer or own not in (1, -1):
        raise RefusedTextError(
            each.span, f"expected a condition on `{bound}`, or on its distance from the variable outside the count"
        )
    left, right, relation = each.left, each.right, each.relation
    if not left.factors:
        left, right, relation = right, left, MIRRORED[relation]
    if right.factors or dict(left.factors) != {bound: 1}:
        raise RefusedTextError(each.span, f"expected a condition on `{bound}`, as `{bound} % 2 == 0`")
    if left.modulus is None:
        bounds = right.constant - left.constant
        if relation == ">=" and bounds <= 0:
            return []  # positions are not negative
        number = syntax.Integer(abs(bounds), each.span)
        literal = syntax.Negation(number, each.span) if bounds < 0 else number
        return [comparison(relation, position(depth, 0), literal)]
    value = ImportedValue("count", syntax.Integer(0, each.span), each.span, shift=left.constant, modulus=left.modulus)
    found = residue(depth, value, relation, right.constant)
    if found is None or right.modulus:
        raise RefusedTextError(each.span, "expected `j % m == r` or `j % m != r`")
    return [found]


def _parts(tokens: tuple[Token, ...], span: Span) -> list[tuple[Token, ...]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.kind in (",", "and"):
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts):
        raise RefusedTextError(span, "expected `#[j <= i]`, perhaps with more conditions between commas")
    return [tuple(part) for part in parts]


def _chain(tokens: tuple[Token, ...]) -> list[_BracketRelation]:
    """The relations of a chain of comparisons such as `i - 3 <= j <= i`."""
    sides: list[list[Token]] = [[]]
    signs: list[Token] = []
    for token in tokens:
        if token.kind in MIRRORED:
            signs.append(token)
            sides.append([])
        else:
            sides[-1].append(token)
    span = tokens[0].span.to(tokens[-1].span)
    if not signs:
        raise RefusedTextError(span, "expected a comparison of positions, as `j <= i`")
    read = [_side(side, span) for side in sides]
    return [
        _BracketRelation(left, MIRRORED[MIRRORED[sign.kind]], right, span)
        for left, sign, right in zip(read, signs, read[1:], strict=False)
    ]


def _side(tokens: list[Token], span: Span) -> _Side:
    """Reads a sum of position variables and integers. If a remainder is taken of it, it stands in parentheses."""
    modulus: int | None = None
    if len(tokens) > 2 and tokens[-2].kind == "%" and tokens[-1].kind == "number":
        modulus = read_integer(tokens[-1].text)
        tokens = tokens[:-2]
        if modulus < 1:
            raise RefusedTextError(span, "expected a modulus of 1 or more")
        if len(tokens) > 1 and (tokens[0].kind, tokens[-1].kind) != ("(", ")"):
            raise RefusedTextError(span, "expected a position variable, or a sum in parentheses, before `%`")
    if len(tokens) > 2 and (tokens[0].kind, tokens[-1].kind) == ("(", ")"):
        tokens = tokens[1:-1]
    factors: dict[str, int] = {}
    constant, sign, expected = 0, 1, True
    for token in tokens:
        if token.kind in ("+", "-") and (not expected or token is tokens[0]):
            sign, expected = 1 if token.kind == "+" else -1, True
        elif expected and token.kind == "number":
            constant, expected = constant + sign * read_integer(token.text), False
        elif expected and token.kind == "name":
            factors[token.text], expected = factors.get(token.text, 0) + sign, False
        else:
            raise RefusedTextError(token.span, f"expected a position variable or an integer, found `{token.text}`")
    if expected:
        raise RefusedTextError(span, "expected a position variable or an integer on both sides of a comparison")
    return _Side(tuple(factors.items()), constant, modulus)
