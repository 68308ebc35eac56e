"""The parameters of the bounds on the training length, read off a machine."""

import math
from itertools import pairwise, product

import numpy as np

from limit_transformer.lengths.bounds import Parameters
from limit_transformer.machine.machine import Head, LimitTransformer
from limit_transformer.norms.regularizer import regularizer_terms

MOST_LOGITS = 4_000_000  # attainable logits of a head that are listed


def machine_parameters(machine: LimitTransformer) -> Parameters:
    """The parameters of a machine; its norm is the product over layers of the bounds on what a layer stretches.

    A layer's is (1 + heads * value norm) * (1 + write norm * read norm); the unembedding's norm comes last. For a
    machine with Heaviside steps it bounds nothing, and `exact` says so.
    """
    terms = regularizer_terms(machine)
    heads, value, write, read = (float(x) for x in (terms.heads, terms.value_norm, terms.write_norm, terms.read_norm))
    layer = math.log10(1 + heads * value) + math.log10(1 + write * read)
    unembedding = math.log10(max(1.0, float(terms.unembedding_norm)))
    attentive = [layer for layer in machine.layers if layer.heads]
    return Parameters(
        alphabet=len(machine.alphabet),
        period=machine.period,
        locality=machine.locality,
        depth=len(attentive),
        norm_log10=len(machine.layers) * layer + unembedding,
        margin=_margin(machine),
        exact=bool(attentive) and any(bool(layer.feed_forward.steps.any()) for layer in machine.layers),
    )


def _margin(machine: LimitTransformer) -> float | None:
    """The least difference of two logits of one query: exact in the first layer, at least 1 in deeper ones.

    Logits are integers there too, so two that differ do so by 1 or more. None where every head is uniform.
    """
    found: list[int] = []
    for number, layer in enumerate(machine.layers):
        for head in layer.heads:
            if head.is_uniform:
                continue
            gap = _first_layer_gap(machine, head) if number == 0 else 1
            found += [] if gap is None else [gap]
    return float(min(found)) if found else None


def _first_layer_gap(machine: LimitTransformer, head: Head) -> int | None:
    """The least difference over keys of every letter, residue and lag; 1, a lower bound, where they are too many."""
    letters = len(machine.alphabet) + 1
    period = machine.period
    lags = [0, *(logit for _, logit in head.lags)]
    if (letters * period) ** 2 * len(lags) > MOST_LOGITS:
        return 1
    streams = np.zeros((letters * period, machine.width), dtype=object)
    for coordinate, letter, weight in machine.embedding.entries:
        streams[letter * period : (letter + 1) * period, coordinate] += weight
    for letter, position, block in product(range(letters), range(period), machine.positions):
        streams[letter * period + position, block.first + position % block.modulus] += 1
    content = np.zeros((len(streams), len(streams)), dtype=object)  # (keys, queries)
    for row, column, weight in head.content.entries:
        content += np.outer(streams[:, row], streams[:, column]) * weight
    gaps = []
    for query in range(content.shape[1]):
        logits = sorted({int(key) + lag for key in content[:, query] for lag in lags})
        gaps += [b - a for a, b in pairwise(logits)]
    return min(gaps, default=None)
