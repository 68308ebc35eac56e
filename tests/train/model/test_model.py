"""The stack's arithmetic is that of a stock GPT-2."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2LMHeadModel

from tests.train.model.written_models import read_gpt2
from train.model.config import ModelConfig
from train.model.directory import Model, write_model
from train.model.model import Rows, initial, logits, parameters, unflatten

VOCABULARY = ("x", "y", "<bos>", "<sep>", "<eos>", "<pad>")
SHAPES = [
    pytest.param("ape", 1, 1, 16, id="ape 1 layer"),
    pytest.param("ape", 3, 4, 64, id="ape 3 layers 4 heads"),
    pytest.param("nope", 1, 2, 32, id="nope 1 layer 2 heads"),
    pytest.param("nope", 2, 1, 16, id="nope 2 layers"),
]


def made(pe: str, layers: int, heads: int, width: int, *, seed: int = 0) -> Model:
    """A model in general position: no bias zero, no gain one, scores far from uniform."""
    config = ModelConfig(
        pe=pe,  # type: ignore[arg-type]
        layers=layers,
        heads=heads,
        width=width,
        vocabulary=6,
        positions=40,
    )
    rng = np.random.default_rng(seed)
    flat = initial(rng, config, scale=width**-0.5, position_scale=width**-0.5)
    return Model(config, flat + rng.normal(0, 0.1, flat.shape).astype(np.float32), VOCABULARY)


def one_word_a_row(tokens: torch.Tensor, offset: int = 0, judged: torch.Tensor | None = None) -> Rows:
    positions = torch.arange(tokens.shape[-1]).expand_as(tokens) + offset
    return Rows(tokens, positions, torch.zeros_like(tokens), judged)


def stock(model: Model, directory: Path) -> GPT2LMHeadModel:
    directory.mkdir(exist_ok=True)
    write_model(directory, model, extra={})
    return AutoModelForCausalLM.from_pretrained(directory).eval()


@pytest.mark.parametrize(("pe", "layers", "heads", "width"), SHAPES)
def test_logits_are_those_of_the_exported_stock_model(
    pe: str, layers: int, heads: int, width: int, tmp_path: Path
) -> None:
    models = [made(pe, layers, heads, width, seed=seed) for seed in (0, 1)]
    tokens = torch.randint(0, 6, (2, 5, 31), generator=torch.Generator().manual_seed(0))
    weights = unflatten(torch.from_numpy(np.stack([model.flat for model in models])), models[0].config)
    ours = logits(weights, models[0].config, one_word_a_row(tokens))
    for index, model in enumerate(models):
        theirs = stock(model, tmp_path / str(index))(tokens[index]).logits
        assert theirs.abs().max() > 1
        torch.testing.assert_close(ours[index], theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("pe", "layers", "heads", "width"), SHAPES)
def test_gradients_are_those_of_the_stock_model(pe: str, layers: int, heads: int, width: int, tmp_path: Path) -> None:
    model = made(pe, layers, heads, width)
    tokens = torch.randint(0, 6, (1, 5, 31), generator=torch.Generator().manual_seed(0))
    flat = torch.from_numpy(model.flat)[None].requires_grad_()
    ours = logits(unflatten(flat, model.config), model.config, one_word_a_row(tokens))[0, :, :-1]
    loss = torch.nn.functional.cross_entropy(ours.flatten(0, 1), tokens[0, :, 1:].flatten())
    loss.backward()
    theirs = stock(model, tmp_path / "stock")
    expected = theirs(tokens[0], labels=tokens[0]).loss
    expected.backward()
    torch.testing.assert_close(loss, expected, atol=1e-5, rtol=1e-5)
    assert flat.grad is not None
    for name, gradient in unflatten(flat.grad, model.config).items():
        known = theirs.transformer.get_parameter(name).grad
        torch.testing.assert_close(gradient[0], known, atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize(("pe", "layers", "heads", "width"), SHAPES)
def test_weights_go_out_and_come_back_without_loss(
    pe: str, layers: int, heads: int, width: int, tmp_path: Path
) -> None:
    model = made(pe, layers, heads, width)
    stock(model, tmp_path / "a").save_pretrained(tmp_path / "b")
    (tmp_path / "b" / "tokenizer.json").write_bytes((tmp_path / "a" / "tokenizer.json").read_bytes())
    for directory in (tmp_path / "a", tmp_path / "b"):
        again = read_gpt2(directory)
        assert (again.config, again.vocabulary) == (model.config, model.vocabulary)
        assert np.array_equal(again.flat, model.flat)


@pytest.mark.parametrize("layers", [1, 2])
def test_leaving_out_what_is_not_judged_changes_no_judged_logit_and_no_gradient(layers: int) -> None:
    model = made("ape", layers, 2, 16)
    tokens = torch.randint(0, 6, (1, 4, 20), generator=torch.Generator().manual_seed(0))
    judged = torch.tensor([[[3, 7], [0, 19], [5, 6], [18, 19]]])
    found = []
    for places in (None, judged):
        flat = torch.from_numpy(model.flat)[None].requires_grad_()
        rows = one_word_a_row(tokens, judged=places)
        made_logits = logits(unflatten(flat, model.config), model.config, rows)
        if places is None:
            made_logits = made_logits.gather(2, judged[..., None].expand(-1, -1, -1, 6))
        made_logits.square().sum().backward()
        found.append((made_logits.detach(), flat.grad))
    torch.testing.assert_close(found[0], found[1], atol=1e-4, rtol=1e-4)


def test_two_words_in_a_row_do_not_see_each_other() -> None:
    model = made("ape", 2, 2, 16)
    weights = unflatten(torch.from_numpy(model.flat)[None], model.config)
    first, second = torch.tensor([2, 0, 1, 1, 0]), torch.tensor([2, 1, 1])
    alone = [
        logits(weights, model.config, one_word_a_row(word[None, None], offset))[0, 0]
        for word, offset in ((first, 4), (second, 11))
    ]
    together = Rows(
        torch.cat((first, second))[None, None],
        torch.tensor([[[4, 5, 6, 7, 8, 11, 12, 13]]]),
        torch.tensor([[[0, 0, 0, 0, 0, 5, 5, 5]]]),
        None,
    )
    torch.testing.assert_close(logits(weights, model.config, together)[0, 0], torch.cat(alone))


def test_the_exported_tokenizer_splits_on_white_space_and_puts_the_begin_token_first(tmp_path: Path) -> None:
    stock(made("ape", 1, 1, 16), tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer("x  y\ty <sep> x <eos>")["input_ids"] == [2, 0, 1, 1, 3, 0, 4]
    specials = (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token)
    assert specials == ("<bos>", "<eos>", "<pad>")
    assert tokenizer.convert_ids_to_tokens(range(6)) == list(VOCABULARY)


def test_the_exported_tokenizer_takes_unspaced_letters_keeps_separators_and_refuses_strangers(tmp_path: Path) -> None:
    stock(made("ape", 1, 1, 16), tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer("xyy<sep>x")["input_ids"] == tokenizer("x y y <sep> x")["input_ids"] == [2, 0, 1, 1, 3, 0]
    assert tokenizer.decode([2, 0, 3, 1, 4], skip_special_tokens=True).split() == ["x", "<sep>", "y"]
    with pytest.raises(Exception, match="a symbol that is none of x y"):
        tokenizer("x z")


def test_without_positional_encoding_the_position_embeddings_are_zero_and_not_trained(tmp_path: Path) -> None:
    model = made("nope", 1, 1, 16)
    assert not stock(model, tmp_path).transformer.wpe.weight.any()
    assert "wpe.weight" not in {each.name for each in parameters(model.config)}
