"""The page in a real browser: Chromium, driven by playwright.

Skipped where there is none; `make test-page` fails then.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eval.board.legend import legend
from eval.board.rows import Row, build_rows
from eval.commands.experiment_sections import experiment_sections
from eval.commands.report import main as report_main
from eval.page.board import board_page
from eval.page.page_frame import Sources
from tests.eval.synthetic import made_up_suite
from train.ledger.ledger import SHIPPED

REQUIRED = os.environ.get("CRASP_BROWSER") == "required"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
PAPER = {"width": 718, "height": 1000}  # A4 less the margins of 1 cm, at 96 dots an inch

# The contrast of each text with what is behind it (WCAG 2), and of each line of a chart.
CONTRAST = """() => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = c.slice(0, 3).map((v) => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const found = [];
  const add = (e, colour, what) => found.push([ratio(parse(colour), behind(e)), what, e.textContent.slice(0, 30)]);
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    const style = getComputedStyle(e);
    if (own && e.closest("svg") && !["title", "desc"].includes(e.tagName)) add(e, style.fill, "chart text");
    else if (own && !e.closest("svg") && !["SCRIPT", "STYLE"].includes(e.tagName)) add(e, style.color, "text");
    if (e.matches("path.line, path.marker, path.axis")) add(e, style.stroke, "line");
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        (pytest.fail if REQUIRED else pytest.skip)("no Chromium is installed")
    if REQUIRED:
        import playwright.sync_api as api
    else:
        api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    cells, results = made_up_suite()
    return build_rows(((cell.config, cell.seeds) for cell in cells), results)


@pytest.fixture(scope="module")
def file(rows: tuple[Row, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page with the sections of the experiments, of which results come with the project."""
    directory = tmp_path_factory.mktemp("page")
    path = directory / "board.html"
    more = experiment_sections(Sources(directory, SHIPPED))
    path.write_text(board_page(rows, legend(rows), more), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Any]:
    """A function that opens the page; whatever the browser complains of or asks the network for fails the test."""
    contexts, wrong = [], []

    def open_page(viewport: dict[str, int] = DESKTOP, shown: Path = file, **options: Any) -> Any:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if request.url != shown.as_uri() else None)
        page.goto(shown.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def column(page: Any, number: int) -> list[str]:
    """The keys of a column, of the rows that are shown, in their order."""
    script = "k => [...document.querySelectorAll('#board tbody tr:not([hidden])')].map(r => r.cells[k].dataset.key)"
    return list(page.evaluate(script, number))


def numbers(keys: list[str]) -> list[float]:
    return [float(key) for key in keys if key]


def test_the_page_opens_without_complaint_and_asks_for_nothing(opened: Any, rows: tuple[Row, ...]) -> None:
    page = opened()
    assert page.locator("#board tbody tr").count() == len(rows)
    assert page.locator("#shown").inner_text() == f"{len(rows)} of {len(rows)} rows"
    page.click("a[href='#made']")
    page.locator("details summary").first.click()


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_the_order(opened: Any, rows: tuple[Row, ...]) -> None:
    page = opened()
    head = page.locator("#board th[data-column='4']")  # 51-100
    head.locator("button").click()
    first = column(page, 4)
    assert numbers(first) == sorted((round(row.shown_bins[1].mean, 6) for row in rows if row.bins), reverse=True)
    assert first[len(numbers(first)) :] == [""] * sum(not row.bins for row in rows) != []
    assert head.get_attribute("aria-sort") == "descending"
    head.locator("button").click()
    second = column(page, 4)
    assert numbers(second) == sorted(numbers(first))
    assert second[-1] == ""  # what was not run stays last
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.locator("#board th[aria-sort='none']").count() == 13


def test_texts_sort_as_texts_and_as_listed_is_as_before(opened: Any, rows: tuple[Row, ...]) -> None:
    page = opened()
    page.select_option("#order", label="task")
    assert column(page, 0) == sorted(row.task for row in rows)
    page.select_option("#order", label="as listed")
    assert column(page, 0) == [row.task for row in rows]


def test_filters_leave_the_rows_that_fit_all_of_them(opened: Any, rows: tuple[Row, ...]) -> None:
    page = opened()
    page.fill("#filter-text", "Tomita")
    assert column(page, 0) == [row.task for row in rows if "tomita" in row.task]
    page.select_option("#filter-setting", "NoPE")
    tomita = [row for row in rows if "tomita" in row.task and row.setting == "NoPE"]
    page.select_option("#filter-measured", tomita[0].measured)
    wanted = [row.task for row in tomita if row.measured == tomita[0].measured]
    assert column(page, 0) == wanted
    assert len(wanted) < len(tomita)
    assert page.locator("#shown").inner_text() == f"{len(wanted)} of {len(rows)} rows"
    page.fill("#filter-text", "no such task")
    assert column(page, 0) == []
    assert page.locator("#nothing").is_visible()
    page.click("#controls button[type=reset]")
    page.wait_for_function("document.querySelectorAll('#board tbody tr[hidden]').length === 0")
    assert column(page, 0) == [row.task for row in rows]


def test_everything_can_be_done_with_the_keyboard_and_the_focus_is_seen(opened: Any, rows: tuple[Row, ...]) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    reached: list[str] = []
    for _ in range(250):
        page.keyboard.press("Tab")
        what = page.evaluate("[document.activeElement.id, document.activeElement.textContent.trim()].join(' ').trim()")
        outline = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid 3px" in outline
        reached.append(what)
        if what.startswith("51–100"):
            break
    assert {"filter-text", "descending", "show all"} <= set(reached)
    page.keyboard.press("Enter")
    assert numbers(column(page, 4)) == sorted(numbers(column(page, 4)), reverse=True)
    page.keyboard.press("Space")
    assert numbers(column(page, 4)) == sorted(numbers(column(page, 4)))
    page.focus("#filter-agree")
    page.keyboard.press("ArrowDown")
    assert 0 < len(column(page, 0)) < len(rows)
    page.locator("article summary").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('article details').open")


def test_a_phone_shows_everything_without_scrolling_sideways(opened: Any) -> None:
    page = opened(PHONE)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    cell = page.locator("#board tbody td").nth(2)
    assert page.evaluate("e => getComputedStyle(e, '::before').content", cell.element_handle()) == '"1–50: "'
    width = page.locator("#board tbody tr").first.bounding_box()["width"]
    assert width <= PHONE["width"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('.chart svg text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(size for size in sizes if size) > 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_lines_stand_out_from_what_is_behind_them(opened: Any, scheme: str) -> None:
    page = opened(color_scheme=scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = page.evaluate(CONTRAST)
    assert {what for _, what, _ in found} == {"text", "chart text", "line"}
    weak = {(round(ratio, 2), what, text) for ratio, what, text in found if ratio < (3 if what == "line" else 4.5)}
    assert weak == set()
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert back == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[scheme]


def test_printed_it_is_dark_on_white_unfolded_and_without_controls(opened: Any) -> None:
    page = opened(PAPER, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
    widths = page.evaluate("[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right)")
    assert max(widths) <= PAPER["width"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    for hidden in ("#controls", "nav", ".chart details", ".skip"):
        assert not page.locator(hidden).first.is_visible()
    assert page.locator("article pre").first.bounding_box()["height"] > 40
    weak = [each for each in page.evaluate(CONTRAST) if each[0] < (3 if each[1] == "line" else 4.5)]
    assert weak == []
    assert len(page.pdf()) > 10_000


def test_without_scripts_the_table_is_whole_and_has_no_dead_controls(opened: Any, rows: tuple[Row, ...]) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("#board tbody tr").count() == len(rows)
    assert not page.locator("#controls").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_on_one_model_reads_as_well_on_a_phone(opened: Any, tmp_path: Path, scheme: str) -> None:
    report = tmp_path / "report.html"
    assert report_main(["--model", "lib:tomita4", "-n", "20", "--up-to", "60", "--out", str(report)]) == 0
    page = opened(PHONE, report, color_scheme=scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    weak = [each for each in page.evaluate(CONTRAST) if each[0] < (3 if each[1] == "line" else 4.5)]
    assert weak == []
