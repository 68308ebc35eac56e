"""Answer and end are counted apart, and which of them decide is chosen; ranges that cannot be read are named."""

import json
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from crasp.errors import Source
from crasp.text.loader import load_program, read_program
from crasp.text.sources import load_source
from eval.answering.answerers import ProgramAnswerer, TooLongError, UnfitError
from eval.answering.loading import load_answerer
from eval.answering.models import ModelAnswerer, load_model
from eval.commands.measure import main
from eval.commands.report import main as report
from eval.measuring.accuracy_by_length import measure_answerer as measure
from eval.measuring.judging import judge_words
from tasks.drawing.randomness import generator
from tasks.registry import get_task
from tasks.task import Task
from tasks.words import Batch

MAJORITY, DYCK = get_task("binary_majority"), get_task("dyck1")


def drawn(task: Task, size: int = 40) -> Batch:
    return task.sample(generator(task.name, "test", (3, 9), 0), (3, 9), size)


def answering(task: Task, batch: Batch, *, answers: bool, ends: bool) -> ModelAnswerer:
    """A model that is right about the answers, or the ends, of the batch's words, and no more."""
    size = len(task.vocabulary)
    right = np.where(batch.judged, batch.targets, 0)
    is_end = right == task.vocabulary.index("<eos>")
    keep = (is_end & ends) | (~is_end & answers)
    said = np.where(batch.judged & keep, right, size - 1)
    table = {row.tobytes(): said[number] for number, row in enumerate(batch.tokens)}

    def forward(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        rows = input_ids.numpy()
        pad = np.full((len(rows), batch.tokens.shape[1] - rows.shape[1]), size - 1)
        found = [table[next(key for key in table if key.startswith(row.tobytes()))] for row in rows]
        assert attention_mask.shape == input_ids.shape
        assert pad.shape[0] == len(found)
        chosen = torch.from_numpy(np.array(found)[:, : rows.shape[1]])
        return SimpleNamespace(logits=torch.nn.functional.one_hot(chosen, size).float())

    return ModelAnswerer("made", forward, {token: k for k, token in enumerate(task.vocabulary)}, None)


@pytest.mark.parametrize(("answers", "ends"), [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("name", ["binary_majority", "copy_repeat", "count"])
def test_answers_and_ends_are_counted_apart(name: str, answers: bool, ends: bool) -> None:
    task = get_task(name)
    batch = drawn(task)
    model = answering(task, batch, answers=answers, ends=ends)
    for judge, right in (("all", answers and ends), ("answer", answers)):
        found = judge_words(model, task, batch, judge)  # type: ignore[arg-type]
        assert found.right.tolist() == [right] * 40
        assert found.parts is not None
        assert (found.parts.answer, found.parts.end, found.parts.total) == (40 * answers, 40 * ends, 40)


def test_one_wrong_token_of_an_answer_is_a_wrong_answer() -> None:
    task = get_task("copy_repeat")
    batch = drawn(task)
    model = answering(task, batch, answers=True, ends=True)
    targets = np.array(batch.targets)
    first = batch.judged.argmax(axis=1)
    targets[0, first[0]] = 1 - targets[0, first[0]]
    found = judge_words(model, task, replace(batch, targets=targets), "answer")
    assert found.parts is not None
    assert (found.parts.answer, found.parts.end) == (39, 40)
    assert found.right.tolist() == [False] + [True] * 39


ENDLESS = load_source("lib:binary_majority").text.replace("next[eos](i) :=", "next[eos](i) := false and")


@pytest.fixture
def endless(tmp_path: Path) -> str:
    (tmp_path / "endless.crasp").write_text(ENDLESS)
    return str(tmp_path / "endless.crasp")


def test_a_model_that_never_ends_says_so_and_can_be_judged_by_its_answers(
    endless: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "binary_majority", "--model", endless, "-n", "30"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("answer 100%, end 0.0%" in line for line in lines) == 3
    assert any(line.strip() == "verdict: fails (under 99% of the first range) by answer and end" for line in lines)
    assert main([*arguments, "--judge", "answer", "--longest", "--up-to", "20"]) == 0
    text = capsys.readouterr().out
    assert "verdict: generalizes by the answer alone" in text
    assert "longest: at least 99% of 30 words of length 20 are right" in text


@pytest.mark.parametrize(("judge", "correct"), [("all", 0), ("answer", 30)])
def test_json_has_both_counts_and_what_was_judged(
    endless: str, judge: str, correct: int, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "binary_majority", "--model", endless, "-n", "30", "--lengths", "1-50", "--json"]
    assert main([*arguments, "--judge", judge]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["judged"] == judge
    (found,) = record["bins"]
    assert (found["correct"], found["total"]) == (correct, 30)
    assert found["answer"] == {"correct": 30, "total": 30}
    assert found["end"] == {"correct": 0, "total": 30}


def test_the_report_judges_languages_whole_and_answers_as_asked(
    endless: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(["--model", endless, "--task", "binary_majority", "-n", "20", "--up-to", "20"]) == 1
    assert "(answer 100%, end 0.0%)" in capsys.readouterr().out
    arguments = ["--model", endless, "--task", "binary_majority", "--task", "tomita1", "-n", "20", "--up-to", "20"]
    assert report([*arguments, "--judge", "answer", "--json"]) == 0
    majority, tomita = json.loads(capsys.readouterr().out)["tasks"]
    assert (majority["solved"], majority["judged"]) == (True, "answer")
    assert not tomita["solved"]


def test_a_language_has_no_answer_that_could_be_judged_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "dyck1", "--model", "lib:dyck1", "--judge", "answer"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, "--judge answer is for tasks with an answer: dyck1 is judged" in captured.err) == ("", True)
    assert main(["--task", "dyck1", "--model", "lib:dyck1", "--lengths", "1-9", "-n", "5", "--json"]) == 0
    assert not {"answer", "end"} & set(json.loads(capsys.readouterr().out)["bins"][0])


# --- positions -----------------------------------------------------------------------------------------------


class Limited:
    """dyck1's program, which reads words of up to `most` letters."""

    name, trained_to = "limited", None

    def __init__(self, most: int) -> None:
        self.most, self.program = most, ProgramAnswerer("program", load_program("lib:dyck1"))

    def right(self, task: Task, batch: Batch) -> Any:
        return self.right_at(task, batch).all(axis=1)

    def right_at(self, task: Task, batch: Batch) -> Any:
        if batch.lengths.max() > self.most:
            raise TooLongError(f"limited reads {self.most} letters")
        return self.program.right_at(task, batch)


@pytest.mark.parametrize(
    ("most", "read", "unread", "verdict"),
    [
        (150, 3, (), "generalizes"),
        (120, 2, ((101, 150),), "generalizes"),
        (60, 1, ((51, 100), (101, 150)), None),
    ],
)
def test_ranges_that_fit_are_judged_and_the_others_named(
    most: int, read: int, unread: tuple[tuple[int, int], ...], verdict: str | None
) -> None:
    found = measure(Limited(most), DYCK, words=40)
    assert (len(found.bins), found.unread, found.verdict) == (read, unread, verdict)
    assert found.because == (f"limited reads {most} letters" if unread else None)
    record = found.record()
    assert [each["lengths"] for each in record["bins"]] == [[1, 50], [51, 100], [101, 150]][:read]
    assert record["unread"] == [list(each) for each in unread]


def test_a_model_that_reads_no_range_is_refused() -> None:
    with pytest.raises(TooLongError, match="limited reads 3 letters"):
        measure(Limited(3), DYCK, words=40)


def saved(model: Any, directory: Path) -> str:
    torch.manual_seed(0)
    model.save_pretrained(directory)
    (directory / "vocab.txt").write_text("(\n)\n<bos>\n<sep>\n<eos>\n<pad>\n")
    return str(directory)


def small_gpt2(positions: int, vocabulary: int = 6) -> Any:
    return GPT2LMHeadModel(GPT2Config(vocab_size=vocabulary, n_embd=8, n_layer=1, n_head=1, n_positions=positions))


def test_a_model_with_learned_positions_is_judged_as_far_as_they_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = saved(small_gpt2(110), tmp_path)
    capsys.readouterr()
    assert main(["--task", "dyck1", "--model", model, "--vocab", f"{model}/vocab.txt", "-n", "20"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert f"  not read: lengths 101-150, because {model} has 110 positions, but words of dyck1 need 1" in captured.out
    assert "lengths   51-100" in captured.out


def test_a_model_with_computed_positions_is_judged_on_all_ranges_with_one_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    model = saved(LlamaForCausalLM(LlamaConfig(vocab_size=6, max_position_embeddings=60, **sizes)), tmp_path)
    arguments = ["--task", "dyck1", "--model", model, "--vocab", f"{model}/vocab.txt", "-n", "20", "--json"]
    capsys.readouterr()
    assert main(arguments) == 0
    captured = capsys.readouterr()
    record = json.loads(captured.out)
    assert [len(record["bins"]), record["unread"]] == [3, []]
    assert captured.err == (
        f"note: {model} is configured for 60 positions, which is no hard limit: it is asked about longer words too.\n"
    )


@pytest.mark.parametrize("name", ["gptj", "mpt"])
def test_tables_of_computed_positions_are_made_longer(name: str, tmp_path: Path) -> None:
    from tests.tasks.ground.models.stock_models import save_model

    save_model(name, tmp_path)
    (tmp_path / "vocab.txt").write_text("(\n)\n<bos>\n<sep>\n<eos>\n<pad>\nx\ny\nz\n")
    answerer = load_model(tmp_path, tmp_path / "vocab.txt")
    assert answerer.positions == 32
    found = measure(answerer, DYCK, ((1, 20), (50, 80), (90, 100)), words=10)
    assert [each.total for each in found.bins] == [10, 10, 10]


# --- vocabularies --------------------------------------------------------------------------------------------


def test_a_name_may_stand_for_one_of_ours(tmp_path: Path) -> None:
    model = saved(small_gpt2(40), tmp_path)
    (tmp_path / "vocab.txt").write_text("0 e\n1 o\nB <bos>\n= <sep>\nE <eos>\nP\n")
    answerer = load_model(Path(model), tmp_path / "vocab.txt")
    assert {answerer.vocabulary[name] for name in ("0", "e")} == {0}
    assert [answerer.vocabulary[name] for name in ("o", "<sep>", "=", "<bos>", "E")] == [1, 3, 3, 2, 4]
    assert measure(answerer, get_task("parity"), ((1, 20),), words=10).bins[0].total == 10


@pytest.mark.parametrize("task", ["dyck1", "parity", "count"])
def test_a_vocabulary_file_is_begun_with_the_tasks_tokens(
    task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "vocab.txt"
    assert main(["--task", task, "--write-vocab", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}\n"
    assert tuple(file.read_text().split("\n")) == (*get_task(task).vocabulary, "")
    assert main(["--task", task, "--write-vocab", str(file)]) == 2
    assert "is there already: it is not overwritten" in capsys.readouterr().err


def test_a_vocabulary_file_for_a_model_has_a_line_for_each_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = GPT2Config(vocab_size=8, n_embd=8, n_layer=1, n_head=1, n_positions=60, bos_token_id=0, eos_token_id=5)
    model = saved(GPT2LMHeadModel(config), tmp_path / "model")
    file = tmp_path / "begun.txt"
    assert main(["--task", "dyck1", "--model", model, "--write-vocab", str(file)]) == 0
    assert file.read_text() == "<bos>\n(\n)\n<sep>\n<pad>\n<eos>\n<unused_6>\n<unused_7>\n"
    arguments = ["--task", "dyck1", "--model", model, "--vocab", str(file), "--lengths", "1-50", "-n", "5"]
    assert main(arguments) == 0
    capsys.readouterr()
    assert main(["--task", "sort", "--model", model, "--write-vocab", str(tmp_path / "none.txt")]) == 2
    assert "has 8 outputs, too few for the 154 tokens of sort" in capsys.readouterr().err
    assert not (tmp_path / "none.txt").exists()


def test_a_tokenizers_tokens_are_known_by_their_roles(tmp_path: Path) -> None:
    model = saved(small_gpt2(60), tmp_path)
    ids = {"<s>": 0, "(": 1, ")": 2, "</s>": 3, "[PAD]": 4, "[SEP]": 5}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {"type": "WordLevel", "vocab": ids, "unk_token": "[PAD]"},
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(tokenizer))
    roles = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "[PAD]", "sep_token": "[SEP]"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **roles}))
    answerer = load_model(Path(model))
    assert {name: answerer.vocabulary[name] for name in ("<bos>", "<eos>", "<pad>", "<sep>", "(")} == {
        "<bos>": 0,
        "<eos>": 3,
        "<pad>": 4,
        "<sep>": 5,
        "(": 1,
    }
    assert measure(answerer, DYCK, ((1, 20),), words=5).bins[0].total == 5


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"(\n)\n\xff\n<sep>\n<eos>\n<pad>\n", "vocab.txt:3: expected UTF-8 text"),
        (b"(\n)\n<bos>\n  \n<eos>\n<pad>\n", "vocab.txt:4: expected a token"),
        (b"(\r\n)\r\n<bos>\r\n<sep>\r\n<eos>\r\n( <pad>\r\n", "vocab.txt:6: ( is a token of line 1 already"),
    ],
)
def test_a_vocabulary_file_that_cannot_be_right_is_refused_with_its_line(
    content: bytes, phrase: str, tmp_path: Path
) -> None:
    model = saved(small_gpt2(60), tmp_path)
    (tmp_path / "vocab.txt").write_bytes(content)
    with pytest.raises(UnfitError, match="--vocab: ") as caught:
        load_model(Path(model), tmp_path / "vocab.txt")
    assert phrase in str(caught.value)


def test_a_vocabulary_without_an_end_is_refused(tmp_path: Path) -> None:
    model = saved(small_gpt2(60), tmp_path)
    with pytest.raises(UnfitError, match=r"--vocab: /dev/zero: the file is longer than"):
        load_model(Path(model), Path("/dev/zero"))
    with pytest.raises(UnfitError, match=r"--vocab: .*expected a file, found a directory"):
        load_model(Path(model), tmp_path)
    assert os.path.lexists("/dev/zero")


def test_a_program_that_ends_too_soon_is_wrong_about_the_end_alone() -> None:
    text = load_source("lib:copy_unique_ages").text
    program = ProgramAnswerer("p", read_program(Source("p", text.replace('comes["<sep>"](i)', "false"))))
    found = judge_words(program, get_task("copy_unique"), drawn(get_task("copy_unique"), 5), "all")
    assert found.parts is not None
    assert (found.parts.answer, found.parts.end) == (5, 0)
    assert load_answerer("lib:copy_unique_ages").name == "lib:copy_unique_ages"
