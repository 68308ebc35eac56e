"""What transformers makes of a directory: tokenizer, generation, what is not defined, the trainer's penalty."""

from pathlib import Path
from random import Random

import numpy as np
import pytest

from crasp.compiler.compiler import compile_program
from crasp.errors import Source
from crasp.meaning.interpreter import encode
from crasp.text.loader import load_program, read_program
from limit_transformer.gpt2.directory import Gpt2Error, load_compiled_gpt2
from limit_transformer.machine.simulator import simulate
from tests.limit_transformer.gpt2.models import Loaded, assert_right, logits, written
from tests.limit_transformer.gpt2.words import short_words
from train.model.config import ModelConfig
from train.model.regularizer import positional_norms

# The library's copy_unique over 20 numbers: that over 150 takes 3.5 GB.
TWENTY = """
alphabet 0..19 "<sep>"

tens[0](i)  := any[s in {0..9}] Q[s](i)
tens[10](i) := any[s in {10..19}] Q[s](i)
UNITS
after_tens[s, t](i)  := #[j <= i] (Q[s](j) and #[k <= j, k = j - 1] tens[t](k) = 1) > 0  for s in alphabet, t in {0, 10}
after_units[s, u](i) := #[j <= i] (Q[s](j) and #[k <= j, k = j - 1] units[u](k) = 1) > 0  for s in alphabet, u in {0..9}
opens[s](i)          := #[j <= i] (Q[s](j) and #[k <= j, k = j - 1] true = 0) > 0  for s in alphabet

same_tens[s](i)  := any[t in {0, 10}] (tens[t](i) and after_tens[s, t](i))  for s in alphabet
same_units[s](i) := any[u in {0..9}] (units[u](i) and after_units[s, u](i))  for s in alphabet
comes[s](i)      := Q["<sep>"](i) and opens[s](i) or same_tens[s](i) and same_units[s](i)  for s in alphabet
asked(i)         := #[j <= i] Q["<sep>"](j) > 0

next[s](i)   := asked(i) and comes[s](i)  for s in {0..19}
next[eos](i) := asked(i) and comes["<sep>"](i)
""".replace("UNITS", "\n".join(f"units[{u}](i) := any[s in {{{u}, {u + 10}}}] Q[s](i)" for u in range(10)))


def generated(loaded: Loaded, prompt: list[str], most: int) -> list[str]:
    inputs = loaded.tokenizer(" ".join(prompt), return_tensors="pt")
    made = loaded.model.generate(**inputs, do_sample=False, max_new_tokens=most)
    return loaded.tokenizer.convert_ids_to_tokens(made[0, len(prompt) + 1 :])


def test_the_tokenizer_splits_at_white_space_and_puts_the_begin_token_first(tmp_path: Path) -> None:
    tokenizer = written(load_program("lib:binary_majority"), tmp_path, max_length=20).tokenizer
    assert tokenizer("0 1\t1 \n <sep>")["input_ids"] == [3, 0, 1, 1, 2]
    assert tokenizer("")["input_ids"] == [3]
    assert tokenizer.get_vocab() == {"0": 0, "1": 1, "<sep>": 2, "<bos>": 3, "<eos>": 4, "<pad>": 5, "<accept>": 6}
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token) == ("<bos>", "<eos>", "<pad>")


def test_the_model_is_a_stock_gpt2(tmp_path: Path) -> None:
    from transformers import GPT2LMHeadModel

    model = written(load_program("lib:tomita4"), tmp_path, max_length=20).model
    assert type(model) is GPT2LMHeadModel
    assert model.config.activation_function == "relu"
    assert not model.config.tie_word_embeddings
    assert model.config.n_positions == 21
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]


@pytest.mark.long
def test_greedy_generation_sorts_up_to_the_longest_words_that_there_are(tmp_path: Path) -> None:
    loaded = written(load_program("lib:sort"), tmp_path, max_length=301)
    for size in (1, 150):
        numbers = [str(number) for number in Random(size).sample(range(150), size)]
        assert generated(loaded, [*numbers, "<sep>"], size + 5) == [*sorted(numbers, key=int), "<eos>"]


def test_greedy_generation_copies_distinct_tokens(tmp_path: Path) -> None:
    loaded = written(read_program(Source("copy", TWENTY)), tmp_path)
    assert loaded.said["max_length"] == 2048
    for size in (1, 7, 20):  # 20: no longer word has distinct tokens
        numbers = [str(number) for number in Random(size).sample(range(20), size)]
        assert generated(loaded, [*numbers, "<sep>"], 25) == [*numbers, "<eos>"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_greedy_generation_finds_a_majority_by_one_vote_at_the_certified_length(dtype: str, tmp_path: Path) -> None:
    loaded = written(load_program("lib:binary_majority"), tmp_path, max_length=2048, dtype=dtype)
    for winner, loser in (("0", "1"), ("1", "0")):
        bits = [winner] * 1023 + [loser] * 1022
        assert generated(loaded, [*bits, "<sep>"], 3) == [winner, "<eos>"]
        Random(1).shuffle(bits)
        assert generated(loaded, [*bits, "<sep>"], 3) == [winner, "<eos>"]


def test_generation_in_a_batch_of_several_lengths_is_that_of_each_alone(tmp_path: Path) -> None:
    loaded = written(load_program("lib:binary_majority"), tmp_path, max_length=60)
    loaded.tokenizer.padding_side = "left"
    inputs = loaded.tokenizer(["0 0 1 <sep>", "1 <sep>", "1 1 0 0 1 <sep>"], return_tensors="pt", padding=True)
    made = loaded.model.generate(**inputs, do_sample=False, max_new_tokens=2)
    assert made[:, -2:].tolist() == [[0, 4], [1, 4], [1, 4]]


def test_what_a_program_does_not_define_is_never_positive(tmp_path: Path) -> None:
    program = load_program("lib:dyck1")
    found = logits(written(program, tmp_path, max_length=20), short_words(program.alphabet, 60))
    assert (found[..., 2] < -0.5).all()
    assert (found[..., 4] < -0.5).all()
    only = read_program(Source("only", "alphabet a b\naccept(i) := Q_a(i)"))
    found = logits(written(only, tmp_path, max_length=20), short_words(only.alphabet, 10))
    assert (found[..., :5] < -0.5).all()


def test_the_attention_of_stock_implementations_gives_the_same_answers(tmp_path: Path) -> None:
    program = load_program("lib:tomita4")
    loaded = written(program, tmp_path, max_length=300)
    words = [Random(k).choices(program.alphabet, k=300) for k in range(4)]
    loaded.model.set_attn_implementation("eager")
    assert_right(loaded, words)


@pytest.mark.parametrize("name", ["tomita4", "abab_star", "dyck1"])
def test_the_reported_penalty_is_that_of_the_trainer(name: str, tmp_path: Path) -> None:
    loaded = written(load_program(f"lib:{name}"), tmp_path, max_length=70, dtype="float64")
    stock = loaded.model.config
    config = ModelConfig(
        pe="ape",
        layers=stock.n_layer,
        heads=stock.n_head,
        width=stock.n_embd,
        vocabulary=stock.vocab_size,
        positions=stock.n_positions,
    )
    state = loaded.model.transformer.state_dict()
    weights = {key: values[None] for key, values in state.items()}
    for form, key in (("tapered", "trainer_penalty"), ("eq8", "trainer_penalty_eq8")):
        expected = float(positional_norms(weights, config, form))  # type: ignore[arg-type]
        assert loaded.said[key] == pytest.approx(expected, rel=1e-9)
    assert (loaded.said["trainer_penalty"] > 0) == (name == "tomita4")


def test_a_directory_is_a_realization(tmp_path: Path) -> None:
    program = load_program("lib:dyck1")
    compiled = compile_program(program)
    written(program, tmp_path, max_length=50)
    found = load_compiled_gpt2(tmp_path)
    assert (found.max_length, found.outputs) == (50, compiled.machine.outputs)
    words = encode(program.alphabet, [[], ["("], ["(", ")"], [")", "(", "("]])
    inside = np.arange(4)[None, :] <= words.lengths[:, None]
    expected = simulate(compiled.machine, words.tokens).answers() & inside[..., None]
    assert np.array_equal(found.answers(words.tokens, words.lengths), expected)
    wide = np.full((1, 60), -1)
    assert found.answers(wide, np.array([0])).shape == (1, 61, 4)
    with pytest.raises(ValueError, match="expected words of 50 letters at most, found one of 51"):
        found.answers(np.zeros((1, 51), dtype=int), np.array([51]))


def test_other_directories_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Gpt2Error, match="no compiled GPT-2"):
        load_compiled_gpt2(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(Gpt2Error, match="no compiled GPT-2"):
        load_compiled_gpt2(tmp_path)
    written(load_program("lib:dyck1"), tmp_path, max_length=10)
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(Gpt2Error, match="no compiled GPT-2"):
        load_compiled_gpt2(tmp_path)


def test_a_word_outside_the_alphabet_is_no_text(tmp_path: Path) -> None:
    tokenizer = written(load_program("lib:dyck1"), tmp_path, max_length=10).tokenizer
    for text in ("( x )", "(x)", "((", "é"):
        if text == "((":
            assert tokenizer(text)["input_ids"] == [2, 0, 0]
            continue
        with pytest.raises(Exception, match=r"a symbol that is none of \( \)"):
            tokenizer(text)
