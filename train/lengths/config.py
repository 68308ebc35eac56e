"""The configurations of the runs on training length, checked when they are made, and their keys. Imports no torch."""

from dataclasses import asdict, dataclass, replace

from tasks.experiments.length_functions import DATA_VERSION
from train.ledger.store import RunKey
from train.model.config import ConfigError

KIND = "training-length"  # the kind of these runs in the ledger
LARGEST_KIND = "training-length-largest"  # the kind of the searches for their largest errors

# The versions are part of every run's identity. They are raised when the code changes what a run computes.
COUNTS_VERSION = "counts-2"
GRAMS_VERSION = "grams-1"
LARGEST_VERSION = "largest-1"


@dataclass(frozen=True, kw_only=True)
class CountsConfig:
    """A run of `train.lengths.count_models` on words from the task's shortest length to `train_length`.

    It is trained with Adam, a cosine schedule and new words in each step.
    """

    task: str
    train_length: int
    test_lengths: tuple[int, ...]
    steps: int = 1500
    batch_size: int = 256
    width: int = 32
    hidden: int = 128
    lr: float = 2e-3
    test_words: int = 4096

    def __post_init__(self) -> None:
        for name in ("train_length", "steps", "batch_size", "width", "hidden", "test_words"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}: expected at least 1, found {getattr(self, name)}")
        if not self.test_lengths or list(self.test_lengths) != sorted(set(self.test_lengths)):
            raise ConfigError(f"test_lengths: expected rising lengths, found {self.test_lengths}")
        if not self.lr > 0:
            raise ConfigError(f"lr: expected more than 0, found {self.lr}")


@dataclass(frozen=True, kw_only=True)
class GramsConfig:
    """A run of `train.lengths.k_gram_models` on words of exactly `train_length` letters, each letter drawn uniformly.

    The model is judged after every prefix longer than k. It is trained with Adam and a cosine schedule.
    """

    task: str
    k: int
    train_length: int
    test_lengths: tuple[int, ...]
    steps: int = 1500
    batch_size: int = 32
    width: int = 32
    hidden: int = 128
    lr: float = 3e-3
    test_words: int = 256

    def __post_init__(self) -> None:
        for name in ("k", "steps", "batch_size", "width", "hidden", "test_words"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name}: expected at least 1, found {getattr(self, name)}")
        if min((self.train_length, *self.test_lengths)) <= self.k:
            raise ConfigError(f"expected words of more than {self.k} letters")
        if not self.lr > 0:
            raise ConfigError(f"lr: expected more than 0, found {self.lr}")


def counts_key(config: CountsConfig, seed: int) -> RunKey:
    """Return the ledger's key of a run on counts."""
    values = asdict(config) | {"test_lengths": list(config.test_lengths)}
    return RunKey(KIND, config.task, str(DATA_VERSION), values, seed, COUNTS_VERSION)


def grams_key(config: GramsConfig, seed: int) -> RunKey:
    """Return the ledger's key of a run on k-grams."""
    values = asdict(config) | {"test_lengths": list(config.test_lengths)}
    return RunKey(KIND, config.task, str(DATA_VERSION), values, seed, GRAMS_VERSION)


def largest_key(config: CountsConfig | GramsConfig, seed: int) -> RunKey:
    """Return the ledger's key of the search for the largest errors of a run's model."""
    key = counts_key(config, seed) if isinstance(config, CountsConfig) else grams_key(config, seed)
    return replace(key, kind=LARGEST_KIND, code=f"{key.code}.{LARGEST_VERSION}")
