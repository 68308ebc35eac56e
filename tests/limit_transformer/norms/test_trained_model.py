"""The regulariser's terms of a GPT-2 are those of the weights, computed here again from the model itself."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from eval.commands.regularizer_terms import main
from limit_transformer.norms.trained_model import WeightsError, read_weights, trained_terms


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=7, bos_token_id=0, eos_token_id=0, n_positions=9, n_embd=12, n_layer=2, n_head=3, n_inner=10
    )
    folder = tmp_path_factory.mktemp("model")
    model = GPT2LMHeadModel(config)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    return folder


def test_norms_and_rank_are_those_of_each_head_and_block(directory: Path) -> None:
    model = GPT2LMHeadModel.from_pretrained(directory).double().eval().requires_grad_(False)
    terms = trained_terms(read_weights(directory))
    contents, values, positional = [], [], 0.0
    positions = model.transformer.wpe.weight
    for block in model.transformer.h:
        q, k, v = (block.attn.c_attn.weight[:, i * 12 : (i + 1) * 12] for i in range(3))
        for head in range(3):
            part = slice(4 * head, 4 * head + 4)
            scores = (positions @ q[:, part]) @ (positions @ k[:, part]).T / 2  # (query, key)
            positional += float((scores[:, 0] ** 2).sum())
            contents.append(torch.linalg.matrix_norm(q[:, part] @ k[:, part].T / 2, 2))
            values.append(torch.linalg.matrix_norm(v[:, part] @ block.attn.c_proj.weight[part], 2))
    assert (terms.layers, terms.heads, terms.precision, terms.value_rank) == (2, 3, 24, 4)
    assert terms.attention_norm == pytest.approx(float(max(contents)), rel=1e-6)
    assert terms.value_norm == pytest.approx(float(max(values)), rel=1e-6)
    assert terms.positional == pytest.approx(positional, rel=1e-6)
    frobenius = max(float(block.mlp.c_fc.weight.norm()) for block in model.transformer.h)
    assert terms.read_norm == pytest.approx(frobenius, rel=1e-6)
    assert terms.position_norm == pytest.approx(float(positions.norm(dim=1).max()), rel=1e-6)


def test_the_attention_that_is_measured_is_the_models_own(directory: Path) -> None:
    # Without biases and LayerNorm, scores between two embeddings are y_j^T K^T Q y_i, key j on the left.
    weights = read_weights(directory)
    model = GPT2LMHeadModel.from_pretrained(directory).double().eval().requires_grad_(False)
    attention = model.transformer.h[0].attn
    torch.nn.init.zeros_(attention.c_attn.bias)
    x = torch.randn(1, 2, 12, dtype=torch.float64)
    q, k, _ = attention.c_attn(x).split(12, dim=2)
    expected = (q[0, 1, :4] @ k[0, 0, :4] / 2).item()
    from limit_transformer.norms.trained_model import _heads

    content, _ = _heads(weights, 0)[0]
    y = x[0].numpy()
    assert y[0] @ content @ y[1] == pytest.approx(expected, rel=1e-6)
    assert not np.allclose(content, content.T)


def test_the_command_prints_the_terms_and_refuses_what_is_no_model(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--model", str(directory)]) == 0
    assert "attention_norm" in capsys.readouterr().out
    assert main(["--model", str(tmp_path)]) == 2
    assert "holds no GPT-2" in capsys.readouterr().err
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(WeightsError, match="holds no GPT-2"):
        read_weights(tmp_path)
