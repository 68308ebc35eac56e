"""Solves many systems of linear equations at once, each modulo its own prime.

Primes and totients are computed here, because importing sympy takes 0.6 s, more than the whole start of
`crasp decide`.
"""

import random
from functools import cache

import numpy as np

from crasp.meaning.operations import IntegerArray

BITS = 31  # bits of a prime, so that the product of two residues fits into 64 bits


def nullspaces(matrices: IntegerArray, primes: IntegerArray) -> IntegerArray:
    """For each system the unknowns in terms of the free ones, of shape (systems, unknowns, unknowns).

    Row u has the coefficients of unknown u in every solution. Two unknowns are equal in every solution exactly if their
    rows are equal.

    Args:
        matrices: (systems, equations, unknowns) coefficients, each below its system's prime.
        primes: (systems,) the prime of each system.
    """
    systems, equations, unknowns = matrices.shape
    rows = matrices.copy()
    modulus = primes[:, None]
    rank = np.zeros(systems, dtype=np.int64)
    pivot_row = np.full((systems, unknowns), -1, dtype=np.int64)
    everyone = np.arange(systems)
    lines = np.arange(equations)
    for column in range(unknowns if equations else 0):
        usable = (rows[:, :, column] != 0) & (lines >= rank[:, None])
        here = everyone[usable.any(axis=1)]
        if not len(here):
            continue
        chosen = usable[here].argmax(axis=1)
        top = rank[here]
        pivot = rows[here, chosen]
        rows[here, chosen] = rows[here, top]
        inverse = np.array([pow(int(v), -1, int(p)) for v, p in zip(pivot[:, column], primes[here], strict=True)])
        pivot = pivot * inverse[:, None] % modulus[here]
        factors = rows[here, :, column]
        factors[np.arange(len(here)), top] = 0
        rows[here] = (rows[here] - factors[:, :, None] * pivot[:, None, :]) % modulus[here][:, None]
        rows[here, top] = pivot
        pivot_row[here, column] = top
        rank[here] += 1
    return _in_free_unknowns(rows, pivot_row, modulus)


def _in_free_unknowns(rows: IntegerArray, pivot_row: IntegerArray, modulus: IntegerArray) -> IntegerArray:
    systems, _, unknowns = rows.shape
    result = np.zeros((systems, unknowns, unknowns), dtype=np.int64)
    system, unknown = np.nonzero(pivot_row < 0)
    result[system, unknown, unknown] = 1
    system, unknown = np.nonzero(pivot_row >= 0)
    found = -rows[system, pivot_row[system, unknown]] % modulus[system]
    found[np.arange(len(system)), unknown] = 0
    result[system, unknown] = found
    return result


def root_of_unity(order: int, generator: random.Random) -> tuple[int, int]:
    """A random prime p below 2**31, and an element of exactly this order modulo p."""
    while True:
        multiple = generator.randrange(1 << (BITS - 2), (1 << BITS) - 1) // order
        prime = multiple * order + 1
        if prime < 1 << BITS and _is_prime(prime):
            break
    factors = prime_factors(order)
    while True:
        root = pow(generator.randrange(2, prime), (prime - 1) // order, prime)
        if all(pow(root, order // factor, prime) != 1 for factor in factors):
            return prime, root


def _is_prime(number: int) -> bool:
    """Whether a number is prime, by the Miller-Rabin test.

    With these bases the test is exact below 3,317,044,064,679,887,385,961,981.
    """
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
    if number < 2 or any(number % base == 0 for base in bases):
        return number in bases
    odd = number - 1
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    for base in bases:
        value = pow(base, odd, number)
        if value in (1, number - 1):
            continue
        for _ in range(twos - 1):
            value = value * value % number
            if value == number - 1:
                break
        else:
            return False
    return True


def prime_factors(number: int) -> tuple[int, ...]:
    """The primes that divide a number, in ascending order."""
    found = []
    factor = 2
    while factor * factor <= number:
        if number % factor == 0:
            found.append(factor)
            while number % factor == 0:
                number //= factor
        factor += 1
    return (*found, number) if number > 1 else tuple(found)


@cache
def with_few_units(most: int) -> tuple[int, ...]:
    """The numbers n from 1 on whose totient is at most `most`, in ascending order.

    They are found with a sieve, because there are many candidates.
    """
    # A number j has at least sqrt(j / 2) units, so j is at most 2 * most**2.
    return tuple(np.flatnonzero(totients(2 * most * most) <= most)[1:].tolist())


def totients(limit: int) -> IntegerArray:
    """(limit + 1,): Euler's totient of each number, which is how many numbers from 1 up to it are coprime to it."""
    found = np.arange(limit + 1)
    for factor in range(2, limit + 1):
        if found[factor] == factor:  # a prime, as no smaller prime divides it
            found[factor::factor] -= found[factor::factor] // factor
    return found
