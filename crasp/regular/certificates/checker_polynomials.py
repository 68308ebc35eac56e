"""Polynomials over the rationals, for the checker of certificates alone: a second time, so that it is independent."""

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any, TypeAlias

CheckedPolynomial: TypeAlias = tuple[Fraction | int, ...]  # the coefficients of 1, x, x**2, ..., the last one not 0

MOST_CHARACTERS = 4000  # characters of a number written as text


def rational(value: Any) -> Fraction:
    """The number that an integer or a text such as -3/2 says; ValueError for anything else."""
    if isinstance(value, str) and len(value) <= MOST_CHARACTERS and re.fullmatch(r"-?[0-9]+(/[0-9]+)?", value):
        return Fraction(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    raise ValueError("expected an integer or a text such as -3/2 as a number")


def polynomial(coefficients: Sequence[Any]) -> CheckedPolynomial:
    """The polynomial with these coefficients, integers or texts such as 3/2."""
    return trimmed([rational(value) for value in coefficients])


def trimmed(coefficients: Sequence[Fraction | int]) -> CheckedPolynomial:
    """The coefficients without zeros at the end."""
    end = len(coefficients)
    while end and coefficients[end - 1] == 0:
        end -= 1
    return tuple(coefficients[:end])


def added(a: CheckedPolynomial, b: CheckedPolynomial) -> CheckedPolynomial:
    """The sum."""
    size = max(len(a), len(b))
    zero = (0,)
    return trimmed([x + y for x, y in zip(a + zero * (size - len(a)), b + zero * (size - len(b)), strict=True)])


def scaled(a: CheckedPolynomial, factor: int) -> CheckedPolynomial:
    """The product with an integer."""
    return tuple(value * factor for value in a)


def product(a: CheckedPolynomial, b: CheckedPolynomial) -> CheckedPolynomial:
    """The product."""
    result: list[Fraction | int] = [0] * (len(a) + len(b) - 1 if a and b else 0)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return trimmed(result)


def divided(a: CheckedPolynomial, b: CheckedPolynomial) -> tuple[CheckedPolynomial, CheckedPolynomial]:
    """Quotient and remainder; b is not 0."""
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
    """What is left of a on division by b."""
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
    """How many of 1..order have no common divisor with it: the degree of the cyclotomic polynomial."""
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
    # An order has at least sqrt(order / 2) units, and its cyclotomic polynomial that degree.
    candidates = [order for order in range(1, 2 * degree * degree + 1) if units(order) <= degree]
    return tuple(order for order in candidates if not remainder(multiple, cyclotomic(order)))
