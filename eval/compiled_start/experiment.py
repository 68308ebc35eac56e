"""The experiment: the witness programs of twelve tasks are compiled and trained further, beside runs of the ledger."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Final

import torch

from crasp.api import compile as compile_to
from crasp.api import load
from eval.board.fitted_runs import order_of
from eval.board.rows import Setting, setting_of
from eval.compiled_start.drift import drift_from
from eval.compiled_start.model_measures import Gpt2Subject, ask, read_subject
from eval.compiled_start.protocol import NOISES, RANGES, RATES, STEPS, TRAINED_LENGTHS
from eval.compiled_start.records import StartRecord
from eval.prediction.task_prediction import predict_encodings, witness_program
from tasks.data_version import DATA_VERSION
from tasks.registry import get_task
from tasks.task import Encoding
from train.ledger.ledger import Ledger

SUBJECTS: Final[tuple[tuple[str, Encoding], ...]] = (
    ("binary_majority", "nope"),
    ("dyck1", "nope"),
    ("shuffle2", "nope"),
    ("anbn", "nope"),
    ("d_2", "nope"),
    ("d_3", "nope"),
    ("tomita1", "nope"),
    ("tomita2", "nope"),
    ("tomita4", "ape"),
    ("tomita7", "nope"),
    ("aa_star", "ape"),
    ("ab_star_d_bc_star", "nope"),
)
SETTINGS: Final[dict[Encoding, Setting]] = {"ape": "APE", "nope": "NoPE"}


def compiled_records(task: str, pe: Encoding, done: frozenset[tuple[object, ...]]) -> Iterator[StartRecord]:
    """Yield the records of a task's compiled model while it is trained, for each rate and noise that is not in `done`.

    Args:
        task: The task's name.
        pe: The encoding.
        done: The keys of records that exist already.
    """
    starts = [(rate, noise) for rate in RATES for noise in NOISES if noise == 0 or rate == RATES[0]]
    missing = [start for start in starts if (task, SETTINGS[pe], "compiled", start[1], start[0], STEPS[-1]) not in done]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as kept:
        directory = Path(kept) / "compiled"
        _compile(task, pe, directory)
        for rate, noise in missing:
            subject = read_subject(directory, task)
            for moment in drift_from(subject, noise=noise, rate=rate):
                yield StartRecord(
                    task=task,
                    setting=SETTINGS[pe],
                    origin="compiled",
                    shape=subject.shape,
                    noise=noise,
                    rate=rate,
                    step=moment.step,
                    moved=moment.moved,
                    asked=moment.asked,
                    versions=versions(),
                )


def _compile(task: str, pe: Encoding, directory: Path) -> None:
    """Compile the task's witness program to a GPT-2 with room for the longest tested words."""
    (prediction,) = predict_encodings(get_task(task), (pe,), check=False)
    if prediction.witness is None or prediction.witness_name is None:
        raise ValueError(f"{task} {pe}: there is no witness program to compile")
    witness_program(prediction.witness_name, prediction.witness)  # raises an error if the program cannot be read
    program = directory.with_suffix(".crasp")
    program.write_text(prediction.witness, encoding="utf-8")
    compile_to(load(program), directory, target="gpt2", max_length=RANGES[-1][1] + 2)


def trained_record(task: str, pe: Encoding, ledger: Ledger) -> StartRecord | None:
    """Return the record of the first fitted run of the task in the ledger, smallest model first.

    The result is None if there is no such run.
    """
    found = [
        each
        for each in ledger.results()
        if (each.config.task, setting_of(each.config)) == (task, SETTINGS[pe])
        and each.fitted
        and each.config.train_length == TRAINED_LENGTHS[1]
        and each.data_version == str(DATA_VERSION)
    ]
    for run in sorted(found, key=lambda each: (order_of(each.config), each.seed)):
        directory = ledger.path(run.config, run.seed)
        if not (directory / "config.json").is_file():
            continue
        subject: Gpt2Subject = read_subject(directory, task)
        asked = ask(subject)
        made = StartRecord(
            task, SETTINGS[pe], "trained", subject.shape, 0.0, run.config.lr, run.steps, 0.0, asked, versions()
        )
        return replace(made, versions={**made.versions, "training": run.versions["training"]})
    return None


def versions() -> dict[str, str]:
    """Return the versions of the data, the project and the libraries that the figures depend on."""
    return {"data": str(DATA_VERSION), "crasp-bench": version("crasp-bench"), "torch": torch.__version__}


def merged(old: Iterable[StartRecord], new: Iterable[StartRecord]) -> tuple[StartRecord, ...]:
    """Return the records of both in the order of the subjects; of two with one key the new one is kept."""
    found = {each.key: each for each in (*old, *new)}
    tasks = [task for task, _ in SUBJECTS]
    place = {task: number for number, task in enumerate(tasks)}
    return tuple(
        sorted(found.values(), key=lambda r: (place.get(r.task, len(tasks)), r.origin, -r.rate, r.noise, r.step))
    )
