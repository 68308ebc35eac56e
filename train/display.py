"""One training's progress for a person, on standard error: live on a terminal, a plain line elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from train.progress import OnProgress, Progress

PLAIN_EVERY = 15.0  # seconds between plain lines


@contextmanager
def training_display() -> Iterator[OnProgress]:
    """Shows what it is called with, the progress of one training, until the block ends."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Live(console=console, transient=True, refresh_per_second=4) as live:
            yield lambda progress: live.update(_table(progress))
        return
    said = -PLAIN_EVERY

    def say(progress: Progress) -> None:
        nonlocal said
        if time.monotonic() - said >= PLAIN_EVERY:
            said = time.monotonic()
            print(_line(progress), file=sys.stderr, flush=True)

    yield say


def _table(progress: Progress) -> Table:
    bar = ProgressBar(total=progress.max_steps, completed=progress.step, width=20)
    step = f"{progress.step} of at most {progress.max_steps}"
    accuracy, left = f"{progress.training_accuracy:.1%}", f"at most {_time(progress.remaining)}"
    table = Table("training", "step", "", "loss", "right on training lengths", "left", box=None, pad_edge=False)
    table.add_row(_name(progress), step, bar, _loss(progress), accuracy, left)
    return table


def _line(progress: Progress) -> str:
    return (
        f"{_name(progress)}: step {progress.step} of at most {progress.max_steps}, loss {_loss(progress)}, "
        f"training lengths {progress.training_accuracy:.1%}, at most {_time(progress.remaining)} left"
    )


def _name(progress: Progress) -> str:
    seeds = ", ".join(map(str, progress.seeds))
    return f"{progress.task} {progress.pe} seed{'s' if len(progress.seeds) > 1 else ''} {seeds}"


def _loss(progress: Progress) -> str:
    return "-" if progress.loss is None else f"{progress.loss:.4f}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
