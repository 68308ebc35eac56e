"""The loader: stock causal models are read, everything else is refused in its own words, quietly."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tasks.ground.models.causal_model import LoadedModel, TokenizerError, check_causal, load_causal_model, read_tokens
from tasks.ground.models.model_directory import ModelError
from tests.tasks.ground.models.stock_models import (
    MODELS,
    POSITIONS,
    VOCABULARY,
    change_json,
    change_weights,
    save_model,
)

Weights = dict[str, torch.Tensor]
REFUSED = {
    "gpt2 classifier": "its architecture is GPT2ForSequenceClassification",
    "gpt2 without a head": "its architecture is GPT2Model",
    "gpt2 with two heads": "its architecture is GPT2DoubleHeadsModel",
    "masked bert": "its architecture is BertForMaskedLM",
    "t5": "a t5 model has an encoder",
    "bert": "later tokens change its answers to earlier ones",
    "xlnet": "later tokens change its answers to earlier ones",
    "gemma3 both ways": "later tokens change its answers to earlier ones",
}


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model("gpt2", tmp_path_factory.mktemp("stock") / "gpt2")


@pytest.fixture
def copy(gpt2: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gpt2, tmp_path / "model"))


def asked(directory: Path) -> LoadedModel:
    loaded = load_causal_model(directory)
    check_causal(directory, loaded)
    return loaded


@pytest.mark.parametrize("name", [name for name in MODELS if name not in REFUSED])
def test_causal_models_of_stock_classes_are_read(name: str, tmp_path: Path) -> None:
    loaded = asked(save_model(name, tmp_path))
    assert loaded.outputs == VOCABULARY
    assert loaded.notes == ()
    assert type(loaded.model).__name__ == MODELS[name][0]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_causal_language_model_is_refused(name: str, tmp_path: Path) -> None:
    save_model(name, tmp_path)
    with pytest.raises(ModelError, match=r"is no causal language model: ") as caught:
        asked(tmp_path)
    assert REFUSED[name] in str(caught.value)


def test_reading_ahead_is_found_in_half_precision_too(tmp_path: Path) -> None:
    save_model("bert", tmp_path)
    change_weights(tmp_path, lambda weights: weights.update({k: v.bfloat16() for k, v in weights.items()}))
    change_json(tmp_path / "config.json", dtype="bfloat16")
    loaded = load_causal_model(tmp_path)
    assert next(loaded.model.parameters()).dtype == torch.bfloat16
    with pytest.raises(ModelError, match="later tokens"):
        check_causal(tmp_path, loaded)


def test_a_causal_model_in_half_precision_is_read_in_it(copy: Path) -> None:
    change_weights(copy, lambda weights: weights.update({k: v.bfloat16() for k, v in weights.items()}))
    change_json(copy / "config.json", dtype="bfloat16")
    assert next(asked(copy).model.parameters()).dtype == torch.bfloat16


def put(name: str, place: int, value: float) -> Callable[[Weights], object]:
    return lambda weights: weights[name].view(-1).__setitem__(place, value)


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (put("transformer.h.1.mlp.c_fc.weight", 3, float("nan")), r"hold NaN or infinity \(transformer\.h\.1\.mlp"),
        (put("transformer.wte.weight", 0, float("inf")), r"hold NaN or infinity \(transformer\.wte\.weight\)"),
        (put("transformer.ln_f.bias", 0, float("-inf")), "hold NaN or infinity"),
        (lambda weights: weights.update(scale=torch.ones(2)), "hold what a GPT2LMHeadModel does not use: scale"),
        (
            lambda weights: weights.update({"score.weight": torch.ones(2, 16)}),
            r"does not use: score\.weight\. The weights belong to another model",
        ),
        (lambda weights: weights.pop("transformer.ln_f.weight"), r"its weights lack transformer\.ln_f\.weight"),
        (
            lambda weights: weights.update({"transformer.ln_f.weight": torch.ones(7)}),
            r"of other sizes than config\.json says: transformer\.ln_f\.weight",
        ),
        (
            lambda weights: weights.update({"transformer.wpe.weight": torch.zeros(7, 16)}),
            r"of other sizes than config\.json says: transformer\.wpe\.weight",
        ),
        (put("transformer.wte.weight", 0, 1e38), "answers with NaN or infinity"),
    ],
    ids=["nan", "infinity", "minus infinity", "unknown", "a head", "missing", "size", "positions", "too large"],
)
def test_weights_that_are_not_the_models_own_are_refused(
    copy: Path, change: Callable[[Weights], object], phrase: str
) -> None:
    change_weights(copy, change)
    with pytest.raises(ModelError, match=phrase):
        asked(copy)


def test_weights_that_older_versions_kept_and_now_are_computed_are_passed_over(copy: Path) -> None:
    masks = {
        "transformer.h.0.attn.bias": torch.ones(1, 1, 4, 4),
        "transformer.h.0.attn.masked_bias": torch.tensor(-1e4),
    }
    change_weights(copy, lambda weights: weights.update(masks))
    assert asked(copy).outputs == VOCABULARY


@pytest.mark.parametrize("named", ["GPT2LMHeadModel", "NoPEGPT2LMHeadModel"])
def test_a_model_without_position_weights_is_read_as_one_without_positions(copy: Path, named: str) -> None:
    change_weights(copy, lambda weights: weights.pop("transformer.wpe.weight"))
    change_json(copy / "config.json", architectures=[named])
    loaded = asked(copy)
    assert loaded.notes[-1].endswith("no weights for positions: it is read as a model without positions.")
    assert len(loaded.notes) == (1 if named == "GPT2LMHeadModel" else 2)
    assert not loaded.model.transformer.wpe.weight.any()
    longer = load_causal_model(copy, positions=500).model
    word = torch.randint(VOCABULARY, (1, 400), generator=torch.Generator().manual_seed(1))
    same = longer(input_ids=word[:, :POSITIONS]).logits - loaded.model(input_ids=word[:, :POSITIONS]).logits
    assert float(same.abs().max()) == 0
    assert longer(input_ids=word).logits.isfinite().all()


@pytest.mark.parametrize(
    ("values", "phrase"),
    [
        ({"n_layer": 10**9}, "1,000,000,000 layers, but the weights have 28 tensors"),
        ({"vocab_size": 10**12}, "a model of 16,000,000,"),
        ({"n_embd": 10**9}, "no gpt2 model can be made from it"),
        ({"n_layer": "two"}, "not the configuration of a gpt2 model: Validation error for field 'n_layer'"),
        ({"n_head": 3}, "no gpt2 model can be made from it"),
        ({"vocab_size": -4}, "no gpt2 model can be made from it"),
        ({"n_layer": 3}, r"its weights lack transformer\.h\.2"),
        ({"n_layer": 1}, "does not use"),
        ({"model_type": "nonesuch"}, "transformers has no model_type 'nonesuch'"),
        ({"model_type": ["gpt2"]}, "transformers has no model_type"),
        ({"architectures": "GPT2LMHeadModel"}, "architectures: expected a list of names"),
        ({"dtype": "float33"}, "not the configuration of a gpt2 model"),
        ({"quantization_config": {"quant_method": "bitsandbytes"}}, "the weights are quantized"),
        ({"tie_word_embeddings": False}, r"its weights lack lm_head\.weight"),
        ({"is_encoder_decoder": True}, "has an encoder"),
    ],
    ids=str,
)
def test_a_configuration_that_is_none_of_the_weights_is_refused(
    copy: Path, values: dict[str, Any], phrase: str
) -> None:
    change_json(copy / "config.json", **values)
    with pytest.raises(ModelError, match=phrase):
        asked(copy)


def test_what_other_libraries_say_and_advise_is_kept_from_the_user(
    copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked(copy)
    change_weights(copy, lambda weights: weights.pop("transformer.ln_f.weight"))
    change_json(copy / "config.json", n_embd=24)
    (copy / "tokenizer_config.json").write_text('{"tokenizer_class": "NoneSuch"}')
    with pytest.raises(ModelError) as caught:
        asked(copy)
    assert capfd.readouterr() == ("", "")
    assert not any(word in str(caught.value) for word in ("weights_only", "trust_remote_code", "report", "\n"))


DAMAGED = {
    "an empty file": b"",
    "half a file": b'{"version": "1.0", "model": {"type": "BPE", "vocab": {"a": 0',
    "no object": b"[]",
    "another object": b"{}",
    "bytes": b"\xff\x00\x01",
    "a token twice": b'{"model": {"vocab": {"a": 0, "a": 1}}}',
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_tokenizer_is_named_and_not_taken_for_none(kind: str, copy: Path) -> None:
    assert read_tokens(copy) is None
    (copy / "tokenizer.json").write_bytes(DAMAGED[kind])
    with pytest.raises(TokenizerError, match=str(copy)):
        read_tokens(copy)


def test_the_files_of_other_tokenizers_are_named_if_they_are_damaged(copy: Path) -> None:
    (copy / "merges.txt").write_text("#version: 0.2\n")
    (copy / "vocab.json").write_text('{"a": 0, "<|endoftext|>": 1}')
    found = read_tokens(copy)
    assert found is not None
    assert found.ids == {"a": 0, "<|endoftext|>": 1}
    for name in ("merges.txt", "vocab.json"):
        (copy / name).write_bytes(b"\xff")
        with pytest.raises(TokenizerError, match=r"tokenizer cannot be read|vocab\.json: expected JSON"):
            read_tokens(copy)


def test_a_configuration_of_a_tokenizer_alone_is_no_tokenizer(copy: Path) -> None:
    (copy / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    assert read_tokens(copy) is None
