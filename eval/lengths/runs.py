"""The experiments on training length, run where the ledger lacks them: `python -m eval.training_length_runs`."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, TypeAlias

import typer

from tasks.ground.console import RefusedError, new_app, run_command
from tasks.ground.files import replace_text
from train.ledger import RUNS
from train.ledger.damaged_files import read_json_lines
from train.ledger.ledger import SHIPPED
from train.ledger.store import Run, RunKey, Store
from train.lengths.config import KIND, LARGEST_KIND, CountsConfig, GramsConfig, counts_key, grams_key, largest_key

TRAIN_LENGTHS = (4, 8, 16, 32, 64)
OMEGAS, PERIODS = (1, 4, 16), (2, 3, 5)
CLASSES = (1, 0)  # the k of ModPTask(p, k): that of the first position, which the notes' lengths are for, and another
BASES = (8, 16, 32, 64, 128, 512, 4096)  # of test lengths: each with the residues that follow
GRAMS = ((1, 3), (2, 3), (3, 3), (2, 2), (2, 4))  # k and letters: each against the other
GRAM_TRAIN_LENGTHS, GRAM_TEST_LENGTHS = (8, 16, 32), (8, 16, 32, 64, 128)
SEEDS, MANY_SEEDS = (0, 1, 2, 3, 4), tuple(range(15))
# ModPTask's period and training length where five seeds of k = 0 lay furthest above the notes.
APART = ((2, 4), (2, 16), (3, 4), (5, 8))
GRAM_SEEDS, MANY_GRAM_SEEDS = (0, 1, 2), tuple(range(9))
GROUP_SEEDS = 3  # seeds trained together: their gradients are clipped together
SHIPPED_NAME, SHIPPED_LARGEST = "plateaus.jsonl", "largest.jsonl"
LARGEST_SEEDS = (0, 1, 2)  # seeds whose largest errors are looked for

LengthsPart: TypeAlias = Literal["plateaus", "largest"]

app = new_app(
    "Losses of small models by training length, run where the ledger lacks them.", "python -m eval.training_length_runs"
)


@dataclass(frozen=True)
class MeasuredRun:
    """One finished run, from the ledger or shipped: its task, its configuration and what came out."""

    task: str
    seed: int
    config: Mapping[str, Any]
    record: Mapping[str, Any]


def test_lengths(period: int) -> tuple[int, ...]:
    """Lengths of every residue around each of the bases."""
    return tuple(sorted({base + r for base in BASES for r in range(period)}))


def plateau_grid() -> tuple[CountsConfig, ...]:
    """The runs of section 8 of the notes: training length against frequency, and against period."""
    tasks = [(f"simple_task:{omega}", 1) for omega in OMEGAS]
    tasks += [(f"mod_p_task:{p}:{k}", p) for k in CLASSES for p in PERIODS]
    return tuple(
        CountsConfig(task=task, train_length=longest, test_lengths=test_lengths(period))
        for task, period in tasks
        for longest in TRAIN_LENGTHS
        if longest >= period
    )


def noted_grid() -> tuple[CountsConfig, ...]:
    """Those of `plateau_grid` that are run with `MANY_SEEDS`: all with k = 1, which the notes have, and `APART`."""
    apart = {(f"mod_p_task:{p}:0", n) for p, n in APART}
    return tuple(
        each for each in plateau_grid() if not is_other_class(each.task) or (each.task, each.train_length) in apart
    )


def is_other_class(task: str) -> bool:
    """Whether the task is ModPTask of the class that the notes' figures are not for."""
    return task.startswith("mod_p_task:") and task.endswith(":0")


def gram_grid() -> tuple[GramsConfig, ...]:
    """The runs of the in-context k-gram: training length against k, and against the number of letters."""
    return tuple(
        GramsConfig(task=f"in_context_k_gram:{k}:{letters}", k=k, train_length=n, test_lengths=GRAM_TEST_LENGTHS)
        for k, letters in GRAMS
        for n in GRAM_TRAIN_LENGTHS
    )


def letters_grid() -> tuple[GramsConfig, ...]:
    """Those of `gram_grid` that are run with `MANY_GRAM_SEEDS`: the numbers of letters against each other."""
    tasks = {f"in_context_k_gram:{k}:{letters}" for k, letters in GRAMS if k == 2}
    return tuple(each for each in gram_grid() if each.task in tasks)


def run_plateaus(store: Store, configs: Iterable[CountsConfig], seeds: Sequence[int] = SEEDS) -> Iterator[str]:
    """Trains what the ledger lacks, the seeds of a configuration side by side; a line of text for each that was."""
    from tasks.experiments.length_functions import get_function
    from train.lengths.count_models import train_counts

    for config in configs:
        task, keys = get_function(config.task), [counts_key(config, seed) for seed in seeds]
        yield from _run(store, keys, lambda left, config=config, task=task: train_counts(task, config, left))  # type: ignore[misc]


def largest_grid() -> tuple[CountsConfig | GramsConfig, ...]:
    """Whose largest errors are looked for: `plateau_grid` with k = 1, and `gram_grid` with three letters."""
    counts = [each for each in plateau_grid() if not is_other_class(each.task)]
    return (*counts, *(each for each in gram_grid() if each.task.endswith(":3")))


def run_largest(store: Store, configs: Iterable[CountsConfig | GramsConfig]) -> Iterator[str]:
    """Trains the same models and looks for their largest errors, where the ledger lacks them."""
    from tasks.experiments.length_functions import get_function
    from train.lengths.largest_errors import largest_errors

    for config in configs:
        task, keys = get_function(config.task), [largest_key(config, seed) for seed in LARGEST_SEEDS]
        # All seeds together: a k-gram's seed depends on those that it is trained with.
        yield from _run(store, keys, lambda _, config=config, task=task: largest_errors(task, config, LARGEST_SEEDS))  # type: ignore[misc]


def run_grams(store: Store, configs: Iterable[GramsConfig], seeds: Sequence[int] = GRAM_SEEDS) -> Iterator[str]:
    """The same for the in-context k-gram, in groups of `GROUP_SEEDS` seeds: what one learns depends on its group."""
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
    """What came out of one seed."""

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


def measured_runs(runs: Path, results: Path | None, keys: Iterable[RunKey]) -> tuple[MeasuredRun, ...]:
    """Those of the runs that are in the ledger, or shipped in `results/training_length`, in the order of the keys."""
    store = Store(runs)
    own = {run.key.identity: run for run in store.runs(KIND)}
    shipped = dict(_read_shipped(results)) if results is not None else {}
    return _of_keys(keys, own, shipped)


def largest_runs(runs: Path, results: Path | None) -> tuple[MeasuredRun, ...]:
    """The largest errors that are in the ledger, or shipped, in the order of `largest_grid`."""
    own = {run.key.identity: run for run in Store(runs).runs(LARGEST_KIND)}
    shipped = dict(_read_shipped(results, SHIPPED_LARGEST)) if results is not None else {}
    return _of_keys([largest_key(each, seed) for each in largest_grid() for seed in LARGEST_SEEDS], own, shipped)


def _of_keys(
    keys: Iterable[RunKey], own: Mapping[str, Run], shipped: Mapping[str, Mapping[str, Any]]
) -> tuple[MeasuredRun, ...]:
    found = []
    for key in keys:
        record = own[key.identity].record if key.identity in own else shipped.get(key.identity)
        if record is not None:
            found.append(MeasuredRun(key.task, key.seed, key.config, record))
    return tuple(found)


def _read_shipped(results: Path, name: str = SHIPPED_NAME) -> Iterator[tuple[str, Mapping[str, Any]]]:
    path = results / "training_length" / name
    if path.is_file():
        yield from read_json_lines(path, lambda value: (value["run"], value["record"]))


def export_runs(runs: Sequence[Run], path: Path) -> None:
    """Writes the runs as JSON lines in place of what is there, with their identities."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, "".join(json.dumps(_exported(run)) + "\n" for run in runs))


def _exported(run: Run) -> dict[str, Any]:
    return {"run": run.key.identity, "task": run.key.task, "seed": run.key.seed, "config": dict(run.key.config)} | {
        "record": dict(run.record)
    }


@app.command("training_length_runs", epilog="Try: python -m eval.training_length_runs --runs /tmp/runs")
def runs_command(
    out: Annotated[Path, typer.Option("--runs", "--out", metavar="DIR", help="The ledger's directory.")] = RUNS,
    export: Annotated[bool, typer.Option("--export", help="Also write results/training_length.")] = False,
    part: Annotated[LengthsPart | None, typer.Option(help="Only the plateaus, or only the largest errors.")] = None,
) -> None:
    """Train what is missing of the experiments; killed, it goes on with the configuration that was not finished."""
    if out.exists() and not out.is_dir():
        raise RefusedError(f"--runs {out}: expected a directory, found a file")
    store = Store(out)
    plateaus = (
        run_plateaus(store, noted_grid(), MANY_SEEDS),
        run_plateaus(store, plateau_grid()),
        run_grams(store, gram_grid()),
        run_grams(store, letters_grid(), MANY_GRAM_SEEDS),
    )
    parts: dict[str, tuple[tuple[Iterator[str], ...], str, str]] = {
        "plateaus": (plateaus, KIND, SHIPPED_NAME),
        "largest": ((run_largest(store, largest_grid()),), LARGEST_KIND, SHIPPED_LARGEST),
    }
    for name, (runs, kind, file) in parts.items():
        if part is None or part == name:
            for line in chain.from_iterable(runs):
                print(line, file=sys.stderr, flush=True)
            if export:
                export_runs(store.runs(kind), SHIPPED / "training_length" / file)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval.training_length_runs")
