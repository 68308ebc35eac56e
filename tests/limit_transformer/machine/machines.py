"""Random machines, and a few made by hand."""

from random import Random

import numpy as np

from limit_transformer.machine.machine import FeedForward, Head, Layer, LimitTransformer, ResidueBlock
from limit_transformer.machine.matrix import SparseMatrix, integer_array, sparse

LETTERS = ("a", "b")
NAMES = ("a", "b", "begin", "one", "even", "odd", "x", "y", "z", "w")
WIDTH = len(NAMES)
INTEGERS = range(6)  # the coordinates that are integers in every layer: what logits may read


def random_machine(random: Random, *, logits: str) -> LimitTransformer:
    """Two layers with a uniform head and one whose logits are `lags`, `keys` or `pairs`; values of any kind."""
    layers = tuple(Layer((head(random, "uniform"), head(random, logits)), feed_forward(random)) for _ in range(2))
    return assembled(layers, random_matrix(random, (2, WIDTH), 4))


def assembled(layers: tuple[Layer, ...], unembedding: SparseMatrix) -> LimitTransformer:
    embedding = {(0, 0): 1, (1, 1): 1, (2, 2): 1, (3, 0): 1, (3, 1): 1, (3, 2): 1}
    outputs = tuple(f"output {row}" for row in range(unembedding.shape[0]))
    return LimitTransformer(
        LETTERS, NAMES, sparse((WIDTH, 3), embedding), (ResidueBlock(2, 4),), layers, outputs, unembedding
    )


def head(random: Random, logits: str) -> Head:
    content: dict[tuple[int, int], int] = {}
    lags: tuple[tuple[int, int], ...] = ()
    if logits in ("lags", "keys"):
        lags = tuple((lag, random.choice([-2, -1, 1, 2, 3])) for lag in sorted(random.sample(range(4), 2)))
    if logits == "keys":
        content = {(random.choice(INTEGERS), 3): random.choice([-2, -1, 1, 2]) for _ in range(2)}
    if logits == "pairs":
        content = {(random.choice(INTEGERS), random.choice(INTEGERS)): random.choice([-2, 1, 2]) for _ in range(3)}
        lags = ((1, 1),)
    # Coordinates 0 to 5 are left alone, so that they stay integers.
    value = {(random.randrange(6, WIDTH), random.randrange(WIDTH)): random.choice([-2, -1, 1, 2]) for _ in range(4)}
    return Head(logits, sparse((WIDTH, WIDTH), content), lags, sparse((WIDTH, WIDTH), value))


def feed_forward(random: Random) -> FeedForward:
    units = 4
    read = random_matrix(random, (units, WIDTH), 8)
    write = {(random.randrange(6, WIDTH), unit): random.choice([-1, 1, 2]) for unit in range(units)}
    bias = integer_array(random.randrange(-2, 3) for _ in range(units))
    names = tuple(f"unit {unit}" for unit in range(units))
    return FeedForward(names, read, bias, np.array([True, False, True, False]), sparse((WIDTH, units), write))


def random_matrix(random: Random, shape: tuple[int, int], entries: int) -> SparseMatrix:
    places = [(random.randrange(shape[0]), random.randrange(shape[1])) for _ in range(entries)]
    return sparse(shape, {place: random.choice([-3, -2, -1, 1, 2, 3]) for place in places})
