"""Models and compiled machines under judgement: equal to what is known of them, or refused."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from crasp.__main__ import main as crasp
from eval.answering.answerers import UnfitError
from eval.answering.loading import load_answerer
from eval.answering.models import ModelAnswerer, load_model
from eval.commands.measure import main
from eval.console import read_ranges
from eval.measuring.accuracy_by_length import measure_answerer as measure
from tasks.drawing.randomness import generator
from tasks.registry import get_task
from train.ledger.ledger import Ledger
from train.model.recommended import Choices, recommended
from train.running.engine import Options, train

DYCK = get_task("dyck1")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directories `limit`, `torch` and `gpt2` with the library's dyck1, the last two for words to length 70."""
    directory = tmp_path_factory.mktemp("compiled")
    for target in ("limit", "torch", "gpt2"):
        length = [] if target == "limit" else ["--max-length", "70"]
        assert crasp(["compile", "lib:dyck1", "-o", str(directory / target), "--target", target, *length]) == 0
    return directory


@pytest.fixture
def published(compiled: Path, tmp_path: Path) -> Path:
    """Such a directory as others publish: weights and config.json alone, `<bos> <sep> <eos> <pad>` after the task's
    tokens, here the compiled dyck1 with its rows in that order."""
    stock = AutoModelForCausalLM.from_pretrained(compiled / "gpt2", dtype="auto")
    state = stock.state_dict()  # ( ) <bos> <eos> <pad> <accept>
    order = [0, 1, 2, 4, 3, 4]  # the model never reads <sep>: any row does
    ids = {"bos_token_id": 2, "eos_token_id": 4, "pad_token_id": 5}
    config = GPT2Config(**{**stock.config.to_dict(), "vocab_size": 6, **ids})
    model = GPT2LMHeadModel(config).to(stock.dtype)
    for name in ("transformer.wte.weight", "lm_head.weight"):
        state[name] = state[name][order]
    model.load_state_dict(state)
    model.save_pretrained(tmp_path / "published")
    (tmp_path / "vocab.txt").write_text("(\n)\n<bos>\n<sep>\n<eos>\n<pad>\n")
    return tmp_path / "published"


@pytest.mark.parametrize("target", ["limit", "torch", "gpt2"])
def test_a_compiled_program_is_judged_as_its_program_is(compiled: Path, target: str) -> None:
    found = measure(load_answerer(str(compiled / target)), DYCK, ((1, 40), (60, 70)), words=60)
    assert [each.correct for each in found.bins] == [60, 60]


def test_a_compiled_program_of_another_task_is_wrong_where_that_differs(tmp_path: Path) -> None:
    (tmp_path / "any.crasp").write_text(
        'alphabet "(" ")"\n\nnext["("](i) := true\nnext[")"](i) := true\nnext[eos](i) := true\n'
    )
    assert crasp(["compile", str(tmp_path / "any.crasp"), "-o", str(tmp_path / "any"), "--target", "torch"]) == 0
    found = measure(load_answerer(str(tmp_path / "any")), DYCK, ((2, 40),), words=50)
    assert found.bins[0].correct == 0


def test_a_compiled_program_recognises_as_its_program_does(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counts = []
    for model in ("lib:dyck1", str(compiled / "limit"), str(compiled / "gpt2")):
        arguments = ["--task", "dyck1", "--recognition", "--model", model, "--lengths", "1-40", "-n", "60", "--json"]
        assert main(arguments) == 0
        counts.append(json.loads(capsys.readouterr().out)["bins"][0]["correct"])
    assert counts == [60, 60, 60]


def test_words_beyond_the_certified_length_are_refused(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--task", "dyck1", "--model", str(compiled / "torch"), "--lengths", "71-80", "-n", "5"]) == 2
    assert "certified for words of at most 70 tokens" in capsys.readouterr().err


def test_a_compiled_gpt2_is_judged_right_as_any_model_with_a_tokenizer(compiled: Path, tmp_path: Path) -> None:
    shutil.copytree(compiled / "gpt2", tmp_path / "plain")
    (tmp_path / "plain" / "certificate.json").unlink()
    answerer = load_answerer(str(tmp_path / "plain"))
    assert isinstance(answerer, ModelAnswerer)
    assert measure(answerer, DYCK, ((1, 70),), words=60).bins[0].correct == 60


def test_a_published_checkpoint_is_judged_right_with_its_vocabulary(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vocabulary = str(published.parent / "vocab.txt")
    arguments = ["--task", "dyck1", "--model", str(published), "--lengths", "1-30,31-60", "-n", "50", "--json"]
    assert main([*arguments, "--vocab", vocabulary, "--train-length", "30"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [each["correct"] for each in record["bins"]] == [50, 50]
    assert record["verdict"] == "generalizes"
    assert main(arguments) == 2
    assert "has no tokenizer: give its tokens with --vocab FILE" in capsys.readouterr().err


def test_a_damaged_tokenizer_is_said_to_be_damaged_and_a_vocabulary_takes_its_place(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (published / "tokenizer.json").write_text('{"model": ')
    arguments = ["--task", "dyck1", "--model", str(published), "--lengths", "1-30", "-n", "20"]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "tokenizer.json: expected JSON" in said
    assert "Mend the tokenizer, or give the model's tokens with --vocab FILE" in said
    assert "has no tokenizer" not in said
    assert main([*arguments, "--write-vocab", str(published.parent / "begun.txt")]) == 0
    assert "note: " in (said := capsys.readouterr().err)
    assert "tokenizer.json: expected JSON" in said
    assert (published.parent / "begun.txt").read_text() == "(\n)\n<bos>\n<sep>\n<eos>\n<pad>\n"
    assert main([*arguments, "--vocab", str(published.parent / "vocab.txt")]) == 0


def test_a_published_checkpoint_with_its_outputs_swapped_is_judged_wrong(published: Path) -> None:
    (published.parent / "swapped.txt").write_text(")\n(\n<bos>\n<sep>\n<eos>\n<pad>\n")
    answerer = load_model(published, published.parent / "swapped.txt")
    assert measure(answerer, DYCK, ((2, 30),), words=50).bins[0].correct == 0


@pytest.mark.parametrize(
    ("tokens", "phrase"),
    [
        ("(\nx\n<bos>\n<sep>\n<eos>\n<pad>\n", "lacks tokens of dyck1: )"),
        ("(\n)\nx\n<sep>\ny\n<pad>\n", "lacks tokens of dyck1: <bos> <eos>"),
        ("(\n)\n<bos>\n<sep>\n<eos>\n", "expected a line for each of the model's 6 outputs, found 5"),
        ("(\n)\n<sep>\n<bos>\n<eos>\n<pad>\n", "vocab.txt:4: <bos> has the id 3 here, the model's config.json says"),
        ("(\n)\n<bos>\n<eos>\n<sep>\n<pad>\n", "eos_token_id=4, which is line 5"),
        ("(\n)\n<bos>\n<sep>\n<pad> <eos>\nz\n", "vocab.txt:5: <pad> has the id 4 here"),
        ("\ufeff(\n)\n<bos>\n<sep>\n<eos>\n<pad>\n", "vocab.txt:1: begins with a byte order mark"),
        ("(\n) )\n<bos>\n<sep>\n<eos>\n<pad>\n", "vocab.txt:2: ) is a token of line 2 already"),
        ("(\n)\n<bos>\n<sep>\n<eos>\n<pad>\nx\n", "the model's 6 outputs, found 7"),
        ("(\n)\n(\n", "vocab.txt:3: ( is a token of line 1 already"),
        ("(\n\n)\n", "vocab.txt:2: expected a token, or several names of one, found ''"),
        ("", "holds no token"),
    ],
)
def test_a_vocabulary_that_does_not_fit_is_refused_with_what_is_missing(
    published: Path, tokens: str, phrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = published.parent / "vocab.txt"
    file.write_text(tokens)
    assert main(["--task", "dyck1", "--model", str(published), "--vocab", str(file), "-n", "5"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_directory_that_would_run_code_of_its_own_is_refused_and_runs_nothing(published: Path, name: str) -> None:
    witness = published / "ran"
    (published / "modeling_own.py").write_text(f"import pathlib\npathlib.Path({str(witness)!r}).touch()\n")
    file = published / name
    config = json.loads(file.read_text()) if file.exists() else {}
    auto = {"AutoConfig": "modeling_own.C", "AutoModelForCausalLM": "modeling_own.M", "AutoTokenizer": "modeling_own.T"}
    file.write_text(json.dumps(config | {"auto_map": auto}))
    with pytest.raises(UnfitError, match=r"names code of the directory to run \(auto_map\): it is not loaded"):
        load_model(published, published.parent / "vocab.txt")
    assert not witness.exists()


def test_a_directory_without_all_of_its_weights_is_refused(published: Path) -> None:
    weights = load_file(published / "model.safetensors")
    save_file(
        {name: value for name, value in weights.items() if name != "transformer.ln_f.weight"},
        published / "model.safetensors",
        metadata={"format": "pt"},
    )
    with pytest.raises(UnfitError, match=r"its weights lack transformer\.ln_f\.weight"):
        load_model(published, published.parent / "vocab.txt")


@pytest.mark.parametrize("damage", ["{", "[]", '{"model_type": "nonesuch"}'])
def test_a_damaged_configuration_is_refused(published: Path, damage: str) -> None:
    (published / "config.json").write_text(damage)
    with pytest.raises(UnfitError, match=r"published"):
        load_model(published, published.parent / "vocab.txt")


def _fixed(scores: np.ndarray) -> ModelAnswerer:  # type: ignore[type-arg]
    """A model whose logits over dyck1's vocabulary are given, (words, positions, 6)."""
    logits = torch.from_numpy(scores)

    def forward(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        assert bool((attention_mask == 1).all())
        return SimpleNamespace(logits=logits[: len(input_ids), : input_ids.shape[1]])

    return ModelAnswerer("fixed", forward, {token: k for k, token in enumerate(DYCK.vocabulary)}, None)


@pytest.mark.parametrize(
    ("allowed", "forbidden", "right"),
    [(0.5, -0.5, True), (1e-30, 0.0, True), (0.0, -1.0, False), (2.0, 0.25, False), (np.nan, -1.0, False)],
    ids=["small", "zero is no", "zero is not yes", "above zero is yes", "not a number"],
)
def test_an_output_is_allowed_exactly_where_its_logit_is_above_zero(
    allowed: float, forbidden: float, right: bool
) -> None:
    batch = DYCK.sample(generator("dyck1", "test", (6, 6), 0), (6, 6), 8)
    scores = np.full((*batch.judged.shape, 6), 9.0)  # outputs of <bos>, <sep>, <pad> are not looked at
    scores[:, :, list(DYCK.outputs)] = np.where(batch.targets, allowed, forbidden)
    assert _fixed(scores).right(DYCK, batch).tolist() == [right] * 8


def test_measuring_a_run_gives_the_counts_of_its_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    choices = Choices(train_length=10, max_length=30, max_steps=150)
    config = replace(recommended("dyck1", "ape", choices), held_out_words=50, test_words=100, cooldown_steps=20)
    ledger = Ledger(tmp_path, None)
    (result,) = train(DYCK, config, (0,), ledger, Options())
    directory = ledger.path(config, 0)
    found = measure(load_answerer(str(directory)), DYCK, words=100)
    assert found.bins == result.bins
    assert found.verdict == result.verdict
    assert 0 < found.bins[1].correct < 100  # neither nothing nor all, else the test shows little
    longest = ["--longest", "-n", "40", "--json"]
    assert main(["--task", "dyck1", "--model", str(directory), "--lengths", "1-10", *longest]) == 0
    assert json.loads(capsys.readouterr().out)["longest"]["length"] in range(31)


def test_ranges_of_a_run_are_by_default_those_of_its_training(compiled: Path) -> None:
    answerer = replace(load_model(compiled / "gpt2"), trained_to=20)
    found = measure(answerer, DYCK, words=20)
    assert [each.lengths for each in found.bins] == [(1, 20), (21, 40), (41, 60)]
    assert found.verdict == "generalizes"
    assert measure(answerer, DYCK, read_ranges("1-50,51-70"), words=20).verdict is None


@pytest.mark.parametrize("stated", [12.9, "12", 0, True])
def test_a_training_length_that_is_none_is_refused_by_its_place(compiled: Path, tmp_path: Path, stated: object) -> None:
    directory = tmp_path / "gpt2"
    shutil.copytree(compiled / "gpt2", directory)
    config = json.loads((directory / "config.json").read_text())
    config["crasp_bench"] = {"config": {"train_length": stated}}
    (directory / "config.json").write_text(json.dumps(config))
    said = f"config.json: crasp_bench.config.train_length: expected a whole number from 1, found {stated!r}"
    with pytest.raises(UnfitError, match=re.escape(said)):
        load_model(directory)


def test_positions_that_are_not_judged_do_not_count() -> None:
    batch = DYCK.sample(generator("dyck1", "test", (6, 6), 0), (6, 6), 8)
    scores = np.full((*batch.judged.shape, 6), -1.0)
    scores[:, :, list(DYCK.outputs)] = np.where(batch.targets, 1.0, -1.0)
    scores[:, 2] *= -1
    assert not _fixed(scores).right(DYCK, batch).any()
    judged = batch.judged.copy()
    judged[:, 2] = False
    assert _fixed(scores).right(DYCK, replace(batch, judged=judged)).all()


class _Harmful:
    def __init__(self, touched: Path) -> None:
        self.touched = touched

    def __reduce__(self) -> Any:
        return Path.touch, (self.touched,)


def test_pickled_weights_are_not_read(published: Path) -> None:
    weights = load_file(published / "model.safetensors")
    (published / "model.safetensors").unlink()
    torch.save(weights, published / "pytorch_model.bin")
    with pytest.raises(UnfitError, match=r"as pytorch_model\.bin, which can run code when it is read"):
        load_model(published, published.parent / "vocab.txt")
    torch.save(weights | {"more": _Harmful(published / "ran")}, published / "pytorch_model.bin")
    with pytest.raises(UnfitError, match="only safetensors are read"):
        load_model(published, published.parent / "vocab.txt")
    assert not (published / "ran").exists()


def test_a_model_with_rotary_positions_is_asked_beyond_its_configured_ones_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = LlamaConfig(
        vocab_size=6,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    LlamaForCausalLM(config).save_pretrained(tmp_path / "llama")
    (tmp_path / "vocab.txt").write_text("(\n)\n<bos>\n<sep>\n<eos>\n<pad>\n")
    answerer = load_model(tmp_path / "llama", tmp_path / "vocab.txt")
    assert measure(answerer, DYCK, ((1, 50),), words=30).bins[0].total == 30
    assert measure(answerer, DYCK, ((70, 80),), words=5).bins[0].total == 5
    assert capsys.readouterr().err.count("is configured for 64 positions, which is no hard limit") == 1


def test_the_search_for_the_longest_ends_where_no_longer_word_can_be_read(
    compiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--task", "dyck1", "--model", str(compiled / "torch"), "--lengths", "1-50", "-n", "20", "--longest"]
    assert main(arguments) == 0
    last = capsys.readouterr().out.splitlines()[-1].strip()
    assert (
        last == "longest: at least 99% of 20 words of length 70 are right; the model has no positions for longer words"
    )
