"""The measured teacher-student runs: those of a ledger, and those that come with the project as lines of JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from eval.teacher.outcome import KIND, Outcome, measured_version, outcome_from_json, outcome_to_json
from eval.teacher.teacher_table import Shown
from tasks.experiments.teacher_sequences import DATA_VERSION
from tasks.ground.files import replace_text
from train.ledger.damaged_files import read_json_lines
from train.ledger.store import Store
from train.teaching.config import KIND as RUN_KIND
from train.teaching.config import TEACHING_VERSION, TeachingConfig, teaching_from_json, teaching_key, teaching_to_json
from train.teaching.experiments import Experiment

SHIPPED = "teacher_student"  # the folder, in a directory of results, of the shipped runs


def shown_of(experiments: Sequence[Experiment], found: Mapping[str, Outcome]) -> tuple[Shown, ...]:
    """Return the experiments that have an outcome, each with its outcomes seed by seed.

    Args:
        experiments: The experiments.
        found: Outcomes by the identity of the run.
    """
    shown = []
    for each in experiments:
        keys = [teaching_key(each.config, seed).identity for seed in each.seeds]
        outcomes = tuple(found[key] for key in keys if key in found)
        if outcomes:
            shown.append(Shown(each, outcomes))
    return tuple(shown)


def experiments_in(store: Store) -> tuple[Experiment, ...]:
    """Return the ledger's runs of the present version as experiments, one for each configuration.

    An experiment is named by what its configuration changes.
    """
    current = str(DATA_VERSION), str(TEACHING_VERSION)
    seeds: dict[str, tuple[TeachingConfig, list[int]]] = {}
    for run in store.runs(RUN_KIND):
        if (run.key.data, run.key.code) == current:
            config = teaching_from_json(run.key.config)
            seeds.setdefault(teaching_key(config, 0).identity, (config, []))[1].append(run.key.seed)
    return tuple(Experiment(_name(config), "ledger", config, tuple(found)) for config, found in seeds.values())


def _name(config: TeachingConfig) -> str:
    """Return the kinds of teacher and student, and every field that differs from the paper's text."""
    plain = teaching_to_json(teaching_from_json({"architecture": {"kind": config.teacher.kind}}))
    changed = []
    for name, value in teaching_to_json(config).items():
        if isinstance(value, dict):
            fields = [f"{key}={each}" for key, each in value.items() if key != "kind" and each != plain[name].get(key)]
            changed += [f"{name} {field}" for field in fields]
        elif value != plain[name]:
            changed.append(f"{name}={value}")
    return ", ".join([teaching_key(config, 0).task, *changed])


def measured_outcomes(store: Store) -> dict[str, Outcome]:
    """Return the ledger's measurements of the present version, by the identity of the run."""
    current = str(DATA_VERSION), measured_version()
    runs = [run for run in store.runs(KIND) if (run.key.data, run.key.code) == current]
    outcomes = [outcome_from_json(run.record) for run in runs]
    return {outcome.identity: outcome for outcome in outcomes}


def shipped_runs(results: Path | None) -> dict[str, Outcome]:
    """Return the shipped outcomes by the identity of the run; a line that cannot be read is named on standard error."""
    paths = sorted((results / SHIPPED).glob("*.jsonl")) if results is not None else []
    outcomes = (outcome for path in paths for outcome in read_json_lines(path, outcome_from_json))
    return {outcome.identity: outcome for outcome in outcomes}


def write_runs(path: Path, shown: Sequence[Shown]) -> None:
    """Write the outcomes as lines of JSON; the file is never half-written."""
    lines = [json.dumps(outcome_to_json(outcome)) for each in shown for outcome in each.outcomes]
    replace_text(path, "".join(f"{line}\n" for line in lines))
