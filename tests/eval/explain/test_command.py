"""`python -m eval.explain`: its statuses, its data, and what it says of input that it cannot use."""

import json
from pathlib import Path

import pytest

from eval.explain.command import main

SMALL = ["-n", "100", "--train-length", "8"]


def test_a_model_is_explained_and_its_program_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "found.crasp"
    page = tmp_path / "found.html"
    assert main(["--model", "lib:d_2", "--task", "d_2", "--json", "--out", str(file), "--html", str(page), *SMALL]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["verdict"] == "explained"
    assert file.read_text(encoding="utf-8") == record["program"]
    written = page.read_text(encoding="utf-8")
    assert "Explained: lib:d_2" in written
    assert "17-24" in written, "the ranges"
    assert "both roads: their programs agree" in written


def test_without_a_task_the_words_are_those_that_the_program_allows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", "lib:tomita1", *SMALL]) == 0
    assert "verdict: explained" in capsys.readouterr().out


def test_a_task_with_an_answer_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", "lib:binary_majority", "--task", "binary_majority", "--json", *SMALL]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["verdict"], record["machine"], record["described_by"]) == ("explained", None, "program")


def test_a_task_with_an_answer_keeps_the_seconds_that_it_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--model", "lib:binary_majority", "--task", "binary_majority", "--json", "-n", "100", "--seconds", "0.1"]
    assert main(given) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["verdict"] == "out of time"
    assert "the search for a program" in record["out_of_time"]
    assert record["inside"] == {"not_seen": "the time was up"}


ONLY_ACCEPTS = "alphabet a b\naccept(i) := Q_a(i)\n"


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 of ten positions, of random weights, and two vocabularies."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("small")
    config = GPT2Config(vocab_size=5, n_positions=10, n_embd=4, n_layer=1, n_head=1, bos_token_id=2, eos_token_id=3)
    GPT2LMHeadModel(config).save_pretrained(folder / "model")
    (folder / "letters.txt").write_text("a\nb\n<bos>\n<eos>\n<pad>\n", encoding="utf-8")
    (folder / "brackets.txt").write_text("<a>\n<b>\n<bos>\n<eos>\n<pad>\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("vocabulary", "more", "said"),
    [
        ("letters.txt", ["--lengths", "20-30,31-40"], "--lengths: none of the ranges can be read: "),
        ("brackets.txt", [], "its vocabulary has no letters, only tokens in angle brackets"),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused_with_the_reason(
    vocabulary: str, more: list[str], said: str, small_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--model", str(small_model / "model"), "--vocab", str(small_model / vocabulary), *SMALL, *more]
    assert main(given) == 2
    found = capsys.readouterr()
    assert said in found.err
    assert found.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--task", "dyck1"], "Missing option '--model'"),
        (["--model", "nowhere", "--task", "dyck1"], "nowhere: expected lib:NAME"),
        (["--model", "lib:sort", "--task", "majority"], "lib:sort lacks tokens of majority: a b"),
        (["--model", "only.crasp", "--task", "repeat_letter"], "only.crasp defines no next[...]: it answers nothing"),
        (["--model", "lib:anbn", "--task", "dyck1"], "lib:anbn lacks tokens of dyck1: ( )"),
        (["--model", "lib:anbn", "--alphabet", "a a"], "--alphabet: expected different letters"),
        (["--model", "lib:anbn", "--task", "no_such_task"], "no_such_task"),
        (["--model", "lib:anbn", "--task", "anbn", "--lengths", "5"], "expected ranges of lengths"),
        (
            ["--model", "lib:anbn", "--task", "anbn", "--out", "no/such/file.crasp"],
            "--out: no/such/file.crasp: cannot be",
        ),
        (["--model", "lib:anbn", "--task", "anbn", "--out", "."], "--out: .: cannot be written: it is a directory"),
        (["--model", "lib:anbn", "--alphabet", "a <eos>"], "--alphabet: `<eos>` is not a token"),
        (
            ["--model", "lib:anbn", "--task", "anbn", "--html", "no/such/file.html"],
            "--html: no/such/file.html: cannot be",
        ),
        (["--model", "only.crasp", "--alphabet", "a b"], "only.crasp defines no next[...]"),
    ],
)
def test_what_cannot_be_used_is_named(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("only.crasp").write_text(ONLY_ACCEPTS, encoding="utf-8")
    assert main(arguments) == 2
    found = capsys.readouterr()
    assert said in found.err
    assert found.out == ""


@pytest.mark.parametrize(("times", "verdict"), [(1.0, "vacuous"), (1000.0, "explained")])
def test_weights_that_nothing_has_trained_are_vacuous_for_they_hardly_decide(
    times: float, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(3)  # answers by the latest letter alone, and has a program
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=5, bos_token_id=0, eos_token_id=1, pad_token_id=2, **sizes))
    with torch.no_grad():
        model.lm_head.weight *= times
    model.save_pretrained(tmp_path / "model")
    (tmp_path / "vocabulary.txt").write_text("<bos>\n<eos>\n<pad>\na\nb\n", encoding="utf-8")
    given = ["--model", str(tmp_path / "model"), "--vocab", str(tmp_path / "vocabulary.txt"), "--alphabet", "a b"]
    assert main([*given, *SMALL, "--json"]) == int(verdict != "explained")
    found = json.loads(capsys.readouterr().out)
    assert found["program"] is not None
    assert found["verdict"] == verdict
    assert (found["typical_logit"] > 2.0) == (verdict == "explained")


def test_a_model_that_allows_no_word_at_all_has_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    model = GPT2LMHeadModel(GPT2Config(vocab_size=5, n_positions=60, n_embd=4, n_layer=1, n_head=1))
    with torch.no_grad():
        model.transformer.ln_f.weight.zero_()
    model.save_pretrained(tmp_path / "model")
    (tmp_path / "vocabulary.txt").write_text("<bos>\n<eos>\n<pad>\na\nb\n", encoding="utf-8")
    given = ["--model", str(tmp_path / "model"), "--vocab", str(tmp_path / "vocabulary.txt"), "--alphabet", "a b"]
    assert main([*given, *SMALL, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["verdict"], found["typical_logit"]) == ("vacuous", None)
