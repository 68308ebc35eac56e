"""Line charts as SVG inside the page, with a table of their figures.

Lines are told apart by dash and marker as well as by colour. Colours are the page's variables --s0 to --s5, so that a
chart follows the light and the dark theme. The SVG is written here and not by a template, since its parts are numbers
that are computed beside them. Each of its few texts goes through `html.escape`.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from markupsafe import Markup

from eval.page.assets import asset, part
from eval.page.html_table import table
from eval.page.scales import Axis, Scale, number, scale_of

WIDTH, HEIGHT = 374, 250
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 26, 44
COLOURS = 6
DASHES = ("", "7 3", "2 3", "9 3 2 3", "14 4", "5 2 1 2")
MARKERS = (
    "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z",  # disc
    "M-3.2 -3.2h6.4v6.4h-6.4Z",  # square
    "M0 -4.2L4 3.2H-4Z",  # triangle
    "M0 -4.6L4.6 0L0 4.6L-4.6 0Z",  # diamond
    "M-3.5 -3.5L3.5 3.5M-3.5 3.5L3.5 -3.5",  # cross
    "M-4.5 0H4.5M0 -4.5V4.5",  # plus
    "M0 4.2L4 -3.2H-4Z",  # triangle, point down
)
TICK = "M0 -7V7"
LINE_MARKERS = 8  # about so many markers stand on a line
APART = 3.0  # lines that are nearer to each other than this are drawn so far apart, in units of the drawing


@dataclass(frozen=True)
class Series:
    """Points with ascending x, and a band around them, such as the range over seeds.

    With `line=False` only the markers are drawn, hollow; `tick` makes them upright strokes. `look` is the number of the
    dash, marker and colour; by default it is the place of the series. The same look should mean the same thing in all
    charts.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    line: bool = True
    look: int | None = None
    tick: bool = False

    def __post_init__(self) -> None:
        sizes = {len(each) for each in (self.x, self.y, self.low, self.high) if each is not None}
        if len(sizes) != 1 or (self.low is None) != (self.high is None):
            raise ValueError(f"{self.label}: expected as many x as y, low and high")
        if list(self.x) != sorted(self.x):
            raise ValueError(f"{self.label}: expected x ascending")


@dataclass(frozen=True)
class Mark:
    """A vertical line, such as the end of the training lengths."""

    x: float
    label: str


@dataclass(frozen=True)
class Level:
    """A horizontal line over a part of the x axis, such as a threshold."""

    x: tuple[float, float]
    y: float
    label: str


@dataclass(frozen=True)
class Note:
    """A few words above the plot, in the colour of a look, or in that of the text."""

    text: str
    look: int | None = None


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn in one chart.

    `name` has to differ from those of all other charts on the page. `description` says what can be seen. `axes` are x
    and y.
    """

    name: str
    title: str
    series: tuple[Series, ...]
    axes: tuple[Axis, Axis]
    description: str
    marks: tuple[Mark, ...] = ()
    levels: tuple[Level, ...] = ()
    notes: tuple[Note, ...] = ()


def line_chart(
    name: str,
    title: str,
    series: Sequence[Series],
    axes: tuple[Axis, Axis],
    *,
    description: str,
    marks: Sequence[Mark] = (),
    levels: Sequence[Level] = (),
    notes: Sequence[Note] = (),
) -> Markup:
    """A figure with the SVG, its legend, and a table of its figures that can be unfolded.

    Args:
        name: A name that no other chart on the page has.
        title: The title.
        series: The lines and points.
        axes: The x axis and the y axis.
        description: A sentence on what can be seen, for readers who do not see the chart.
        marks: Vertical lines.
        levels: Horizontal lines.
        notes: Words above the plot.

    Raises:
        ValueError: There is no point, or an axis cannot show a value.
    """
    return figure(Chart(name, title, tuple(series), axes, description, tuple(marks), tuple(levels), tuple(notes)))


def figure(chart: Chart) -> Markup:
    """A chart as a figure with the SVG, its legend, and a table of its figures that can be unfolded.

    Raises:
        ValueError: There is no point, or an axis cannot show a value.
    """
    legend = [(Markup(_key(series, look)), series.label) for series, look in _looks(chart)]
    scales = _scales(chart)
    apart = any(placed.moved for placed in _placed(chart, *scales))
    return part(
        "chart", title=chart.title, drawing=Markup(_svg(chart)), legend=legend, figures=_figures(chart), apart=apart
    )


def standalone(chart: Chart) -> str:
    """The chart with its title and legend as one SVG file, which follows the light and the dark theme."""
    entries = []
    for k, (series, look) in enumerate(_looks(chart)):
        down = HEIGHT + 30 + 20 * k
        entries.append(f'<g transform="translate({LEFT} {down})">{_key(series, look)}</g>')
        entries.append(f'<text x="{LEFT + 38}" y="{down + 11}">{html.escape(series.label)}</text>')
    height = HEIGHT + 30 + 20 * len(chart.series) + 10
    inner = _svg(chart).replace("<svg ", f'<svg y="24" width="{WIDTH}" height="{HEIGHT}" ', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {height}" '
        f'width="{2 * WIDTH}" height="{2 * height}"><style>{asset("chart.css")}.back {{ fill: var(--back); }}</style>'
        f'<rect class="back" width="100%" height="100%"/><svg><text x="{LEFT}" y="16" class="title">'
        f"{html.escape(chart.title)}</text>{''.join(entries)}</svg>{inner}</svg>\n"
    )


def _looks(chart: Chart) -> list[tuple[Series, int]]:
    return [(series, k if series.look is None else series.look) for k, series in enumerate(chart.series)]


def _scales(chart: Chart) -> tuple[Scale, Scale]:
    x = scale_of(chart.axes[0], [*(v for s in chart.series for v in s.x), *(mark.x for mark in chart.marks)])
    y = scale_of(chart.axes[1], [v for s in chart.series for part in (s.y, s.low or (), s.high or ()) for v in part])
    return x, y


def _svg(chart: Chart) -> str:
    (x, y), name = _scales(chart), chart.name
    places = " ".join(f"{_across(x, value):g}" for value in _all_x(chart))
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{name}-t {name}-d" data-at="{places}" '
        f'data-plot="{TOP} {HEIGHT - BOTTOM}">',
        f'<title id="{name}-t">{html.escape(chart.title)}</title>',
        f'<desc id="{name}-d">{html.escape(chart.description)}</desc>',
        _frame(x, y),
        *(_draw_mark(mark, x) for mark in chart.marks),
        *(_draw_level(level, x, y) for level in chart.levels),
        *(
            _draw(series, look, x, y, placed.points)
            for (series, look), placed in zip(_looks(chart), _placed(chart, x, y), strict=True)
        ),
        _draw_notes(chart.notes),
        "</svg>",
    ]
    return "".join(parts)


def _across(x: Scale, value: float) -> float:
    return round(LEFT + x.share(value) * (WIDTH - LEFT - RIGHT), 1)


def _up(y: Scale, value: float) -> float:
    return round(HEIGHT - BOTTOM - y.share(value) * (HEIGHT - TOP - BOTTOM), 1)


def _frame(x: Scale, y: Scale) -> str:
    """The grid, the labels of the ticks, and the labels of the axes."""
    floor, middle = HEIGHT - BOTTOM, round((HEIGHT - BOTTOM + TOP) / 2, 1)
    parts = []
    for value in y.ticks():
        at = _up(y, value)
        parts.append(f'<path class="grid" d="M{LEFT} {at}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4}" text-anchor="end">{y.text(value)}</text>')
    for value in x.ticks():
        at = _across(x, value)
        parts.append(f'<path class="tick" d="M{at} {floor}v4"/>')
        parts.append(f'<text x="{at}" y="{floor + 17}" text-anchor="middle">{x.text(value)}</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}"/>')
    centre = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{centre}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(x.axis.label)}</text>')
    turned = f'transform="translate(11 {middle}) rotate(-90)"'
    parts.append(f'<text {turned} text-anchor="middle">{html.escape(y.axis.label)}</text>')
    return "".join(parts)


def _draw_mark(mark: Mark, x: Scale) -> str:
    at = _across(x, mark.x)
    left = x.share(mark.x) > 0.6
    place = f'x="{at - 4}" text-anchor="end"' if left else f'x="{at + 4}"'
    line = f'<path class="mark" d="M{at} {TOP}V{HEIGHT - BOTTOM}"/>'
    return f'{line}<text class="mark" {place} y="{HEIGHT - BOTTOM - 6}">{html.escape(mark.label)}</text>'


def _draw_level(level: Level, x: Scale, y: Scale) -> str:
    (left, right), at = (_across(x, value) for value in level.x), _up(y, level.y)
    line = f'<path class="mark" d="M{left} {at}H{right}"/>'
    return f'{line}<text class="mark" x="{right}" y="{at + 13}" text-anchor="end">{html.escape(level.label)}</text>'


def _draw_notes(notes: Sequence[Note]) -> str:
    if not notes:
        return ""
    kinds = ("plain" if note.look is None else f"s{note.look % COLOURS}" for note in notes)
    parts = (f'<tspan class="{k}" dx="6">{html.escape(n.text)}</tspan>' for k, n in zip(kinds, notes, strict=True))
    return f'<text class="notes" x="{LEFT - 6}" y="14">{"".join(parts)}</text>'


Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class _Placed:
    """Where the points of a series are drawn, and whether they were moved."""

    points: list[Point]
    moved: bool


def _placed(chart: Chart, x: Scale, y: Scale) -> list[_Placed]:
    """Where the points of each series are drawn.

    A line that runs along earlier ones is drawn beside them, on the side of the farther edge.
    """
    found, lines = [], list[list[Point]]()
    for series in chart.series:
        points = [(_across(x, a), _up(y, b)) for a, b in zip(series.x, series.y, strict=True)]
        drawn = points
        if series.line:
            drawn = [(a, _beside(a, b, lines)) for a, b in points]
            lines.append(points)
        found.append(_Placed(drawn, drawn != points))
    return found


def _beside(a: float, b: float, lines: Sequence[Sequence[Point]]) -> float:
    near = sum(1 for line in lines if line and line[0][0] <= a <= line[-1][0] and abs(_height_of(line, a) - b) < APART)
    downwards = b < (TOP + HEIGHT - BOTTOM) / 2
    return round(b + (APART if downwards else -APART) * near, 1)


def _height_of(line: Sequence[Point], a: float) -> float:
    """The height of the line at a place between its points."""
    return float(np.interp(a, [point[0] for point in line], [point[1] for point in line]))


def _draw(series: Series, look: int, x: Scale, y: Scale, points: Sequence[Point]) -> str:
    parts = []
    if series.low is not None and series.high is not None:
        over = [f"{_across(x, a)} {_up(y, b)}" for a, b in zip(series.x, series.high, strict=True)]
        under = [f"{_across(x, a)} {_up(y, b)}" for a, b in zip(series.x, series.low, strict=True)]
        parts.append(f'<path class="band" d="M{"L".join([*over, *reversed(under)])}Z"/>')
    if series.line and len(points) > 1:
        path = "L".join(f"{a} {b}" for a, b in points)
        parts.append(f'<path class="line" stroke-dasharray="{DASHES[look % len(DASHES)]}" d="M{path}"/>')
    step = max(1, len(points) // LINE_MARKERS) if series.line else 1
    marker = _marker(series, look)
    kind = "marker" if series.line else "marker hollow"
    parts += [f'<path class="{kind}" transform="translate({a} {b})" d="{marker}"/>' for a, b in points[::step]]
    return f'<g class="s{look % COLOURS}">{"".join(parts)}</g>'


def _marker(series: Series, look: int) -> str:
    return TICK if series.tick else MARKERS[look % len(MARKERS)]


def _key(series: Series, look: int) -> str:
    """The key of a series in the legend: a piece of its line with a marker, 30 wide and 14 high."""
    dash = DASHES[look % len(DASHES)]
    line = f'<path class="line" stroke-dasharray="{dash}" d="M0 7H30"/>' if series.line else ""
    kind = "marker" if series.line else "marker hollow"
    marker = f'<path class="{kind}" transform="translate(15 7)" d="{_marker(series, look)}"/>'
    return f'<g class="s{look % COLOURS}">{line}{marker}</g>'


def _all_x(chart: Chart) -> list[float]:
    """The x values at which some series has a point, ascending; they are the rows of the table of figures."""
    return sorted({a for each in chart.series for a in each.x})


def _figures(chart: Chart) -> Markup:
    """The chart as a table, with a row for each x and a column for each series with its band."""
    (x, y), series = _scales(chart), chart.series
    cells: list[dict[float, str]] = []
    for each in series:
        texts = {}
        for k, (a, b) in enumerate(zip(each.x, each.y, strict=True)):
            texts[a] = y.text(b)
            if each.low is not None and each.high is not None and each.low[k] != each.high[k]:
                texts[a] += f" ({y.text(each.low[k])}–{y.text(each.high[k])})"
        cells.append(texts)
    rows = [[number(a), *(each.get(a, "") for each in cells)] for a in _all_x(chart)]
    columns = [x.axis.label, *(each.label for each in series)]
    return table(f"{chart.title}: {y.axis.label}", columns, rows, numbers=range(1, len(columns)))
