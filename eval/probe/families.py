"""Which kind of architecture theory has something to say of."""

from typing import Any, Final

from eval.probe.theory import ArchitectureFamily
from train.architectures.checking import Trainable

SSM: Final = ("mamba", "mamba2", "falcon_mamba")
HYBRID: Final = (
    "bamba",
    "falcon_h1",
    "granitemoehybrid",
    "jamba",
    "nemotron_h",
    "recurrent_gemma",
    "zamba",
    "zamba2",
)
ALIBI: Final = ("bloom", "mpt")
ROPE: Final = ("gemma", "gpt_neox", "gptj", "llama", "mistral", "mixtral", "olmo", "phi", "qwen2", "qwen3", "stablelm")
APE: Final = ("biogpt", "gpt2", "gpt_bigcode", "gpt_neo", "opt")


def family_of(model: Trainable) -> ArchitectureFamily:
    """The kind, by a stock class's type or by the layers of a person's own module; "unknown" where it is not plain."""
    config: Any = getattr(model.module, "config", None)
    kind = getattr(config, "model_type", None)
    if isinstance(kind, str):
        return _of_stock(kind, config)
    layers = {type(each).__name__ for each in model.module.modules()}
    if any("attention" in name.lower() or "transformer" in name.lower() for name in layers):
        return "unknown"
    if "LSTM" in layers and not layers & {"GRU", "RNN"}:
        return "lstm"
    return "rnn" if layers & {"GRU", "RNN"} and "LSTM" not in layers else "unknown"


def _of_stock(kind: str, config: Any) -> ArchitectureFamily:
    if kind in SSM:
        return "ssm"
    if kind in HYBRID:
        return "hybrid"
    if kind in ALIBI or (kind == "falcon" and config.alibi):
        return "alibi"
    if kind in APE:
        return "ape"
    if kind not in (*ROPE, "falcon"):
        return "unknown"
    rotations = getattr(config, "rope_parameters", None) or {}
    return "nope" if rotations.get("partial_rotary_factor") == 0 else "rope"
