"""Shows the progress of one training on standard error: live on a terminal, as plain lines elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from train.running.progress import OnProgress, Progress

PLAIN_SECONDS = 15.0  # how often there is at least one plain line


@contextmanager
def training_display() -> Iterator[OnProgress]:
    """Yield a function that shows the progress that it is called with, until the block ends."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Live(console=console, transient=True, refresh_per_second=4) as live:
            yield lambda progress: live.update(_table(progress))
        return
    with _plain_lines() as show:
        yield show


@contextmanager
def _plain_lines() -> Iterator[OnProgress]:
    """Yield a function that prints progress: the first at once, then a line about every `PLAIN_SECONDS` seconds.

    A thread prints the latest progress again while a step takes longer than that.
    """
    latest: list[Progress] = []
    said = time.monotonic()
    over, lock = Event(), Lock()

    def say() -> None:
        nonlocal said
        said = time.monotonic()
        print(_line(latest[0]) if latest else "preparing: nothing is trained yet", file=sys.stderr, flush=True)

    def show(progress: Progress) -> None:
        with lock:
            first, latest[:] = not latest, [progress]
            if first or time.monotonic() - said >= PLAIN_SECONDS:
                say()

    def watch() -> None:
        while not over.wait(PLAIN_SECONDS / 10):
            with lock:
                if time.monotonic() - said >= PLAIN_SECONDS:
                    say()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield show
    finally:
        over.set()
        watcher.join()


def _table(progress: Progress) -> Table:
    bar = ProgressBar(total=progress.max_steps, completed=progress.step, width=20)
    step = f"{progress.step} of at most {progress.max_steps}"
    accuracy, left = f"{progress.training_accuracy:.1%}", f"at most {clock(progress.remaining)}"
    table = Table("training", "step", "", "loss", "right on training lengths", "left", box=None, pad_edge=False)
    table.add_row(_name(progress), step, bar, _loss(progress), accuracy, left)
    return table


def _line(progress: Progress) -> str:
    return (
        f"{_name(progress)}: step {progress.step} of at most {progress.max_steps}, loss {_loss(progress)}, "
        f"training lengths {progress.training_accuracy:.1%}, at most {clock(progress.remaining)} left"
    )


def _name(progress: Progress) -> str:
    seeds = ", ".join(map(str, progress.seeds))
    return f"{progress.task} {progress.pe} seed{'s' if len(progress.seeds) > 1 else ''} {seeds}"


def _loss(progress: Progress) -> str:
    return "-" if progress.loss is None else f"{progress.loss:.4f}"


def clock(seconds: float) -> str:
    """Return a duration in seconds as minutes and seconds, such as 2:05."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
