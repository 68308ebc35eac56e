"""The architectures written out for one sequence, from the paper's formulas: sums and loops, in double precision."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from train.teaching.architectures.architecture import Architecture, parameters

Array = NDArray[np.float64]


def arrays(flat: Array, architecture: Architecture) -> dict[str, Array]:
    found, start = {}, 0
    for each in parameters(architecture):
        found[each.name] = flat[start : start + each.size].reshape(each.shape).astype(np.float64)
        start += each.size
    return found


def sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-values))


def perceptron(weights: dict[str, Array], name: str, vector: Array, layers: int, final: str) -> Array:
    for layer in range(layers + 1):
        vector = vector @ weights[f"{name}.{layer}.weight"] + weights[f"{name}.{layer}.bias"]
        if layer < layers or final == "sigmoid":
            vector = sigmoid(vector)
    return vector


def score(kind: str, query: Array, key: Array) -> float:
    product = float(query @ key) / np.sqrt(len(query))
    return {"softmax": np.exp, "sigmoid": sigmoid, "linear": float}[kind](product)


def attended(a: Architecture, weights: dict[str, Array], tokens: Array, i: int) -> Array:
    """What attention gives at position i, numbered from 0."""
    share = a.hidden // a.heads
    query = tokens[i] @ weights["query.weight"] + weights["query.bias"]
    total = np.zeros(a.hidden)
    for head in range(a.heads):
        columns = slice(head * share, (head + 1) * share)
        terms, scores = [], []
        for j in range(i + 1):
            distance = i - j
            if (a.offsets and distance >= a.offsets) or (a.normalise == "earlier" and j == i):
                continue
            # The mean over earlier positions has no map for distance 0.
            start = (distance - (a.normalise == "earlier")) * a.hidden if a.offsets else 0
            own = slice(start + head * share, start + (head + 1) * share)
            key = tokens[j] @ weights["key.weight"][:, own] + weights["key.bias"][own]
            terms.append(tokens[j] @ weights["value.weight"][:, own] + weights["value.bias"][own])
            scores.append(score(a.kind, query[columns], key))
        if terms:
            numbers = {"mean": i + 1, "earlier": i, "sum": 1}[a.normalise]
            divisor = sum(scores) if a.kind == "softmax" else numbers
            total[columns] = sum(s * v for s, v in zip(scores, terms, strict=True)) / divisor
    return total


def states(a: Architecture, weights: dict[str, Array], tokens: Array) -> tuple[Array, Array]:
    """The hidden representations and the states at every position: (length, m) each."""
    hidden, state = [], []
    for i in range(len(tokens)):
        if a.kind == "deepset":
            embedded = [perceptron(weights, "inner", tokens[j], a.inner_layers, "sigmoid") for j in range(i + 1)]
            hidden.append(embedded[i])
            total = np.sum(embedded, axis=0)
            state.append({"sum": total, "mean": total / (i + 1), "released": (i + 1) * embedded[i]}[a.normalise])
        elif a.kind in ("ssm", "rnn"):
            before = state[-1] if state else np.zeros(a.hidden)
            moved = before @ weights["transition"] + tokens[i] @ weights["input"]
            state.append(sigmoid(moved) if a.kind == "rnn" else moved)
            hidden.append(state[-1])
        else:
            state.append(attended(a, weights, tokens, i))
            hidden.append(state[-1])
    return np.array(hidden), np.array(state)


def run(flat: Array, a: Architecture, tokens: Array) -> tuple[Array, Array, Array]:
    """Hidden representations, states and outputs of one sequence: (length, m), (length, m), (length, k)."""
    if a.blocks > 1:  # the first block by itself, then the others as a model of what it says
        first = replace(a, blocks=1, outputs=a.hidden)
        size = sum(each.size for each in parameters(first))
        _, _, said = run(flat[:size], first, tokens)
        return run(flat[size:], replace(a, blocks=a.blocks - 1, width=a.hidden), said)
    weights = arrays(flat, a)
    hidden, state = states(a, weights, tokens)
    outputs = [perceptron(weights, "outer", each, a.output_layers, a.final) for each in state]
    return hidden, state, np.array(outputs)
