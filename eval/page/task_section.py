"""The part of the page about one task: its curves, the prediction and its reason, the witness and a trace of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count

from markupsafe import Markup

from eval.board.fitted_runs import FAR_TIMES, middle, reaches, shown_runs
from eval.board.legend import tried_text
from eval.board.published_comparison import ALGORITHM, RANGES
from eval.board.rows import SETTINGS, Row, Setting
from eval.measuring.accuracy_curves import Curve, curve_of
from eval.measuring.confidence_intervals import percent
from eval.page.assets import part
from eval.page.chart import Chart, Level, Mark, Note, Series, figure
from eval.page.forecast_part import forecast_chart, ladder_of_rows, ladder_table
from eval.page.program_listing import listing
from eval.page.rows_table import slug, task_anchor
from eval.page.runs_table import runs_details
from eval.page.scales import Axis
from eval.page.verdict_signs import SIGNS
from eval.page.word_trace import example_table
from eval.prediction.prediction import Prediction
from eval.prediction.task_prediction import witness_program
from tasks.languages.task_origin import Origin
from tasks.position_schemes import TITLES
from tasks.task import Task
from train.ledger.result import GENERALIZES
from train.model.config import TrainConfig

LOOKS: dict[Setting, int] = {name: number for number, name in enumerate(SETTINGS)}


def look_of(setting: Setting) -> int:
    """The number of a setting's colour and dash; encodings that differ only in parameters have the same."""
    others = (len(LOOKS) + place for place, title in enumerate(TITLES.values()) if setting.startswith(title))
    return LOOKS[setting] if setting in LOOKS else next(others)


def _row_looks(rows: Sequence[Row]) -> list[int]:
    """A look for each row: that of its setting, or an unused one if an earlier row has the same setting."""
    wanted = [look_of(row.setting) for row in rows]
    free = (number for number in count() if number not in wanted)
    return [next(free) if look in wanted[:place] else look for place, look in enumerate(wanted)]


def task_part(task: str, rows: Sequence[Row], *, heading: bool = True) -> Markup:
    """Everything that is known about one task.

    Args:
        task: The name of the task.
        rows: The task's rows.
        heading: Whether it stands under a heading, to which the table links.
    """
    definition, chart, ladder = rows[0].definition, task_chart(rows), ladder_of_rows(rows)
    likely = forecast_chart(slug(task), rows, ladder)
    witnesses = {row.prediction.witness_name: row.prediction for row in rows if row.prediction.witness is not None}
    return part(
        "task",
        task=task,
        heading=heading,
        anchor=task_anchor(task),
        definition=definition,
        origin=None if definition.origin is None else _source(definition.origin),
        chart=None if chart is None else figure(chart),
        likely=None if likely is None else figure(likely),
        ladder=None if ladder is None else ladder_table(ladder),
        predictions=[_prediction(together) for together in _by_reason(rows)],
        witnesses=[_witness(definition, prediction) for prediction in witnesses.values()],
    )


def model_in_words(row: Row) -> str:
    """The shapes of the row's models and how they were trained."""
    config = row.config
    regularizer = f", regulariser {config.regularizer:g}" if config.regularizer else ""
    rates = dict.fromkeys(f"{each.lr:g}" for each, _ in row.wanted)
    return (
        f"{' or '.join(dict.fromkeys(map(_shape, (each for each, _ in row.wanted))))}, learning rate "
        f"{' or '.join(rates)}{regularizer}, at most {config.max_steps:,} steps, lengths to {config.train_length}"
    )


def _shape(config: TrainConfig) -> str:
    shape = config.model
    plural = "s" * (shape.layers > 1), "s" * (shape.heads > 1)
    return f"{shape.layers} layer{plural[0]}, {shape.heads} head{plural[1]}, width {shape.width}"


def _names(rows: Sequence[Row]) -> list[str]:
    """What each row is called: its setting, with its model if several rows have this setting."""
    times = Counter(row.setting for row in rows)
    return [row.setting if times[row.setting] == 1 else f"{row.setting}, {model_in_words(row)}" for row in rows]


def task_chart(rows: Sequence[Row]) -> Chart | None:
    """The accuracy by length of one task's rows, with predictions and published figures; None if there is none."""
    task, title = rows[0].task, rows[0].definition.title
    named = [each for each in zip(rows, _names(rows), _row_looks(rows), strict=True) if each[0].results]
    curves = [(row, name, curve_of(shown_runs(row.results))) for row, name, _ in named]
    drawn = zip(curves, named, strict=True)
    series = [_measured(row, name, curve, look) for (row, name, curve), (_, _, look) in drawn]
    series += [_horizons(row, name, look) for row, name, look in named if reaches(row.results)]
    published = {row.setting: row.published for row in rows if row.published is not None}
    middles = tuple((a + b) / 2 for a, b in RANGES)
    # The published ranges of the languages are not stated with the figures. So these are drawn at our ranges, and the
    # label says so.
    ranges = "" if rows[0].definition.family == ALGORITHM else " (ranges of its own)"
    for setting, shares in published.items():
        values = tuple(share / 100 for share in shares)
        series.append(Series(f"{setting}, published{ranges}", middles, values, line=False, look=look_of(setting)))
    if not series:
        return None
    predictions = {row.setting: row.prediction.verdict for row in rows}
    notes = (Note(f"{SIGNS[verdict]} {setting}", look_of(setting)) for setting, verdict in predictions.items())
    trained = rows[0].train_length
    longest = max([150, rows[0].config.max_length, *(reach.length for row in rows for reach in reaches(row.results))])
    return Chart(
        f"chart-{slug(task)}",
        f"{title}: accuracy by length",
        tuple(series),
        (Axis("length of the word", (0, longest)), Axis("right", (0, 1), percent=True)),
        description=_description(curves, predictions),
        marks=(Mark(trained, "trained to here"),),
        levels=(Level((trained, FAR_TIMES * trained), GENERALIZES, f"{GENERALIZES:.0%}"),),
        notes=(Note("predicted:"), *notes),
    )


def _measured(row: Row, name: str, curve: Curve, look: int) -> Series:
    number = len(shown_runs(row.results))
    runs = f"{number} {'fitted ' if row.fitted else ''}run" + "s" * (number > 1)
    several = number > 1
    return Series(
        f"{name}, {runs}: mean and range" if several else f"{name}, {runs}",
        curve.lengths,
        curve.means,
        curve.least if several else None,
        curve.greatest if several else None,
        look=look,
    )


def _horizons(row: Row, name: str, look: int) -> Series:
    """A point for each fitted run, at the length up to which it is at least 90% right."""
    lengths = sorted(float(reach.length) for reach in reaches(row.results))
    heights = (GENERALIZES,) * len(lengths)
    label = f"{name}, horizon of each fitted run"
    return Series(label, tuple(lengths), heights, line=False, look=look, tick=True)


def _description(curves: Sequence[tuple[Row, str, Curve]], predictions: Mapping[Setting, str]) -> str:
    said = [f"Predicted: {', '.join(f'{setting} {verdict}' for setting, verdict in predictions.items())}."]
    for row, name, curve in curves:
        first, last = (f"{percent(curve.means[k])}% near length {curve.lengths[k]:g}" for k in (0, -1))
        median = middle(reaches(row.results))
        reached = "" if median is None else f"; median horizon {median}"
        said.append(f"Measured with {name}: {first}, {last}{reached}.")
    return " ".join(said)


def _source(origin: Origin) -> dict[str, object]:
    """What a person gave as the task, as values for the template."""
    return {
        "what": {"regex": "The expression", "automaton": "The automaton's file", "program": "The program"}[origin.kind],
        "bounds": [f"--and {text}" for text in origin.ands] + [f"--not {text}" for text in origin.nots],
        "listing": listing(origin.text) if origin.kind == "program" else None,
        "text": origin.text,
    }


def _by_reason(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows in groups that have the same predicted verdict for the same reason."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.prediction.verdict, row.prediction.because), []).append(row)
    return list(found.values())


def _prediction(rows: Sequence[Row]) -> tuple[str, Prediction, list[dict[str, object]]]:
    """The settings of rows with the same prediction, the prediction, and each row with its models and runs in words."""
    settings = ", ".join(dict.fromkeys(row.setting for row in rows))
    measured: list[dict[str, object]] = [
        {
            "row": row,
            "tried": tried_text(row) if row.results and row.tried else None,
            "model": model_in_words(row),
            "runs": runs_details(row),
        }
        for row in rows
    ]
    return settings, rows[0].prediction, measured


def _witness(task: Task, prediction: Prediction) -> dict[str, object]:
    name, text = str(prediction.witness_name), str(prediction.witness)
    return {
        "name": name,
        "said": prediction,
        "listing": listing(text),
        "example": example_table(task, witness_program(name, text)),
    }
