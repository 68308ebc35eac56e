"""Sweeps: grids of trainings, which are read from a TOML file and checked as a whole.

    [[grid]]                            # every combination of what follows
    tasks = ["dyck1", "tomita[1-7]"]    # names, or regular expressions for whole names
    regex = ["(ab)*"]                   # languages that have no name, beside the tasks or alone
    dfa = ["even.json"]                 # the same as files; a path is relative to the directory the sweep starts in
    and = ["a.*"]                       # what the words of those languages must match too
    not = [".*bb.*"]                    # what the words of those languages must not match
    alphabet = "a b c"                  # their tokens; by default the letters that occur
    recognition = true                  # label each word as accepted or rejected, for all tasks and languages here
    pe = ["ape", "nope", "rope:base=500000"]   # by default APE and NoPE; docs/encodings.md has the others
    seeds = "0-2"                       # or a list
    models = [{ layers = 1, heads = 1, width = 16 }, { layers = 2, heads = 2, width = 32 }]
    protocol = ["early", "published"]   # by default early
    lr = [1e-3, 3e-3]                   # any field of `train.model.recommended.Choices`: a value or a list

Fields that are left out have the value that is recommended for the task. Several grids are one sweep. A configuration
that two grids name is trained once, with the seeds of both. The checks are written by hand, without pydantic: nearly
all are of names, expressions and files, not of types, and all problems are reported together (train/model/config.py
says what pydantic costs).
"""

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tasks.given_tasks import chosen_task
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText, language_from_json
from tasks.ground.files import LoadError
from tasks.ground.toml_files import read_toml
from tasks.language_tasks import task_of_language
from tasks.languages.task_origin import SUFFIX
from tasks.registry import TASKS, UnknownTask, get_task
from tasks.task import Task
from train.model.config import ConfigError, TrainConfig, config_from_json, config_to_json
from train.model.recommended import Choices, recommended
from train.running.seeds import SeedsError, read_seeds

SuiteName: TypeAlias = Literal["quick", "paper"]

SUITES = Path(__file__).resolve().parent / "suites"
MOST_CELLS = 100_000
TOO_MANY = f"more than {MOST_CELLS:,} configurations"
MOST_TOGETHER = 16  # the most runs that are trained side by side; more would gain nothing, and leave workers idle
AXES = tuple(field.name for field in fields(Choices))
SHAPE = ("layers", "heads", "width")
GIVEN = frozenset(("regex", "dfa"))
KEYS = ("tasks", "regex", "dfa", "and", "not", "alphabet", "recognition", "pe", "seeds", "models", *AXES)


class SweepError(ValueError):
    """A sweep is not possible; the message has a line for every problem, with its place."""


@dataclass(frozen=True)
class Cell:
    """One configuration and the seeds that it is trained with.

    Attributes:
        config: The configuration.
        seeds: The seeds.
        given: The language that defines the task, if the task has no name in the registry.
    """

    config: TrainConfig
    seeds: tuple[int, ...]
    given: LanguageText | None = None

    def task(self) -> Task:
        """Return the task that is trained."""
        return task_of(self.config, self.given)


@dataclass(frozen=True)
class TrainingUnit:
    """Runs that one process trains side by side; they differ in seed and learning rate alone.

    Attributes:
        runs: The configurations and seeds.
        given: The language that defines the task, if the task has no name in the registry.
    """

    runs: tuple[tuple[TrainConfig, int], ...]
    given: LanguageText | None = None

    @property
    def config(self) -> TrainConfig:
        """The first run's configuration."""
        return self.runs[0][0]

    def to_json(self) -> dict[str, Any]:
        """Return the unit as a JSON object, which `unit_from_json` reads back."""
        given = None if self.given is None else asdict(self.given)
        return {"runs": [[config_to_json(config), seed] for config, seed in self.runs], "given": given}

    def task(self) -> Task:
        """Return the task that is trained."""
        return task_of(self.config, self.given)


def task_of(config: TrainConfig, given: LanguageText | None) -> Task:
    """Return the task that a language defines, or else the task that the configuration names."""
    return get_task(config.task) if given is None else chosen_task(None, given, recognize=config.task.endswith(SUFFIX))


def unit_from_json(value: Mapping[str, Any]) -> TrainingUnit:
    """Return the unit that `TrainingUnit.to_json` wrote."""
    runs = tuple((config_from_json(config), seed) for config, seed in value["runs"])
    return TrainingUnit(runs, None if value["given"] is None else language_from_json(value["given"]))


def suite_cells(name: SuiteName) -> tuple[Cell, ...]:
    """Return the trainings of a suite that comes with the project: `train/sweep/suites/NAME.toml`."""
    return read_sweep(SUITES / f"{name}.toml")


def read_sweep(path: Path) -> tuple[Cell, ...]:
    """Return the sweep's cells in the order of the file.

    Raises:
        SweepError: The file cannot be read, or the sweep is not possible. The message has every problem.
    """
    try:
        value = read_toml(path)
    except LoadError as error:
        raise SweepError(str(error)) from None
    problems = [f"unknown {key!r}: expected [[grid]] tables" for key in value if key != "grid"]
    grids = value.get("grid", [])
    if not isinstance(grids, list) or not grids or not all(isinstance(grid, dict) for grid in grids):
        problems.append("expected [[grid]] tables, found none")
        grids = []
    found: dict[TrainConfig, Cell] = {}
    for number, grid in enumerate(grids, start=1):
        cells, wrong = _cells(grid)
        problems += [f"grid {number}: {problem}" for problem in wrong]
        for cell in cells:
            before = found.get(cell.config, replace(cell, seeds=()))
            found[cell.config] = replace(before, seeds=tuple(dict.fromkeys(before.seeds + cell.seeds)))
    if problems:
        raise SweepError("\n".join(f"{path}: {problem}" for problem in dict.fromkeys(problems)))
    return tuple(found.values())


def _cells(grid: Mapping[str, Any]) -> tuple[list[Cell], list[str]]:
    """Return the cells of one grid, and its problems."""
    problems = [_unknown(key) for key in grid if key not in KEYS]
    recognize = _recognition(grid, problems)
    tasks = [*_tasks(grid, recognize, problems), *_languages(grid, recognize, problems)]
    seeds = _seeds(grid.get("seeds", "0"), problems)
    choices = _choices(grid, problems)
    encodings = _values(grid, "pe", problems) or ["ape", "nope"]
    problems += [f"pe: expected an encoding's name, found {each!r}" for each in encodings if not isinstance(each, str)]
    if len(tasks) * len(choices) * len(encodings) > MOST_CELLS:
        problems.append(TOO_MANY)
    cells: list[Cell] = []
    if not problems:
        subjects = [
            (task, chosen_task(None, task, recognize=recognize) if isinstance(task, LanguageText) else task)
            for task in tasks
        ]
        for (task, subject), encoding, choice in itertools.product(subjects, encodings, choices):
            try:
                config = recommended(subject, encoding, Choices(**choice))
            except (ConfigError, TypeError) as error:
                chosen = "".join(f", {name}={value}" for name, value in choice.items())
                shown = task.title if isinstance(task, LanguageText) else task
                problems.append(f"{shown} {encoding}{chosen}: {error}")
            else:
                cells.append(Cell(config, seeds, task if isinstance(task, LanguageText) else None))
    return cells, problems


def _unknown(key: str) -> str:
    near = get_close_matches(key.lower().replace("-", "_"), KEYS, n=1)
    return f"unknown {key!r}: " + (f"did you mean {near[0]}" if near else f"expected one of {', '.join(KEYS)}")


def _recognition(grid: Mapping[str, Any], problems: list[str]) -> bool:
    value = grid.get("recognition", False)
    if not isinstance(value, bool):
        problems.append(f"recognition: expected true or false, found {value!r}")
    return value is True


def _tasks(grid: Mapping[str, Any], recognize: bool, problems: list[str]) -> list[str]:
    """Return the names of the grid's tasks, each with the ending of recognition if it is asked for."""
    found: dict[str, None] = {}
    for pattern in _values(grid, "tasks", problems):
        if not isinstance(pattern, str):
            problems.append(f"tasks: expected a name or a regular expression, found {pattern!r}")
            continue
        try:
            base = pattern.removesuffix(SUFFIX)
            names = [base] if base in TASKS else [name for name in TASKS if re.fullmatch(base, name)]
        except re.error as error:
            problems.append(f"tasks: {pattern!r}: {error}")
            continue
        if not names:
            near = get_close_matches(base, TASKS, n=1)
            hint = f"did you mean {near[0]}" if near else "`python -m tasks list` names them"
            problems.append(f"tasks: no task is called {pattern!r}: {hint}")
        ending = SUFFIX * (recognize or base != pattern)
        found |= dict.fromkeys(_asked(names, ending, problems))
    if "tasks" not in grid and GIVEN.isdisjoint(grid):
        problems.append("expected tasks = [...] or regex = [...], found none")
    return list(found)


def _asked(names: list[str], ending: str, problems: list[str]) -> list[str]:
    """Return the names with the ending; a task that cannot be asked so is a problem."""
    found: list[str] = []
    for name in names:
        try:
            found.append(get_task(name + ending).name)
        except UnknownTask as error:
            problems.append(f"tasks: {error}")
    return found


def _languages(grid: Mapping[str, Any], recognize: bool, problems: list[str]) -> list[LanguageText]:
    """Return the grid's languages without a name. Its alphabet and its `and` and `not` hold for all of them."""
    alphabet = grid.get("alphabet")
    if alphabet is not None and not (isinstance(alphabet, str) and not GIVEN.isdisjoint(grid)):
        problems.append(f"alphabet: expected tokens with white space between them, for regex, found {alphabet!r}")
        return []
    bounds = {key: _texts(grid, key, problems) for key in ("and", "not")}
    given = [(key, text) for key in ("regex", "dfa") for text in _texts(grid, key, problems)]
    if not given and any(bounds.values()):
        problems.append("and, not: expected regex = [...] or dfa = [...] beside them, found none")
    found: dict[LanguageText, None] = {}
    for key, text in given:
        language = LanguageText(alphabet=alphabet, ands=tuple(bounds["and"]), nots=tuple(bounds["not"]))
        language = replace(language, regex=text) if key == "regex" else replace(language, dfa=text)
        try:
            read = read_language(language)
            task_of_language(read, recognize=recognize)
        except ValueError as error:
            problems.append(f"{key}: {text!r}: {error}")
        else:
            found[read.text] = None  # this text has the content of a file, which other machines may lack
    return list(found)


def _texts(grid: Mapping[str, Any], key: str, problems: list[str]) -> list[str]:
    what = "the name of a file" if key == "dfa" else "a regular expression"
    values = _values(grid, key, problems)
    problems += [f"{key}: {value!r}: expected {what} in quotes" for value in values if not isinstance(value, str)]
    return [value for value in values if isinstance(value, str)]


def _seeds(value: object, problems: list[str]) -> tuple[int, ...]:
    if value == []:
        problems.append("seeds: expected at least one, found none")
        return ()
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    try:
        return read_seeds(text)
    except SeedsError as error:
        problems.append(f"seeds: {error}")
        return ()


def _choices(grid: Mapping[str, Any], problems: list[str]) -> list[dict[str, Any]]:
    """Return every combination of the grid's models and of the values of its other fields."""
    models = _values(grid, "models", problems) or [{}]
    for model in models:
        if not isinstance(model, dict) or not set(model) <= set(SHAPE):
            problems.append(f"models: expected tables of {', '.join(SHAPE)}, found {model!r}")
            return []
        problems += [f"models: {name} is also given for all" for name in model if name in grid]
    axes = [[(name, value) for value in _values(grid, name, problems)] for name in AXES if name in grid]
    if math.prod(map(len, axes), start=len(models)) > MOST_CELLS:
        problems.append(TOO_MANY)
        return []
    return [dict(model) | dict(rest) for model, *rest in itertools.product(models, *axes)]


def _values(grid: Mapping[str, Any], name: str, problems: list[str]) -> list[Any]:
    """Return the grid's values for a name as a list; an empty list is reported as a problem."""
    value = grid.get(name)
    if value == []:
        problems.append(f"{name}: expected at least one value, found none")
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def units(cells: Iterable[Cell], widest: int) -> tuple[TrainingUnit, ...]:
    """Return the runs in groups that are trained side by side, of up to `MOST_TOGETHER` runs.

    Runs in a group differ in seed and learning rate alone. Models wider than `widest` are trained one at a time.
    """
    alike: dict[tuple[TrainConfig, int], list[tuple[TrainConfig, int]]] = {}
    given: dict[str, LanguageText | None] = {}
    for cell in cells:
        given[cell.config.task] = cell.given
        for seed in cell.seeds:
            apart = cell.config if cell.config.model.width > widest else replace(cell.config, lr=1.0)
            alike.setdefault((apart, seed if cell.config.model.width > widest else -1), []).append((cell.config, seed))
    parts = (runs[at : at + MOST_TOGETHER] for runs in alike.values() for at in range(0, len(runs), MOST_TOGETHER))
    return tuple(TrainingUnit(tuple(part), given[part[0][0].task]) for part in parts)
