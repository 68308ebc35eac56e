"""The configuration of a run that trains an architecture, and the run's key in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tasks.data_version import DATA_VERSION
from tasks.task import Task
from train.architectures.specification import ArchitectureSource, ArchitectureSpec
from train.ledger.horizon import TIMES
from train.ledger.store import RunKey
from train.model.config import ConfigError, TrainConfig, config_from_json, config_to_json
from train.model.recommended import Choices, context_length, recommended

KIND: Final = "architecture"  # the kind of these runs in the ledger
ARCHITECTURE_VERSION: Final = 1  # to be raised when the code of this folder changes what a run computes
# The choices of `python -m train` that the loop of `train.architectures.loop` follows.
FOLLOWED = (
    "lr",
    "batch_size",
    "max_steps",
    "least_steps",
    "curriculum_steps",
    "grow_from",
    "words",
    "distinct_words",
    "leave_out",
    "weight_decay",
    "train_length",
    "max_length",
    "protocol",
)
# Fields of TrainConfig that only the engine of the project's own models uses. They are not part of a run's identity.
OF_OUR_ENGINE = (
    "model",
    "initial_scale",
    "position_scale",
    "regularizer",
    "regularizer_form",
    "precision",
    "dropout",
    "optimizer",
    "momentum",
)


@dataclass(frozen=True, kw_only=True)
class ArchitectureConfig:
    """One architecture on one task.

    Attributes:
        architecture: What is trained.
        protocol: How it is trained and tested. Its `model` is a placeholder that nothing reads.
        positions: How many positions the model is made for.
        reach: The longest length at which the model is tested.
        format: The version of this folder's code.
    """

    architecture: ArchitectureSpec
    protocol: TrainConfig
    positions: int
    reach: int
    format: int = ARCHITECTURE_VERSION

    @property
    def task(self) -> str:
        """The task's name."""
        return self.protocol.task

    @property
    def bins(self) -> tuple[tuple[int, int], ...]:
        """The ranges of lengths that are tested."""
        return self.protocol.bins


def architecture_config(
    task: Task, architecture: ArchitectureSpec, choices: Choices | None, *, learns_positions: bool
) -> ArchitectureConfig:
    """Return the task's recommended protocol with the caller's choices.

    Args:
        task: The task.
        architecture: What is trained.
        choices: What differs from the recommended configuration.
        learns_positions: Whether the model has a weight for each position. Such a model is tested up to the longest
            tested length. Another model is tested at least up to ten times the training length.

    Raises:
        ConfigError: A choice is not valid, or it is one that only the project's own models follow.
    """
    chosen = Choices() if choices is None else choices
    refused = [name for name, value in vars(chosen).items() if value is not None and name not in FOLLOWED]
    if refused:
        raise ConfigError(
            f"--architecture does not go with --{refused[0].replace('_', '-')}, an option of the project's own models: "
            "give an architecture's sizes as fields of its configuration"
        )
    # An architecture has its own initial weights and about 100,000 parameters: a wide model's learning rate fits it.
    protocol = recommended(task, "nope", chosen if chosen.lr is not None else replace(chosen, lr=1e-3))
    reach = protocol.max_length
    if not learns_positions:
        reach = max(reach, TIMES * protocol.train_length)
    return ArchitectureConfig(
        architecture=architecture, protocol=protocol, positions=max(context_length(task, reach), reach + 2), reach=reach
    )


def architecture_config_to_json(config: ArchitectureConfig) -> dict[str, Any]:
    """The configuration as a JSON object, which `architecture_config_from_json` reads back."""
    protocol = config_to_json(config.protocol)
    own = {name: value for name, value in protocol.items() if name not in OF_OUR_ENGINE}
    names = ("positions", "reach", "format")
    numbers = {name: getattr(config, name) for name in names}
    return {"architecture": config.architecture.to_json(), "protocol": own, **numbers}


def architecture_config_from_json(value: Mapping[str, Any]) -> ArchitectureConfig:
    """Return the configuration that `architecture_config_to_json` wrote.

    The JSON does not name a factory's file, so the configuration's architecture has none.

    Raises:
        ConfigError, KeyError, TypeError: The value is no such configuration.
    """
    positions = int(value["positions"])
    shape = {"pe": "nope", "layers": 1, "heads": 1, "width": 1, "vocabulary": 1, "positions": positions}
    protocol = config_from_json({**value["protocol"], "model": shape})
    return ArchitectureConfig(
        architecture=_architecture(value["architecture"]),
        protocol=protocol,
        positions=positions,
        reach=int(value["reach"]),
        format=int(value["format"]),
    )


def _architecture(value: Mapping[str, Any]) -> ArchitectureSpec:
    source: ArchitectureSource = "factory" if value["source"] == "factory" else "stock"
    fields = tuple(sorted(value["fields"].items()))
    return ArchitectureSpec(source, str(value["name"]), str(value["kind"]), fields, None, value.get("digest"))


def architecture_key(config: ArchitectureConfig, seed: int) -> RunKey:
    """Return the ledger's key of the run of this configuration with this seed."""
    data, code = str(DATA_VERSION), str(ARCHITECTURE_VERSION)
    return RunKey(KIND, config.task, data, architecture_config_to_json(config), seed, code)
