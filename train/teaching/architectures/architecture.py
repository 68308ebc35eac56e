"""The architecture of a teacher or a student: its kind and sizes, and the arrays that make a model.

Source: Ahuja and Mansouri, arXiv 2402.04875, sections 4 and 5. Perceptrons have a sigmoid after every linear map, also
after the last one.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from train.model.config import ConfigError
from train.model.flat_arrays import ArrayShape

ArchitectureName: TypeAlias = Literal["deepset", "softmax", "sigmoid", "linear", "ssm", "rnn"]
Normalise: TypeAlias = Literal["sum", "mean", "released", "earlier"]
FinalMap: TypeAlias = Literal["sigmoid", "none"]

KINDS: tuple[ArchitectureName, ...] = ("deepset", "softmax", "sigmoid", "linear", "ssm", "rnn")
NORMALISATIONS: Mapping[ArchitectureName, tuple[Normalise, ...]] = {
    "deepset": ("sum", "mean", "released"),
    "softmax": ("mean",),
    "sigmoid": ("mean", "sum", "earlier"),
    "linear": ("mean", "sum", "earlier"),
    "ssm": ("sum",),
    "rnn": ("sum",),
}
RECURRENT: frozenset[ArchitectureName] = frozenset({"ssm", "rnn"})
MOST_NUMBERS = 10_000_000  # the most numbers in one model
MOST_BLOCKS = 64  # the most blocks of one model
MOST_LAYERS = 64  # the most hidden layers of one map


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A kind of model with its sizes.

    Attributes:
        kind: The kind of model.
        width: n, how many numbers a token has.
        hidden: m, how many numbers a hidden state has.
        outputs: k, how many numbers an output has.
        inner_layers: The number of hidden layers of the deep set's embedding.
        output_layers: The number of hidden layers of the map from a state to the output; with 0 it is a perceptron of
            one layer.
        final: What follows the output's last linear map.
        normalise: How positions are combined. For the deep set: the "sum" of the embeddings, their "mean", or i
            phi(x_i) at position i, which the "released" code computes. For sigmoid and linear attention: the "mean"
            over j <= i, the "sum" over j <= i, or the mean over the "earlier" positions j < i.
        heads: The number of attention heads, among which the state is split evenly.
        offsets: The number of distances i - j for which attention has key and value maps of their own; greater
            distances are not seen. With 0 all distances share one map and all are seen. With "earlier" the distances
            begin at 1 (Theorem 14), otherwise at 0 (Theorem 13).
        blocks: How many models of the kind are applied one after the other; each reads the outputs of the one before at
            every position.
        scale: The standard deviation of the initial linear maps.
        contraction: The factor of the orthogonal transition of a recurrence.
        axis_aligned: Whether the map from a token into the state of a recurrence is the identity, not a random
            orthogonal one.

    Raises:
        ConfigError: There is no such model.
    """

    kind: ArchitectureName
    width: int = 20
    hidden: int = 20
    outputs: int = 20
    inner_layers: int = 2
    output_layers: int = 2
    final: FinalMap = "sigmoid"
    normalise: Normalise = "mean"
    heads: int = 1
    offsets: int = 0
    blocks: int = 1
    scale: float = 0.6
    contraction: float = 1.0
    axis_aligned: bool = False

    def __post_init__(self) -> None:
        _check(self.kind in KINDS, f"kind: expected one of {', '.join(KINDS)}, found {self.kind!r}")
        for name, least in _LEAST.items():
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
            _check(whole, f"{name}: expected a whole number of at least {least}, found {value!r}")
        _check(self.final in ("sigmoid", "none"), f"final: expected sigmoid or none, found {self.final!r}")
        known = NORMALISATIONS[self.kind]
        _check(
            self.normalise in known,
            f"normalise: expected {' or '.join(known)} for {self.kind}, found {self.normalise!r}",
        )
        attention = self.kind in ("softmax", "sigmoid", "linear")
        _check(attention or (self.heads, self.offsets) == (1, 0), f"{self.kind} has no heads and no offsets")
        _check(self.hidden % self.heads == 0, f"heads={self.heads} does not divide hidden={self.hidden}")
        blind = self.normalise == "earlier" and self.offsets == 1
        _check(not blind, "offsets=1 with normalise=earlier sees nothing: expected at least 2, or 0 for one map")
        for name in ("scale", "contraction"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and math.isfinite(value) and value > 0
            _check(number, f"{name}: expected a number above 0, found {value!r}")
        for name in ("inner_layers", "output_layers"):
            _check(
                getattr(self, name) <= MOST_LAYERS,
                f"{name}: expected at most {MOST_LAYERS}, found {getattr(self, name)}",
            )
        _check(self.blocks <= MOST_BLOCKS, f"blocks: expected at most {MOST_BLOCKS}, found {self.blocks}")
        size = sum(each.size for each in parameters(self))
        _check(size <= MOST_NUMBERS, f"a model of {size:,} numbers: expected at most {MOST_NUMBERS:,}")


_LEAST = {
    "width": 1,
    "hidden": 1,
    "outputs": 1,
    "inner_layers": 0,
    "output_layers": 0,
    "heads": 1,
    "offsets": 0,
    "blocks": 1,
}


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ConfigError(message)


def architecture_of(kind: ArchitectureName, **changes: Any) -> Architecture:
    """Return the kind as in the paper's text (a sum for the deep set, a mean for attention), with some fields changed.

    Raises:
        ConfigError: There is no such model.
    """
    _check(kind in KINDS, f"kind: expected one of {', '.join(KINDS)}, found {kind!r}")
    return Architecture(**({"kind": kind, "normalise": NORMALISATIONS[kind][0]} | changes))


def architecture_to_json(architecture: Architecture) -> dict[str, Any]:
    """Return the architecture as a JSON object, which `architecture_from_json` reads back.

    A single block is left out, so that runs from before there could be several keep their identity.
    """
    value = asdict(architecture)
    if architecture.blocks == 1:
        del value["blocks"]
    return value


def architecture_from_json(value: object) -> Architecture:
    """Return the architecture of a JSON object; fields that are left out are as in the paper.

    Raises:
        ConfigError: The message names what is wrong.
    """
    _check(isinstance(value, Mapping), f"architecture: expected an object, found {value!r}")
    assert isinstance(value, Mapping)
    known = [each.name for each in fields(Architecture)]
    unknown = [str(name) for name in value if name not in known]
    _check(not unknown, f"architecture: {', '.join(unknown)} is none of {', '.join(known)}")
    _check("kind" in value, "architecture: kind is missing")
    return architecture_of(**value)


def distances(architecture: Architecture) -> range:
    """Return the distances i - j that have maps of their own, if the architecture has offsets."""
    return range(1 if architecture.normalise == "earlier" else 0, architecture.offsets)


@lru_cache
def blocks_of(architecture: Architecture) -> tuple[Architecture, ...]:
    """Return the blocks of a model as architectures of one block each.

    All blocks but the last have as many outputs as a hidden state has numbers.
    """
    a = architecture
    widths = [a.width, *[a.hidden] * (a.blocks - 1)]
    outputs = [*[a.hidden] * (a.blocks - 1), a.outputs]
    return tuple(replace(a, blocks=1, width=n, outputs=k) for n, k in zip(widths, outputs, strict=True))


@lru_cache
def parameters(architecture: Architecture) -> tuple[ArrayShape, ...]:
    """Return the arrays of a model in the order in which they lie in the flat array.

    With several blocks the names begin with the block's number.
    """
    a = architecture
    if a.blocks > 1:
        each = enumerate(map(parameters, blocks_of(a)))
        return tuple(replace(array, name=f"{block}.{array.name}") for block, arrays in each for array in arrays)
    found = []
    if a.kind == "deepset":
        found += _perceptron("inner", [a.width] + [a.hidden] * (a.inner_layers + 1))
    elif a.kind in RECURRENT:
        found += [ArrayShape("transition", (a.hidden, a.hidden)), ArrayShape("input", (a.width, a.hidden))]
    else:
        found += [ArrayShape("query.weight", (a.width, a.hidden)), ArrayShape("query.bias", (a.hidden,))]
        copies = (len(distances(a)) if a.offsets else 1) * a.hidden
        for name in ("key", "value"):
            found += [ArrayShape(f"{name}.weight", (a.width, copies)), ArrayShape(f"{name}.bias", (copies,))]
    found += _perceptron("outer", [a.hidden] * (a.output_layers + 1) + [a.outputs])
    return tuple(found)


def _perceptron(name: str, widths: list[int]) -> list[ArrayShape]:
    found = []
    for layer, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
        found += [ArrayShape(f"{name}.{layer}.weight", (inputs, outputs))]
        found += [ArrayShape(f"{name}.{layer}.bias", (outputs,))]
    return found


def initial(rng: np.random.Generator, architecture: Architecture) -> NDArray[np.float32]:
    """Return a random model (numbers,): weights from N(0, scale²), biases 0, and orthogonal maps in a recurrence.

    An orthogonal map between spaces of different sizes has orthonormal rows or columns.
    """
    parts: list[NDArray[np.float64]] = []
    for each in parameters(architecture):
        if each.name.endswith("bias"):
            values = np.zeros(each.size)
        elif each.name.endswith("transition"):
            values = architecture.contraction * _orthogonal(rng, each.shape)
        elif each.name.endswith("input"):
            values = np.eye(each.shape[0], each.shape[1]) if architecture.axis_aligned else _orthogonal(rng, each.shape)
        else:
            values = rng.normal(0.0, architecture.scale, each.size)
        parts.append(values.reshape(-1))
    return np.concatenate(parts).astype(np.float32)


def _orthogonal(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return a random matrix with orthonormal rows or columns, whichever are fewer, uniform among such matrices."""
    rows, columns = shape
    factor, triangle = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
    # The decomposition chooses signs. Multiplying with those of the diagonal makes the matrix uniform.
    factor = np.asarray(factor * np.sign(np.diagonal(triangle)), dtype=np.float64)
    return factor if rows >= columns else factor.T
