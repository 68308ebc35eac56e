"""The library: what `import train` gives."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tasks.ground.files import check_directory
from tasks.registry import get_task
from tasks.task import Task
from train.ledger.ledger import Ledger
from train.ledger.result import Result
from train.model.config import ConfigError, TrainConfig
from train.model.recommended import Choices, recommended
from train.running.device import check_device
from train.running.progress import OnProgress, ignore

__all__ = ["Choices", "TrainedModel", "run"]


@dataclass(frozen=True)
class TrainedModel:
    """One finished run: what came out, and the stock GPT-2 directory of its model."""

    result: Result
    directory: Path


def run(
    task: Task | str,
    config: TrainConfig | Choices | None = None,
    *,
    pe: str | None = None,
    seeds: Iterable[int] = (0,),
    out: str | Path = "runs",
    device: Literal["cpu", "cuda"] = "cpu",
    compiled: bool = False,
    resume: bool = True,
    on_progress: OnProgress = ignore,
) -> tuple[TrainedModel, ...]:
    """A task's models, one for each seed, trained where the directory does not hold them yet.

    Args:
        task: A task, or the name of one.
        config: What is chosen of the configuration, the rest being as recommended for the task; or all of it.
        pe: The positional encoding: "ape" (the default), "nope", or another with its parameters, as "rope:base=500000";
            a whole configuration says it itself.
        seeds: A model for each.
        out: Gets a directory for each run. A run that it holds is not trained again; a killed one goes on.
        device: Where to train.
        compiled: Compile the step first, for long trainings.
        resume: Go on from the checkpoint of a run that was killed; else it begins anew.
        on_progress: Called with the progress of the training, several times a second.

    Returns:
        The result of each seed, in their order, and where its model is.

    Raises:
        UnknownTask: No task has this name.
        ConfigError: There is no such model, or it does not fit the task; a ValueError.
        DeviceError: This machine lacks the device; a ValueError.
        OSError: The directory cannot be written into.

    Example:
        >>> [model] = run("tomita1", Choices(max_steps=20, train_length=5, max_length=10, width=16), pe="nope")
        >>> model.result.steps, [each.lengths for each in model.result.bins]
        (20, [(1, 5), (6, 10)])
    """
    chosen = get_task(task) if isinstance(task, str) else task
    if isinstance(config, TrainConfig):
        if pe is not None and not config.model.has_encoding(pe):
            raise ConfigError(f"pe={pe}, but the configuration's model has pe={config.model.pe_text}")
    else:
        config = recommended(chosen, pe or "ape", config)
    numbers, ledger = tuple(dict.fromkeys(seeds)), Ledger(Path(out))
    check_device(device, compiled=compiled)
    if not ledger.directory.is_dir():  # no run of it is known; the engine checks again, after the directory is made
        from train.running.batches import check_words  # and with it torch

        check_words(chosen, config)
    check_directory(ledger.directory)
    known = [ledger.find(config, seed) for seed in numbers]
    results = tuple(result for result in known if result is not None)
    if len(results) < len(numbers):
        from train.running.engine import Options, train

        options = Options(device=device, compiled=compiled, resume=resume, on_progress=on_progress)
        with _one_thread():
            results = train(chosen, config, numbers, ledger, options)
    return tuple(TrainedModel(each, ledger.path(config, each.seed)) for each in _called(results, chosen, ledger))


@contextmanager
def _one_thread() -> Iterator[None]:
    """For models this small two threads that wait for each other are slower than one."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _called(results: tuple[Result, ...], task: Task, ledger: Ledger) -> tuple[Result, ...]:
    """The results, their task called as it is now; a run of before knows then what its task was given by."""
    if task.origin is None or not results:
        return results
    other = tuple(
        each for each in results if each.origin is None or (task.origin.chosen and each.origin != task.origin)
    )
    renamed = ledger.rename(other, task.origin)
    found = {result.seed: result for result in (*results, *renamed)}
    return tuple(found[result.seed] for result in results)
