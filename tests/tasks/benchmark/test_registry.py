"""What the registry says of the tasks: names, theory, published figures, worked examples."""

import csv
from pathlib import Path
from typing import get_args

import pytest

from tasks.published_accuracies import FIGURES
from tasks.registry import TASKS, UnknownTask, get_task
from tasks.task import ENCODINGS, Encoding, Task
from tasks.theory import PAPER
from tasks.words import EOS

PROGRAMS = Path(__file__).parents[3] / "crasp" / "programs"
LABELS = {"True": "generalizes", "False": "fails"}


def figures() -> list[dict[str, str]]:
    with FIGURES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def records(verdict: str) -> list[tuple[str, Encoding]]:
    return [
        (name, encoding)
        for name, task in TASKS.items()
        for encoding, record in task.theory.items()
        if record.verdict == verdict
    ]


UNPUBLISHED = {"repeat_letter", "unique_reverse", "unique_bigram_copy", "count"}  # tasks without published figures


def test_names_are_those_of_the_published_figures_and_of_published_checkpoints() -> None:
    assert set(TASKS) == {row["task"] for row in figures()} | UNPUBLISHED
    assert all(task.name == name for name, task in TASKS.items())


def test_the_theory_of_every_task_speaks_of_every_encoding() -> None:
    assert set(get_args(Encoding)) == set(ENCODINGS)
    assert [name for name, task in TASKS.items() if set(task.theory) != set(ENCODINGS)] == []


def test_the_published_figures_are_complete() -> None:
    rows = figures()
    assert len(rows) == 96
    assert len({(row["task"], row["setting"]) for row in rows}) == 96
    assert get_task("parity").published["APE"] == (100.0, 83.0, 62.1)
    assert get_task("tomita4").published["NoPE"] == (100.0, 16.45, 0.0)
    for name, task in TASKS.items():
        assert set(task.published) == (set() if name in UNPUBLISHED else {"APE", "NoPE", "APE+reg"})


@pytest.mark.parametrize("row", [row for row in figures() if row["task"] in TASKS and row["setting"] != "APE+reg"])
def test_every_verdict_is_the_published_one(row: dict[str, str]) -> None:
    task = get_task(row["task"])
    encoding: Encoding = "ape" if row["setting"] == "APE" else "nope"
    assert task.theory[encoding].verdict == LABELS[row["predicted_to_generalize"]]
    assert task.family == row["family"]


@pytest.mark.parametrize(("name", "encoding"), records("generalizes"))
def test_what_generalizes_does_so_by_a_theorem_and_a_program_of_the_library(name: str, encoding: Encoding) -> None:
    record = get_task(name).theory[encoding]
    assert (record.standing, record.witness, get_task(name).program) == ("theorem", name, name)
    assert (PROGRAMS / f"{name}.crasp").is_file()
    assert "Theorem 7" in record.because
    assert "Theorem 9" in record.because


# No proof is known that these have no program of counts alone.
NOT_EXCLUDED = {"copy_unique", "unique_bigram_copy", "binary_majority_interleave"}


@pytest.mark.parametrize(("name", "encoding"), records("fails"))
def test_failure_is_a_theorem_only_where_no_limit_transformer_exists(name: str, encoding: Encoding) -> None:
    record = get_task(name).theory[encoding]
    assert record.witness is None
    assert record.reference.startswith(PAPER)
    if name in {"copy_repeat", "addition"}:
        assert record.standing == "theorem"
        assert "Theorem 12" in record.because
    elif encoding == "nope" and name not in NOT_EXCLUDED:
        assert record.standing == "excluded"
        assert "arXiv 2506.16055" in record.because
        assert "arXiv 2506.16055" in record.reference
        assert "a conjecture" in record.because
    else:
        assert record.standing == "conjecture"
        assert ("the authors' label" if name == "copy_unique" else "not proved") in record.because


def test_a_task_has_a_program_exactly_if_it_generalizes_with_positions() -> None:
    with_program = {name for name, task in TASKS.items() if task.program}
    assert with_program == {name for name, encoding in records("generalizes") if encoding == "ape"}


def worked_examples() -> list[tuple[str, str]]:
    return [(name, line) for name, task in TASKS.items() for line in task.summary.splitlines() if "->" in line]


def test_every_task_has_two_worked_examples() -> None:
    shown = [name for name, _ in worked_examples()]
    assert sorted(shown) == sorted([*TASKS, *TASKS])


@pytest.mark.parametrize(("name", "line"), worked_examples())
def test_worked_examples_are_right(name: str, line: str) -> None:
    task: Task = get_task(name)
    word, _, result = line.partition("->")
    example = task.label(tuple(word.split()))
    if task.format == "continuations":
        assert example.targets[-1] == tuple(result.split())
    else:
        assert [target for (target,) in example.targets] == [*result.split(), EOS]


@pytest.mark.parametrize(
    ("asked", "near"),
    [("dyk1", "dyck1"), ("Parity", "parity"), ("binary-majority", "binary_majority"), ("tomita_4", "tomita4")],
)
def test_an_unknown_task_names_its_neighbours(asked: str, near: str) -> None:
    with pytest.raises(UnknownTask, match=f"unknown task '{asked}': did you mean") as caught:
        get_task(asked)
    assert near in caught.value.near


def test_a_task_like_no_other_is_answered_with_all_names() -> None:
    with pytest.raises(UnknownTask, match=r"the tasks are .*dyck1"):
        get_task("xyzzyq")


def test_the_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TASKS["mine"] = TASKS["parity"]  # type: ignore[index]
