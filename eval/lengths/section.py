"""The page's section on training length: losses by test length, plateaus, and the smallest lengths that sufficed."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from crasp.lengths.training_length import training_length
from crasp.text.loader import load_program
from eval.lengths.runs import MeasuredRun, largest_runs, measured_runs
from eval.page.chart import Mark, Series, line_chart
from eval.page.html_table import table
from eval.page.page_frame import Section, Sources
from eval.page.scales import Axis
from eval.prediction.measured_training_length import (
    LONGEST_LENGTH,
    SUBJECTS,
    Probe,
    found_probes,
    read_smallest,
    smallest_of,
)
from tasks.ground.html import render
from tasks.registry import get_task
from train.ledger.ledger import Ledger
from train.ledger.result import Result
from train.lengths.config import CountsConfig, GramsConfig, counts_key, grams_key
from train.lengths.experiments import (
    CLASSES,
    GRAM_SEEDS,
    GRAMS,
    MANY_GRAM_SEEDS,
    MANY_SEEDS,
    OMEGAS,
    PERIODS,
    SEEDS,
    TRAIN_LENGTHS,
    gram_grid,
    is_other_class,
    letters_grid,
    noted_grid,
    plateau_grid,
)

LONG_LENGTH = 4096  # losses at this and at longer test lengths make the plateau
# Section 8 of the notes: the losses at length 4096, as medians of five seeds of another program. For ModPTask they are
# those of one k.
NOTED_PERIODS: Mapping[int, tuple[str, ...]] = {
    2: ("3.2e-4", "4.7e-5", "6.0e-6", "2.5e-6", "2.3e-6"),
    3: ("4.7e-3", "3.1e-4", "2.0e-5", "6.7e-6", "3.2e-6"),
    5: ("", "2.4e-3", "6.1e-5", "1.7e-5", "8.6e-6"),
}
NOTED: Mapping[str, tuple[str, ...]] = {
    "simple_task:1": ("1.3e-4", "1.2e-5", "4.1e-6", "3.0e-6", "2.9e-6"),
    "simple_task:4": (".24", ".21", "2.5e-4", "6.1e-5", "1.9e-5"),
    "simple_task:16": (".90", ".46", ".34", ".26", ".30"),
    **{f"mod_p_task:{p}:{k}": figures for k in CLASSES for p, figures in NOTED_PERIODS.items()},
}


@dataclass(frozen=True)
class LossCurve:
    """The losses of each seed by test length, for one task and training length."""

    task: str
    train_length: int
    losses: tuple[Mapping[int, float], ...]

    def series(self, label: str, look: int) -> Series:
        """Return the median over seeds by test length, with the range of the seeds as band."""
        lengths = sorted(self.losses[0])
        rows = [[each[length] for each in self.losses] for length in lengths]
        x = tuple(float(length) for length in lengths)
        low, high = (tuple(f(row) for row in rows) for f in (min, max))
        return Series(label, x, tuple(map(statistics.median, rows)), low, high, look=look)

    def at(self, length: int) -> float:
        """Return the median loss at one test length."""
        return statistics.median(each[length] for each in self.losses)

    def plateau(self) -> tuple[float, float, float]:
        """Return the median, least and greatest plateau over the seeds.

        The plateau of a seed is its mean loss over the longest test lengths, which have all residues.
        """
        longest = [n for n in self.losses[0] if n >= min(LONG_LENGTH, max(self.losses[0]))]
        found = [statistics.mean(each[n] for n in longest) for each in self.losses]
        return statistics.median(found), min(found), max(found)


def training_length_section(sources: Sources) -> Section | None:
    """Return the section with charts and tables; None if nothing was run."""
    counted = curves_of(sources, plateau_grid(), len(SEEDS)) | curves_of(sources, noted_grid(), len(MANY_SEEDS))
    grams = curves_of(sources, gram_grid(), len(GRAM_SEEDS))
    by_letters = curves_of(sources, letters_grid(), len(MANY_GRAM_SEEDS))
    smallest = _smallest(sources)
    if not (counted or grams or smallest):
        return None
    made = render(
        Path(__file__).with_name("section.html"),
        counted=_counted_charts(counted) if counted else None,
        noted=_noted_table(counted) if counted else None,
        inside=inside_notes(counted),
        exponents=_exponents(counted),
        grams=_gram_charts(grams, by_letters) if grams else None,
        largest=_largest_table(largest_runs(sources.runs, sources.results)),
        smallest=_smallest_table(smallest) if smallest else None,
        weak=_weak_bounds(smallest),
        longest=LONGEST_LENGTH,
    )
    return Section("training-length", "How long must training words be?", made)


def curves_of(
    sources: Sources, configs: Sequence[CountsConfig] | Sequence[GramsConfig], seeds: int
) -> dict[tuple[str, int], LossCurve]:
    """Return the curves by task and training length, of the configurations that were run with all seeds."""
    found: dict[tuple[str, int], LossCurve] = {}
    keys = [
        counts_key(config, seed) if isinstance(config, CountsConfig) else grams_key(config, seed)
        for config in configs
        for seed in range(seeds)
    ]
    runs: dict[tuple[str, int], list[MeasuredRun]] = {}
    for run in measured_runs(sources.runs, sources.results, keys):
        runs.setdefault((run.task, run.config["train_length"]), []).append(run)
    for (task, length), own in runs.items():
        if len(own) == seeds:
            losses = tuple({int(n): float(loss) for n, loss in each.record["losses"]} for each in own)
            found[task, length] = LossCurve(task, length, losses)
    return found


def _counted_charts(curves: Mapping[tuple[str, int], LossCurve]) -> list[Markup]:
    charts = []
    for name, task, title in (
        ("tl-simple", "simple_task:4", "SimpleTask(4): loss by test length"),
        ("tl-mod", "mod_p_task:3:1", "ModPTask(3, 1): loss by test length, three residues each"),
    ):
        series = [
            curves[task, n].series(f"trained to {n}", k) for k, n in enumerate(TRAIN_LENGTHS) if (task, n) in curves
        ]
        if series:
            about = "Each line is flat in the test length, and lies lower the longer the training words were."
            charts.append(line_chart(name, title, series, LOSS_BY_LENGTH, description=about))
    for name, tasks, title in (
        ("tl-omega", [(f"simple_task:{w}", f"ω = {w}") for w in OMEGAS], "SimpleTask: plateau by training length"),
        (
            "tl-period",
            [(f"mod_p_task:{p}:1", f"p = {p}") for p in PERIODS],
            "ModPTask(p, 1): plateau by training length",
        ),
    ):
        about = "The plateau falls with the training length and rises with the difficulty of the task."
        charts += _plateau_chart(name, title, tasks, curves, about)
    return charts


LOSS_BY_LENGTH = (Axis("test length", log=True), Axis("mean squared error", log=True))
LOSS_BY_TRAINING = (Axis("training length", log=True), Axis("mean squared error", log=True))


def _plateau_chart(
    name: str,
    title: str,
    tasks: Sequence[tuple[str, str]],
    curves: Mapping[tuple[str, int], LossCurve],
    about: str,
) -> list[Markup]:
    series = []
    for look, (task, label) in enumerate(tasks):
        own = sorted((n, curve.plateau()) for (each, n), curve in curves.items() if each == task)
        if own:
            x, y = tuple(float(n) for n, _ in own), tuple(plateau[0] for _, plateau in own)
            low, high = (tuple(plateau[k] for _, plateau in own) for k in (1, 2))
            series.append(Series(label, x, y, low, high, look=look))
    return [line_chart(name, title, series, LOSS_BY_TRAINING, description=about)] if series else []


def summed(curve: LossCurve) -> LossCurve:
    """Return the k-gram's curve with the squared norm of the error in place of its mean over the letters."""
    letters = int(curve.task.split(":")[2])
    return replace(curve, losses=tuple({n: letters * loss for n, loss in each.items()} for each in curve.losses))


def _gram_charts(
    curves: Mapping[tuple[str, int], LossCurve], many: Mapping[tuple[str, int], LossCurve]
) -> list[Markup]:
    charts = []
    middle = "in_context_k_gram:2:3"
    own = sorted((n, curve) for (task, n), curve in curves.items() if task == middle)
    if own:
        charts.append(
            line_chart(
                "tl-gram",
                "In-context 2-gram, 3 letters: loss by test length",
                [curve.series(f"trained to {n}", k) for k, (n, curve) in enumerate(own)],
                LOSS_BY_LENGTH,
                description="The loss by test length for each training length.",
                marks=[Mark(float(own[-1][0]), "longest training")],
            )
        )
    by_k = [(f"in_context_k_gram:{k}:{letters}", f"k = {k}") for k, letters in GRAMS if letters == 3]
    by_letters = [(f"in_context_k_gram:{k}:{letters}", f"{letters} letters") for k, letters in sorted(GRAMS) if k == 2]
    about = "The loss at the longest test length by training length: the mean over the letters' shares."
    charts += _plateau_chart("tl-gram-k", "In-context k-gram, 3 letters: plateau by k", by_k, curves, about)
    about = (
        f"The squared norm of the error, the sum over the letters: {len(MANY_GRAM_SEEDS)} seeds where they were run."
    )
    norms = {key: summed(many.get(key, curve)) for key, curve in curves.items()}
    charts += _plateau_chart("tl-gram-s", "In-context 2-gram: plateau by letters", by_letters, norms, about)
    return charts


def _noted_table(curves: Mapping[tuple[str, int], LossCurve]) -> Markup:
    rows = []
    for (task, n), figure in noted_figures().items():
        if (task, n) in curves:
            curve = curves[task, n]
            losses = sorted(each[LONG_LENGTH] for each in curve.losses)
            below = sum(loss <= float(figure) for loss in losses)
            spread = f"{losses[0]:.1e}–{losses[-1]:.1e}"
            seen = (f"{below} of {len(losses)}", f"{curve.plateau()[0]:.1e}")
            rows.append([f"{task}, trained to {n}", f"{curve.at(LONG_LENGTH):.1e}", spread, figure, *seen])
    caption = "Loss at length 4096 beside the notes' figures; at the end over all residues from there"
    columns = ["task", "median", "least–greatest seed", "notes", "seeds at or below the notes", "all residues"]
    return table(caption, columns, rows, numbers=(1, 2, 3, 4, 5))


def largest_rows(runs: Sequence[MeasuredRun]) -> list[list[str]]:
    """Return a row for each task and training length, with the errors at the longest test lengths.

    The root of the mean square and the largest error are medians over seeds of the greatest over these lengths. The
    range of the largest error over the seeds follows.
    """
    found: dict[tuple[str, int], list[tuple[float, float, bool]]] = {}
    for run in runs:
        errors = run.record["errors"]
        least = min(LONG_LENGTH, errors[-1]["length"])
        own = [each for each in errors if each["length"] >= least]
        root, largest = (max(each[name] for each in own) for name in ("root_mean_square", "largest"))
        found.setdefault((run.task, run.config["train_length"]), []).append(
            (root, largest, all(each["exact"] for each in own))
        )
    rows = []
    for (task, n), seeds in found.items():
        roots, largest, exact = zip(*seeds, strict=True)
        middle, root = statistics.median(largest), statistics.median(roots)
        spread = f"{min(largest):.2g}–{max(largest):.2g}"
        words = "all" if all(exact) else "found"
        rows.append([f"{task}, trained to {n}", f"{root:.2g}", f"{middle:.2g}", spread, f"{middle / root:.1f}", words])
    return rows


def _largest_table(runs: Sequence[MeasuredRun]) -> Markup | None:
    rows = largest_rows(runs)
    columns = ["task", "root of the mean square", "largest", "least–greatest seed", "ratio", "words"]
    caption = "Errors at the longest test lengths: on average over drawn words, and on the worst word"
    return table(caption, columns, rows, numbers=(1, 2, 3, 4)) if rows else None


def noted_figures() -> dict[tuple[str, int], str]:
    """Return the notes' figures by task and training length, as they are written there."""
    return {
        (task, n): figure
        for task, figures in NOTED.items()
        for n, figure in zip(TRAIN_LENGTHS, figures, strict=True)
        if figure
    }


def inside_notes(curves: Mapping[tuple[str, int], LossCurve]) -> tuple[int, int]:
    """Return the number of curves whose figure in the notes lies within the range of the seeds, and that of all curves.

    Curves of ModPTask with k = 0 are left out.
    """
    own = {key: float(figure) for key, figure in noted_figures().items() if not is_other_class(key[0])}
    losses = {key: [each[LONG_LENGTH] for each in curves[key].losses] for key in own if key in curves}
    return sum(min(found) <= own[key] <= max(found) for key, found in losses.items()), len(losses)


def _exponents(curves: Mapping[tuple[str, int], LossCurve]) -> str:
    """Return the slope of log plateau over log training length, for each task with at least two lengths."""
    found = []
    for task in NOTED:
        own = [(math.log(n), math.log(curve.plateau()[0])) for (each, n), curve in curves.items() if each == task]
        if len(own) > 1:
            slope = statistics.linear_regression(*zip(*own, strict=True)).slope
            found.append(f"{task} {slope:.1f}")
    return ", ".join(found)


# --- the smallest training lengths that sufficed -------------------------------------------------------------


def _smallest(sources: Sources) -> list[tuple[str, str, tuple[Probe, ...]]]:
    own: list[Result] = list(Ledger(sources.runs, None).results()) if sources.runs.is_dir() else []
    results = [*own, *read_smallest(sources.results)]
    unique = {(each.config, each.seed): each for each in reversed(results)}
    found: list[tuple[str, str, tuple[Probe, ...]]] = []
    for task, pe in SUBJECTS:
        probes = found_probes(task, pe, list(unique.values()))
        if probes:
            found.append((task, pe, probes))
    return found


def _smallest_table(found: Sequence[tuple[str, str, tuple[Probe, ...]]]) -> Markup:
    rows = []
    for task, pe, probes in found:
        program = get_task(task).program
        length = None if program is None else training_length(load_program(f"lib:{program}"))
        exact = length if length is not None and length.kind == "discrimination length" else None
        seen = smallest_of(probes)
        rows.append(
            [
                f"{task}, {'APE' if pe == 'ape' else 'NoPE'}",
                "" if length is None else str(length.floor),
                "none of those tried" if seen is None else str(seen),
                "; ".join(f"{p.train_length}: {p.generalize} of {p.seeds}" for p in probes),
                "" if exact is None else str(exact.value),
            ]
        )
    columns = ["task", "coverage floor", "smallest that sufficed", "seeds that generalised", "exact in its class"]
    caption = f"Training lengths from which three seeds generalise to {LONGEST_LENGTH}"
    return table(caption, columns, rows, numbers=(1, 4))


def _weak_bounds(found: Sequence[tuple[str, str, tuple[Probe, ...]]]) -> str:
    """Return the lower bounds of the tasks for which nothing better is computed, for a footnote."""
    parts = []
    for task, _, _ in found:
        program = get_task(task).program
        length = None if program is None else training_length(load_program(f"lib:{program}"))
        if length is not None and length.kind == "lower bound":
            parts.append(f"{task} {length.value}")
    return ", ".join(parts)
