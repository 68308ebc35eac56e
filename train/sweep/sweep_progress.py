"""The state of a sweep: which units wait, are trained and are finished, and when the sweep is expected to end."""

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

# Floating-point operations per second of one core, as `_budget` counts them; used if no similar training is known.
# Measured on aa_star without positions: 2500 steps in 36 CPU seconds.
FLOPS_OF_A_CORE = 3e10


@dataclass(frozen=True)
class SuiteProgress:
    """A moment of a sweep.

    Attributes:
        finished: How many units are finished or left out.
        total: How many units there are.
        workers: The progress of each worker's unit; None if the worker is idle or starting.
        elapsed: Seconds so far.
        remaining: Expected seconds to the end.
    """

    finished: int
    total: int
    workers: tuple[Progress | None, ...]
    elapsed: float
    remaining: float


OnSuiteProgress: TypeAlias = Callable[[SuiteProgress], None]
OnFinished: TypeAlias = Callable[[Result], None]
Expected: TypeAlias = Callable[[TrainingUnit], float]


def expectation(known: Iterable[Result]) -> Expected:
    """Return a function that gives the seconds of one core that a unit is expected to take.

    It is what similar trainings took before, or else the time of the unit's whole budget of steps. It is only used to
    order the work and to predict its end.

    Args:
        known: Results of earlier trainings.
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
    """A unit in training, and when it began."""

    unit: TrainingUnit
    begun: float
    progress: Progress | None = None


@dataclass
class Board:
    """Which worker trains which unit; the threads that speak with the workers share it.

    Attributes:
        units: All units.
        size: The number of workers.
        expected: The expected seconds of a unit.
        on_finished: Called with the result of each finished run.
        skipped: A message for each unit that was left to another process.
    """

    units: Sequence[TrainingUnit]
    size: int
    expected: Expected
    on_finished: OnFinished
    skipped: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting = sorted(self.units, key=self.expected, reverse=True)
        self._running: list[_Running | None] = [None] * self.size
        self._began = time.monotonic()
        self._foreseen = self._took = 0.0  # seconds of the finished units, as expected and as measured
        self._lock = Lock()

    def begin(self, worker: int) -> TrainingUnit | None:
        """Return the next unit for the worker; None if none is left.

        The first worker takes the shortest unit, so that there is soon a result to see. The others take the longest, so
        that no long unit is left for the end.
        """
        with self._lock:
            unit = self._waiting.pop(0 if worker else -1) if self._waiting else None
            self._running[worker] = None if unit is None else _Running(unit, time.monotonic())
            return unit

    def report(self, worker: int, progress: Progress) -> None:
        """Note the progress of the worker's unit."""
        with self._lock:
            running = self._running[worker]
            if running is not None:
                running.progress = progress

    def end(self, worker: int, results: Sequence[Result]) -> None:
        """Note that the worker's unit is finished with these results."""
        with self._lock:
            running = self._running[worker]
            if running is not None and results:
                self._foreseen += self.expected(running.unit)
                self._took += time.monotonic() - running.begun
            self._running[worker] = None
            for result in results:
                self.on_finished(result)

    def skip(self, worker: int, why: str) -> None:
        """Note that the worker's unit is left out because another process trains it."""
        self.skipped.append(why)
        self.end(worker, ())

    def snapshot(self) -> SuiteProgress:
        """Return the present moment of the sweep."""
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
