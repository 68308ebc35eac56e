"""The hidden units and heads of a compiled machine: what each computes, with its proof.

Throughout, i is a position, s = i + 1 the number of tokens visible there (the begin marker included), and u = 1/s. A
Boolean is a combination of coordinates that is exactly 0 or 1. A count C is stored as its share C/s, so that sums cost
nothing. N >= s is the base of the attention weights. Every step unit is made so that its argument is never 0.
"""

from typing import NamedTuple

from crasp.compiler.circuit import Circuit, Form, Literal, Position

# Lag heads for a Boolean P and a lag d: the logit is LAG_LOGIT at the wanted lag, plus BEGIN_LOGIT if the key is the
# begin marker. Let N >= s >= 2. There are three cases.
#   Position i - d >= 1 exists, so s >= 3. It gets the weight N^4, the begin marker N^2, and at most s - 2 <= N - 2
#     others get 1. The fraction received is at least 1 - (N^2 + N - 2) / (N^4 + N^2 + N - 2) >= 1 - 10/91 > 0.89 if P
#     holds there, and at most (N - 2) / N^4 < 0.02 if not.
#   Position i - d is the begin marker. It gets the weight N^6 and moves 0; the others move at most
#     (N - 1) / N^6 < 0.02.
#   There is no position i - d. The begin marker gets the weight N^2 and moves 0; the others move at most
#     (N - 1) / (N^2 + N - 1) <= 1/5, which is the value at N = 2 and falls after that.
# So the fraction is at most 1/5 where the Boolean is 0, and at least 0.89 where it is 1.
LAG_LOGIT = 4
BEGIN_LOGIT = 2
NESTED_LEVELS = 8  # the most levels of guards in one unit
FRACTIONS = 2  # the largest sum of absolute coefficients of fractions in a step unit (see `threshold`)


class UnitInput(NamedTuple):
    """A quantity that a unit can read.

    value       the value of an item: 0 or 1 for a Boolean, the share for a count
    fraction    what the lag head of an Echo receives
    reciprocal  u
    anchor      for modulus `item`: how much attention the begin head gives to tokens at positions of residue `residue`
    residue     for modulus `item`: whether the token's own position has residue `residue`
    """

    kind: str
    item: int = 0
    residue: int = 0


RECIPROCAL = UnitInput("reciprocal")


class Unit(NamedTuple):
    """A hidden unit with the argument z = bias + the sum of weight times quantity.

    A step unit is [z > 0], and any other unit is max(z, 0). `low` and `high` are integers with low <= z <= high.
    `nesting` is the number of levels of guards; each level about doubles the weights.
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
    """scale * form / s for a form of counts, as weights and a bias.

    A constant c becomes c u, and the position becomes i/s = 1 - u.
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
    """The step unit [F >= 0] for a form F of counts.

    Its argument is z = (2 F + 1)/s. F is an integer, so 2 F + 1 is odd. Hence z > 0 exactly if F >= 0, and |z| >= 1/s.
    """
    shifted = Form(tuple((number, 2 * factor) for number, factor in form.terms), 2 * form.constant + 1)
    low, high = circuit.share_bounds(shifted)
    terms, bias = normalised(circuit, shifted)
    return _unit(terms, bias, low, high)


def rectifier(circuit: Circuit, form: Form, sign: int = 1) -> Unit:
    """The unit max(sign * form / s, 0) for a form of counts."""
    low, high = circuit.share_bounds(form)
    terms, bias = normalised(circuit, form, sign)
    return _unit(terms, bias, *((low, high) if sign > 0 else (-high, -low)), is_step=False)


def threshold(form: Form, fractions: frozenset[int] = frozenset()) -> Unit:
    """The step unit [F >= 0] for a form F of Booleans. Those in `fractions` are read as what their lag heads receive.

    Its argument is z = 2 F + 1, which is odd, so |z| >= 1 on exact Booleans. A fraction differs from the Boolean by at
    most 1/5. Fractions whose coefficients have absolute values with a sum of at most 2 change z by at most 2 * 2 / 5 <
    1, so the sign of z stays.
    """
    terms: dict[UnitInput, int] = {}
    low = high = 2 * form.constant + 1
    for number, factor in form.terms:
        terms[UnitInput("fraction" if number in fractions else "value", number)] = 2 * factor
        low, high = low + min(0, 2 * factor), high + max(0, 2 * factor)
    return _unit(terms, 2 * form.constant + 1, low, high)


def all_of(literals: tuple[Literal, ...], fractions: frozenset[int] = frozenset()) -> Unit:
    """The step unit that all literals hold, which means that the number of those that hold is at least their number."""
    return threshold(Form(*_sum_of(literals, 1, -len(literals))), fractions)


def negated(unit: Unit) -> Unit:
    """The complement of a step unit: [-z > 0], because z is never 0."""
    terms = tuple((quantity, -weight) for quantity, weight in unit.terms)
    return Unit(terms, -unit.bias, -unit.high, -unit.low, nesting=unit.nesting)


def guarded(unit: Unit, literals: tuple[Literal, ...]) -> Unit:
    """The conjunction of the unit and all literals.

    If the unit is no step, the result has its value where all literals hold, and is 0 elsewhere. Let k be the number of
    literals that fail, and M = high + 1 >= 1. The new argument is z' = z - M k. If no literal fails, z' = z. Otherwise
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
    """The step unit that the begin marker is at residue `offset` and the position has one of the residues.

    Positions are counted from the begin marker. The begin head has logit 2 for the begin marker and 0 for other tokens,
    so it gives N^2 / (N^2 + s - 1) >= 4/5 of its attention to the begin marker. So the anchor of the true offset is at
    least 4/5, and that of any other residue at most 1/5. Let own = 1 if the token's own residue is offset + r for a
    wanted r, else 0, and z = 2 anchor + 2 own - 3.

    - If both are high, z >= 8/5 + 2 - 3 > 1/2.
    - If only the anchor is high, z <= 2 - 3.
    - If only own is 1, z <= 2/5 + 2 - 3 < -1/2.

    Exactly one offset has a high anchor, so the sum of these units over all offsets is the periodic predicate.
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
