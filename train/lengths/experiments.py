"""The experiments on training length: which runs they consist of, and how the runs that a ledger lacks are done."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from train.ledger.store import RunKey, Store
from train.lengths.config import CountsConfig, GramsConfig, counts_key, grams_key, largest_key

TRAIN_LENGTHS = (4, 8, 16, 32, 64)
OMEGAS, PERIODS = (1, 4, 16), (2, 3, 5)
CLASSES = (1, 0)  # the k of ModPTask(p, k): 1 is the class of the first position, which the notes' lengths are for
BASES = (8, 16, 32, 64, 128, 512, 4096)  # the test lengths are these and the next p - 1 after each
# (k, number of letters): k varies with three letters, and the number of letters varies with k = 2.
GRAMS = ((1, 3), (2, 3), (3, 3), (2, 2), (2, 4))
GRAM_TRAIN_LENGTHS, GRAM_TEST_LENGTHS = (8, 16, 32), (8, 16, 32, 64, 128)
SEEDS, MANY_SEEDS = (0, 1, 2, 3, 4), tuple(range(15))
# (period, training length) of ModPTask where the errors of five seeds with k = 0 lay furthest above the notes.
APART = ((2, 4), (2, 16), (3, 4), (5, 8))
GRAM_SEEDS, MANY_GRAM_SEEDS = (0, 1, 2), tuple(range(9))
GROUP_SEEDS = 3  # how many seeds are trained together; their gradients are clipped together
LARGEST_SEEDS = (0, 1, 2)  # the seeds whose models are searched for their largest errors


def test_lengths(period: int) -> tuple[int, ...]:
    """Return the test lengths for a period: from each of `BASES` on, as many lengths as there are residues."""
    return tuple(sorted({base + r for base in BASES for r in range(period)}))


def plateau_grid() -> tuple[CountsConfig, ...]:
    """Return the runs of section 8 of the notes: the training length varies with the frequency, and with the period."""
    tasks = [(f"simple_task:{omega}", 1) for omega in OMEGAS]
    tasks += [(f"mod_p_task:{p}:{k}", p) for k in CLASSES for p in PERIODS]
    return tuple(
        CountsConfig(task=task, train_length=longest, test_lengths=test_lengths(period))
        for task, period in tasks
        for longest in TRAIN_LENGTHS
        if longest >= period
    )


def noted_grid() -> tuple[CountsConfig, ...]:
    """Return the runs of `plateau_grid` that are done with `MANY_SEEDS`.

    These are all runs except those of ModPTask with k = 0, and of the latter those of `APART`.
    """
    apart = {(f"mod_p_task:{p}:0", n) for p, n in APART}
    return tuple(
        each for each in plateau_grid() if not is_other_class(each.task) or (each.task, each.train_length) in apart
    )


def is_other_class(task: str) -> bool:
    """Return whether the task is ModPTask with k = 0, the class that the notes' figures are not for."""
    return task.startswith("mod_p_task:") and task.endswith(":0")


def gram_grid() -> tuple[GramsConfig, ...]:
    """Return the runs of the in-context k-gram: the training length varies with k, and with the number of letters."""
    return tuple(
        GramsConfig(task=f"in_context_k_gram:{k}:{letters}", k=k, train_length=n, test_lengths=GRAM_TEST_LENGTHS)
        for k, letters in GRAMS
        for n in GRAM_TRAIN_LENGTHS
    )


def letters_grid() -> tuple[GramsConfig, ...]:
    """Return the runs of `gram_grid` with k = 2, where the number of letters varies. They have `MANY_GRAM_SEEDS`."""
    tasks = {f"in_context_k_gram:{k}:{letters}" for k, letters in GRAMS if k == 2}
    return tuple(each for each in gram_grid() if each.task in tasks)


def run_plateaus(store: Store, configs: Iterable[CountsConfig], seeds: Sequence[int] = SEEDS) -> Iterator[str]:
    """Train the runs that the ledger lacks, and yield a line of text for each configuration that was trained.

    The seeds of a configuration are trained side by side.
    """
    from tasks.experiments.length_functions import get_function
    from train.lengths.count_models import train_counts

    for config in configs:
        task, keys = get_function(config.task), [counts_key(config, seed) for seed in seeds]
        yield from _run(store, keys, lambda left, config=config, task=task: train_counts(task, config, left))  # type: ignore[misc]


def largest_grid() -> tuple[CountsConfig | GramsConfig, ...]:
    """Return the runs whose largest errors are looked for.

    They are those of `plateau_grid` without k = 0, and those of `gram_grid` with three letters.
    """
    counts = [each for each in plateau_grid() if not is_other_class(each.task)]
    return (*counts, *(each for each in gram_grid() if each.task.endswith(":3")))


def run_largest(store: Store, configs: Iterable[CountsConfig | GramsConfig]) -> Iterator[str]:
    """Train the models of these runs again and find their largest errors, where the ledger lacks them.

    Yields:
        A line of text for each configuration that was searched.
    """
    from tasks.experiments.length_functions import get_function
    from train.lengths.largest_errors import largest_errors

    for config in configs:
        task, keys = get_function(config.task), [largest_key(config, seed) for seed in LARGEST_SEEDS]
        # All seeds are trained together, because a k-gram model depends on the seeds that it is trained with.
        yield from _run(store, keys, lambda _, config=config, task=task: largest_errors(task, config, LARGEST_SEEDS))  # type: ignore[misc]


def run_grams(store: Store, configs: Iterable[GramsConfig], seeds: Sequence[int] = GRAM_SEEDS) -> Iterator[str]:
    """Train the k-gram runs that the ledger lacks, and yield a line of text for each group of seeds that was trained.

    The seeds are trained in groups of `GROUP_SEEDS`. What one seed learns depends on its group.
    """
    from tasks.experiments.length_functions import get_function
    from train.lengths.k_gram_models import train_grams

    for config in configs:
        task = get_function(config.task)
        for first in range(0, len(seeds), GROUP_SEEDS):
            group = seeds[first : first + GROUP_SEEDS]
            keys = [grams_key(config, seed) for seed in group]
            trained = partial(train_grams, task, config, group)
            yield from _run(store, keys, lambda _, trained=trained: trained())  # type: ignore[misc]


class _Trained(Protocol):
    """The result of one seed."""

    @property
    def seed(self) -> int: ...

    def record(self) -> dict[str, Any]: ...


def _run(store: Store, keys: Sequence[RunKey], train: Callable[[list[int]], Sequence[_Trained]]) -> Iterator[str]:
    with store.claim(keys):
        missing = {key.seed: key for key in keys if store.find(key) is None}
        if not missing:
            return
        begun = time.process_time()
        for result in train(list(missing)):
            if result.seed in missing:
                store.finish(missing[result.seed], result.record())
    yield f"{keys[0].task}, trained to {keys[0].config['train_length']}: {time.process_time() - begun:.1f} s"
