"""Small constructions with their proofs: what each unit and each head computes, and why.

Throughout, i is a position, s = i + 1 the number of tokens visible there, u = 1/s. A Boolean is a coordinate
combination that is exactly 0 or 1; a count C is stored as its share C/s, so that sums cost nothing. N >= s is the
base of the attention weights. Every step unit is made so that its argument is never 0.
"""

from typing import NamedTuple

from crasp.compiler.circuit import Circuit, Form, Literal, Position

# Lag heads: logit LAG at the wanted lag, BEGIN for the begin marker as key. With N >= s >= 2:
#   position i - d >= 1 exists (so s >= 3): it gets N^4 against N^2 and at most s - 2 <= N - 2 others, so the
#     fraction received is 1 - (N^2 + N - 2) / (N^4 + N^2 + N - 2) >= 1 - 10/91 > 0.89 if P holds there, and at most
#     (N - 2) / N^4 < 0.02 if not;
#   position i - d is the begin marker: it gets N^6, moves 0, and the others at most (N - 1) / N^6 < 0.02;
#   there is no such position: the begin marker gets N^2, moves 0, and the others get at most
#     (N - 1) / (N^2 + N - 1) <= 1/5, which is its value at N = 2 and falls after.
# So the fraction is at most 1/5 where the Boolean is 0 and at least 0.89 where it is 1.
LAG_LOGIT = 4
BEGIN_LOGIT = 2
NESTED_LEVELS = 8  # levels of guards in one unit at most
FRACTIONS = 2  # the coefficients of fractions in one step unit sum to at most this in size: see `threshold`


class UnitInput(NamedTuple):
    """What a unit can read.

    value       of an item: 0 or 1 for a Boolean, the share for a count
    fraction    what the lag head of an Echo receives
    reciprocal  u
    anchor      for modulus `item`, residue `residue`: what the head that looks at the begin marker receives of it
    residue     for modulus `item`: whether the position's own residue is `residue`
    """

    kind: str
    item: int = 0
    residue: int = 0


RECIPROCAL = UnitInput("reciprocal")


class Unit(NamedTuple):
    """A hidden unit: [z > 0], or max(z, 0) where it is no step, with z = bias + sum of weight times quantity.

    Bounds: low <= z <= high, integers. Each level of guards about doubles the weights; `nesting` is their number.
    """

    terms: tuple[tuple[UnitInput, int], ...]
    bias: int
    low: int
    high: int
    is_step: bool = True
    nesting: int = 0


def _unit(
    terms: dict[UnitInput, int], bias: int, low: int, high: int, *, is_step: bool = True, nesting: int = 0
) -> Unit:
    kept = tuple(sorted((quantity, weight) for quantity, weight in terms.items() if weight))
    return Unit(kept, bias, low, high, is_step, nesting)


def normalised(circuit: Circuit, form: Form, scale: int = 1) -> tuple[dict[UnitInput, int], int]:
    """scale * form / s as weights and a bias, for a form of counts.

    A constant c is c u; the position is i/s = 1 - u.
    """
    terms = {RECIPROCAL: scale * form.constant}
    bias = 0
    for number, factor in form.terms:
        if isinstance(circuit.items[number], Position):
            bias += scale * factor
            terms[RECIPROCAL] -= scale * factor
        else:
            terms[UnitInput("value", number)] = scale * factor
    return terms, bias


def comparison(circuit: Circuit, form: Form) -> Unit:
    """[form >= 0] for a form of counts, F.

    z = (2 F + 1)/s. F is an integer, so 2 F + 1 is odd: z > 0 exactly when F >= 0, and |z| >= 1/s.
    """
    shifted = Form(tuple((number, 2 * factor) for number, factor in form.terms), 2 * form.constant + 1)
    low, high = circuit.share_bounds(shifted)
    terms, bias = normalised(circuit, shifted)
    return _unit(terms, bias, low, high)


def rectifier(circuit: Circuit, form: Form, sign: int = 1) -> Unit:
    """max(sign * form / s, 0) for a form of counts."""
    low, high = circuit.share_bounds(form)
    terms, bias = normalised(circuit, form, sign)
    return _unit(terms, bias, *((low, high) if sign > 0 else (-high, -low)), is_step=False)


def threshold(form: Form, fractions: frozenset[int] = frozenset()) -> Unit:
    """[form >= 0] for a form F of Booleans, those in `fractions` read as what their lag heads receive.

    z = 2 F + 1 is odd, so |z| >= 1 on exact Booleans. A fraction is off by at most 1/5, so those whose coefficients
    sum to 2 in size or less move z by at most 2 * 2 / 5 < 1: the sign stays.
    """
    terms: dict[UnitInput, int] = {}
    low = high = 2 * form.constant + 1
    for number, factor in form.terms:
        terms[UnitInput("fraction" if number in fractions else "value", number)] = 2 * factor
        low, high = low + min(0, 2 * factor), high + max(0, 2 * factor)
    return _unit(terms, 2 * form.constant + 1, low, high)


def all_of(literals: tuple[Literal, ...], fractions: frozenset[int] = frozenset()) -> Unit:
    """[all literals hold]: their sum is at least their number."""
    return threshold(Form(*_sum_of(literals, 1, -len(literals))), fractions)


def negated(unit: Unit) -> Unit:
    """The complement of a step unit: [-z > 0], since z is never 0."""
    terms = tuple((quantity, -weight) for quantity, weight in unit.terms)
    return Unit(terms, -unit.bias, -unit.high, -unit.low, nesting=unit.nesting)


def guarded(unit: Unit, literals: tuple[Literal, ...]) -> Unit:
    """All of the literals, and the unit (for one that is no step: its value where all hold, else 0).

    z' = z - M k, k the number of literals that fail and M = high + 1 >= 1. Where none fails, z' = z; else
    z' <= high - M = -1.
    """
    scale = max(1, unit.high + 1)
    terms = dict(unit.terms)
    added, bias = _sum_of(literals, scale, -scale * len(literals))
    for number, weight in added:
        quantity = UnitInput("value", number)
        terms[quantity] = terms.get(quantity, 0) + weight
    low = unit.low - scale * len(literals)
    return _unit(terms, unit.bias + bias, low, unit.high, is_step=unit.is_step, nesting=unit.nesting + 1)


def periodic(modulus: int, residues: tuple[int, ...], offset: int) -> Unit:
    """[the begin marker sits at residue `offset`, and the position is one of the residues].

    The begin marker's head has logit 2 for it and 0 for others: it receives N^2 / (N^2 + s - 1) >= 4/5 from it.
    So the anchor of the true offset is at least 4/5, of another residue at most 1/5. With z = 2 anchor + 2 own - 3,
    own = 1 exactly when the token's own residue is offset + r for a wanted r: both hold: z >= 8/5 + 2 - 3 > 1/2;
    the anchor alone: z <= 2 - 3; own alone: z <= 2/5 + 2 - 3 < -1/2. Over all offsets exactly one anchor is high,
    so the sum of these units is the periodic predicate.
    """
    terms = {UnitInput("anchor", modulus, offset): 2}
    for residue in residues:
        terms[UnitInput("residue", modulus, (offset + residue) % modulus)] = 2
    return _unit(terms, -3, -3, 1)


def _sum_of(literals: tuple[Literal, ...], scale: int, constant: int) -> tuple[tuple[tuple[int, int], ...], int]:
    """The constant plus scale times the number of literals that hold, as terms over items and a constant."""
    terms: dict[int, int] = {}
    for literal in literals:
        factor = -scale if literal & 1 else scale
        terms[literal >> 1] = terms.get(literal >> 1, 0) + factor
        constant += scale * (literal & 1)
    return tuple(terms.items()), constant
