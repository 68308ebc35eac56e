"""A sweep in progress: what is to be done, being done and done, and when it will be over."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from threading import Lock
from typing import TypeAlias

from train.ledger.result import Result
from train.model.config import TrainConfig
from train.running.progress import Progress
from train.sweep.grid import TrainingUnit

# Floating-point operations a second of one core, by the count below, where nothing is known of a training: as aa_star
# without positions ran, 2500 steps in 36 CPU seconds.
FLOPS_OF_A_CORE = 3e10


@dataclass(frozen=True)
class SuiteProgress:
    """A moment of a sweep: what each worker is at (None: idle or starting), and seconds passed and to go."""

    finished: int
    total: int
    workers: tuple[Progress | None, ...]
    elapsed: float
    remaining: float


OnSuiteProgress: TypeAlias = Callable[[SuiteProgress], None]
OnFinished: TypeAlias = Callable[[Result], None]
Expected: TypeAlias = Callable[[TrainingUnit], float]


def expectation(known: Iterable[Result]) -> Expected:
    """How many seconds of one core a unit is expected to take: as its task took before, or else its whole budget.

    It only orders the work and foretells its end.
    """
    seconds: dict[tuple[object, ...], list[float]] = {}
    for result in known:
        seconds.setdefault(_likeness(result.config), []).append(result.cpu_seconds)
    medians: Mapping[tuple[object, ...], float] = {like: median(found) for like, found in seconds.items()}
    return lambda unit: len(unit.runs) * medians.get(_likeness(unit.config), _budget(unit.config))


def _likeness(config: TrainConfig) -> tuple[object, ...]:
    return config.task, config.model.pe, config.model.width, config.train_length, config.regularizer > 0


def _budget(config: TrainConfig) -> float:
    parameters = 12 * config.model.layers * config.model.width**2
    tokens = config.max_steps * config.batch_size * config.train_length
    return 6.0 * parameters * tokens / FLOPS_OF_A_CORE


@dataclass
class _Running:
    """A unit in training."""

    unit: TrainingUnit
    begun: float
    progress: Progress | None = None


@dataclass
class Board:
    """Who trains what; shared by the threads that speak with the workers. `skipped` are the runs of other processes."""

    units: Sequence[TrainingUnit]
    size: int
    expected: Expected
    on_finished: OnFinished
    skipped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting = sorted(self.units, key=self.expected, reverse=True)
        self._running: list[_Running | None] = [None] * self.size
        self._began = time.monotonic()
        self._foreseen = self._took = 0.0  # of the finished cells
        self._lock = Lock()

    def begin(self, worker: int) -> TrainingUnit | None:
        """The next unit for the worker; None: nothing is left.

        The first worker takes the shortest, so that there is soon something to see; the others take the longest, so
        that none of these is still to be done when all else is over.
        """
        with self._lock:
            unit = self._waiting.pop(0 if worker else -1) if self._waiting else None
            self._running[worker] = None if unit is None else _Running(unit, time.monotonic())
            return unit

    def report(self, worker: int, progress: Progress) -> None:
        """The worker is at this moment of its unit."""
        with self._lock:
            running = self._running[worker]
            if running is not None:
                running.progress = progress

    def end(self, worker: int, results: Sequence[Result]) -> None:
        """The worker's unit is finished, with these results."""
        with self._lock:
            running = self._running[worker]
            if running is not None and results:
                self._foreseen += self.expected(running.unit)
                self._took += time.monotonic() - running.begun
            self._running[worker] = None
            for result in results:
                self.on_finished(result)

    def skip(self, worker: int, why: str) -> None:
        """The worker's unit is left out: another process trains it."""
        self.skipped.append(why)
        self.end(worker, ())

    def snapshot(self) -> SuiteProgress:
        """The moment."""
        with self._lock:
            now = time.monotonic()
            going = [running for running in self._running if running is not None]
            slower = self._took / self._foreseen if self._foreseen else 1.0
            left = [max(1.0, self.expected(running.unit) * slower - (now - running.begun)) for running in going]
            waiting = slower * sum(self.expected(unit) for unit in self._waiting)
            return SuiteProgress(
                finished=len(self.units) - len(self._waiting) - len(going),
                total=len(self.units),
                workers=tuple(None if running is None else running.progress for running in self._running),
                elapsed=now - self._began,
                remaining=max([0.0, *left, (sum(left) + waiting) / self.size]),
            )
