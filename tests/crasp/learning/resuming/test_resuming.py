"""`crasp learn --resume`: a search that was broken off goes on where it was, with the same labels alone."""

import json
from itertools import product
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.learning.formula import Always, Both, CountTerm, Earlier, Either, LetterIs, Negated, ResidueIs, SumComparison
from crasp.learning.grammar import Grammar
from crasp.learning.output_search import LabelTable, search
from crasp.learning.resuming.formula_records import formula_of_record, record_of_formula


def test_a_formula_is_read_back_as_it_was_written() -> None:
    count = CountTerm(Both(LetterIs(1), Negated(ResidueIs(3, 2))), 2)
    formula = Either(SumComparison(((1, count), (-2, CountTerm(Always()))), "<=", 3), Earlier(LetterIs(0), 1))
    assert formula_of_record(json.loads(json.dumps(record_of_formula(formula)))) == formula
    for wrong in (["letter", "a"], ["sum", [], "~", 1], 3, []):
        with pytest.raises(ValueError, match="expected a formula"):
            formula_of_record(wrong)


def labels() -> dict[tuple[int, ...], bool]:
    """Whether there are as many of both letters."""
    return {word: word.count(0) == word.count(1) for n in range(9) for word in product((0, 1), repeat=n)}


def test_a_search_goes_on_where_it_was_broken_off() -> None:
    table = LabelTable.of(("a", "b"), labels())
    stopped = search(table, Grammar(), until=0.0)
    assert (stopped.stopped, stopped.rounds) == ("out of time", 0)
    whole = search(table, Grammar(), until=1e12, begun=stopped.broken)
    assert whole.minimal
    again = search(table, Grammar(), until=1e12, begun=whole.broken)
    assert (again.formula, again.excluded, again.rounds) == (whole.formula, whole.excluded, 0)
    assert again.levels == tuple(level for level in whole.levels if level.size <= whole.excluded)


def test_a_kept_formula_that_contradicts_the_labels_is_dropped() -> None:
    table = LabelTable.of(("a", "b"), labels())
    whole = search(table, Grammar(), until=1e12)
    opposite = LabelTable.of(("a", "b"), {word: not label for word, label in labels().items()})
    assert search(opposite, Grammar(), until=0.0, begun=whole.broken).formula is None


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "words.jsonl"
    lines = [{"word": ["ab"[k] for k in word], "accept": label} for word, label in labels().items()]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def test_a_second_run_with_the_file_has_nothing_left_to_do(
    words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.json"
    given = ["learn", "--words", str(words), "--fragment", "plain", "--resume", str(kept), "--json"]
    assert main(given) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(given) == 0
    printed = capsys.readouterr()
    second = json.loads(printed.out)
    assert "round 1" not in printed.err
    assert {key: first[key] for key in first if key != "seconds"} == {k: second[k] for k in second if k != "seconds"}
    certificate = tmp_path / "c.json"
    assert main([*given, "--certificate", str(certificate)]) == 0
    assert main(["learn", "--check", str(certificate)]) == 0


def test_a_file_of_other_labels_or_settings_or_of_something_else_is_refused(
    words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.json"
    given = ["learn", "--words", str(words), "--fragment", "plain", "--resume", str(kept)]
    assert main(given) == 0
    assert main([*given, "--seed", "1"]) == 2
    assert "its searches have seed = 0, not 1" in capsys.readouterr().err
    assert main(["learn", "--regex", "a*b", "--resume", str(kept)]) == 2
    assert "other labels" in capsys.readouterr().err
    kept.write_text("[]", encoding="utf-8")
    assert main(given) == 2
    assert "expected what `crasp learn --resume` wrote" in capsys.readouterr().err
    assert main(["learn", "--task", "sort", "--resume", str(kept)]) == 2
    assert "its search cannot be continued" in capsys.readouterr().err


@pytest.mark.parametrize(
    "changed",
    [
        {"sample": [[0, 9]]},
        {"shown": [[-1]]},
        {"more": [[[0, 7], True]]},
        {"more": [[[], False]]},
        {"excluded": 99},
        {"best": ["letter", 2]},
        {"best": ["earlier", ["letter", 0], 0]},
        {"best": ["residue", 0, 0]},
        {"best": ["sum", [[1, ["letter", 0], -7]], ">", 1]},
        {"best": ["sum", [[1, ["letter", 0], "x"]], ">", 1]},
    ],
    ids=str,
)
def test_a_file_that_no_search_can_have_written_is_refused(
    words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict
) -> None:
    kept = tmp_path / "kept.json"
    given = ["learn", "--words", str(words), "--fragment", "plain", "--seconds", "5", "--resume", str(kept)]
    assert main(given) == 0
    record = json.loads(kept.read_text(encoding="utf-8"))
    record["searches"][0].update(changed)
    kept.write_text(json.dumps(record), encoding="utf-8")
    assert main(given) == 2
    assert "expected what `crasp learn --resume` wrote" in capsys.readouterr().err
