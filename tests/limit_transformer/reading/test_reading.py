"""What a GPT-2 takes from positions: compiled models give their machine back, planted ones what was planted."""

import json
from pathlib import Path

import numpy as np
import pytest

from crasp.api import compile as compile_to
from crasp.meaning.interpreter import encode, run
from crasp.text.loader import load_program
from limit_transformer.__main__ import main
from limit_transformer.reading.gpt2_forward import AttentionRounding, attended, forward, load_gpt2
from limit_transformer.reading.nearest_machine import LimitReading, read_gpt2, words_that_fit
from limit_transformer.reading.position_dependence import lag_table, period_fit
from limit_transformer.reading.reading_report import report_reading
from limit_transformer.reading.walked_words import walked_words

LETTERS = 24  # of the words that are read
LONG = 400  # letters: more than the compiled models have positions for


# Two residues that are read in two blocks, and whose common period is longer than either: 20 of 4 and 5.
RESIDUES = """alphabet a b
some(i)  := #[j <= i] (Q[a](j) and j % 4 = 1)
fifth(i) := i % 5 = 2 and some(i) >= 3
few(i)   := #[j <= i] fifth(j)
accept(i)  := few(i) <= 2
next[a](i) := few(i) <= 2
next[b](i) := fifth(i)
"""


def source_of(name: str) -> str:
    return name if "\n" in name else f"lib:{name}"


def compiled_gpt2(name: str, directory: Path) -> Path:
    source = source_of(name)
    if source == name:
        directory.mkdir(parents=True, exist_ok=True)
        program = directory / "program.crasp"
        program.write_text(source, encoding="utf-8")
        directory, source = directory / "compiled", str(program)
    compile_to(source, directory, target="gpt2", max_length=60)
    return directory


def read_compiled(directory: Path, alphabet: int) -> tuple[LimitReading, np.ndarray]:
    model = load_gpt2(directory)
    ids = walked_words(model, tuple(range(alphabet)), words=24, tokens=LETTERS + 1, seed=1)
    return read_gpt2(model, ids), ids


@pytest.mark.parametrize(
    ("name", "period", "lags"),
    [
        ("tomita4", 1, {(0, 1), (0, 2)}),
        ("abab_star", 4, set()),
        ("dyck1", 1, set()),
        ("aaaa_star", 4, set()),
        ("tomita1", 1, set()),
        (RESIDUES, 20, set()),
    ],
)
def test_a_compiled_model_gives_its_machine_back(
    name: str, period: int, lags: set[tuple[int, int]], tmp_path: Path
) -> None:
    directory = compiled_gpt2(name, tmp_path / "model")
    program = load_program(str(tmp_path / "model" / "program.crasp") if name == RESIDUES else f"lib:{name}")
    reading, ids = read_compiled(directory, len(program.alphabet))
    assert reading.nearest.period == period
    found = {
        (number, int(head.measured.logits.argmax()))
        for number, block in enumerate(reading.blocks)
        for head in block.heads
        if head.measured.reach is not None
    }
    assert found == lags
    assert all(head.explained > 0.999 for block in reading.blocks for head in block.heads)
    # Its answers are the program's, at lengths for which the model has no positions.
    rng = np.random.default_rng(2)
    letters = rng.integers(len(program.alphabet), size=(3, LONG))
    words = np.concatenate([np.full((3, 1), ids[0, 0]), letters], axis=1)
    asked = encode(program.alphabet, [tuple(program.alphabet[k] for k in row) for row in letters])
    names = [token for token, _ in program.next]
    said = [token for token in program.alphabet if token in names]
    own = reading.nearest.answers(words)[:, :, [program.alphabet.index(token) for token in said]] > 0
    assert np.array_equal(own, run(program, asked).next[:, :, [names.index(token) for token in said]])
    assert said


def test_the_forward_pass_is_that_of_transformers(tmp_path: Path) -> None:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    for number, extra in enumerate(
        [{}, {"activation_function": "gelu"}, {"scale_attn_by_inverse_layer_idx": True, "scale_attn_weights": False}]
    ):
        torch.manual_seed(number)
        config = GPT2Config(
            vocab_size=9, n_positions=20, n_embd=12, n_layer=2, n_head=3, bos_token_id=8, initializer_range=0.3, **extra
        )
        model = GPT2LMHeadModel(config).eval()
        model.save_pretrained(tmp_path / str(number))
        ids = np.random.default_rng(number).integers(9, size=(3, 17))
        with torch.no_grad():
            expected = model(torch.from_numpy(ids)).logits.numpy()
        assert np.abs(forward(load_gpt2(tmp_path / str(number)), ids) - expected).max() < 1e-5


def test_a_planted_table_of_lags_is_found_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    lags = np.arange(30)[:, None] - np.arange(30)[None]
    planted = np.where(lags == 3, 5.0, 0.0) + rng.normal(size=(30, 1))
    planted[:, 0] += 2.0
    found = lag_table(planted)
    assert found.reach == 3
    assert found.share > 0.999
    assert found.logits[3] == pytest.approx(5.0, abs=1e-6)
    assert found.matrix(30)[10, 7] - found.matrix(30)[10, 0] == pytest.approx(3.0, abs=1e-3)
    assert lag_table(rng.normal(size=(30, 30))).share < 0.3
    assert (lag_table(-0.05 * np.abs(lags)).reach or 0) > 20  # it does not vanish within what was seen
    assert lag_table(-5.0 * np.abs(lags)).reach == 1  # lag 0 has nearly all the weight, and lag 1 a hundredth
    assert lag_table(np.zeros((30, 30))).reach is None


@pytest.mark.parametrize("period", [1, 2, 3, 7, 16])
def test_a_planted_period_is_found(period: int) -> None:
    rng = np.random.default_rng(period)
    table = rng.normal(size=(period, 8))[np.arange(120) % period] + 0.05 * rng.normal(size=(120, 8))
    found = period_fit(table)
    assert found.period == period
    assert found.share > 0.9 or period == 1


def test_noise_has_no_period() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert period_fit(rng.normal(size=(101, 16))).period == 1
    walk = np.cumsum(np.random.default_rng(1).normal(size=(101, 16)), axis=0)
    assert period_fit(walk).period == 1


def test_words_that_do_not_fit_into_memory_are_refused(tmp_path: Path) -> None:
    model = load_gpt2(compiled_gpt2("tomita1", tmp_path / "tomita1"))
    most = words_that_fit(model, 61)
    assert most > 1000
    with pytest.raises(ValueError, match=f"at most {most:,} words of that length"):
        read_gpt2(model, np.zeros((most + 1, 61), dtype=np.int64))


def test_rounding_that_changes_answers_is_told_from_rounding_that_does_not(tmp_path: Path) -> None:
    directory = compiled_gpt2("dyck1", tmp_path / "dyck1")
    reading, ids = read_compiled(directory, 2)
    model = load_gpt2(directory)
    found = report_reading(model, reading, ids, (), "sets")
    assert found.logit_bits == 0  # heads of this model are uniform, or look at one token alone
    assert found.weight_bits is not None
    coarse = forward(model, ids, rounding=AttentionRounding(weights=found.weight_bits - 1)) > 0
    exact = forward(model, ids) > 0
    assert not np.array_equal(coarse, exact)
    assert np.array_equal(forward(model, ids, rounding=AttentionRounding(weights=found.weight_bits)) > 0, exact)
    assert attended(np.zeros((4, 4)), AttentionRounding(weights=1))[2].tolist() == [0.5, 0.5, 0.5, 0.0]


def test_the_command_reads_a_directory_and_refuses_what_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = compiled_gpt2("tomita4", tmp_path / "tomita4")
    assert main(["read", str(directory), "--letters", "20", "-n", "12", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [head["reach"] for head in found["blocks"][0]["heads"]] == [None, 1, 2]
    assert all(each["same"] == each["words"] for each in found["agreement"])
    assert [each["length"] for each in found["agreement"]] == [20, 40, 60]
    words = tmp_path / "words"
    words.write_text("0 1 0 0 1 1 0\n1 1 0 1 0 1 1\n", encoding="utf-8")
    assert main(["read", str(directory), "--words", str(words)]) == 0
    assert "head 2: LOCAL: it looks at lag 1 alone" in capsys.readouterr().out
    words.write_text("0 1 0 0 1\n\n1 1 x 1 0\n", encoding="utf-8")
    assert main(["read", str(directory), "--words", str(words)]) == 2
    assert "line 3: the model has no token 'x'" in capsys.readouterr().err
    words.write_text("0 1 0 0 1\n1 1\n", encoding="utf-8")
    assert main(["read", str(directory), "--words", str(words)]) == 2
    assert "line 2: expected words of one length, found 2 tokens, where the first word has 5" in capsys.readouterr().err
    assert main(["read", str(directory), "--words", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
    assert main(["read", str(tmp_path / "none")]) == 2
    assert main(["read", str(directory), "--answers", "most"]) == 2
    config = json.loads((directory / "config.json").read_text(encoding="utf-8")) | {"n_head": 7}
    (directory / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert main(["read", str(directory)]) == 2
    assert "cannot be divided among 7 heads" in capsys.readouterr().err
