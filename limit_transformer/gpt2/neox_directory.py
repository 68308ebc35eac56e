"""A machine without positions as a stock GPTNeoXForCausalLM, certified as its GPT-2 is.

All its heads are uniform: queries and keys are 0. A rotated 0 is 0, so every score is 0, and all weights of attention
are equal, by whatever angles the model rotates. Everything else is GPT-2's arithmetic in GPT-2's order: LayerNorm, the
sum over heads, ReLU, and the sequential residual. So the argument of `error_bounds.py` holds word for word. The table
of positions, whose entries are 0 there, does not exist here.
"""

from pathlib import Path

from limit_transformer.floating.certificate import ModelClaims
from limit_transformer.gpt2.checkpoint_files import stock_of, write_generation, write_weights
from limit_transformer.gpt2.directory import Compiled, Gpt2Realization, certificate_data, load_compiled, weights_of
from limit_transformer.gpt2.machine_parts import Gpt2Error
from limit_transformer.gpt2.weights import EPSILON, Weights
from limit_transformer.machine.machine import LimitTransformer
from tasks.ground.models.gpt2_directory import write_stock
from tasks.ground.models.stock_layouts import HeadRotation, stock_config, to_stock

PREFIX = "transformer."
ROTATED = (
    "Uniform heads ignore rotation: queries and keys are 0, and 0 turned by any angle is 0, exactly, so that all "
    "scores are 0. There is no table of positions. This holds for the attention that transformers computes by default "
    "(sdpa); its eager attention rounds attention weights to float32, whatever the type of the numbers."
)


def write_gptneox(
    compiled: LimitTransformer | Compiled, directory: Path, *, max_length: int | None = None, dtype: str | None = None
) -> ModelClaims:
    """Write a GPT-NeoX's `config.json`, `model.safetensors` and the tokenizer's files into an existing directory.

    The model rotates as many coordinates of each head as it can, by the usual angles.

    Args:
        compiled: The machine, or something that holds it.
        directory: The directory.
        max_length: The number of letters; None as for `plan_gpt2`.
        dtype: The type of the numbers; None as for `plan_gpt2`.

    Returns:
        What a certificate says of the model.

    Raises:
        Gpt2Error: `write_gpt2` would raise it, or the machine reads positions.
    """
    machine = compiled if isinstance(compiled, LimitTransformer) else compiled.machine
    weights = weights_of(machine, max_length=max_length, dtype=dtype)
    _check_plain(weights)
    shape = weights.shape
    data = certificate_data(weights)
    data["argument"] = f"{data['argument']} {ROTATED}"
    data["model"]["parameters"] -= shape.tokens * shape.width
    named = ((name.removeprefix(PREFIX), values) for name, values in weights.arrays())
    arrays = to_stock(named, "gpt_neox", shape.heads)
    write_weights(directory / "model.safetensors", 4 + 12 * len(shape.blocks), arrays)
    write_generation(directory, shape)
    extra = {"max_length": shape.tokens - 1, "dtype": weights.dtype, "outputs": list(machine.outputs)}
    stock, head = stock_of(shape, weights.dtype, EPSILON), shape.width // shape.heads
    config = stock_config(stock, "gpt_neox", HeadRotation(head - head % 2))
    write_stock(directory, stock, extra=extra, config=config)
    return data


def _check_plain(weights: Weights) -> None:
    shape = weights.shape
    looks = any(not head.uniform for block in shape.blocks for head, _ in block.heads)
    if looks or shape.code or shape.parts.machine.positions:
        raise Gpt2Error(
            "a GPT-NeoX has no table of positions: it is for programs of counts alone, without lags and residues. "
            "--target gpt2 takes other programs"
        )


def load_gptneox(directory: Path) -> Gpt2Realization:
    """Return the compiled GPT-NeoX in a directory, ready to be asked. Nothing in the directory is run.

    Raises:
        Gpt2Error: The directory holds no compiled GPT-NeoX.
    """
    return load_compiled(directory, "gpt_neox", "GPT-NeoX")
