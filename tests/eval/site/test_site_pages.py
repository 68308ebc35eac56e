"""The board as a site: whole, light, every link with an end, every page reached, nothing of anybody else's lost."""

import re
from pathlib import Path
from typing import Any

import pytest

from eval.board.rows import build_rows
from eval.leaderboard import main
from eval.site.pages import INDEX, site_pages, task_file
from eval.site.task_page import repeats
from tests.chromium import BROWSER, pages
from tests.eval.page.test_page import Reader
from tests.eval.synthetic import made_up_suite
from train.ledger import SHIPPED

MOST_BYTES = 500_000  # of a page

pytestmark = pytest.mark.xdist_group(BROWSER)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "board"
    assert main(["--from", str(SHIPPED), "--format", "site", "--out", str(folder)]) == 0
    return folder


def test_every_page_is_whole_light_and_reached_from_the_index(shipped: Path) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in shipped.iterdir()}
    read = {name: Reader(text) for name, text in texts.items()}
    assert len(read) > 35
    assert max(len(text.encode()) for text in texts.values()) < MOST_BYTES
    reached, ahead = set[str](), [INDEX]
    while ahead:
        name = ahead.pop()
        if name in reached:
            continue
        reached.add(name)
        for link in read[name].links:
            if link.startswith("https://arxiv.org/abs/"):
                continue
            file, _, anchor = link.partition("#")
            assert not anchor or anchor in read[file or name].ids, (name, link)
            ahead.append(file or name)
    assert reached == set(read)
    for text in texts.values():
        assert not re.search(r'(src|href)="(?!#|task-|[a-z-]+\.html|https://arxiv\.org)', text)  # nothing is loaded


def test_a_task_s_page_has_its_reasons_with_papers_its_program_trace_runs_and_hard_words(shipped: Path) -> None:
    text = (shipped / task_file("tomita4")).read_text(encoding="utf-8")
    for wanted in (
        "https://arxiv.org/abs/2410.02140",
        "The witness program",
        "An example word, position by position",
        "range by range and one by one",
        "adversarial plain",
        "data-at=",
    ):
        assert wanted in text, wanted
    assert "adversarial" not in (shipped / task_file("dyck1")).read_text(encoding="utf-8")  # it has a plain program
    assert "Hard words" not in (shipped / task_file("sort")).read_text(encoding="utf-8")


def test_repetitions_in_a_word_are_counted() -> None:
    assert repeats("abbbaa") == "a b^3 a^2"
    assert repeats(()) == "the empty word"


@pytest.mark.parametrize(
    "pattern", ["[acfirt][!a]*.html", pytest.param("*.html", marks=pytest.mark.long)], ids=["no tasks", "all"]
)
def test_no_page_scrolls_sideways(pattern: str, browser: Any, shipped: Path) -> None:
    with pages(browser) as open_page:
        found = sorted(shipped.glob(pattern))
        assert len(found) >= 6
        for path in found:
            page = open_page(path, {"width": 390, "height": 800})
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") == width, path.name
            page.context.close()


def test_a_chart_says_its_values_under_the_pointer_and_by_keys(browser: Any, shipped: Path) -> None:
    with pages(browser) as open_page:
        page = open_page(shipped / task_file("d_3"))
        chart = page.locator("figure.chart svg[data-at]").first
        said = page.locator("figure.chart output.values").first
        assert said.inner_text() == ""
        chart.hover(position={"x": 150, "y": 80})
        assert re.match(r"length of the word \d.*: APE, .*%", said.inner_text())
        page.mouse.move(0, 0)
        assert said.inner_text() == ""
        chart.focus()
        page.keyboard.press("Home")
        first = said.inner_text()
        assert first.startswith("length of the word 5.5: APE")
        page.keyboard.press("ArrowRight")
        assert said.inner_text() not in ("", first)


def test_a_made_up_suite_is_written_too() -> None:
    cells, results = made_up_suite()
    rows = build_rows(((cell.config, cell.seeds) for cell in cells[::12]), results)
    written = site_pages(rows, ["a note"])
    assert set(written) >= {INDEX, "forecast.html"}
    for text in written.values():
        Reader(text)


def test_a_folder_of_something_else_is_refused_and_nothing_in_it_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name, text in (("notes.txt", "mine"), ("mine.html", "<!doctype html><p>mine")):
        (own / name).write_text(text, encoding="utf-8")
        assert main(["--from", str(SHIPPED), "--format", "site", "--out", str(own)]) == 2
        assert f"holds {name}, which is no page of a site" in capsys.readouterr().err
        assert [path.name for path in own.iterdir()] == [name]
        (own / name).unlink()
    site = ["--from", str(SHIPPED), "--format", "site"]
    for wrong in ([], ["--out", str(tmp_path / "no" / "such")], ["--out", str(own), "--task", "dyck1"]):
        assert main([*site, *wrong]) == 2
    assert "expected --out DIR" in capsys.readouterr().err


def test_the_index_has_prediction_beside_measurement_in_sight_and_folds_long_lists(browser: Any, shipped: Path) -> None:
    with pages(browser) as open_page:
        page = open_page(shipped / INDEX, {"width": 1280, "height": 800})
        seen = page.evaluate(
            "[...document.querySelectorAll('#board thead th')].map(e => e.getBoundingClientRect().right)"
        )
        names = page.evaluate("[...document.querySelectorAll('#board thead th')].map(e => e.innerText.split(' ')[0])")
        assert names[:5] == ["task", "setting", "predicted", "measured", "agree"]
        assert seen[4] < 1280
        assert page.evaluate("document.querySelector('#board').getBoundingClientRect().top") < 2500
        assert page.locator("#summary ~ details > ul > li").first.is_hidden()


@pytest.mark.long
def test_a_table_in_a_list_breaks_no_figure(browser: Any, shipped: Path) -> None:
    with pages(browser) as open_page:
        page = open_page(shipped / task_file("dyck1"), {"width": 700, "height": 800})
        page.emulate_media(media="print")
        wide = page.locator("li tbody td", has_text=re.compile(r"^(0\.001|yes)$"))
        assert wide.count() > 0
        assert all(each.evaluate("e => e.offsetHeight") < 30 for each in wide.all())


def test_a_title_is_shown_once(shipped: Path) -> None:
    text = (shipped / "forecast.html").read_text(encoding="utf-8")
    assert '<h2 id="forecast" class="said">' in text
    assert "<p></p>" not in (shipped / "architectures.html").read_text(encoding="utf-8")
