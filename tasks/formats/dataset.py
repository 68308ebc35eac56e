"""Datasets on disk that `datasets.load_dataset` and pandas can read: a file for each split, and a card."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tasks.drawing.mixture import STRATA
from tasks.formats.card import card
from tasks.formats.lm_eval_pack import how_to_run, why_no_pack, write_pack
from tasks.ground.files import draft_of
from tasks.samples.difficulty import FEW_WORDS, Difficulty, difficulties
from tasks.samples.named_words import Split, batches
from tasks.samples.repeated_words import repeats
from tasks.samples.word_arrays import examples_of, length_of
from tasks.task import Task

DatasetFormat: TypeAlias = Literal["jsonl", "parquet", "lm-eval"]
DatasetRow: TypeAlias = dict[str, Any]

CARD_WORDS = 400  # words of each range of lengths on which the card reports


class ExportError(ValueError):
    """The dataset cannot be written; nothing was written."""


def write_dataset(task: Task, splits: Sequence[Split], directory: Path, format_: DatasetFormat) -> None:
    """Write a dataset into a new directory: the words of each split, and the card `README.md`.

    The words are in `NAME.jsonl` or `NAME.parquet`, a file for each name of a split; splits of the same name share a
    file. With "lm-eval" the directory is a task pack of lm-evaluation-harness.

    Args:
        task: The task.
        splits: What to write.
        directory: The directory; its missing parents are made.
        format_: The format of the words.

    Raises:
        ExportError: The directory exists already, the name of a split has other characters than letters, digits and
            underscores, pyarrow is missing for `parquet`, the harness cannot ask the task, or the task has no words of
            the lengths. Then nothing new is at `directory`.
    """
    for split in splits:
        if not re.fullmatch(r"\w+", split.name, re.ASCII):
            raise ExportError(f"expected a split's name of letters, digits and underscores, found {split.name!r}")
    names = tuple(dict.fromkeys(split.name for split in splits))
    refused = why_no_pack(task, names) if format_ == "lm-eval" else None
    if refused is not None:
        raise ExportError(refused)
    if directory.exists():
        raise ExportError(f"{directory} is there already; choose a new directory")
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        with draft_of(directory) as draft:
            unfinished = draft / directory.name
            unfinished.mkdir()
            files = _write_files(task, splits, unfinished, format_)
            text = card(task, splits, _all_repeats(task, splits), _difficulties(task, splits), files)
            more = how_to_run(task) if format_ == "lm-eval" else []
            (unfinished / "README.md").write_text("\n".join([text.rstrip("\n"), *more, ""]), encoding="utf-8")
            unfinished.rename(directory)
    except ValueError as problem:
        raise ExportError(str(problem)) from None


def _write_files(task: Task, splits: Sequence[Split], directory: Path, format_: DatasetFormat) -> dict[str, list[str]]:
    """Write the words, and return the files for each name of a split."""
    names = dict.fromkeys(split.name for split in splits)
    if format_ == "lm-eval":
        (name,) = names
        packed = write_pack(task, _rows(task, splits), directory)
        return {name: [file for files in packed.values() for file in files]}
    write = _parquet_writer() if format_ == "parquet" else _write_jsonl
    for name in names:
        write(directory / f"{name}.{format_}", _rows(task, [split for split in splits if split.name == name]))
    return {name: [f"{name}.{format_}"] for name in names}


def _all_repeats(task: Task, splits: Sequence[Split]) -> list[str]:
    """Return a sentence for each split whose words also occur in training, and say how many."""
    training = [split for split in splits if split.name == "train"]
    others = [split for split in splits if split.name != "train"]
    found = [repeats(task, one, other) for one in training for other in others]
    return [str(each) for each in found if each.repeated]


def _difficulties(task: Task, splits: Sequence[Split]) -> tuple[Difficulty, ...]:
    """Return how hard the words of the splits' ranges are; on fewer words if a program is the task."""
    ranges = sorted({split.lengths for split in splits})
    return difficulties(task, ranges, tried=FEW_WORDS if task.family == "Program" else CARD_WORDS)


def _rows(task: Task, splits: Sequence[Split]) -> Iterator[list[DatasetRow]]:
    """Yield the labelled words as rows, a part at a time."""
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
