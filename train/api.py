"""The Python interface of training: the names that `import train` gives."""

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
    """One finished run: its result, and the directory of its model.

    The directory can be loaded by `transformers`, unless the encoding has no class there. It is gone if somebody
    deleted it.
    """

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
    """Return one trained model of the task for each seed, and train those that the directory does not hold yet.

    Args:
        task: A task, or the name of one.
        config: Either the choices that differ from the task's recommended configuration, or a whole configuration.
        pe: The positional encoding: "ape" (the default), "nope", or another with its parameters, as in
            "rope:base=500000". A whole configuration names its encoding itself; `pe` may then be left out, and
            otherwise has to agree.
        seeds: One model is trained for each seed. A seed that is repeated counts once.
        out: The directory that gets a folder for each run. A run that it holds is not trained again.
        device: The device that the models are trained on.
        compiled: Whether the training step is compiled first, which pays for long trainings.
        resume: Whether a run that was killed goes on from its checkpoint. If not, it is trained from its beginning.
        on_progress: A function that is called with the training's progress several times a second.

    Returns:
        The result of each seed in the order of the seeds, with the directory of its model.

    Raises:
        UnknownTask: No task has this name.
        ConfigError: No model can have this configuration, or it does not fit the task. It is a ValueError.
        DeviceError: This machine lacks the device. It is a ValueError.
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
    if (
        not ledger.directory.is_dir()
    ):  # then it holds no run; the engine checks the words again, once the directory exists
        from train.running.batches import check_words  # this imports torch

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
    """Let torch use one thread within the block: for models this small, two threads mostly wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _called(results: tuple[Result, ...], task: Task, ledger: Ledger) -> tuple[Result, ...]:
    """Return the results with the task's present name, and store that name where the ledger has another or none.

    Only tasks with an origin (a language that the user gave) are renamed. A result without an origin gets the task's. A
    result with another origin gets it only if the user chose the present name.
    """
    if task.origin is None or not results:
        return results
    other = tuple(
        each for each in results if each.origin is None or (task.origin.chosen and each.origin != task.origin)
    )
    renamed = ledger.rename(other, task.origin)
    found = {result.seed: result for result in (*results, *renamed)}
    return tuple(found[result.seed] for result in results)
