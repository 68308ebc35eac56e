"""The forecast on the page: for each task its curves and its ladder, and for all tasks the quality of the forecast."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from crasp.regular.families.family import FRAGMENTS, Family, includes
from eval.board.rows import Row
from eval.encodings.family_ladder import FamilyLadder, allowed_family
from eval.forecast.fitted_reach import TIMES, FittedReach, reach_of
from eval.forecast.forecast_model import FEWEST_RUNS, QUALITY_ROWS, ForecastCell, ForecastModel
from eval.forecast.forecasting import shipped_model
from eval.forecast.rungs import NO_FAMILY, rung_of
from eval.page.assets import part
from eval.page.chart import Chart, Level, Mark, Series, figure
from eval.page.html_table import table
from eval.page.page_frame import Section
from eval.page.scales import Axis
from eval.prediction.task_ladder import ladder_of_task
from tasks.task import ENCODINGS

UNMEASURED_TIMES: Final = 3.0  # a curve is drawn at least to this multiple of the training length
LOOKS: Final = {"ape": 0, "nope": 1}


def ladder_of_rows(rows: Sequence[Row]) -> FamilyLadder | None:
    """Which families have a program for the task of these rows; None if that was not decided."""
    task = rows[0].definition
    return ladder_of_task(task) if task.origin is None else rows[0].prediction.ladder


def ladder_table(ladder: FamilyLadder) -> Markup:
    """The families of programs: whether each has a program, with which parameters, and which encodings allow it."""
    columns = ("family", "a program", "with", "allowed by")
    lines = []
    for rung in ladder:
        said, _, parameters = rung.in_words.partition(" ")
        lines.append((FRAGMENTS[rung.family], said, parameters.strip(), _allowed_by(rung.family)))
    return table("The ladder: which families of programs have one for this task", columns, lines)


def _allowed_by(family: Family) -> str:
    return ", ".join(name for pe, name in ENCODINGS.items() if includes(allowed_family(pe), family))


def forecast_chart(anchor: str, rows: Sequence[Row], ladder: FamilyLadder | None) -> Chart | None:
    """For each encoding the probability that a fitted run is right, with its band, and the share of runs that were.

    None if nothing is forecast.

    Args:
        anchor: The end of the chart's name.
        rows: The rows of one task.
        ladder: Which families have a program for the task.
    """
    rung, model = rung_of(ladder), shipped_model()
    known = (row for row in rows if row.config.model.scheme is None)  # forecasts are made for APE and NoPE alone
    without = {row.pe: row for row in known if not row.config.regularizer and not row.prediction.contradicted}
    cells = {pe: None if rung is None else model.cell(rung, pe) for pe in without}
    series: list[Series] = []
    said = []
    for pe, cell in cells.items():
        if cell is not None:
            series += _curves(without[pe], cell)
            said.append(_in_a_sentence(without[pe], cell))
    if not series:
        return None
    trained = min(row.train_length for row in without.values())
    longest = max(x for each in series for x in each.x)
    return Chart(
        f"forecast-{anchor}",
        f"{rows[0].definition.title}: how likely a run is right",
        tuple(series),
        (
            Axis("right in 90% of the words up to this length", (0, longest)),
            Axis("of the fitted runs", (0, 1), percent=True),
        ),
        description=" ".join(said),
        marks=(Mark(trained, "trained to here"),),
        levels=(Level((trained, longest), 0.5, "half"),),
    )


def _curves(row: Row, cell: ForecastCell) -> list[Series]:
    """The curve of a rung and encoding with its 80% band, and hollow markers for the measured shares of its runs."""
    name, trained, look = row.config.model.encoding, row.train_length, LOOKS[row.pe]
    most = max(cell.measured, UNMEASURED_TIMES)
    times = [each for each in (1.0, *TIMES) if each <= most]
    low, high = zip(*(cell.interval(each) for each in times), strict=True)
    few = max((each.runs for each in cell.counts), default=0) < FEWEST_RUNS
    label = f"{name}, forecast{', of few runs' if few else ''}: one run, and an 80% interval"
    x = tuple(trained * each for each in times)
    found = [Series(label, x, tuple(map(cell.probability, times)), low, high, look=look)]
    own = reaches_of(row)
    seen = [
        (trained * each, answers)
        for each in TIMES
        if (answers := [r for run in own if (r := run.at(each)) is not None])
    ]
    if seen:
        shares = tuple(sum(answers) / len(answers) for _, answers in seen)
        runs = f"{len(own)} fitted run{'s' * (len(own) > 1)}"
        found.append(
            Series(f"{name}, measured: share of {runs}", tuple(a for a, _ in seen), shares, line=False, look=look)
        )
    return found


def reaches_of(row: Row) -> tuple[FittedReach, ...]:
    """How far each fitted run of a row is right, for the runs that have a horizon."""
    # The rung and the kind of encoding are not read here.
    return tuple(reach_of(each, NO_FAMILY, "ape") for each in row.results if each.fitted and each.horizon is not None)


def _in_a_sentence(row: Row, cell: ForecastCell) -> str:
    at = UNMEASURED_TIMES
    return f"{row.config.model.encoding}: {cell.probability(at):.0%} at {at:g} times the training length are forecast."


def forecast_section() -> Section:
    """The section on the quality of the forecast on languages left out: calibration, scores and targets."""
    model = shipped_model()
    quality, training = model.quality, model.training
    columns = ("asked of it", "found", "asked", "")
    bars = [_bar(bar) for bar in quality["bars"]]
    return Section(
        "forecast",
        "How likely is a run right?",
        part(
            "forecast",
            version=model.version,
            training=training,
            calibration=figure(_calibration(model)),
            scores=table(*_scores(quality), numbers=(1, 2, 3, 4)),
            bars=table("What is asked of the forecast, on languages left out", columns, bars, numbers=(1, 2)),
        ),
    )


def _bar(bar: Mapping[str, Any]) -> tuple[str, str, str, str]:
    side = "at least" if "at least" in bar else "at most"
    found = "not measured" if bar["found"] is None else f"{bar['found']:g}"
    return bar["name"], found, f"{side} {bar[side]:g}", "met" if bar["met"] else "missed"


def _scores(quality: Mapping[str, Any]) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    kinds = ("length alone", "family alone", "family and length")
    lines = []
    for name in QUALITY_ROWS:
        row = quality[name]
        scores = (f"{row[kind]['AUROC']:.3f}, {row[kind]['Brier']:.3f}" for kind in kinds)
        lines.append((name, str(row["languages"]), *scores))
    return "AUROC and Brier score, each language left out in turn", ("", "languages", *kinds), lines


def _calibration(model: ForecastModel) -> Chart:
    """The mean forecast and the share that is right, for each fifth of the forecasts; ideally they are equal."""
    parts = sorted(model.quality["calibration"], key=lambda each: each["said"])
    said, seen = (tuple(each[name] for each in parts) for name in ("said", "seen"))
    counts = ", ".join(f"{each['said']:.0%} said and {each['seen']:.0%} seen" for each in parts)
    return Chart(
        "calibration",
        "What was said, and what was seen",
        (Series("each fifth of the forecasts", said, seen), Series("as said", (0.0, 1.0), (0.0, 1.0), look=3)),
        (Axis("said", (0, 1)), Axis("seen", (0, 1))),
        description=f"In fifths: {counts}.",
    )
