"""Polynomials over the rationals, for the checker of certificates alone.

They are written a second time here, so that the checker is independent of crasp/regular/families/polynomials.py.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any, TypeAlias

CheckedPolynomial: TypeAlias = tuple[Fraction | int, ...]  # the coefficients of 1, x, x**2, ..., the last one not 0

MOST_CHARACTERS = 4000  # the most characters of a number that is written as text


def rational(value: Any) -> Fraction:
    """The number that is given by an integer or by text such as -3/2.

    Raises:
        ValueError: The value is neither.
    """
    if isinstance(value, str) and len(value) <= MOST_CHARACTERS and re.fullmatch(r"-?[0-9]+(/[0-9]+)?", value):
        return Fraction(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    raise ValueError("expected an integer or a text such as -3/2 as a number")


def polynomial(coefficients: Sequence[Any]) -> CheckedPolynomial:
    """The polynomial with these coefficients, each an integer or text such as 3/2."""
    return trimmed([rational(value) for value in coefficients])


def trimmed(coefficients: Sequence[Fraction | int]) -> CheckedPolynomial:
    """The coefficients without the zeros at the end."""
    end = len(coefficients)
    while end and coefficients[end - 1] == 0:
        end -= 1
    return tuple(coefficients[:end])


def added(a: CheckedPolynomial, b: CheckedPolynomial) -> CheckedPolynomial:
    """The sum of two polynomials."""
    size = max(len(a), len(b))
    zero = (0,)
    return trimmed([x + y for x, y in zip(a + zero * (size - len(a)), b + zero * (size - len(b)), strict=True)])


def scaled(a: CheckedPolynomial, factor: int) -> CheckedPolynomial:
    """The product of a polynomial with an integer."""
    return tuple(value * factor for value in a)


def product(a: CheckedPolynomial, b: CheckedPolynomial) -> CheckedPolynomial:
    """The product of two polynomials."""
    result: list[Fraction | int] = [0] * (len(a) + len(b) - 1 if a and b else 0)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return trimmed(result)


def divided(a: CheckedPolynomial, b: CheckedPolynomial) -> tuple[CheckedPolynomial, CheckedPolynomial]:
    """The quotient and the remainder of a on division by b, which must not be 0."""
    rest = list(a)
    quotient: list[Fraction | int] = [0] * max(0, len(a) - len(b) + 1)
    for shift in range(len(a) - len(b), -1, -1):
        factor = rest[shift + len(b) - 1]
        if factor == 0:
            continue
        if b[-1] != 1:
            factor = Fraction(factor) / b[-1]
        quotient[shift] = factor
        for k, value in enumerate(b):
            if value:
                rest[shift + k] -= factor * value
    return trimmed(quotient), trimmed(rest)


def remainder(a: CheckedPolynomial, b: CheckedPolynomial) -> CheckedPolynomial:
    """The remainder of a on division by b, which must not be 0."""
    return divided(a, b)[1]


@cache
def cyclotomic(order: int) -> CheckedPolynomial:
    """The polynomial whose roots are the roots of unity of exactly this order; its coefficients are integers."""
    result: CheckedPolynomial = (-1, *[0] * (order - 1), 1)
    for divisor in range(1, order // 2 + 1):
        if order % divisor == 0:
            result, _ = divided(result, cyclotomic(divisor))
    return result


def units(order: int) -> int:
    """Euler's totient: how many of 1..order are coprime to it. This is the degree of the cyclotomic polynomial."""
    found, rest, factor = order, order, 2
    while factor * factor <= rest:
        if rest % factor == 0:
            found -= found // factor
            while rest % factor == 0:
                rest //= factor
        factor += 1
    return found - found // rest if rest > 1 else found


def orders_of_roots(a: CheckedPolynomial) -> tuple[int, ...]:
    """The orders of the roots of unity at which a polynomial other than 0 vanishes."""
    low = next(k for k, value in enumerate(a) if value)
    degree = len(a) - 1 - low
    whole = lcm(*(Fraction(value).denominator for value in a))
    multiple = tuple(int(value * whole) for value in a)
    # An order has at least sqrt(order / 2) units, and its cyclotomic polynomial has the number of units as degree.
    candidates = [order for order in range(1, 2 * degree * degree + 1) if units(order) <= degree]
    return tuple(order for order in candidates if not remainder(multiple, cyclotomic(order)))
