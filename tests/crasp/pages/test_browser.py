"""The pages of `trace` and `compile` in a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crasp.__main__ import main
from tests.cases import few
from tests.chromium import BROWSER, DESKTOP, PAPER, PHONE, pages, weak_contrasts

MARK, READS = "rgb(255, 241, 184)", "rgb(226, 237, 252)"
BACK = "e => getComputedStyle(e).backgroundColor"


def long_program() -> str:
    """A program of some three hundred operations, a definition a line."""
    lines = ["alphabet a b", "n0(i) := #[j <= i] Q_a(j)"]
    lines += [f"n{k}(i) := #[j <= i] (Q_b(j) and n{k - 1}(j) + {k} > {k})" for k in range(1, 75)]
    return "\n".join([*lines, "accept(i) := n74(i) = 0"]) + "\n"


pytestmark = pytest.mark.xdist_group(BROWSER)


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    with pages(browser) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages by their names."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "long.crasp").write_text(long_program(), encoding="utf-8")
    made = {
        "trace": ["trace", "lib:dyck1", "(())()"],
        "trace of a family": ["trace", "lib:sort", "5 3 17 <sep> 3 5 17"],
        "trace of a long program": ["trace", str(folder / "long.crasp"), "abbaab" * 20],
    }
    model = str(folder / "model")
    made["machine"] = ["compile", "lib:tomita4", "-o", model, "--word", "0100010"]
    made["machine of a long program"] = ["compile", str(folder / "long.crasp"), "-o", model, "--word", "abbaab"]
    found = {}
    for name, command in made.items():
        found[name] = folder / f"{name.replace(' ', '_')}.html"
        assert main([*command, "--html", str(found[name])]) == 0
    return found


PAGES = ("trace", "trace of a family", "trace of a long program", "machine", "machine of a long program")


def unfold(page: Any) -> None:
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    page.evaluate("for (const each of document.querySelectorAll('input')) each.checked = true")


def backs(page: Any, selector: str) -> list[str]:
    return [page.evaluate(BACK, each) for each in page.locator(selector).element_handles()]


def test_the_definition_under_the_pointer_is_marked_with_its_values_and_what_it_reads(
    opened: Callable[..., Any], written: dict[str, Path]
) -> None:
    page = opened(written["trace"])
    dips, dip, closes = ("tr.d3 td", "tr.d2 td", "tr.d1 td")
    page.hover("#p3")  # dips(i) := #[j <= i] dip(j)
    assert page.evaluate(BACK, page.locator("#p3").element_handle()) == MARK
    assert set(backs(page, dips)) == {MARK}
    assert set(backs(page, dip)) == {READS} == set(backs(page, "#p2"))
    assert set(backs(page, closes)).isdisjoint({MARK, READS})
    page.hover("tr.d1 td:last-child")
    assert backs(page, "#p1") == [MARK]
    assert set(backs(page, dips)).isdisjoint({MARK, READS})


def test_the_keyboard_marks_definitions_and_leads_to_values_and_back(
    opened: Callable[..., Any], written: dict[str, Path]
) -> None:
    page = opened(written["trace"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "p0"
    assert "solid 3px" in page.evaluate("getComputedStyle(document.activeElement).outline")
    assert set(backs(page, "tr.d0 td")) == {MARK}
    page.keyboard.press("Tab")
    assert set(backs(page, "tr.d1 td")) == {MARK}
    page.keyboard.press("Enter")
    assert page.url.endswith("#v1")
    page.locator("tr.d2 a").focus()
    assert backs(page, "#p2") == [MARK]


def test_a_family_unfolds_by_pointer_and_by_keyboard(opened: Callable[..., Any], written: dict[str, Path]) -> None:
    page = opened(written["trace of a family"])
    member = page.locator("tr.member:has-text('waits[3]')").first
    assert not member.is_visible()
    page.get_by_label("waits[…]").check()
    assert member.is_visible()
    page.get_by_label("waits[…]").focus()
    page.keyboard.press("Space")
    assert not member.is_visible()


def test_a_folded_line_shows_its_values_while_it_is_pointed_at(
    opened: Callable[..., Any], written: dict[str, Path]
) -> None:
    page = opened(written["trace of a long program"])
    row = page.locator("tr.lone.d5")
    assert not row.is_visible()
    page.hover("#p5")
    assert row.is_visible()
    page.hover("h1")
    assert not row.is_visible()
    assert page.locator("tr.d75").is_visible()  # accept


def test_a_program_of_hundreds_of_operations_fits_a_few_screens(
    opened: Callable[..., Any], written: dict[str, Path]
) -> None:
    for name in ("trace of a long program", "machine of a long program"):
        page = opened(written[name])
        assert page.evaluate("document.documentElement.scrollHeight") < 5 * DESKTOP["height"], name


@pytest.mark.parametrize("name", few(PAGES, also=("trace", "machine")))
@pytest.mark.parametrize("scheme", few(["light", "dark"], also=("light",)))
def test_a_phone_shows_everything_without_scrolling_sideways(
    name: str, scheme: str, opened: Callable[..., Any], written: dict[str, Path]
) -> None:
    page = opened(written[name], PHONE, color_scheme=scheme)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert weak_contrasts(page) == set()
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert back == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}[scheme]


@pytest.mark.parametrize("name", few(PAGES, also=("trace",)))
def test_printed_it_is_dark_on_white_and_unfolded(
    name: str, opened: Callable[..., Any], written: dict[str, Path]
) -> None:
    page = opened(written[name], PAPER, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert weak_contrasts(page) == set()
    hidden = page.evaluate("[...document.querySelectorAll('tr')].filter(r => r.offsetHeight === 0).length")
    assert hidden == 0
    if "long" not in name:
        widths = page.evaluate("[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right)")
        assert max(widths) <= PAPER["width"]
    assert len(page.pdf()) > 10_000


def test_of_a_machine_the_definition_pointed_at_is_marked_in_every_table(
    opened: Callable[..., Any], written: dict[str, Path]
) -> None:
    page = opened(written["machine"])
    page.hover("#p3")  # accept: after layer 2, and among the outputs
    assert len(backs(page, "tr.d3")) == 2
    assert set(backs(page, "tr.d3 td")) == {MARK}
    assert set(backs(page, "tr.d1 td")) == {READS}
    weights = page.locator("text=Its weights on this word").first
    weights.focus()
    page.keyboard.press("Enter")
    assert page.locator("td.heat").first.is_visible()
