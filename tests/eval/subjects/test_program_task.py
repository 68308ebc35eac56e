"""Any program as a task: labels that are the program's, words of their lengths, in each of the three kinds."""

import json
from pathlib import Path

import numpy as np
import pytest

from crasp.meaning.interpreter import accepts, encode, run
from crasp.text.loader import load_program
from eval.answering.answerers import ProgramAnswerer
from eval.commands.measure import main as measure
from eval.commands.words import main as words_main
from eval.subjects.program_task import program_task
from tasks.drawing.randomness import generator
from tasks.registry import TASKS, get_task
from tasks.samples.word_arrays import batch_of, examples_of, word_of
from tasks.task import Task
from tasks.words import EOS, Example
from tests.cases import few

LANGUAGES = ["dyck1", "tomita4", "aa_star", "anbncn", "bool3", "shuffle2", "ab_star_d_bc_star"]
ANSWERS = ["binary_majority", "binary_majority_interleave", "majority"]


def drawn(task: Task, lengths: tuple[int, int], size: int) -> list[Example]:
    batch = task.sample(generator(task.name, "test", lengths, 0), lengths, size)
    examples = examples_of(task, batch)
    assert lengths[0] <= batch.lengths.min() <= batch.lengths.max() <= lengths[1]
    for field in ("tokens", "judged", "targets", "lengths"):
        np.testing.assert_array_equal(getattr(batch_of(task, examples), field), getattr(batch, field))
    return list(examples)


@pytest.mark.parametrize("name", few(LANGUAGES, also=("dyck1", "bool3", "ab_star_d_bc_star")))
def test_a_next_token_program_labels_its_words(name: str) -> None:
    task, program = program_task(f"lib:{name}"), load_program(f"lib:{name}")
    for example in drawn(task, (1, 40), 60):
        assert example == task.label(word_of(task, example))
        allowed = run(program, encode(program.alphabet, [example.tokens[1:]])).next[0]
        tokens = [EOS if token == "eos" else token for token, _ in program.next]
        for position, targets in enumerate(example.targets):
            assert set(targets) == {token for token, holds in zip(tokens, allowed[position], strict=True) if holds}


@pytest.mark.parametrize("name", few(LANGUAGES, also=("aa_star", "bool3", "ab_star_d_bc_star")))
def test_the_labels_are_those_of_the_task_whose_program_it_is(name: str) -> None:
    task, named = program_task(f"lib:{name}"), get_task(name)
    assert task.alphabet == named.alphabet
    for example in drawn(task, (1, 30), 40):
        assert example == named.label(word_of(named, example))


@pytest.mark.parametrize("name", few(ANSWERS, also=ANSWERS[:2]))
def test_a_program_that_answers_answers_as_the_task_does(name: str) -> None:
    task, named = program_task(f"lib:{name}"), get_task(name)
    assert (task.format, task.alphabet) == ("answer", named.alphabet)
    lengths = (21, 21) if name == "binary_majority_interleave" else (1, 24)  # of others the task has no answer
    for example in drawn(task, lengths, 60):
        assert example == named.label(word_of(named, example)) == task.label(word_of(task, example))


def test_a_word_without_an_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="the program has no answer: it allows no token, or several, after '0 1'"):
        program_task("lib:binary_majority").label(("0", "1"))
    with pytest.raises(ValueError, match="found '2' at position 1"):
        program_task("lib:binary_majority").label(("2",))


ACCEPTS_ONLY = "alphabet a b\naccept(i) := #[j <= i] Q_a(j) = #[j <= i] Q_b(j)\n"


def test_a_program_that_only_accepts_is_a_task_of_recognition(tmp_path: Path) -> None:
    (tmp_path / "equal.crasp").write_text(ACCEPTS_ONLY)
    task = program_task(str(tmp_path / "equal.crasp"))
    assert task.name == program_task(str(tmp_path / "equal.crasp"), recognize=True).name
    assert [task.label(word).targets[0] for word in (("a", "b"), ("a",))] == [("accept",), ("reject",)]
    for example in drawn(task, (1, 30), 30):
        assert example == task.label(word_of(task, example))


@pytest.mark.parametrize("name", few(["dyck1", "tomita4", "shuffle2", "bool3"], also=("tomita4",)))
def test_recognition_is_the_programs_acceptance_and_balanced(name: str) -> None:
    task, program = program_task(f"lib:{name}", recognize=True), load_program(f"lib:{name}")
    examples = drawn(task, (2, 20), 800)
    accepted = np.array([example.targets[0] == ("accept",) for example in examples])
    assert abs(accepted.mean() - 0.5) < 5 * 0.5 / np.sqrt(800)
    words = [word_of(task, example) for example in examples]
    np.testing.assert_array_equal(accepts(program, encode(program.alphabet, words)), accepted)
    by_length = {n: {a for w, a in zip(words, accepted, strict=True) if len(w) == n} for n in map(len, words)}
    assert sum(kinds == {True, False} for kinds in by_length.values()) >= len(by_length) - 1


def test_what_cannot_be_recognised_says_why() -> None:
    with pytest.raises(ValueError, match="lib:sort: the program defines no accept"):
        program_task("lib:sort", recognize=True)
    task = program_task("lib:tomita1", recognize=True)
    with pytest.raises(ValueError, match="every word of length 0 that was found is a member"):
        drawn(task, (0, 0), 5)


def test_members_and_others_of_different_lengths_are_both_drawn() -> None:
    task = program_task("lib:aa_star", recognize=True)
    verdicts = {(len(word_of(task, each)) % 2, each.targets[0]) for each in drawn(task, (1, 9), 40)}
    assert verdicts == {(0, ("accept",)), (1, ("reject",))}


def test_lengths_without_words_are_said(tmp_path: Path) -> None:
    (tmp_path / "none.crasp").write_text("alphabet a b\nnext[a](i) := #[j <= i] true < 3\n")
    task = program_task(str(tmp_path / "none.crasp"))
    assert {len(word_of(task, example)) for example in drawn(task, (1, 9), 30)} == {1, 2, 3}
    with pytest.raises(ValueError, match="no member of lengths 4-9 was found"):
        drawn(task, (4, 9), 5)


def test_equal_programs_have_equal_names_and_words(tmp_path: Path) -> None:
    (tmp_path / "one.crasp").write_text(ACCEPTS_ONLY)
    (tmp_path / "other.crasp").write_text(ACCEPTS_ONLY.replace("  ", " ") + "\n\n")
    one, other = (program_task(str(tmp_path / f"{name}.crasp")) for name in ("one", "other"))
    assert one.name == other.name != program_task("lib:dyck1").name
    assert drawn(one, (1, 9), 20) == drawn(other, (1, 9), 20)


def test_the_theory_is_that_of_the_program() -> None:
    records = program_task("lib:aa_star").theory
    assert (records["ape"].verdict, records["nope"].verdict) == ("generalizes", "unknown")
    assert len(program_task("lib:dyck1").summary.splitlines()) == 3  # the definition and two examples


@pytest.mark.parametrize("name", [n for n, task in TASKS.items() if task.program and task.language is not None])
def test_library_programs_accept_what_recognition_does(name: str) -> None:
    task = get_task(f"{name}:recognition")
    batch = task.sample(generator(name, "verdicts", (1, 60), 0), (1, 60), 300)
    assert ProgramAnswerer(name, load_program(f"lib:{name}")).right(task, batch).all()


def test_another_program_does_not_accept_what_recognition_does() -> None:
    task = get_task("d_2:recognition")
    batch = task.sample(generator("d_2", "verdicts", (1, 60), 0), (1, 60), 300)
    assert not ProgramAnswerer("d_3", load_program("lib:d_3")).right(task, batch).all()


D_2 = {
    "alphabet": ["a", "b"],
    "start": "0",
    "delta": {"0": {"a": "1"}, "1": {"a": "2", "b": "0"}, "2": {"b": "1"}},
    "finals": ["0"],
}


@pytest.mark.parametrize(
    "given",
    [
        ["--program", "lib:aa_star"],
        ["--regex", "(a(ab)*b)*"],
        ["--dfa", "d_2.json"],
        ["--dfa", "d_2.json", "--recognition"],
        ["--task", "d_2:recognition"],
        ["--task", "d_2", "--recognition"],
    ],
)
def test_measure_takes_tasks_that_are_given(
    given: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d_2.json").write_text(json.dumps(D_2))
    model = "lib:aa_star" if "lib:aa_star" in given else "lib:d_2"
    assert measure([*given, "--model", model, "-n", "20", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["correct"] for each in found["bins"]] == [20, 20, 20]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected one of a task's name, --program FILE, --regex R and --dfa FILE"),
        (["--task", "parity", "--regex", "a"], "expected one of a task's name"),
        (["--program", "lib:nope"], "the library has no program"),
        (["--program", "lib:dyck1", "--alphabet", "a"], "--alphabet goes with --regex"),
        (["--regex", "(a"], "has no `)`"),
        (["--task", "d_2:recognition"], "the program's alphabet lacks tokens of d_2:recognition: a b"),
    ],
)
def test_measure_refuses_with_a_message(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert measure([*arguments, "--model", "lib:tomita1"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


def test_words_of_a_program_are_shown_sampled_and_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert words_main(["show", "--program", "lib:binary_majority"]) == 0
    said = capsys.readouterr().out
    assert "The program's answer" in said
    assert "difficulty: not measured" in said, "it would take minutes"
    assert "test words of lengths" not in said
    assert words_main(["sample", "--program", "lib:aa_star", "--lengths", "4-8", "-n", "2", "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert (
        words_main(["export", "--program", "lib:aa_star", "--split", "train", "-n", "9", "--out", str(tmp_path / "o")])
        == 0
    )
    assert len((tmp_path / "o" / "train.jsonl").read_text().splitlines()) == 9
    assert words_main(["sample", "--program", "lib:tomita1", "--recognition", "--lengths", "0-0"]) == 2
    assert "every word of length 0 that was found is a member" in capsys.readouterr().err


def test_models_are_trained_on_a_programs_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = [
        "--layers",
        "1",
        "--heads",
        "1",
        "--width",
        "8",
        "--max-steps",
        "2",
        "--max-length",
        "20",
        "--train-length",
        "8",
    ]
    assert words_main(["train", "--program", "lib:aa_star", *small, "--out", str(tmp_path)]) == 0
    name = program_task("lib:aa_star").name
    assert name in capsys.readouterr().out
    (run,) = (directory for directory in tmp_path.iterdir() if directory.name.startswith(name))
    assert json.loads((run / "result.json").read_text())["task"] == name
    assert words_main(["train", "--program", "lib:aa_star", "--pe", "none", "--out", str(tmp_path)]) == 2
