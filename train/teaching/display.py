"""Shows the progress of teacher-student runs on standard error: live on a terminal, otherwise a line now and then."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from train.running.display import clock
from train.sweep.display import QUIET_SECONDS
from train.teaching.runner import OnStanding, RunnerStanding


@contextmanager
def standing_display() -> Iterator[OnStanding]:
    """Yield a function that shows the progress that it is called with, until the block ends."""
    console = Console(stderr=True)
    if console.is_terminal:
        with Live(console=console, transient=True, refresh_per_second=4) as live:
            yield lambda standing: live.update(line(standing))
        return
    said = -QUIET_SECONDS

    def say(standing: RunnerStanding) -> None:
        nonlocal said
        if time.monotonic() - said >= QUIET_SECONDS or standing.finished == standing.total:
            said = time.monotonic()
            print(line(standing), file=sys.stderr, flush=True)

    yield say


def line(standing: RunnerStanding) -> str:
    """Return the moment in words."""
    left = "" if standing.remaining is None else f", about {clock(standing.remaining)} left"
    at = f"; at {', '.join(standing.at)}" if standing.at else ""
    return f"{standing.finished} of {standing.total} runs finished, {clock(standing.elapsed)} so far{left}{at}"
