"""The leaderboard's page as text: light, quick, whole; every name escaped, every link with an end."""

import html
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from crasp.meaning.trace_table import trace_table_of
from crasp.text.loader import load_program
from eval.board.fitted_runs import fitted_ranges, middle, reaches
from eval.board.legend import legend
from eval.board.rows import Row, build_rows
from eval.measuring.accuracy_curves import curve_of
from eval.page.board import board_page
from eval.page.overview import summary
from eval.page.page_frame import Section
from eval.page.program_listing import listing
from eval.page.rows_table import range_in_words
from eval.page.task_section import task_part
from eval.page.word_trace import example_table, trace_table
from eval.prediction.prediction import Agreement
from tasks.languages.task_origin import Origin
from tasks.registry import get_task
from tests.eval.synthetic import made_up, made_up_suite
from train.ledger.accuracy import BinAccuracy
from train.model.recommended import recommended

VOID = ("meta", "input", "br")


class Reader(HTMLParser):
    """Checks that elements are closed in order; keeps ids, links and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.links: set[str] = set()
        self.text: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        given = dict(attrs)
        if given.get("id"):
            self.ids[str(given["id"])] += 1
        if tag == "a":
            self.links.add(str(given["href"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, bool(attrs)) == ("path", True)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def rows() -> tuple[Row, ...]:
    cells, results = made_up_suite()
    return build_rows(((cell.config, cell.seeds) for cell in cells), results, check=True)


@pytest.fixture(scope="module")
def page(rows: tuple[Row, ...]) -> str:
    return board_page(rows, legend(rows))


def test_the_page_of_a_hundred_rows_weighs_under_three_megabytes(page: str, rows: tuple[Row, ...]) -> None:
    assert len(rows) >= 96
    assert len(page.encode()) < 3_000_000


def test_every_element_is_closed_every_id_is_one_and_every_link_has_an_end(page: str) -> None:
    found = Reader(page)
    assert set(found.ids.values()) == {1}
    own = [link for link in found.links if not link.startswith("https://arxiv.org/abs/")]
    assert own
    assert all(link.startswith("#") and link[1:] in found.ids for link in own)
    assert len(found.links) > 32


def test_the_page_loads_nothing(page: str) -> None:
    assert not re.search(r"""\b(src|srcset|data|action)\s*=|<(link|img|iframe|object|embed)\b|@import|url\(""", page)
    assert "http" not in page.replace('<a href="https://arxiv.org/abs/', "")  # links to papers load nothing


def test_every_row_is_in_the_table_with_its_counts_and_verdicts(rows: tuple[Row, ...], page: str) -> None:
    lines = re.findall(r"<tr data-setting.*?</tr>", page)
    assert len(lines) == len(rows)
    for row, line in zip(rows, lines, strict=True):
        text = "".join(Reader(f"<table>{line}</table>").text)
        for expected in (row.task, row.setting, row.prediction.verdict, row.measured, row.agreement):
            assert expected in text
        for bin_ in row.shown_bins:
            assert f'data-key="{bin_.mean:.6f}"' in line
        for found in fitted_ranges(row.results):
            assert html.escape(range_in_words(found)) in line
        if reaches(row.results):
            assert f"{middle(reaches(row.results))}" in text


def test_every_task_has_curves_prediction_reason_witness_and_trace(rows: tuple[Row, ...], page: str) -> None:
    parts = re.findall(r'<article class="task">.*?</article>', page, re.DOTALL)
    tasks = list(dict.fromkeys(row.task for row in rows))
    assert len(parts) == len(tasks)
    for task, part in zip(tasks, parts, strict=True):
        text = "".join(Reader(part).text)
        for row in (row for row in rows if row.task == task):
            assert row.prediction.because in text
            assert row.prediction.reference in text
            if row.published is not None:
                assert f"{row.setting}, published" in text
            if row.prediction.witness is not None:
                assert row.prediction.witness.strip() in text
                assert "An example word, position by position" in text
                assert f"It is {row.prediction.checked}." in text
                assert "equal to the task's labels on" in text


def test_the_confusion_table_counts_every_row_once(rows: tuple[Row, ...]) -> None:
    table = re.search(r'<table id="confusion">.*?</table>', summary(rows), re.DOTALL)
    assert table is not None
    counts = [int(number) for number in re.findall(r"<td[^>]*>(\d+)</td>", table[0])]
    assert sum(counts) == len(rows)
    expected = [
        sum((row.prediction.verdict, row.measured) == (predicted, measured) for row in rows)
        for predicted in ("generalizes", "fails")
        for measured in ("generalizes", "fails", "did not fit", "not run")
    ]
    assert counts == expected
    assert "too few fit" not in table[0]


def test_every_exception_is_named_with_what_each_run_has(rows: tuple[Row, ...]) -> None:
    items = re.findall(r"<li>(.*?)</li>", summary(rows))
    wanted = [row for row in rows if row.agreement == "no" or row.measured == "did not fit"]
    assert len(items) == len(wanted) > 10
    for row in wanted:
        (item,) = (text for text in items if f">{row.task}</a> {row.setting}:" in text)
        runs = [result for result in row.results if result.fitted] or list(row.results)
        told = item.partition("Cause:")[0]
        assert told.count("%") == len(runs) + (row.measured == "did not fit" and row.published is not None)


def test_a_curve_has_the_mean_and_range_over_seeds_of_every_ten_lengths() -> None:
    config = recommended("dyck1", "ape")
    first, second = made_up(config, 0, 70), made_up(config, 1, 120)
    curve = curve_of([first, second])
    assert curve.lengths == tuple(k + 5.5 for k in range(0, 150, 10))
    for k in (0, 6, 11):
        shares = []
        for result in (first, second):
            inside = [c for b in result.bins for c in b.by_length if 10 * k < c[0] <= 10 * k + 10]
            shares.append(sum(c[1] for c in inside) / sum(c[2] for c in inside))
        assert (curve.least[k], curve.greatest[k]) == (min(shares), max(shares))
        assert curve.means[k] == pytest.approx(sum(shares) / 2)


def test_results_without_counts_of_each_length_have_a_point_for_each_range() -> None:
    config = recommended("dyck1", "ape")
    older = made_up(config, 0, 70)
    bins = tuple(BinAccuracy(each.lengths, each.correct, each.total) for each in older.bins)
    curve = curve_of([replace(older, bins=bins), made_up(config, 1, 120)])
    assert curve.lengths == (25.5, 75.5, 125.5)
    assert curve.means[0] == 1.0


def test_nothing_run_is_no_curve() -> None:
    assert curve_of([]).lengths == ()


def test_a_listing_keeps_the_text_and_marks_comments_words_names_and_values() -> None:
    text = '// "a" < b\nalphabet "(" a\nopens(i) := #[j <= i] Q["("](j) > 10 and not last(i) & x\n'
    made = listing(text)
    assert "".join(Reader(made).text) == text.strip()
    assert '<span class="comment">// &#34;a&#34; &lt; b</span>' in made
    for word in ("alphabet", "Q", "and", "not"):
        assert f'<span class="word">{word}</span>' in made
    for name in ("opens", "last"):
        assert f'<span class="call">{name}</span>' in made
    assert '<span class="value">10</span>' in made


def test_further_sections_come_before_how_it_was_made(rows: tuple[Row, ...]) -> None:
    page = board_page(rows[:1], ["Noted."], [Section("more", "More", Markup("<p>of it</p>"))])
    assert page.index('<h2 id="tasks">') < page.index('<h2 id="more">') < page.index('<h2 id="made">')
    assert "<li>Noted.</li>" in page


def cells(table: str) -> list[list[str]]:
    lines = [re.findall(r"<t[dh].*?</t[dh]>", line) for line in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
    return [[html.unescape(re.sub("<[^>]*>", "", cell)) for cell in line] for line in lines]


def test_a_trace_shows_every_definition_at_every_position() -> None:
    table = trace_table(trace_table_of(load_program("lib:dyck1"), ("(", ")", ")", "(")))
    assert cells(table)[:6] == [
        ["position", "0", "1", "2", "3", "4"],
        ["token", "", "(", ")", ")", "("],
        ["opens", "0", "1", "1", "1", "2"],
        ["closes", "0", "0", "1", "2", "2"],
        ["dip", "·", "·", "·", "1", "·"],
        ["dips", "0", "0", "0", "1", "1"],
    ]


def test_of_many_definitions_those_that_are_ever_true_are_shown_and_the_rest_counted() -> None:
    for name, word, number in (("sort", "3 1 <sep> 1 3", 6), ("copy_unique", "3 1 4 <sep> 3 1 4", 24)):
        program = load_program(f"lib:{name}")
        traced = trace_table_of(program, tuple(word.split()))
        table = trace_table(traced)
        rows = cells(table)[2:]
        assert [row[0] for row in rows] == [row.name for row in traced.rows if any(row.values)][:number]
        assert len(rows) == number
        assert f"{number} of {len(program.definitions)} definitions are shown." in table


def test_an_example_is_a_word_on_which_definitions_change() -> None:
    table = example_table(get_task("aa_star"), load_program("lib:aa_star"))
    assert table is not None
    (accept,) = (row for row in cells(table) if row[0] == "accept")
    assert {"1", "·"} <= set(accept[1:])


def test_a_witness_that_differs_from_the_labels_is_called_that(rows: tuple[Row, ...]) -> None:
    row = next(row for row in rows if row.prediction.witness is not None)
    wrong = replace(
        row.prediction, agreement=Agreement(9, 2, 5, ("0", "1")), checked="it differs from the task's labels on 0 1"
    )
    part = task_part(row.task, [replace(row, prediction=wrong)])
    assert '<p class="no">✗ it differs from the task&#39;s labels on 0 1</p>' in part


def test_no_name_that_a_person_gave_is_more_than_text(rows: tuple[Row, ...]) -> None:
    name = "\"'><script>alert(1)</script><!-- &amp;"
    origin = Origin(kind="regex", name=name, text=name, ands=(name,))
    row = next(row for row in rows if row.prediction.witness is not None)
    definition = replace(row.definition, origin=origin, title=name, summary=name)
    prediction = replace(row.prediction, standing=name, because=name, reference=name, witness_name=name, checked=name)
    hostile = replace(row, definition=definition, prediction=prediction)
    page = board_page([hostile], [name], [Section("more", name, Markup("<p>of it</p>"))])
    found = Reader(page)
    assert found.tags["script"] == 1  # the page's own
    assert "".join(found.text).count(name) >= 13
