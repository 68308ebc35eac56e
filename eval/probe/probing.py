"""Makes the card of an architecture: it asks the untrained model, does the runs, and collects the results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from torch import nn

from eval.probe.capabilities import CAPABILITIES, task_of_capability
from eval.probe.card import Card, card_row
from eval.probe.defects import find_defects
from eval.probe.protocol import RUNS, probe_config
from eval.probe.theory import ArchitectureFamily
from eval.probe.trials import WORKERS, OnTrial, ProbeRun, run_trials
from train.architectures.checking import Trainable, built
from train.architectures.runs import versions_here
from train.architectures.specification import ArchitectureSpec

# Model types of transformers by the kind of architecture.
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


def probe(
    architecture: ArchitectureSpec,
    directory: Path,
    on_trial: OnTrial,
    *,
    capabilities: Sequence[str] = tuple(CAPABILITIES),
    family: ArchitectureFamily | None = None,
    runs: int = RUNS,
    workers: int = WORKERS,
) -> Card:
    """Return the architecture's card; runs that the ledger has are not trained again.

    Args:
        architecture: What is probed.
        directory: The ledger's directory.
        on_trial: Called with each run as it is finished.
        capabilities: Names in `CAPABILITIES`.
        family: The kind of architecture of which theory is asked; None for the kind that the model shows.
        runs: How many seeds each capability is trained with.
        workers: How many processes train at once.

    Raises:
        ArchitectureError: The model cannot be trained.
        NotCausalError: It reads more than one token ahead for each layer.
    """
    config = probe_config("count", architecture)
    task = task_of_capability("count")
    defects = find_defects(architecture, task, config.positions)
    model = built(architecture, task.vocabulary, config.positions, seed=0)
    kind = family_of(model) if family is None else family
    trials = [ProbeRun(name, seed) for seed in range(runs) for name in capabilities]
    if any(each.name == "causal mask off by one" for each in defects):
        trials = []  # the model would learn to read the answer
    found = run_trials(architecture, trials, directory, on_trial, workers=workers)
    rows = tuple(
        card_row(name, [found[ProbeRun(name, seed)] for seed in range(runs)], kind) for name in capabilities if found
    )
    return Card(
        name=architecture.name,
        class_name=type(model.module).__name__,
        parameters=model.parameters,
        family=kind,
        defects=defects,
        rows=rows,
        versions=versions_here(),
    )


def family_of(model: Trainable) -> ArchitectureFamily:
    """Return the kind of architecture, from a stock class's type or the layers of a user's module.

    The result is "unknown" if these do not show it.
    """
    config: Any = getattr(model.module, "config", None)
    kind = getattr(config, "model_type", None)
    if isinstance(kind, str):
        return "unknown" if _has_window(config, model.positions) else _of_stock(kind, config)
    layers = {type(each).__name__ for each in model.module.modules()}
    if any("attention" in name.lower() or "transformer" in name.lower() for name in layers):
        return "unknown"
    if "LSTM" in layers and not layers & {"GRU", "RNN"}:
        return "lstm"
    plain = [each.nonlinearity for each in model.module.modules() if isinstance(each, nn.RNN)]
    if plain and set(plain) == {"relu"} and not layers & {"GRU", "LSTM"}:
        return "relu"
    return "rnn" if layers & {"GRU", "RNN"} and "LSTM" not in layers and "relu" not in plain else "unknown"


def _has_window(config: Any, positions: int) -> bool:
    """Return whether some layer attends only to fewer of the latest tokens than a word may have.

    Theory says nothing of such models.
    """
    if getattr(config, "model_type", None) == "gpt_neo":
        return "local" in config.attention_layers and config.window_size < positions
    window = getattr(config, "sliding_window", None)
    types = getattr(config, "layer_types", None)
    slides = "sliding_attention" in types if types else getattr(config, "use_sliding_window", True)
    return isinstance(window, int) and window < positions and bool(slides)


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
