"""Programs of counts alone as stock GPT-NeoX models: what the interpreter says, whatever the rotation."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from crasp.__main__ import main
from crasp.artifacts.directory import GPTNEOX_FORMAT, read_certificate
from crasp.compiler.compiler import compile_program
from crasp.text.loader import load_program
from limit_transformer.gpt2.directory import Gpt2Error, write_gpt2
from limit_transformer.gpt2.neox_directory import write_gptneox
from tests.limit_transformer.gpt2.models import Loaded, assert_right, logits
from tests.limit_transformer.gpt2.words import near_ties, short_words

PLAIN = ("anbn", "bool3", "d_3", "dyck1", "shuffle2", "tomita1", "tomita7", "binary_majority")


def written(name: str, directory: Path, *, max_length: int | None = None, dtype: str = "float32") -> Loaded:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    program = load_program(f"lib:{name}")
    said = write_gptneox(compile_program(program), directory, max_length=max_length, dtype=dtype)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype="auto")
    return Loaded(program, model, AutoTokenizer.from_pretrained(directory), said)


@pytest.mark.parametrize("name", PLAIN)
def test_a_model_is_right_on_short_and_random_words_and_near_ties(name: str, tmp_path: Path) -> None:
    loaded, random = written(name, tmp_path), Random(name)
    assert type(loaded.model).__name__ == "GPTNeoXForCausalLM"
    assert loaded.said["max_length"] == 2048
    assert loaded.said["model"]["parameters"] == sum(each.numel() for each in loaded.model.parameters())
    assert_right(loaded, short_words(loaded.program.alphabet, 200))
    assert_right(loaded, [random.choices(loaded.program.alphabet, k=random.randrange(80)) for _ in range(20)])
    assert_right(loaded, list(near_ties(loaded.program, 800, random))[:2])


def test_a_float64_model_is_right_and_in_float64(tmp_path: Path) -> None:
    loaded = written("dyck1", tmp_path, dtype="float64")
    assert str(loaded.model.dtype) == "torch.float64"
    assert loaded.said["max_length"] == 16384
    assert_right(loaded, [["("] * 2000 + [")"] * 2000])


def test_its_logits_are_those_of_the_gpt2_of_the_same_program(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    loaded = written("dyck1", tmp_path, max_length=100)
    (tmp_path / "gpt2").mkdir()
    write_gpt2(compile_program(loaded.program), tmp_path / "gpt2", max_length=100, dtype="float32")
    other = Loaded(loaded.program, AutoModelForCausalLM.from_pretrained(tmp_path / "gpt2"), loaded.tokenizer, {})
    words = [Random(0).choices("()", k=99) for _ in range(5)]
    np.testing.assert_allclose(logits(loaded, words), logits(other, words), atol=1e-3)


def test_heads_are_rotated_and_rotation_changes_nothing(tmp_path: Path) -> None:
    loaded = written("dyck1", tmp_path, max_length=60)
    rotary = loaded.model.gpt_neox.rotary_emb
    assert 2 * len(rotary.inv_freq) == loaded.model.gpt_neox.layers[0].attention.head_size // 2 * 2 > 0
    words = [Random(1).choices("()", k=50) for _ in range(5)]
    before = logits(loaded, words)
    rotary.inv_freq *= 0.37
    assert np.array_equal(before, logits(loaded, words))


@pytest.mark.parametrize("name", ["aa_star", "tomita4", "abab_star"])
def test_a_program_with_lags_or_residues_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Gpt2Error, match="counts alone"):
        write_gptneox(compile_program(load_program(f"lib:{name}")), tmp_path, max_length=50, dtype="float32")
    assert not list(tmp_path.iterdir())


def test_the_command_writes_one_that_is_verified_and_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "neox"
    assert main(["compile", "lib:dyck1", "-o", str(out), "--target", "gptneox", "--max-length", "60"]) == 0
    assert read_certificate(out)["format"] == GPTNEOX_FORMAT
    assert "This GPT-NeoX was not trained" in (out / "README.md").read_text()
    assert main(["verify", str(out), "--exhaustive", "4", "--random", "5"]) == 0
    capsys.readouterr()
    other = tmp_path / "other"
    assert main(["compile", "lib:aa_star", "-o", str(other), "--target", "gptneox"]) == 2
    assert "counts alone" in capsys.readouterr().err
    assert not other.exists()
