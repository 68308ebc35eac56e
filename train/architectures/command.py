"""The command `python -m train --architecture`: it trains an architecture on a task and prints the results."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.ground.console import RefusedError, columns_in_line
from tasks.task import Task

if TYPE_CHECKING:
    from train.architectures.config import ArchitectureConfig
    from train.architectures.result import ArchitectureResult
    from train.architectures.runs import ArchitectureRuns
    from train.architectures.specification import ArchitectureSpec
    from train.model.recommended import Choices
    from train.running.progress import OnProgress
    from train.running.schedule import Course

HELP = (
    "Train another architecture instead: a model type of transformers with fields of its configuration "
    "(llama:hidden_size=64,num_hidden_layers=2), a config.json, or module.py:factory, which is run."
)


def train_architecture(text: str, task: Task, choices: "Choices", seeds: str, directory: Path) -> None:
    """Train the architecture that `text` names with each of the seeds, and print the results.

    Args:
        text: The architecture, as `train.architectures.specification.read_architecture` reads it.
        task: The task.
        choices: What differs from the task's recommended configuration.
        seeds: The seeds as they are written on a command line: `3`, `0-4` or `0,2,5`.
        directory: The ledger's directory.

    Raises:
        RefusedError: There is no such architecture, it cannot be trained, or an argument is not valid.
    """
    from train.architectures.specification import ArchitectureError, read_architecture
    from train.console import refuse_unwritable
    from train.model.config import ConfigError
    from train.running.seeds import SeedsError, read_seeds

    try:
        architecture, numbers = read_architecture(text), read_seeds(seeds)
        config = configuration(architecture, task, choices)
        refuse_unwritable(directory)
        _train(config, task, numbers, directory)
    except SeedsError as error:
        raise RefusedError(f"--seeds: {error}") from None
    except (ArchitectureError, ConfigError) as error:
        raise RefusedError(f"--architecture: {error}" if isinstance(error, ArchitectureError) else str(error)) from None


def configuration(architecture: "ArchitectureSpec", task: Task, choices: "Choices | None") -> "ArchitectureConfig":
    """Return the configuration of an architecture on a task, after a model of it was built and passed the checks.

    Raises:
        ArchitectureError: The model cannot be made, or cannot be trained.
        ConfigError: A choice is not valid, or it is one that only the project's own models follow.
    """
    from train.architectures.checking import build, built
    from train.architectures.config import architecture_config

    config = architecture_config(task, architecture, choices, learns_positions=True)
    if not built(architecture, task.vocabulary, config.positions, seed=0).learns_positions:
        config = architecture_config(task, architecture, choices, learns_positions=False)
    build(architecture, task.vocabulary, config.positions, seed=0)
    return config


def _train(config: "ArchitectureConfig", task: Task, seeds: Sequence[int], directory: Path) -> None:
    import torch

    from train.architectures.runs import ArchitectureRuns, train_missing_runs
    from train.running.device import keep_memory
    from train.running.display import training_display

    torch.set_num_threads(1)
    keep_memory()
    runs = ArchitectureRuns(directory)
    try:
        with training_display() as show:
            results = train_missing_runs(
                task, config, seeds, runs, on_step=lambda _, seed, course: _say(show, task, config, seed, course)
            )
    except KeyboardInterrupt:
        finished = [str(seed) for seed in seeds if runs.find(config, seed) is not None]
        kept = f"finished seeds are kept: {', '.join(finished)}" if finished else "nothing is kept yet"
        print(f"interrupted: {kept}; the same command trains the others from their beginning", file=sys.stderr)
        raise
    _print_results(results, runs)


def _say(show: "OnProgress", task: Task, config: "ArchitectureConfig", seed: int, course: "Course") -> None:
    from train.running.progress import Progress

    if course.step % 10:
        return
    show(
        Progress(
            task=task.shown,
            pe=config.architecture.name,
            seeds=(seed,),
            step=course.step,
            max_steps=course.end_step,
            loss=course.losses / course.since if course.since else course.loss,
            training_accuracy=course.training_accuracy,
            elapsed=course.seconds,
            remaining=(course.end_step - course.step) * course.seconds / max(1, course.step),
        )
    )


def _print_results(results: "Sequence[ArchitectureResult]", runs: "ArchitectureRuns") -> None:
    first = results[0]
    for result in results:
        path = runs.path(result.config, result.seed)
        print(path if path.is_dir() else f"{path}: the model is gone; its result is in {runs.store.path}")
    print(f"{first.class_name}, {first.parameters:,} parameters")
    rows = [
        ["seed", "steps", "fitted at", *(f"{a}-{b}" for a, b in first.config.bins), "right to", "verdict", "seconds"]
    ]
    rows += [result_row(result) for result in results]
    print("\n".join(columns_in_line(rows, to_the_right=True)))


def result_row(result: "ArchitectureResult") -> list[str]:
    """Return the cells of one row of the table of results.

    The column `right to` has the longest length at which 90% of the words are right.
    """
    shares = [f"{100 * each.accuracy:.1f}%" for each in result.bins]
    verdict: str = result.verdict or "-"
    if result.stopped in ("diverged", "stalled"):
        verdict += f" ({result.stopped})"
    fitted = "-" if result.fit_step is None else str(result.fit_step)
    reaches = "-"
    if result.horizon is not None:
        length = result.horizon.lengths["90"]
        reaches = f"≥{length}" if length >= result.horizon.tested else str(length)
    return [str(result.seed), str(result.steps), fitted, *shares, reaches, verdict, f"{result.seconds:.1f}"]
