"""Lists of teacher-student experiments, which are read from a TOML file and checked as a whole.

[defaults]                           # of every experiment below
epochs = 100
[[experiment]]
name = "SSM"                         # each experiment has a name of its own
group = "length"                     # what it belongs to: length, composition, failure, ...
seeds = "0-4"
architecture = { kind = "ssm" }      # teacher and student; fields of `Architecture`
student = { output_layers = 3 }      # the fields that differ in the student
longest = 5                          # any field of `TeachingConfig`
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.ground.files import LoadError
from tasks.ground.toml_files import read_toml
from train.model.config import ConfigError
from train.running.seeds import SeedsError, read_seeds
from train.teaching.config import TeachingConfig, teaching_from_json

SUITES = Path(__file__).resolve().parent
SHIPPED_SUITES = ("paper", "small", "tables", "extensions", "trials")
OWN = ("name", "group", "seeds")


class ExperimentsError(ValueError):
    """A list of experiments is not possible; the message has a line for every problem, with its place."""


@dataclass(frozen=True)
class Experiment:
    """A protocol with its name, the group that it is shown with, and its seeds."""

    name: str
    group: str
    config: TeachingConfig
    seeds: tuple[int, ...]


def suite_path(name: str) -> Path:
    """Return the file of a list that comes with the project, if `name` is the name of one; else `name` as a path."""
    return SUITES / f"{name}.toml" if name in SHIPPED_SUITES else Path(name)


def read_experiments(path: Path) -> tuple[Experiment, ...]:
    """Return the experiments in the order of the file.

    Raises:
        ExperimentsError: The file cannot be read, or an experiment is not possible. The message has every problem.
    """
    try:
        value = read_toml(path)
    except LoadError as error:
        raise ExperimentsError(str(error)) from None
    tables, defaults = value.get("experiment", []), value.get("defaults", {})
    if not isinstance(tables, list) or not tables or not all(isinstance(each, dict) for each in tables):
        raise ExperimentsError(f"{path}: expected [[experiment]] tables")
    problems = [f"{path}: unknown {key!r}" for key in value if key not in ("experiment", "defaults")]
    if not isinstance(defaults, dict):
        raise ExperimentsError(f"{path}: expected a [defaults] table")
    found = []
    for number, table in enumerate(tables, start=1):
        try:
            found.append(_experiment(defaults | table))
        except (ConfigError, SeedsError, TypeError) as error:
            problems.append(f"{path}: experiment {number} ({table.get('name', 'without a name')}): {error}")
    problems += [f"{path}: two experiments are called {name!r}" for name in _repeated(found)]
    if problems:
        raise ExperimentsError("\n".join(problems))
    return tuple(found)


def _experiment(table: Mapping[str, Any]) -> Experiment:
    for name in OWN[:2]:
        if not isinstance(table.get(name), str) or not table[name]:
            raise ConfigError(f"{name}: expected a text, found {table.get(name)!r}")
    seeds = read_seeds(str(table.get("seeds", "0")))
    config = teaching_from_json({key: each for key, each in table.items() if key not in OWN})
    return Experiment(table["name"], table["group"], config, seeds)


def _repeated(experiments: list[Experiment]) -> Iterator[str]:
    names = [each.name for each in experiments]
    return (name for name in dict.fromkeys(names) if names.count(name) > 1)
