"""Models with every encoding are stock models: the same logits and gradients, out and back without loss; and traps."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from tasks.drawing.sorted_draws import sorted_draws
from tasks.ground.models.model_directory import ModelError
from tasks.ground.models.stock_layouts import from_stock, stock_name
from tests.train.model.encoded_models import CHOSEN, STOCK, encoded, rows_of, stock
from train.model.config import config_to_json
from train.model.directory import OWN_TYPE, PREFIX, read_model, stock_class, write_model
from train.model.model import logits, unflatten

CLASSES = {
    "rope": "GPTNeoXForCausalLM",
    "falcon": "FalconForCausalLM",
    "alibi": "BloomForCausalLM",
    "sinusoidal": "GPT2LMHeadModel",
    "randomized": "GPT2LMHeadModel",
}


def words(columns: int, *, models: int = 1) -> torch.Tensor:
    return torch.randint(0, 6, (models, 4, columns), generator=torch.Generator().manual_seed(0))


def ours(flats: list[np.ndarray[Any, Any]], config: Any, tokens: torch.Tensor) -> torch.Tensor:
    weights = unflatten(torch.from_numpy(np.stack(flats)), config)
    return logits(weights, config, rows_of(tokens))


@pytest.mark.parametrize(("pe", "layers", "heads", "width"), STOCK)
def test_logits_are_those_of_the_exported_stock_model(
    pe: str, layers: int, heads: int, width: int, tmp_path: Path
) -> None:
    runs = [encoded(pe, layers, heads, width, seed=seed) for seed in (0, 1)]
    tokens = words(40, models=2)
    found = ours([run.model.flat for run in runs], runs[0].model.config, tokens)
    for index, run in enumerate(runs):
        loaded = stock(run, tmp_path / str(index))
        assert type(loaded).__name__ == CLASSES["falcon" if "falcon" in pe else pe.partition(":")[0]]
        theirs = loaded(tokens[index]).logits
        assert theirs.abs().max() > 1
        torch.testing.assert_close(found[index], theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("pe", "layers", "heads", "width"), [each for each in STOCK if "randomized" not in str(each)])
def test_logits_of_words_far_past_the_positions_are_those_of_the_stock_model(
    pe: str, layers: int, heads: int, width: int, tmp_path: Path
) -> None:
    run = encoded(pe, layers, heads, width)
    if pe.startswith("sinusoidal"):
        run = encoded(pe, layers, heads, width, positions=700)  # a table has as many rows as are written
    tokens = words(700)[:, :1]
    found = ours([run.model.flat], run.model.config, tokens)[0]
    torch.testing.assert_close(found, stock(run, tmp_path)(tokens[0]).logits, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("pe", "layers", "heads", "width"), STOCK)
def test_the_gradient_is_that_of_the_stock_model(pe: str, layers: int, heads: int, width: int, tmp_path: Path) -> None:
    run = encoded(pe, layers, heads, width)
    tokens = words(31)
    flat = torch.from_numpy(run.model.flat)[None].requires_grad_()
    made = logits(unflatten(flat, run.model.config), run.model.config, rows_of(tokens))[0, :, :-1]
    torch.nn.functional.cross_entropy(made.flatten(0, 1), tokens[0, :, 1:].flatten()).backward()
    theirs = stock(run, tmp_path)
    theirs(tokens[0], labels=tokens[0]).loss.backward()
    assert flat.grad is not None
    kind = stock_class(run.model.config)
    for name, gradient in unflatten(flat.grad, run.model.config).items():
        known = theirs.get_parameter(PREFIX + name if kind is None else stock_name(name, kind)).grad
        if kind is not None:
            known = torch.from_numpy(from_stock(name, known.numpy(), heads))
        torch.testing.assert_close(gradient[0], known, atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize(("pe", "layers", "heads", "width"), [*STOCK, *CHOSEN])
def test_weights_go_out_and_come_back_without_loss(
    pe: str, layers: int, heads: int, width: int, tmp_path: Path
) -> None:
    run = encoded(pe, layers, heads, width)
    write_model(tmp_path, run.model, extra={"config": config_to_json(run.config), "seed": 0})
    again = read_model(tmp_path)
    assert (again.config, again.vocabulary) == (run.model.config, run.model.vocabulary)
    assert np.array_equal(again.flat, run.model.flat)


@pytest.mark.parametrize(
    "tokenizer", ['{"model": []}', '{"model": {"vocab": [1]}}', '{"model": {"vocab": {"a": "b", "c": 1}}}', "{}", "["]
)
def test_a_run_with_a_damaged_tokenizer_is_refused(tokenizer: str, tmp_path: Path) -> None:
    run = encoded("alibi:slopes=0,1", 1, 2, 16)
    write_model(tmp_path, run.model, extra={"config": config_to_json(run.config), "seed": 0})
    (tmp_path / "tokenizer.json").write_text(tokenizer)
    with pytest.raises(ModelError, match=r"tokenizer\.json: expected"):
        read_model(tmp_path)


def test_randomised_positions_are_those_that_the_stock_model_is_given(tmp_path: Path) -> None:
    run = encoded("randomized:largest=90", 2, 2, 16)
    tokens = words(20)
    draws = torch.from_numpy(sorted_draws(np.random.default_rng(0), np.full(4, 20), 20, 90))
    weights = unflatten(torch.from_numpy(run.model.flat)[None], run.model.config)
    found = logits(weights, run.model.config, rows_of(tokens, draws[None]))[0]
    theirs = stock(run, tmp_path)(tokens[0], position_ids=draws).logits
    torch.testing.assert_close(found, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("pe", "heads"), [("alibi:slopes=0,1", 2), ("alibi:slopes=0,1.5,0.25", 3)])
def test_chosen_slopes_are_taken_times_the_distance_from_each_score(pe: str, heads: int) -> None:
    """Each head's weights by hand: a second definition of the attention, one position at a time."""
    run = encoded(pe, 1, heads, 8 * heads)
    config, tokens = run.model.config, words(12)
    flat = torch.from_numpy(run.model.flat)[None].double()
    weights = {name: each[0] for name, each in unflatten(flat, config).items()}
    found = ours([run.model.flat], config, tokens)[0]
    slopes = [float(slope) for slope in pe.partition("=")[2].split(",")]
    for row, word in enumerate(tokens[0]):
        torch.testing.assert_close(found[row], by_hand(weights, slopes, word).float(), atol=1e-4, rtol=1e-4)


def by_hand(weights: dict[str, torch.Tensor], slopes: list[float], word: torch.Tensor) -> torch.Tensor:
    def norm(values: torch.Tensor, name: str) -> torch.Tensor:
        return torch.nn.functional.layer_norm(
            values, values.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-5
        )

    def linear(values: torch.Tensor, name: str) -> torch.Tensor:
        return values @ weights[f"h.0.{name}.weight"] + weights[f"h.0.{name}.bias"]

    stream = weights["wte.weight"][word]
    queries, keys, values = linear(norm(stream, "h.0.ln_1"), "attn.c_attn").chunk(3, dim=-1)
    size = queries.shape[-1] // len(slopes)
    mixed = torch.zeros_like(queries)
    for head, slope in enumerate(slopes):
        part = slice(head * size, (head + 1) * size)
        for i in range(len(word)):
            scores = [float(queries[i, part] @ keys[j, part]) / size**0.5 - slope * (i - j) for j in range(i + 1)]
            mixed[i, part] = torch.tensor(scores, dtype=torch.double).softmax(0) @ values[: i + 1, part]
    stream = stream + linear(mixed, "attn.c_proj")
    hidden = torch.nn.functional.gelu(linear(norm(stream, "h.0.ln_2"), "mlp.c_fc"), approximate="tanh")
    return norm(stream + linear(hidden, "mlp.c_proj"), "ln_f") @ weights["wte.weight"].T


@pytest.mark.parametrize(("pe", "layers", "heads", "width"), CHOSEN)
def test_chosen_slopes_leave_under_a_type_that_transformers_refuses(
    pe: str, layers: int, heads: int, width: int, tmp_path: Path
) -> None:
    stock_or_not = encoded(pe, layers, heads, width)
    write_model(tmp_path, stock_or_not.model, extra={})
    with pytest.raises(ValueError, match=OWN_TYPE):
        AutoConfig.from_pretrained(tmp_path)


def test_falcon_asked_for_its_attention_weights_is_another_model_the_bias_is_added_twice(tmp_path: Path) -> None:
    run = encoded("alibi:scaling=falcon", 1, 2, 16)
    tokens = words(30)[0]
    right = stock(run, tmp_path)(tokens).logits
    eager = AutoModelForCausalLM.from_pretrained(tmp_path, attn_implementation="eager").eval()(tokens).logits
    assert (eager - right).abs().max() > 1e-3
    slopes = [2 * slope for slope in run.model.config.scheme.in_use]  # type: ignore[union-attr]
    twice = encoded(f"alibi:slopes={','.join(f'{slope:.17g}' for slope in slopes)}", 1, 2, 16)
    found = ours([run.model.flat], twice.model.config, tokens[None])[0]
    torch.testing.assert_close(found, eager, atol=1e-5, rtol=1e-5)


def test_falcon_multiplies_in_bfloat16_so_that_far_positions_share_a_bias(tmp_path: Path) -> None:
    """Position 257 is 256 in bfloat16: past 256 tokens Falcon's slopes are steps, and ours with them."""
    run = encoded("alibi:scaling=falcon", 1, 2, 16, positions=400)
    tokens = words(400)[:, :1]
    found = ours([run.model.flat], run.model.config, tokens)[0]
    torch.testing.assert_close(found, stock(run, tmp_path)(tokens[0]).logits, atol=2e-5, rtol=1e-5)
    slopes = run.model.config.scheme.in_use  # type: ignore[union-attr]
    chosen = encoded(f"alibi:slopes={','.join(f'{each:.17g}' for each in slopes)}", 1, 2, 16, positions=400)
    exact = ours([run.model.flat], chosen.model.config, tokens)[0]
    apart = (exact - found).abs().amax((0, 2))
    assert apart[:256].max() < 1e-4
    assert apart[256:].max() > 1e-4


@pytest.mark.parametrize(
    "default", ["use_parallel_residual", "partial_rotary_factor", "tie_word_embeddings"], ids=lambda name: name
)
def test_each_default_of_gpt_neox_that_is_set_would_make_another_model(default: str, tmp_path: Path) -> None:
    run = encoded("rope", 1, 2, 16)
    tokens = words(20)[0]
    right = stock(run, tmp_path)(tokens).logits
    config: Any = AutoConfig.from_pretrained(tmp_path)
    if default == "partial_rotary_factor":
        config.rope_parameters["partial_rotary_factor"] = 0.25
    else:
        setattr(config, default, default == "use_parallel_residual")
    torch.manual_seed(0)
    other = AutoModelForCausalLM.from_pretrained(tmp_path, config=config).eval()(tokens).logits
    assert (other - right).abs().max() > 1e-2


def test_mpt_ignores_that_its_biases_are_switched_off_and_how_steep_they_are() -> None:
    """Why no encoding leaves as an MPT: what its configuration says of ALiBi changes nothing."""
    from transformers import MptConfig, MptForCausalLM

    found = []
    for attention in ({"alibi": True, "alibi_bias_max": 8}, {"alibi": False, "alibi_bias_max": 2}):
        torch.manual_seed(0)
        config = MptConfig(d_model=16, n_heads=2, n_layers=1, vocab_size=6, max_seq_len=64, attn_config=attention)
        found.append(MptForCausalLM(config).eval()(words(20)[0]).logits)
    assert torch.equal(*found)
