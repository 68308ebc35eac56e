"""The suite of encodings is one sweep, and the page has what was run of it, predicted beside measured."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eval.encoding_suite.section import (
    encodings_section,
    share_between,
    suite_of_encodings,
    suite_rows,
    tasks_that_differ,
)
from eval.page.page_frame import Sources
from tasks.published_accuracies import published_encodings
from tests.eval.synthetic import made_up
from train.ledger.result import result_to_json
from train.sweep.grid import Cell


def named(cell: Cell) -> str:
    return cell.config.task if cell.given is None else str(cell.given.regex)


def test_the_suite_has_twelve_languages_and_two_tasks_under_every_encoding_with_five_runs() -> None:
    encodings: dict[str, set[str]] = {}
    for cell in suite_of_encodings():
        encodings.setdefault(named(cell), set()).add(cell.config.model.pe_text.partition(",width")[0])
        assert cell.seeds == (0, 1, 2, 3, 4)
    assert len(encodings) == 14
    kinds = {frozenset(text.partition(":")[0] for text in each) for each in encodings.values()}
    assert kinds == {frozenset({"nope", "ape", "sinusoidal", "rope", "alibi", "randomized"})}
    assert {sum("modulus=12" in text for text in each) for each in encodings.values()} == {2}


def test_where_a_horizon_is_claimed_words_are_tested_to_400() -> None:
    claimed = {(named(c), c.config.model.pe) for c in suite_of_encodings() if c.config.max_length == 400}
    assert {pe for _, pe in claimed} == {"rope", "sinusoidal", "alibi"}
    assert {("(a|b)*a(a|b)", "rope"), ("aa_star", "sinusoidal"), ("anbn", "alibi")} <= claimed
    assert {c.config.bins[-1][1] for c in suite_of_encodings() if c.config.max_length == 400} == {400}


def shown(tmp_path: Path, reaches: Sequence[tuple[str, str, int]], *, at: int | None = None) -> Sources:
    """Made-up results of five runs each, as shipped: task, encoding, and up to where its words are right.

    `at` is the training length; by default the longest of the suite.
    """
    lines = []
    for task, pe, reach in reaches:
        cells = [c for c in suite_of_encodings() if named(c) == task and c.config.model.pe_text.startswith(pe)]
        longest = max(c.config.train_length for c in cells) if at is None else at
        cell = next(c for c in cells if c.config.train_length == longest)
        results = (replace(made_up(cell.config, seed, reach), origin=cell.task().origin) for seed in cell.seeds)
        lines += [json.dumps(result_to_json(result)) + "\n" for result in results]
    (tmp_path / "encodings").mkdir(exist_ok=True)
    with (tmp_path / "encodings" / "task.jsonl").open("a") as file:
        file.writelines(lines)
    return Sources(tmp_path / "runs", tmp_path)


def test_the_page_has_predicted_beside_measured_and_published_beside_ours(tmp_path: Path) -> None:
    sources = shown(
        tmp_path,
        [
            ("aa_star", "nope", 70),
            ("aa_star", "ape", 400),
            ("(ab|bbaa)*", "nope", 400),
            ("(ab|bbaa)*", "ape", 70),  # not as predicted
            ("repeat_letter", "nope", 400),
            ("repeat_letter", "rope:base", 31),
        ],
    )
    rows = suite_rows(sources)
    assert {row.task for row in rows} == {"aa_star", "(ab|bbaa)*", "repeat_letter"}
    assert tasks_that_differ(rows) == {"aa_star"}
    section = encodings_section(sources)
    assert section is not None
    text = " ".join(str(section.html).split())
    assert "30 runs." in text
    cells_of = [row.replace("</th>", "</td>").split("</td>") for row in text.split("<tr>")]
    plain = [[cell.rpartition(">")[2].strip() for cell in row[:-1]] for row in cells_of]
    assert ["aa_star *", "fails; fails (1-50)", "generalizes; generalizes (1-50)", "–"] in plain
    ape = next(row for row in plain if row[:1] == ["APE"] and len(row) == 7)
    assert ape[1:3] == ["2", "2"]
    assert ape[3].startswith("1/2 (")
    assert ape[5].startswith("1/1 (")
    (ours,) = [row for row in plain if row[:3] == ["repeat_letter", "rope", "31–40"]]
    assert ours[3] == "0"
    assert float(ours[4]) < 50
    assert ours[5] == "5 of 5"


def test_a_cell_has_one_row_and_that_of_the_longer_words_only_if_they_are_fit(tmp_path: Path) -> None:
    claims = ("aa_star", "sinusoidal:base")  # tested to 400 after words of 1-50
    sources = shown(tmp_path, [(*claims, 30)])  # not even its training words are right
    (row,) = suite_rows(sources)
    assert (row.train_length, row.fitted) == (50, 0)
    shown(tmp_path, [(*claims, 400), ("aa_star", "nope", 23)], at=12)
    rows = {row.pe: row for row in suite_rows(sources)}
    assert len(rows) == 2
    assert (rows["sinusoidal"].train_length, rows["sinusoidal"].measured) == (12, "generalizes")
    assert [(each.train_length, each.fitted) for each in rows["sinusoidal"].tried] == [(50, 0)]
    section = encodings_section(sources)
    assert section is not None
    assert "fails; fails (1-12)" in str(section.html)


def test_the_suite_has_each_language_on_both_training_lengths() -> None:
    lengths: dict[str, set[int]] = {}
    for cell in suite_of_encodings():
        lengths.setdefault(named(cell), set()).add(cell.config.train_length)
    assert lengths.pop("repeat_letter") == lengths.pop("copy_repeat") == {20}
    assert set(map(frozenset, lengths.values())) == {frozenset({12, 50})}


def test_nothing_is_shown_where_nothing_was_run(tmp_path: Path) -> None:
    assert encodings_section(Sources(tmp_path, tmp_path)) is None


def test_the_share_between_lengths_is_of_the_words_of_these_lengths() -> None:
    config = next(c.config for c in suite_of_encodings() if named(c) == "repeat_letter")
    result = made_up(config, 0, 30)
    counts = [each for bin_ in result.bins for each in bin_.by_length if 31 <= each[0] <= 40]
    assert share_between(result, (31, 40)) == sum(c[1] for c in counts) / sum(c[2] for c in counts)
    assert share_between(result, (200, 300)) is None


def test_the_published_figures_by_encoding_are_those_of_the_page() -> None:
    found = {(each.task, each.lengths, each.encoding): each.percent for each in published_encodings()}
    last = {pe: found["repeat_letter", (31, 40), pe] for pe in ("nope", "t5", "alibi", "rope", "sinusoidal")}
    assert last == {"nope": 97.8, "t5": 55.9, "alibi": 0, "rope": 0, "sinusoidal": 0}
