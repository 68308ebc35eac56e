"""Which run is which: the keys of the ledger, made of all that decides what comes out."""

from tasks.data_version import DATA_VERSION
from train.ledger.store import RunKey
from train.model.config import TRAINING_VERSION, TrainConfig, config_to_json


def run_key(config: TrainConfig, seed: int) -> RunKey:
    """The ledger's key of a run: everything that decides its result, with the versions of data and training code."""
    return RunKey("task", config.task, str(DATA_VERSION), config_to_json(config), seed, str(TRAINING_VERSION))


def identity(config: TrainConfig, seed: int) -> str:
    """The name of a run: the hash of its key."""
    return run_key(config, seed).identity


def config_identity(config: TrainConfig) -> str:
    """The same without the seed: what the runs that may be trained side by side have in common."""
    return identity(config, -1)
