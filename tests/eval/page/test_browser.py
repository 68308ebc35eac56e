"""The page in a real browser: Chromium, driven by playwright.

Skipped where there is none; `make test-page` fails then, and runs what is marked long too.
"""

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
from tests.chromium import BROWSER, CONTRAST, DESKTOP, PAPER, PHONE, pages, weak_contrasts
from tests.eval.synthetic import made_up_suite
from train.ledger import SHIPPED

pytestmark = pytest.mark.xdist_group(BROWSER)


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
    with pages(browser) as open_page:
        yield lambda viewport=DESKTOP, shown=file, **options: open_page(shown, viewport, **options)


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
    head = page.locator("#board th[data-column='6']")  # 51-100
    head.locator("button").click()
    first = column(page, 6)
    assert numbers(first) == sorted((round(row.shown_bins[1].mean, 6) for row in rows if row.bins), reverse=True)
    assert first[len(numbers(first)) :] == [""] * sum(not row.bins for row in rows) != []
    assert head.get_attribute("aria-sort") == "descending"
    head.locator("button").click()
    second = column(page, 6)
    assert numbers(second) == sorted(numbers(first))
    assert second[-1] == ""  # what was not run stays last
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.locator("#board th[aria-sort='none']").count() == 13


@pytest.mark.long
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


@pytest.mark.long
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
    assert numbers(column(page, 6)) == sorted(numbers(column(page, 6)), reverse=True)
    page.keyboard.press("Space")
    assert numbers(column(page, 6)) == sorted(numbers(column(page, 6)))
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
    cell = page.locator("#board tbody td").nth(4)
    assert page.evaluate("e => getComputedStyle(e, '::before').content", cell.element_handle()) == '"1–50: "'
    width = page.locator("#board tbody tr").first.bounding_box()["width"]
    assert width <= PHONE["width"]
    sizes = page.evaluate(
        "[...document.querySelectorAll('.chart svg text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(size for size in sizes if size) > 8


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_lines_stand_out_from_what_is_behind_them(opened: Any, scheme: str) -> None:
    page = opened(color_scheme=scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = page.evaluate(CONTRAST)
    assert {what for _, what, _ in found} == {"text", "chart text", "line"}
    assert weak_contrasts(page) == set()
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert back == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[scheme]


@pytest.mark.long
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
    assert weak_contrasts(page) == set()
    assert len(page.pdf()) > 10_000


@pytest.mark.long
def test_without_scripts_the_table_is_whole_and_has_no_dead_controls(opened: Any, rows: tuple[Row, ...]) -> None:
    page = opened(java_script_enabled=False)
    assert page.locator("#board tbody tr").count() == len(rows)
    assert not page.locator("#controls").is_visible()


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_on_one_model_reads_as_well_on_a_phone(opened: Any, tmp_path: Path, scheme: str) -> None:
    report = tmp_path / "report.html"
    assert report_main(["--model", "lib:tomita4", "-n", "20", "--up-to", "60", "--out", str(report)]) == 0
    page = opened(PHONE, report, color_scheme=scheme)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert weak_contrasts(page) == set()
