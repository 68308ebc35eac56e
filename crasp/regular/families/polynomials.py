"""Sums of rows with polynomial coefficients: what holds for every root of unity at once.

Ours: 33 combinations of 120 expressions take 0.01 s of 3 s, less than the 0.06 s in which python-flint is imported.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import gcd
from typing import TypeAlias, TypeVar

from crasp.regular.families.modular_equations import with_few_units

Polynomial: TypeAlias = tuple[int, ...]  # the coefficients of 1, x, x**2, ..., the last one not 0
Vector: TypeAlias = Mapping[int, Polynomial]
Key = TypeVar("Key", bound=Hashable)
ONE: Polynomial = (1,)


@dataclass(frozen=True)
class Combination:
    """`multiplier` times a target is the sum of the rows times their polynomials, exactly or modulo a polynomial."""

    multiplier: Polynomial
    times: Mapping[int, Polynomial]


def combine(rows: Sequence[Vector], target: Vector, *, modulus: Polynomial | None = None) -> Combination | None:
    """Rows whose sum is a nonzero multiple of the target; None where there are none.

    With a modulus, which has to be irreducible, everything is modulo it.
    """
    echelon: list[tuple[int, dict[int, Polynomial], dict[int, Polynomial]]] = []
    for number, row in enumerate(rows):
        rest, used, _ = _reduced(dict(row), {number: ONE}, echelon, modulus)
        if rest:
            # Powers of x vanish at no root of unity, low degrees at few.
            pivot = min(rest, key=lambda u: (sum(1 for c in rest[u] if c) > 1, len(rest[u])))
            echelon.append((pivot, rest, used))
    rest, used, multiplier = _reduced(dict(target), {}, echelon, modulus)
    if rest:
        return None
    return Combination(multiplier, {number: scaled(times, -1) for number, times in used.items()})


def _reduced(
    rest: dict[int, Polynomial],
    used: dict[int, Polynomial],
    echelon: Sequence[tuple[int, dict[int, Polynomial], dict[int, Polynomial]]],
    modulus: Polynomial | None,
) -> tuple[dict[int, Polynomial], dict[int, Polynomial], Polynomial]:
    """A multiple of the vector less rows of the echelon, without their pivots; what was used; the multiplier."""
    rest = {key: value for key, p in rest.items() if (value := _modulo(p, modulus))}
    multiplier = ONE
    for pivot, row, combination in echelon:
        if pivot not in rest:
            continue
        mine, its = rest[pivot], row[pivot]
        common = greatest_common_divisor(mine, its)
        mine, its = divide(mine, common), divide(its, common)
        rest = _combined(rest, its, row, scaled(mine, -1), modulus)
        used = _combined(used, its, combination, scaled(mine, -1), modulus)
        multiplier = _modulo(product(multiplier, its), modulus)
        content = gcd(*(c for p in (*rest.values(), *used.values(), multiplier) for c in p))
        if content > 1:
            rest = {k: tuple(c // content for c in p) for k, p in rest.items()}
            used = {k: tuple(c // content for c in p) for k, p in used.items()}
            multiplier = tuple(c // content for c in multiplier)
    return rest, used, multiplier


def _combined(
    a: Mapping[Key, Polynomial],
    p: Polynomial,
    b: Mapping[Key, Polynomial],
    q: Polynomial,
    modulus: Polynomial | None,
) -> dict[Key, Polynomial]:
    """p a + q b, what is zero left out."""
    result = {}
    for key in dict.fromkeys([*a, *b]):
        value = _modulo(added(product(p, a.get(key, ())), product(q, b.get(key, ()))), modulus)
        if value:
            result[key] = value
    return result


def _modulo(a: Polynomial, modulus: Polynomial | None) -> Polynomial:
    return a if modulus is None else remainder(a, modulus)


# --- arithmetic ----------------------------------------------------------------------------------------------


def trimmed(coefficients: Sequence[int]) -> Polynomial:
    """The coefficients without zeros at the end."""
    end = len(coefficients)
    while end and not coefficients[end - 1]:
        end -= 1
    return tuple(coefficients[:end])


def added(a: Polynomial, b: Polynomial) -> Polynomial:
    """The sum."""
    if len(a) < len(b):
        a, b = b, a
    return trimmed([*(x + y for x, y in zip(a, b, strict=False)), *a[len(b) :]])


def scaled(a: Polynomial, factor: int) -> Polynomial:
    """The product with an integer other than 0."""
    return tuple(factor * x for x in a)


def product(a: Polynomial, b: Polynomial) -> Polynomial:
    """The product."""
    if not a or not b:
        return ()
    result = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return tuple(result)


def remainder(a: Polynomial, monic: Polynomial) -> Polynomial:
    """What is left of a on division by a polynomial whose leading coefficient is 1."""
    rest = list(a)
    for shift in range(len(a) - len(monic), -1, -1):
        factor = rest[shift + len(monic) - 1]
        for k, value in enumerate(monic):
            rest[shift + k] -= factor * value
    return trimmed(rest)


def divide(a: Polynomial, b: Polynomial) -> Polynomial:
    """The quotient, which is known to have integer coefficients and no remainder."""
    rest, quotient = list(a), [0] * (len(a) - len(b) + 1)
    for shift in range(len(a) - len(b), -1, -1):
        quotient[shift] = rest[shift + len(b) - 1] // b[-1]
        for k, value in enumerate(b):
            rest[shift + k] -= quotient[shift] * value
    return trimmed(quotient)


def greatest_common_divisor(a: Polynomial, b: Polynomial) -> Polynomial:
    """The primitive common divisor of the highest degree, times that of the coefficients; neither is 0."""
    content = gcd(*a, *b)
    a, b = _primitive(a), _primitive(b)
    while b:
        a, b = b, _primitive(_pseudo_remainder(a, b))
    return scaled(a, content)


def _pseudo_remainder(a: Polynomial, b: Polynomial) -> Polynomial:
    while len(a) >= len(b):
        shift = (0,) * (len(a) - len(b))
        a = added(scaled(a, b[-1]), scaled((*shift, *b), -a[-1]))
    return a


def _primitive(a: Polynomial) -> Polynomial:
    content = gcd(*a) if a else 1
    return tuple(x // content for x in a)


@cache
def cyclotomic(order: int) -> Polynomial:
    """The polynomial whose roots are the roots of unity of exactly this order."""
    result: Polynomial = (-1, *[0] * (order - 1), 1)
    for divisor in range(1, order // 2 + 1):
        if order % divisor == 0:
            result = divide(result, cyclotomic(divisor))
    return result


def orders_of_roots(a: Polynomial) -> tuple[int, ...]:
    """The orders of the roots of unity at which a polynomial other than 0 vanishes."""
    degree = len(a) - 1 - next(k for k, value in enumerate(a) if value)
    # The cyclotomic polynomial of an order has as many coefficients as the order has units, and one.
    return tuple(order for order in with_few_units(degree) if not remainder(a, cyclotomic(order)))
