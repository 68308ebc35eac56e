"""Datasets: what is written is what is drawn, other libraries read it, and bad input leaves nothing behind."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tasks.__main__ import main
from tasks.data_version import DATA_VERSION
from tasks.drawing.randomness import generator
from tasks.formats.dataset import ExportError, write_dataset
from tasks.registry import get_task
from tasks.samples.named_words import Split, batches
from tasks.samples.repeated_words import repeats
from tasks.samples.word_arrays import examples_of, length_of, word_of
from tasks.task import Task
from tasks.words import Example

SPLITS = (Split("train", (1, 20), 60), Split("test", (1, 20), 30), Split("test", (21, 40), 20))


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", ["dyck1", "sort", "addition", "tomita4:recognition"])
def test_lines_are_the_labelled_words_of_their_split(name: str, tmp_path: Path) -> None:
    task = get_task(name)
    write_dataset(task, SPLITS, tmp_path / "out", "jsonl")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["README.md", "test.jsonl", "train.jsonl"]
    written = rows(tmp_path / "out" / "test.jsonl")
    assert [row["lengths"] for row in written] == ["1-20"] * 30 + ["21-40"] * 20
    for row in written:
        example = Example(tuple(row["tokens"]), tuple(row["judged"]), tuple(map(tuple, row["targets"])))
        assert example == task.label(word_of(task, example))
        assert row["length"] == length_of(task, example)
    first = task.sample(generator(name, "test", (21, 40), 0), (21, 40), 20)
    assert [row["length"] for row in written[30:]] == first.lengths.tolist()


def test_parquet_holds_what_jsonl_does(tmp_path: Path) -> None:
    task = get_task("shuffle2")
    write_dataset(task, SPLITS, tmp_path / "lines", "jsonl")
    write_dataset(task, SPLITS, tmp_path / "columns", "parquet")
    table = pd.read_parquet(tmp_path / "columns" / "test.parquet")
    lines = pd.read_json(tmp_path / "lines" / "test.jsonl", lines=True)
    assert list(table.columns) == list(lines.columns)
    for one, other in zip(table.itertuples(index=False), lines.itertuples(index=False), strict=True):
        assert list(one.tokens) == other.tokens  # type: ignore[attr-defined]
        assert [list(targets) for targets in one.targets] == other.targets  # type: ignore[attr-defined]
        assert (list(one.judged), one.length, one.lengths) == (other.judged, other.length, other.lengths)  # type: ignore[attr-defined]


READER = """
import json, sys
from datasets import load_dataset
found = [load_dataset(directory) for directory in sys.argv[1:]]
print(json.dumps([{name: list(split) for name, split in each.items()} for each in found]))
"""


def test_load_dataset_reads_every_format_of_file_and_of_task_by_its_card(tmp_path: Path) -> None:
    kinds = (
        ("anbn", "jsonl"),
        ("anbn", "parquet"),
        ("sort", "parquet"),
        ("addition", "jsonl"),
        ("d_3:recognition", "jsonl"),
    )
    directories = []
    for name, format_ in kinds:
        directories.append(tmp_path / f"{name.replace(':', '-')}-{format_}")
        write_dataset(get_task(name), SPLITS, directories[-1], format_)
        (directories[-1] / "notes.txt").write_text("not data\n")  # only the card's files are
    environment = os.environ | {"HF_HOME": str(tmp_path / "cache"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", READER, *map(str, directories)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    for (name, _), found in zip(kinds, json.loads(done.stdout), strict=True):
        write_dataset(get_task(name), SPLITS, tmp_path / "lines", "jsonl")
        assert found == {split: rows(tmp_path / "lines" / f"{split}.jsonl") for split in ("train", "test")}
        shutil.rmtree(tmp_path / "lines")


def test_the_card_says_what_the_words_are(tmp_path: Path) -> None:
    assert main(["export", "aa_star", "-n", "40", "--out", str(tmp_path / "aa")]) == 0
    card = (tmp_path / "aa" / "README.md").read_text(encoding="utf-8")
    for part in (
        'pretty_name: "(aa)* (aa_star)"',
        "path: train.jsonl",
        "(aa)*: a word of a's of even length.",
        "- NoPE: fails (excluded). No C-RASP program exists",
        "| test | 101-150 | 40 | 0 |",
        f"`aa_star/SPLIT/LENGTHS/SEED`, version {DATA_VERSION} of the data",
        "of 40 test words of lengths 1-50, ",
        "400 test words of lengths 51-100, 25 different ones:",
        "| words of 101-150 | all | uniform | sticky | pairs |",
        "| the last 15 tokens | 0 | 0 | 0 | 0 |",
    ):
        assert part in card
    assert len(rows(tmp_path / "aa" / "test.jsonl")) == 3 * 40


def test_repeated_words_are_counted() -> None:
    task = get_task("dyck1")
    training, test = Split("train", (1, 12), 300), Split("test", (1, 12), 100)
    seen = set(words(task, training))
    expected = sum(word in seen for word in words(task, test))
    assert 20 < expected < 100
    found = repeats(task, training, test)
    assert found.repeated == expected
    assert str(found) == (
        f"of 100 test words of lengths 1-12, {expected} occur among 300 training words of lengths 1-12"
    )


def words(task: Task, split: Split) -> list[tuple[str, ...]]:
    return [word_of(task, example) for batch in batches(task, split) for example in examples_of(task, batch)]


def test_hardly_a_word_of_a_large_language_occurs_twice() -> None:
    assert repeats(get_task("copy_unique")).repeated < 100
    assert repeats(get_task("aa_star")).repeated == 2000


def test_a_regular_expression_is_exported(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "words"
    assert (
        main(["export", "--regex", "(ab)*|b", "--split", "mine", "--lengths", "1-4,6-9", "-n", "7", "--out", str(out)])
        == 0
    )
    assert sorted(file.name for file in out.iterdir()) == ["README.md", "mine.jsonl"]
    assert {len(row["tokens"]) - 1 for row in rows(out / "mine.jsonl")} <= {1, 2, 4, 6, 8}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dyck1", "--lengths", "3-3"], "dyck1 has no words of lengths 3-3"),
        (
            ["dyck1", "--split", "train/1"],
            "expected a split's name of letters, digits and underscores, found 'train/1'",
        ),
        (["dyck1", "--format", "csv"], "csv"),
        (["dyck1", "--lengths", "9-3"], "expected --lengths A-B with A <= B"),
        (["dyck1", "--lengths", "9-12,1-9"], "expected --lengths that do not overlap, found 1-9 and 9-12"),
        (["--regex", "(a"], "has no `)`"),
        ([], "expected one of a task's name, --regex R and --dfa FILE"),
    ],
)
def test_bad_input_leaves_nothing_behind(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *arguments, "-n", "5", "--out", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="is there already"):
        write_dataset(get_task("anbn"), SPLITS, tmp_path, "jsonl")


def test_without_its_library_parquet_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(
        ExportError, match="--format parquet needs pyarrow: install the project with its extra `export`"
    ):
        write_dataset(get_task("anbn"), SPLITS, tmp_path / "out", "parquet")
