"""Datasets on disk that `datasets.load_dataset` and pandas read: a file for each split, and a card."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tasks.drawing.mixture import STRATA
from tasks.formats.card import card
from tasks.ground.files import draft_of
from tasks.samples.difficulty import FEW_WORDS, Difficulty, difficulties
from tasks.samples.named_words import Split, batches
from tasks.samples.repeated_words import repeats
from tasks.samples.word_arrays import examples_of, length_of
from tasks.task import Task

DatasetFormat: TypeAlias = Literal["jsonl", "parquet"]
DatasetRow: TypeAlias = dict[str, Any]

CARD_WORDS = 400  # of each range that the card's report asks about


class ExportError(ValueError):
    """The dataset cannot be written; nothing was."""


def write_dataset(task: Task, splits: Sequence[Split], directory: Path, format_: DatasetFormat) -> None:
    """A new directory with `NAME.jsonl` or `NAME.parquet` for each name of a split, and `README.md`, its card.

    Splits of one name go into one file. ExportError where the directory is there already or a name will not do,
    where `parquet` lacks its library, and where lengths have no words; then nothing is left behind.
    """
    for split in splits:
        if not re.fullmatch(r"\w+", split.name, re.ASCII):
            raise ExportError(f"expected a split's name of letters, digits and underscores, found {split.name!r}")
    if directory.exists():
        raise ExportError(f"{directory} is there already; choose a new directory")
    write = _parquet_writer() if format_ == "parquet" else _write_jsonl
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft_of(directory) as draft:
            unfinished = draft / directory.name
            unfinished.mkdir()
            for name in dict.fromkeys(split.name for split in splits):
                parts = [split for split in splits if split.name == name]
                write(unfinished / f"{name}.{format_}", _rows(task, parts))
            text = card(task, splits, _all_repeats(task, splits), _difficulties(task, splits), format_)
            (unfinished / "README.md").write_text(text, encoding="utf-8")
            unfinished.rename(directory)
    except ValueError as problem:
        raise ExportError(str(problem)) from None


def _all_repeats(task: Task, splits: Sequence[Split]) -> list[str]:
    """For each split but those of training, how many of its words these have; said where there are any."""
    training = [split for split in splits if split.name == "train"]
    others = [split for split in splits if split.name != "train"]
    found = [repeats(task, one, other) for one in training for other in others]
    return [str(each) for each in found if each.repeated]


def _difficulties(task: Task, splits: Sequence[Split]) -> tuple[Difficulty, ...]:
    """How hard words of the splits' ranges are; fewer are asked about of a task whose words are a program's."""
    ranges = sorted({split.lengths for split in splits})
    return difficulties(task, ranges, tried=FEW_WORDS if task.family == "Program" else CARD_WORDS)


def _rows(task: Task, splits: Sequence[Split]) -> Iterator[list[DatasetRow]]:
    """The labelled words, a part at a time."""
    for split in splits:
        for batch in batches(task, split):
            strata = [None] * len(batch.lengths) if batch.strata is None else [STRATA[k] for k in batch.strata]
            yield [
                {
                    "tokens": list(example.tokens),
                    "judged": list(example.judged),
                    "targets": [list(targets) for targets in example.targets],
                    "length": length_of(task, example),
                    "lengths": split.range,
                    "stratum": stratum,
                }
                for example, stratum in zip(examples_of(task, batch), strata, strict=True)
            ]


def _write_jsonl(file: Path, parts: Iterator[list[DatasetRow]]) -> None:
    with file.open("w", encoding="utf-8") as out:
        for rows in parts:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _parquet_writer() -> Callable[[Path, Iterator[list[DatasetRow]]], None]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ExportError("--format parquet needs pyarrow: install the project with its extra `export`") from None
    words = pa.list_(pa.string())
    columns = {"tokens": words, "judged": pa.list_(pa.int32()), "targets": pa.list_(words)}
    schema = pa.schema({**columns, "length": pa.int32(), "lengths": pa.string(), "stratum": pa.string()})

    def write(file: Path, parts: Iterator[list[DatasetRow]]) -> None:
        with pq.ParquetWriter(file, schema) as out:
            for rows in parts:
                out.write_table(pa.Table.from_pylist(rows, schema=schema))

    return write
