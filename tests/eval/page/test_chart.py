"""Charts and the page's frame: well-formed, readable without colour, with their figures as a table."""

import math
import re
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from eval.page.chart import Chart, Level, Mark, Note, Series, line_chart, standalone
from eval.page.html_table import table
from eval.page.page_frame import Section, render_page
from eval.page.scales import Axis, number, scale_of

LENGTHS = Axis("length", (0, 40))
SHARES = Axis("words right", (0, 1), percent=True)
FIRST = Series("first <a>", (10, 20, 30), (1.0, 0.5, 0.0), low=(1.0, 0.25, 0.0), high=(1.0, 0.75, 0.0))
SECOND = Series("second", (10, 30), (0.2, 0.2))
DOTS = Series("published", (20,), (0.9,), line=False)


def drawn(*series: Series) -> ElementTree.Element:
    text = line_chart(
        "c",
        "Some & chart",
        series,
        (LENGTHS, SHARES),
        description="It falls.",
        marks=(Mark(25, "training ends"),),
        levels=(Level((25, 40), 0.9, "90% here"),),
        notes=(Note("up & away", 1),),
    )
    return ElementTree.fromstring(re.sub(' tabindex="0"', "", text))


def test_a_chart_is_well_formed_and_named_for_those_who_do_not_see_it() -> None:
    svg = drawn(FIRST, SECOND, DOTS).find("svg")
    assert svg is not None
    assert svg.attrib["role"] == "img"
    title, description = (svg.find(tag) for tag in ("title", "desc"))
    assert title is not None
    assert description is not None
    assert svg.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
    assert (title.text, description.text) == ("Some & chart", "It falls.")
    assert {"training ends", "90% here", "up & away"} <= set(svg.itertext())


def test_series_differ_in_dash_and_marker_in_the_chart_and_in_its_legend() -> None:
    figure = drawn(FIRST, SECOND, DOTS)
    groups = figure.findall("svg/g")
    keys = figure.findall("ul/li/svg/g")
    for parts in (groups, keys):
        dashes = [path.get("stroke-dasharray") for part in parts for path in part if path.get("class") == "line"]
        markers = [next(path.get("d") for path in part if "marker" in str(path.get("class"))) for part in parts]
        assert len(set(dashes)) == 2
        assert len(set(markers)) == 3
    assert [len(g.findall("path[@class='band']")) for g in groups] == [1, 0, 0]


def test_points_are_where_the_axes_say() -> None:
    group = drawn(FIRST).findall("svg/g")[0]
    places = [path.get("transform") for path in group.findall("path[@class='marker']")]
    assert places == ["translate(131.5 26.0)", "translate(207.0 116.0)", "translate(282.5 206.0)"]


def test_the_table_holds_every_figure_with_its_band() -> None:
    rows = [["".join(cell.itertext()) for cell in row] for row in drawn(FIRST, SECOND, DOTS).iter("tr")]
    assert rows == [
        ["length", "first <a>", "second", "published"],
        ["10", "100%", "20%", ""],
        ["20", "50% (25%–75%)", "", "90%"],
        ["30", "0%", "20%", ""],
    ]


@pytest.mark.parametrize(
    ("axis", "values", "ticks"),
    [
        (Axis("x", (0, 150)), [], (0, 50, 100, 150)),
        (SHARES, [0.3], (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (Axis("x"), [3, 17], (5, 10, 15)),
        (Axis("x", log=True), [1, 10_000], (1, 10, 100, 1000, 10_000)),
        (Axis("x", log=True), [2, 40], (2, 5, 10, 20)),
        (Axis("x"), [7], (6.6, 6.8, 7, 7.2, 7.4)),
    ],
    ids=["lengths", "shares", "without limits", "decades", "within decades", "one value"],
)
def test_ticks_are_round_and_within_the_limits(axis: Axis, values: list[float], ticks: tuple[float, ...]) -> None:
    assert scale_of(axis, values).ticks() == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.25, "0.25"), (12345.6, "12,346"), (0.0001, "1e-4"), (-0.00002345, "-2.345e-5"), (0.001, "0.001")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_a_log_axis_shows_equal_ratios_as_equal_distances() -> None:
    scale = scale_of(Axis("x", log=True), [1, 10_000])
    assert [scale.share(value) for value in (1, 10, 100, 10_000)] == pytest.approx([0, 0.25, 0.5, 1])


@pytest.mark.parametrize(
    ("axis", "values", "phrase"),
    [
        (Axis("steps", log=True), [0, 1], "above zero"),
        (Axis("loss"), [math.nan], "finite"),
        (Axis("loss"), [], "found none"),
    ],
)
def test_values_that_an_axis_cannot_show_are_refused(axis: Axis, values: list[float], phrase: str) -> None:
    with pytest.raises(ValueError, match=phrase):
        scale_of(axis, values)


@pytest.mark.parametrize(
    "fields",
    [{"y": (1.0,)}, {"low": (0.1, 0.2)}, {"x": (2.0, 1.0)}],
    ids=["fewer y", "low without high", "x descends"],
)
def test_series_that_do_not_fit_together_are_refused(fields: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(ValueError, match="one: expected"):
        Series("one", **({"x": (1.0, 2.0), "y": (0.0, 1.0)} | fields))  # type: ignore[arg-type]


def test_tables_escape_what_they_show() -> None:
    made = table("a & b", ["<x>"], [["<script>"]])
    assert "<script>" not in made
    assert "&lt;script&gt;" in made


def test_the_page_links_to_its_sections_and_loads_nothing() -> None:
    page = render_page(
        "Title & more", "Lead.", [Section("one", "First <b>", Markup("<p>1</p>")), Section("two", "2", Markup())]
    )
    assert '<a href="#one">First &lt;b&gt;</a>' in page
    assert '<h2 id="two">2</h2>' in page
    assert not re.search(r"""(src|href)=["'](?!#)|url\(|@import|https?:""", page)


def test_sections_with_one_anchor_or_a_bad_one_are_refused() -> None:
    with pytest.raises(ValueError, match="one anchor"):
        render_page("", "", [Section("a", "", Markup()), Section("a", "", Markup())])
    with pytest.raises(ValueError, match="small letters"):
        Section("A b", "", Markup())


def test_a_figure_by_itself_is_well_formed_with_its_title_legend_and_style() -> None:
    chart = Chart("c", "Some & chart", (FIRST, DOTS), (LENGTHS, SHARES), "It falls.")
    root = ElementTree.fromstring(standalone(chart))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {"Some & chart", "first <a>", "published"} <= set(root.itertext())
    assert "prefers-color-scheme: dark" in standalone(chart)
