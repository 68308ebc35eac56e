"""A directory behaves as a model of words: what it writes, what it reads, what it says of itself and of its numbers."""

import json
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.errors import Source
from crasp.meaning.interpreter import accepts, encode
from crasp.text.loader import load_program, read_program
from tests.limit_transformer.gpt2.models import Loaded, written

SPECIAL = {"<bos>", "<pad>", "<accept>"}


@pytest.fixture(scope="module")
def dyck1(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loaded, str]:
    directory = tmp_path_factory.mktemp("dyck1")
    return written(load_program("lib:dyck1"), directory, max_length=60), str(directory)


def sampled(loaded: Loaded, prompt: str, seed: int) -> list[str]:
    import torch

    torch.manual_seed(seed)
    made = loaded.model.generate(**loaded.tokenizer(prompt, return_tensors="pt"))
    return loaded.tokenizer.convert_ids_to_tokens(made[0].tolist())[1:]


def test_plain_generation_writes_words_of_the_language_that_end(dyck1: tuple[Loaded, str]) -> None:
    loaded, ended = dyck1[0], 0
    for seed in range(30):
        word = sampled(loaded, "(()", seed)
        assert not SPECIAL & set(word)
        if word[-1] == "<eos>":
            ended += 1
            assert accepts(loaded.program, encode(loaded.program.alphabet, [word[:-1]]))[0]
        else:
            assert len(word) == 60  # there is no place for more
    assert ended > 15


def test_where_a_program_allows_nothing_generation_ends(dyck1: tuple[Loaded, str]) -> None:
    assert sampled(dyck1[0], "())", 0) == ["(", ")", ")", "<eos>"]


def test_generation_of_a_recogniser_ends_at_once(tmp_path: Path) -> None:
    program = read_program(Source("even", "alphabet a b\naccept(i) := #[j <= i] Q_a(j) = #[j <= i] Q_b(j)"))
    assert sampled(written(program, tmp_path, max_length=20), "a b", 0) == ["a", "b", "<eos>"]


def test_an_end_is_preferred_to_letters_whose_rows_are_large(tmp_path: Path) -> None:
    each = " and ".join(f"#[j <= i] Q_{letter}(j) >= 2" for letter in "abc")
    text = f"alphabet a b c\nnext[a](i) := not ({each})\nnext[eos](i) := #[j <= i] true = 5"
    loaded = written(read_program(Source("five", text)), tmp_path, max_length=20)
    assert sampled(loaded, "", 0) == ["a"] * 5 + ["<eos>"]


def test_the_pipeline_writes_no_special_token(dyck1: tuple[Loaded, str]) -> None:
    from transformers import pipeline

    write = pipeline("text-generation", model=dyck1[1])
    for prompt in ("(()", "( (", ""):
        text = write(prompt)[0]["generated_text"]
        assert set(text) <= set("() ")
        assert text.startswith(prompt)


def test_text_of_single_characters_needs_no_spaces(dyck1: tuple[Loaded, str], tmp_path: Path) -> None:
    tokenizer = dyck1[0].tokenizer
    assert tokenizer("(())")["input_ids"] == tokenizer("( ( )\n)")["input_ids"] == [2, 0, 0, 1, 1]
    assert tokenizer("()<eos>")["input_ids"] == [2, 0, 1, 3]
    assert tokenizer.decode([2, 0, 1, 3], skip_special_tokens=True) == "( )"
    several = read_program(Source("numbers", 'alphabet 0..20 "é" "🙂x"\naccept(i) := Q["20"](i)'))
    tokenizer = written(several, tmp_path, max_length=5).tokenizer
    assert tokenizer("20 2 é 🙂x")["input_ids"] == [23, 20, 2, 21, 22]
    for text in ("21", "200", "2é", "🙂"):
        with pytest.raises(Exception, match=r"a symbol that is none of 0 1 2 .* 20 é 🙂x"):
            tokenizer(text)


@pytest.mark.parametrize(("made", "read"), [("float32", "bfloat16"), ("float32", "float16"), ("float64", "float32")])
def test_numbers_too_narrow_give_no_answer_at_all(made: str, read: str, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    loaded = written(load_program("lib:binary_majority"), tmp_path, max_length=40, dtype=made)
    inputs = loaded.tokenizer("0 1 0 <sep>", return_tensors="pt")
    assert loaded.model(**inputs).logits.isfinite().all()
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["dtype"] == config["crasp_bench"]["dtype"] == made
    for model in (AutoModelForCausalLM.from_pretrained(tmp_path, dtype=read), loaded.model.to(getattr(torch, read))):
        assert model(**inputs).logits.isnan().all()
        with pytest.raises(RuntimeError, match="nan"):
            model.generate(**inputs)


def test_mixed_precision_gives_no_answer_either(tmp_path: Path) -> None:
    import torch

    loaded = written(load_program("lib:binary_majority"), tmp_path, max_length=40)
    inputs = loaded.tokenizer("0 1 0 <sep>", return_tensors="pt")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert loaded.model(**inputs).logits.isnan().all()


def test_the_card_says_what_the_model_is(tmp_path: Path) -> None:
    assert main(["compile", "lib:dyck1", "-o", str(tmp_path / "d"), "--target", "gpt2", "--max-length", "80"]) == 0
    card = (tmp_path / "d" / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: apache-2.0\n")
    for phrase in (
        "# dyck1\n",
        "balanced parentheses",
        "dip(i)    := opens(i) < closes(i)",
        "**80 tokens** in **float32**",
    ):
        assert phrase in card
    for phrase in ("the token may come next", "the word may end here", "is accepted", "Apache-2.0", "NaN"):
        assert phrase in card
    certificate = json.loads((tmp_path / "d" / "certificate.json").read_text())
    assert {"README.md", "generation_config.json"} <= certificate["files"].keys()
