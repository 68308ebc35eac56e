"""The definition of a Limit Transformer read off the page, one Fraction at a time: slow, and nothing shared."""

from fractions import Fraction

from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix

Vector = list[Fraction]


def run_by_the_book(
    machine: LimitTransformer, word: list[int], *, offset: int, base: int | str
) -> tuple[list[list[Vector]], list[list[bool]]]:
    """(the stream [layer][token][coordinate], the answers [token][output]) of one word."""
    letters = [len(machine.alphabet), *word]
    embedding = dense(machine.embedding)
    stream = [[row[letter] for row in embedding] for letter in letters]
    for token, vector in enumerate(stream):
        for block in machine.positions:
            vector[block.first + (token + offset) % block.modulus] += 1
    streams = [stream]
    for layer in machine.layers:
        attended = [vector[:] for vector in stream]
        for head in layer.heads:
            content, value = dense(head.content), dense(head.value)
            phi = dict(head.lags)
            for i, query in enumerate(stream):
                n = Fraction(i + 1 if base == "prefix" else int(base))
                weights = []
                for j in range(i + 1):
                    logit = bilinear(stream[j], content, query) + phi.get(i - j, 0)
                    assert logit.denominator == 1
                    weights.append(n ** int(logit))
                mean = [
                    sum((w * y[c] for w, y in zip(weights, stream, strict=False)), Fraction(0)) / sum(weights)
                    for c in range(machine.width)
                ]
                attended[i] = plus(attended[i], times(value, mean))
        block = layer.feed_forward
        read, write = dense(block.read), dense(block.write)
        stream = []
        for vector in attended:
            inputs = [z + int(b) for z, b in zip(times(read, vector), block.bias, strict=True)]
            hidden = [
                Fraction(z > 0) if is_step else max(z, Fraction(0))
                for z, is_step in zip(inputs, block.steps, strict=True)
            ]
            stream.append(plus(vector, times(write, hidden)))
        streams.append(stream)
    logits = [times(dense(machine.unembedding), vector) for vector in stream]
    return streams, [[logit > 0 for logit in row] for row in logits]


def dense(matrix: SparseMatrix) -> list[Vector]:
    rows = [[Fraction(0)] * matrix.shape[1] for _ in range(matrix.shape[0])]
    for row, column, weight in matrix.entries:
        rows[row][column] += weight
    return rows


def times(matrix: list[Vector], vector: Vector) -> Vector:
    return [sum((a * x for a, x in zip(row, vector, strict=True)), Fraction(0)) for row in matrix]


def plus(left: Vector, right: Vector) -> Vector:
    return [a + b for a, b in zip(left, right, strict=True)]


def bilinear(key: Vector, matrix: list[Vector], query: Vector) -> Fraction:
    return sum((k * x for k, x in zip(key, times(matrix, query), strict=True)), Fraction(0))
