"""`python -m crasp compile`: the directory it writes, the page, and how it refuses."""

import json
import shutil
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.artifacts.directory import read_machine
from crasp.compiler.compiler import compile_program
from crasp.text.loader import load_program
from crasp.text.sources import load_source


def test_the_directory_holds_machine_program_and_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", "lib:dyck1", "-o", str(tmp_path / "dyck"), "--json"]) == 0
    certificate = json.loads(capsys.readouterr().out)
    assert certificate["machine"]["layers"] == 2
    assert {"program_sha256", "max_length", "dtype", "argument", "checked", "machine", "regularizer"} <= set(
        certificate
    )
    stored = read_machine(tmp_path / "dyck")
    assert stored.machine == compile_program(load_program("lib:dyck1")).machine
    assert stored.text == load_source("lib:dyck1").text


def test_the_summary_names_layers_heads_width_and_length(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "lib:tomita4", "-o", str(tmp_path / "t")]) == 0
    text = capsys.readouterr().out
    assert "2 layers, 3 heads, width 12" in text
    assert "any length, exactly" in text


def test_the_page_shows_every_layer_head_unit_and_exact_values(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert main(["compile", "lib:tomita4", "-o", str(tmp_path / "t"), "--html", str(page), "--word", "0100010"]) == 0
    text = page.read_text(encoding="utf-8")
    for part in (
        "<b>Layer 1</b> makes known: run, pair",
        "<b>Layer 2</b> makes known: runs, accept",
        "Head lag 1",
        "Head lag 2",
        "Head uniform",
        "⟨runs⟩ / s",
        "1/8",
    ):
        assert part in text, part
    assert "http" not in text
    assert "<script" not in text
    # The weights of the uniform head on the eight tokens read, the last query's.
    assert text.count(">0.12</td>") >= 8


def test_tokens_are_text_on_the_pages_whatever_they_are_made_of(tmp_path: Path) -> None:
    text = 'alphabet "</pre><script>" "&lt;"\nn(i) := #[j <= i] Q["</pre><script>"](j)\naccept(i) := n(i) > 1\n'
    (tmp_path / "p.crasp").write_text(text, encoding="utf-8")
    page, word = tmp_path / "page.html", "</pre><script> &lt;"
    out = str(tmp_path / "t")
    for command in (["compile", "-o", out, "--word", word, "--html", str(page)], ["trace", "--html", str(page)]):
        name, *options = command
        words = [word] if name == "trace" else []
        assert main([name, str(tmp_path / "p.crasp"), *words, *options]) == 0
        written = page.read_text(encoding="utf-8")
        assert "<script" not in written
        assert written.count("&lt;script&gt;") >= 1
        assert "&amp;lt;" in written


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["lib:dyck1"], "Missing option"),
        (["lib:dyck1", "-o", "{}/d", "--word", "()"], "expected --html FILE beside it"),
        (["lib:dyck1", "-o", "{}/d", "--html", "{}/p.html", "--word", "(x"], "--word: position 2"),
        (["lib:dyck1", "-o", "{}/d", "--html", "{}/p.html", "--word", "(" * 41], "at most 40 tokens"),
        (["lib:dyck1", "-o", "{}"], "holds something else"),
        (["lib:dyck1", "-o", "{}/kept"], "expected a directory, found a file"),
        (["lib:dyc1", "-o", "{}/d"], "the nearest is lib:dyck1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_refusal_writes_nothing(
    arguments: list[str], phrase: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").write_text("mine")
    assert main(["compile", *(a.format(tmp_path) for a in arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("kept", "mine")]


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("gpt2") / "dyck"
    assert main(["compile", "lib:dyck1", "-o", str(directory), "--target", "gpt2", "--max-length", "100"]) == 0
    return directory


def test_a_stock_gpt2_is_written_with_its_certificate(gpt2: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    certificate = json.loads((gpt2 / "certificate.json").read_text())
    assert (certificate["max_length"], certificate["dtype"]) == (100, "float32")
    assert certificate["checked"]["words"] > 1000
    model = AutoModelForCausalLM.from_pretrained(gpt2)
    tokenizer = AutoTokenizer.from_pretrained(gpt2)
    assert type(model).__name__ == "GPT2LMHeadModel"
    logits = model(**tokenizer("( ( ) )", return_tensors="pt")).logits[0]
    names = tokenizer.convert_ids_to_tokens(range(6))
    assert names == ["(", ")", "<bos>", "<eos>", "<pad>", "<accept>"]
    allowed = [{name for name, logit in zip(names, row, strict=True) if logit > 0} for row in logits.tolist()]
    closed, open_ = {"(", "<eos>", "<accept>"}, {"(", ")"}
    assert allowed == [closed, open_, open_, open_, closed]


def test_a_gpt2_directory_is_verified_and_its_damage_named(
    gpt2: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(gpt2), "--exhaustive", "5", "--random", "10", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    record = json.loads(captured.out)
    assert record["equal"]
    assert 50 < record["longest"] <= 100
    copy = tmp_path / "copy"
    shutil.copytree(gpt2, copy)
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert main(["verify", str(copy)]) == 1
    assert "model.safetensors: is not the file" in capsys.readouterr().out


@pytest.mark.parametrize(("dtype", "least"), [("float32", 10_000), ("float64", 1_000_000)])
def test_a_torch_module_is_written_with_its_certificate(
    dtype: str, least: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "module"
    assert main(["compile", "lib:tomita4", "-o", str(directory), "--target", "torch", "--dtype", dtype, "--json"]) == 0
    certificate = json.loads(capsys.readouterr().out)
    assert certificate["max_length"] >= least
    assert certificate["checked"]["words"] > 1000
    files = {"README.md", "certificate.json", "model.json", "model.safetensors", "program.crasp"}
    assert {entry.name for entry in directory.iterdir()} == files
    assert main(["verify", str(directory), "--exhaustive", "6", "--random", "0"]) == 0


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["--target", "torch", "--max-length", "1000000000"], "1,000,000,000"),
        (["--target", "gpt2", "--max-length", "1000000"], "can be"),
        (["--dtype", "float32", "--max-length", "1000000000"], "the largest length that can be is"),
        (["--target", "tpu"], "tpu"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_length_or_target_that_cannot_be_had_is_refused(
    arguments: list[str], phrase: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", "lib:dyck1", "-o", str(tmp_path / "d"), *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err
    assert list(tmp_path.iterdir()) == []


def test_an_exact_machine_has_every_length_that_is_asked_for(tmp_path: Path) -> None:
    assert main(["compile", "lib:dyck1", "-o", str(tmp_path / "d"), "--max-length", "1000000000000"]) == 0
    certificate = json.loads((tmp_path / "d" / "certificate.json").read_text())
    assert (certificate["max_length"], certificate["dtype"]) == (None, "rational")


def test_a_limit_machine_is_certified_and_verified_in_floating_point_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "d"
    arguments = ["compile", "lib:dyck1", "-o", str(directory), "--dtype", "float32", "--max-length"]
    assert main([*arguments, "10000"]) == 0
    assert "certified for words of 10,000 tokens (float32)" in capsys.readouterr().out
    certificate = json.loads((directory / "certificate.json").read_text())
    assert "half-unit shift" in certificate["argument"]
    assert certificate["checked"]["words"] > 1000
    assert main(["verify", str(directory), "--exhaustive", "4", "--random", "5", "--longest", "50"]) == 0
    assert main(["verify", str(directory), "--longest", "10001"]) == 2
    assert "certified for words of 10,000 tokens" in capsys.readouterr().err
    (directory / "certificate.json").write_text(json.dumps(certificate | {"max_length": 10**9}))
    assert main(["verify", str(directory)]) == 2
    assert "length 1,000,000,000 cannot be certified in float32" in capsys.readouterr().err
