"""What a teacher or a student is: its kind and sizes, and the arrays that make one.

Source: Ahuja and Mansouri, arXiv 2402.04875, sections 4 and 5. Perceptrons have a sigmoid after every linear
map, the last one too.
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
MOST_NUMBERS = 10_000_000  # numbers in one model
MOST_BLOCKS = 64  # blocks of one model
MOST_LAYERS = 64  # hidden layers of one map


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A kind of model with its sizes; ConfigError where there is none such.

    width          n, the numbers in a token
    hidden         m, those in a hidden state
    outputs        k, those in an output
    inner_layers   hidden layers of the deep set's embedding
    output_layers  hidden layers of the map from a state to the output; 0: a perceptron of a single layer
    final          what follows the output's last linear map
    normalise      deep set: the sum of the embeddings, their mean, or what the released code computes, i phi(x_i) at
                   position i. Sigmoid and linear attention: the mean over j <= i, the sum, or the mean over j < i
    heads          of attention, the state split evenly among them
    offsets        attention with a map of its own for each distance i - j < offsets, blind beyond; 0: one for all.
                   The mean over j < i begins at distance 1 (Theorem 14), all else at 0 (Theorem 13)
    blocks         models of the kind one after the other, each reading what the one before says at every position
    scale          standard deviation of the initial linear maps
    contraction    what the orthogonal transition of a recurrence is multiplied with
    axis_aligned   the map from a token into the state of a recurrence is the identity, not a random orthogonal one
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
    """The kind as the paper's text has it (a sum for the deep set, a mean for attention), with some changes."""
    _check(kind in KINDS, f"kind: expected one of {', '.join(KINDS)}, found {kind!r}")
    return Architecture(**({"kind": kind, "normalise": NORMALISATIONS[kind][0]} | changes))


def architecture_to_json(architecture: Architecture) -> dict[str, Any]:
    """The architecture as a JSON object, which `architecture_from_json` reads back.

    One block is not said, so that runs of before there were several keep their identity.
    """
    value = asdict(architecture)
    if architecture.blocks == 1:
        del value["blocks"]
    return value


def architecture_from_json(value: object) -> Architecture:
    """The architecture of a JSON object; what is left out is as in the paper. ConfigError names what is wrong."""
    _check(isinstance(value, Mapping), f"architecture: expected an object, found {value!r}")
    assert isinstance(value, Mapping)
    known = [each.name for each in fields(Architecture)]
    unknown = [str(name) for name in value if name not in known]
    _check(not unknown, f"architecture: {', '.join(unknown)} is none of {', '.join(known)}")
    _check("kind" in value, "architecture: kind is missing")
    return architecture_of(**value)


def distances(architecture: Architecture) -> range:
    """The distances i - j that have maps of their own, where there are offsets."""
    return range(1 if architecture.normalise == "earlier" else 0, architecture.offsets)


@lru_cache
def blocks_of(architecture: Architecture) -> tuple[Architecture, ...]:
    """The blocks of a model: each of one block; all but the last say as many numbers as a hidden state has."""
    a = architecture
    widths = [a.width, *[a.hidden] * (a.blocks - 1)]
    outputs = [*[a.hidden] * (a.blocks - 1), a.outputs]
    return tuple(replace(a, blocks=1, width=n, outputs=k) for n, k in zip(widths, outputs, strict=True))


@lru_cache
def parameters(architecture: Architecture) -> tuple[ArrayShape, ...]:
    """The arrays of a model, in the order in which they lie in the flat one; those of several blocks are numbered."""
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
    """A random model, flat: weights from N(0, scale²), biases zero, a recurrence's maps orthogonal.  (numbers,)

    A map between spaces of different sizes has orthonormal rows or columns.
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
    """A matrix with orthonormal rows or columns, whichever are fewer, evenly among those."""
    rows, columns = shape
    factor, triangle = np.linalg.qr(rng.normal(size=(max(shape), min(shape))))
    # Without its signs, the decomposition's own choice of them would show.
    factor = np.asarray(factor * np.sign(np.diagonal(triangle)), dtype=np.float64)
    return factor if rows >= columns else factor.T
