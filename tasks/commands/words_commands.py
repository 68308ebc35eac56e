"""What the commands do with a task, whether it is named or given."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.commands.options import read_lengths
from tasks.formats.report import print_definition, print_difficulties, print_example
from tasks.ground.console import RefusedError
from tasks.samples.difficulty import FEW_WORDS, difficulties, is_slow
from tasks.samples.named_words import Split, batches
from tasks.samples.repeated_words import Repeats, repeats
from tasks.samples.word_arrays import examples_of
from tasks.task import Task
from tasks.words import Example

if TYPE_CHECKING:
    from tasks.formats.dataset import DatasetFormat

USUAL_SPLITS = ("train", "test")
TRAIN_WORDS, OTHER_WORDS = 10_000, 2_000
TRAIN_LENGTHS, OTHER_LENGTHS = "1-50", "1-50,51-100,101-150"


def show_task(task: Task, *, as_json: bool, count_repeats: bool = True) -> None:
    """Print all that is known of a task, how hard its words are, and how many test words also occur in training.

    Args:
        task: The task.
        as_json: Print JSON instead of text.
        count_repeats: False where words are slow to draw: repeated words are not counted, and the difficulty is
            measured on fewer words.
    """
    found = _repeats(task) if count_repeats else None
    hard = difficulties(task) if count_repeats else difficulties(task, tried=FEW_WORDS)
    if as_json:
        difficulty = {"difficulty": [each.record() for each in hard]}
        print(json.dumps(_definition(task, found) | difficulty))
    else:
        print_definition(task)
        if found is not None and found.repeated:
            print(f"\nrepeats   {found}")
        print_difficulties(hard)
        if not hard and is_slow(task):
            print("\ndifficulty: not measured, because the program takes too long to answer so many words")


def sample_task(task: Task, lengths: str, number: int, seed: int, *, as_json: bool) -> None:
    """Print labelled words, as text or as one JSON object a line.

    Raises:
        RefusedError: The lengths are not a range, or the task has no words of them.
    """
    try:
        for example in _examples(task, Split("sample", read_lengths(lengths), number, seed)):
            if as_json:
                print(json.dumps(asdict(example)))
            else:
                print_example(task, example)
    except ValueError as problem:
        raise RefusedError(str(problem).replace(task.name, task.shown)) from None


def planned_splits(
    names: Sequence[str] | None, lengths: str | None, number: int | None, seed: int, format_: "DatasetFormat" = "jsonl"
) -> list[Split]:
    """Return the splits to write, one for each name and each range of lengths.

    Args:
        names: The names of the splits; by default train and test, or test alone for a pack of lm-evaluation-harness.
        lengths: Ranges `A-B`, separated by commas; by default the usual ones of each split.
        number: The number of words of each range; by default the usual number of each split.
        seed: The seed of the words.
        format_: The format of the dataset.

    Raises:
        RefusedError: The lengths are not ranges, or two ranges overlap.
    """
    splits = []
    for name in dict.fromkeys(names or (("test",) if format_ == "lm-eval" else USUAL_SPLITS)):
        usual_lengths, usual = (TRAIN_LENGTHS, TRAIN_WORDS) if name == "train" else (OTHER_LENGTHS, OTHER_WORDS)
        ranges = [read_lengths(part) for part in (lengths or usual_lengths).split(",")]
        for (a, b), (c, d) in pairwise(sorted(ranges)):
            if c <= b:
                raise RefusedError(f"expected --lengths that do not overlap, found {a}-{b} and {c}-{d}")
        splits += [Split(name, bounds, number or usual, seed) for bounds in ranges]
    return splits


def export_task(task: Task, splits: Sequence[Split], out: Path | None, format_: "DatasetFormat") -> None:
    """Write a dataset, and print the path of its directory.

    Raises:
        RefusedError: The dataset cannot be written.
    """
    from tasks.formats.dataset import ExportError, write_dataset

    directory = out or Path(task.name.replace(":", "-"))
    try:
        write_dataset(task, splits, directory, format_)
    except ExportError as problem:
        raise RefusedError(str(problem).replace(task.name, task.shown)) from None
    print(directory)


def _examples(task: Task, split: Split) -> Iterator[Example]:
    for batch in batches(task, split):
        yield from examples_of(task, batch)


def _repeats(task: Task) -> Repeats | None:
    """Return how many test words also occur in training; None if the task has no words of the training lengths."""
    try:
        return repeats(task)
    except ValueError:
        return None


def entry_of(task: Task) -> dict[str, object]:
    """Return what the list of tasks says of a task, as JSON data."""
    return {
        "name": task.name,
        "title": task.title,
        "family": task.family,
        "alphabet_size": len(task.alphabet),
        "program": task.program,
        "theory": {encoding: record.verdict for encoding, record in task.theory.items()},
    }


def _definition(task: Task, found: Repeats | None) -> dict[str, object]:
    return {
        **entry_of(task),
        "summary": task.summary,
        "alphabet": task.alphabet,
        "format": task.format,
        "theory": {encoding: asdict(record) for encoding, record in task.theory.items()},
        "published": dict(task.published),
        "source": task.source,
        "origin": None if task.origin is None else task.origin.to_json(),
        "examples": [asdict(example) for example in _few(task)],
        "repeated_in_training": None if found is None else {"words": found.test.words, "repeated": found.repeated},
    }


def _few(task: Task) -> list[Example]:
    """Return three words, from the shortest of a few ranges of lengths that has words."""
    for longest in (12, 50, 150, 1000):
        try:
            return list(_examples(task, Split("sample", (1, longest), 3)))
        except ValueError:
            continue
    return []
