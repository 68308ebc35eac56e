"""What a run of an architecture is asked to do, and by what key the ledger has it."""

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

KIND: Final = "architecture"  # of these runs in the ledger
ARCHITECTURE_VERSION: Final = 1  # raised when this room's code changes what a run computes
# Of the choices that `python -m train` gives, those that a plain loop over somebody else's model can follow.
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
# Fields of TrainConfig that our engine alone knows: neither said nor part of a run's identity.
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
    """One architecture on one task: `protocol` is that of our own models, of which the shape is not meant.

    `positions` is how many positions the model is made for, `reach` the longest length that is tried.
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
        """The tested ranges of lengths."""
        return self.protocol.bins


def architecture_config(
    task: Task, architecture: ArchitectureSpec, choices: Choices | None, *, learns_positions: bool
) -> ArchitectureConfig:
    """The task's recommended protocol with the caller's choices; ConfigError where there is none, or a choice is none.

    A model that learns its positions is tried as far as the longest test, another one to ten times the training length.
    """
    chosen = Choices() if choices is None else choices
    refused = [name for name, value in vars(chosen).items() if value is not None and name not in FOLLOWED]
    if refused:
        raise ConfigError(
            f"--architecture does not go with --{refused[0].replace('_', '-')}, which is of the project's own models: "
            "an architecture's sizes are fields of its configuration"
        )
    # An architecture of a hundred thousand parameters starts at its own initial weights: the rate of wide models.
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
    """The configuration that `architecture_config_to_json` wrote; ConfigError, KeyError or TypeError where it is none.

    A factory's file is not known from it.
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
    """The ledger's key of a run."""
    data, code = str(DATA_VERSION), str(ARCHITECTURE_VERSION)
    return RunKey(KIND, config.task, data, architecture_config_to_json(config), seed, code)
