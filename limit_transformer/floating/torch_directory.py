"""A machine as a plain torch module in a directory: weights in safetensors, and a small JSON file."""

import json
from dataclasses import asdict, dataclass, replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from limit_transformer.floating.certificate import FloatCertificate, float_certificate_of
from limit_transformer.floating.rounding_errors import PRECISIONS, Reals
from limit_transformer.floating.steep_steps import slopes
from limit_transformer.floating.torch_modules import CompiledTransformer, ModuleConfig
from limit_transformer.machine.answers import Booleans, blocks, padded_words, within
from limit_transformer.machine.machine import Head, LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix
from limit_transformer.values.machine_values import machine_values
from tasks.ground.json_text import read_json_text

WEIGHTS = "model.safetensors"
CONFIG = "model.json"
FORMAT = "crasp torch module 1"
DTYPES = {"float32": torch.float32, "float64": torch.float64}
LARGEST_WEIGHTS_BYTES = 1 << 30  # the most bytes of weights that this implementation makes


class StateSizeError(ValueError):
    """The module would have more than LARGEST_WEIGHTS_BYTES of weights."""


class ModuleError(ValueError):
    """A directory does not hold a module as `save` writes it; the message says why."""


@dataclass(frozen=True)
class TorchRealization:
    """A module that can be asked, with the begin marker at position `offset`."""

    module: CompiledTransformer
    offset: int = 0

    @property
    def max_length(self) -> int:
        """The number of letters up to which answers are certified."""
        return self.module.config.max_length

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the machine's outputs."""
        return self.module.config.outputs

    @property
    def letters(self) -> int:
        """The number of letters in the alphabet."""
        return len(self.module.config.alphabet)

    def answers(self, tokens: NDArray[Any], lengths: NDArray[Any]) -> Booleans:
        """Return where each output holds, as `Realization.answers` does."""
        letters = len(self.module.config.alphabet)
        padded = padded_words(tokens, lengths, letters=letters, max_length=self.max_length)
        ids = np.full((padded.shape[0], padded.shape[1] + 1), letters, dtype=np.int64)
        ids[:, 1:] = np.maximum(padded, 0)
        found = np.zeros((*ids.shape, len(self.outputs)), dtype=bool)
        with torch.no_grad():
            for block in blocks(len(ids), ids.shape[1] * len(self.module.config.coordinates)):
                found[block] = (self.module(torch.from_numpy(ids[block]), self.offset) > 0).numpy()
        return within(found, lengths)


# --- from a machine ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TorchMachine:
    """A module, and the certificate for its answers."""

    module: CompiledTransformer
    certificate: FloatCertificate


def realize_torch(machine: LimitTransformer, dtype: str, *, max_length: int | None = None) -> TorchMachine:
    """Return the machine as a torch module, certified up to a length.

    Args:
        machine: The machine.
        dtype: "float32" or "float64".
        max_length: The number of letters; None: as many as can be certified.

    Raises:
        LengthError: `max_length` cannot be certified, but a smaller length can.
        UncertifiedError: No length can be certified.
        StateSizeError: The machine is too large. This is found before memory is taken.
    """
    _refuse_large(machine, dtype)
    values, precision = machine_values(machine), PRECISIONS[dtype]
    certificate = float_certificate_of(machine, values, precision, max_length)
    ramps = slopes(machine, values, precision, certificate.max_length)
    config = ModuleConfig(
        machine.alphabet,
        machine.outputs,
        machine.coordinates,
        tuple((block.modulus, block.first) for block in machine.positions),
        tuple(len(layer.heads) for layer in machine.layers),
        dtype,
        certificate.max_length,
    )
    module = CompiledTransformer(config, _state(machine, ramps, certificate.base, DTYPES[dtype]))
    steepest = max((float(slope.max(initial=1.0)) for slope in ramps), default=1.0)
    argument = (
        f"{certificate.argument} Attention adds exp(logit - largest) times value, and divides once; the exponential "
        f"is taken to be right to within 16 units in the last place. A step is 1 - relu(1 - relu(k z + 1/2)), exactly "
        f"0 or 1 where |k z| >= 1/2; each unit's k is a power of 2, {steepest:g} at most, with k (margin - error) >= 1."
    )
    return TorchMachine(module, replace(certificate, argument=argument))


def _refuse_large(machine: LimitTransformer, dtype: str) -> None:
    matrices = [machine.unembedding]
    for layer in machine.layers:
        matrices += [head.value for head in layer.heads] + [layer.feed_forward.read, layer.feed_forward.write]
    number = 4 if dtype == "float32" else 8
    dense = machine.width * (len(machine.alphabet) + 1 + len(machine.layers))
    needed = dense * number + sum(map(len, matrices)) * (number + 16)
    if needed > LARGEST_WEIGHTS_BYTES:
        raise StateSizeError(
            f"a machine of {machine.width:,} coordinates and {len(machine.alphabet):,} letters needs {needed:,} bytes "
            f"of weights; this implementation makes {LARGEST_WEIGHTS_BYTES:,} at most"
        )


def _state(machine: LimitTransformer, ramps: tuple[Reals, ...], base: int, dtype: torch.dtype) -> dict[str, Tensor]:
    embedding = torch.zeros(len(machine.alphabet) + 1, machine.width, dtype=dtype)
    for coordinate, letter, weight in machine.embedding.entries:
        embedding[letter, coordinate] = float(weight)
    state = {"embedding": embedding, **_linear("unembedding", machine.unembedding, dtype)}
    for number, layer in enumerate(machine.layers):
        for k, head in enumerate(layer.heads):
            state.update(_head(f"layers.{number}.heads.{k}", head, log(base), dtype))
        block, name = layer.feed_forward, f"layers.{number}.feed_forward"
        # A unit that is a step reads k z + 1/2.
        bias = block.bias.astype(np.float64) * ramps[number] + np.where(block.steps, 0.5, 0.0)
        state.update(_linear(f"{name}.read", block.read, dtype, scale=ramps[number], bias=bias))
        state.update(_linear(f"{name}.write", block.write, dtype))
        state[f"{name}.steps"] = torch.tensor(block.steps.tolist(), dtype=torch.bool)
    return state


def _linear(
    name: str, matrix: SparseMatrix, dtype: torch.dtype, *, scale: Reals | None = None, bias: Reals | None = None
) -> dict[str, Tensor]:
    """Return the arrays of a sparse matrix and a bias; `scale` multiplies each row."""
    weights = matrix.weights.astype(np.float64)
    if scale is not None:
        weights = weights * scale[matrix.rows]
    return {
        f"{name}.indices": torch.from_numpy(np.stack([matrix.rows, matrix.columns])),
        f"{name}.weight": torch.from_numpy(weights).to(dtype),
        f"{name}.bias": torch.from_numpy(np.zeros(matrix.shape[0]) if bias is None else bias).to(dtype),
    }


def _head(name: str, head: Head, log_base: float, dtype: torch.dtype) -> dict[str, Tensor]:
    targets, rows = np.unique(head.value.rows, return_inverse=True)
    value = SparseMatrix((len(targets), head.value.shape[1]), rows, head.value.columns, head.value.weights)
    logits = [float(logit) * log_base for _, logit in head.lags]
    return {
        f"{name}.keys": torch.tensor(head.content.rows.tolist(), dtype=torch.int64),
        f"{name}.queries": torch.tensor(head.content.columns.tolist(), dtype=torch.int64),
        f"{name}.content": torch.from_numpy(head.content.weights.astype(np.float64) * log_base).to(dtype),
        f"{name}.lags": torch.tensor([lag for lag, _ in head.lags], dtype=torch.int64),
        f"{name}.phi": torch.tensor(logits, dtype=dtype),
        f"{name}.targets": torch.from_numpy(targets),
        **_linear(f"{name}.value", value, dtype),
    }


# --- directories ---------------------------------------------------------------------------------------------


def save(module: CompiledTransformer, directory: Path | str) -> None:
    """Write the module's two files into a directory that exists; each file is complete or absent."""
    folder = Path(directory)
    state = {name: tensor.detach().contiguous() for name, tensor in module.state_dict().items()}
    record = {"format": FORMAT, **asdict(module.config)}
    for name in (WEIGHTS, CONFIG):
        draft = folder / f".{name}.draft"
        try:
            if name == WEIGHTS:
                save_file(state, draft)
            else:
                draft.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
            draft.replace(folder / name)
        finally:
            draft.unlink(missing_ok=True)


def load(directory: Path | str) -> CompiledTransformer:
    """Return the module that `save` wrote, ready to be asked.

    Raises:
        ModuleError: A file is missing or damaged, or is of another kind.
    """
    folder = Path(directory)
    try:
        record = read_json_text((folder / CONFIG).read_text(encoding="utf-8"))
        state = load_file(folder / WEIGHTS)
    except (OSError, ValueError, RecursionError, SafetensorError) as error:
        raise ModuleError(f"{folder}: cannot be read as a module: {error}") from None
    if not isinstance(record, dict) or record.pop("format", None) != FORMAT:
        raise ModuleError(f"{folder / CONFIG}: expected the format {FORMAT!r}; this is another one")
    try:
        module = CompiledTransformer(_config(record), state)
        unused = state.keys() - module.state_dict().keys()
        if unused:
            raise ValueError(f"it has no place for {min(unused)}")
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ModuleError(f"{folder}: expected a module as `crasp compile` writes it: {error}") from None
    return module.eval()


def _config(record: dict[str, Any]) -> ModuleConfig:
    return ModuleConfig(
        alphabet=tuple(map(str, record["alphabet"])),
        outputs=tuple(map(str, record["outputs"])),
        coordinates=tuple(map(str, record["coordinates"])),
        positions=tuple((int(modulus), int(first)) for modulus, first in record["positions"]),
        heads=tuple(map(int, record["heads"])),
        dtype=str(record["dtype"]),
        max_length=int(record["max_length"]),
    )
