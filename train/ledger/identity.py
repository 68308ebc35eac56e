"""The ledger's keys of the project's own trainings: a run's key has everything that decides its result."""

from tasks.data_version import DATA_VERSION
from train.ledger.store import RunKey
from train.model.config import TRAINING_VERSION, TrainConfig, config_to_json


def run_key(config: TrainConfig, seed: int) -> RunKey:
    """Return the ledger's key of a run: configuration, seed, and the versions of the data and of the training code."""
    return RunKey("task", config.task, str(DATA_VERSION), config_to_json(config), seed, str(TRAINING_VERSION))


def identity(config: TrainConfig, seed: int) -> str:
    """Return the name of a run, which is a hash of its key."""
    return run_key(config, seed).identity


def config_identity(config: TrainConfig) -> str:
    """Return a hash of the configuration and the versions alone, which the runs of all seeds share."""
    return identity(config, -1)
