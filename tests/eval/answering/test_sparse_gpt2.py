"""A GPT-2 asked without the products with zero says what the stock class says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from benchmarks.bench_explain import compiled
from crasp.text.loader import load_program
from eval.answering import sparse_gpt2
from eval.answering.answerers import MachineAnswerer
from eval.answering.loading import load_answerer
from eval.answering.models import ModelAnswerer, load_model
from eval.answering.sparse_gpt2 import SparseGpt2, without_zeros
from eval.explain.next_sets import AskedModel, ProgramSets
from eval.explain.word_walks import all_short_words, joined, uniform_walks


def drawn(share: float) -> GPT2LMHeadModel:
    """A GPT-2 of random weights, so large a share of whose rows and columns are zero, and so many of whose biases."""
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=7, n_positions=20, n_embd=24, n_layer=2, n_head=3, n_inner=40)).eval()
    with torch.no_grad():
        for name, weights in model.transformer.h.named_parameters():
            if ".ln_" not in name:
                weights.normal_()
                weights[torch.rand(weights.shape[0]) < share] = 0
                weights[..., torch.rand(weights.shape[-1]) < share] = 0
    return model


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8, 1.0])
def test_all_logits_are_the_stock_model_s(share: float) -> None:
    model = drawn(share).double()
    ids = torch.randint(0, 7, (5, 13), generator=torch.manual_seed(1))
    places = torch.arange(13).flip(0).expand_as(ids)
    sparse = SparseGpt2(model)
    with torch.inference_mode():
        assert torch.allclose(sparse(input_ids=ids).logits, model(input_ids=ids).logits, atol=1e-9)
        moved = model(input_ids=ids, position_ids=places).logits
        assert torch.allclose(sparse(input_ids=ids, position_ids=places).logits, moved, atol=1e-9)
    weights = sum(each.numel() for each in model.transformer.h.parameters())
    assert sparse.kept < weights * (1 - share) ** 1.5 + 1


def test_words_are_asked_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    model = drawn(0.5)
    ids = torch.randint(0, 7, (9, 13), generator=torch.manual_seed(1))
    with torch.inference_mode():
        whole = SparseGpt2(model)(input_ids=ids).logits
        monkeypatch.setattr(sparse_gpt2, "NUMBERS_AT_ONCE", 2 * 13 * 24)
        assert torch.allclose(SparseGpt2(model)(input_ids=ids).logits, whole, atol=1e-5)


def test_a_compiled_model_allows_the_same_and_a_trained_one_is_asked_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = compiled("dyck1", tmp_path)
    model, machine = load_model(directory), load_answerer(str(directory))
    assert without_zeros(model) is model, "it is narrow"
    monkeypatch.setattr(sparse_gpt2, "NARROW", 0)
    program = ProgramSets(load_program("lib:dyck1"))
    walks = uniform_walks(program, np.random.default_rng(0), np.full(20, 60))
    words = joined(all_short_words(2, most_words=500, longest=8), walks)
    for answerer in (model, machine):
        found = without_zeros(answerer)
        assert isinstance(found, ModelAnswerer | MachineAnswerer)
        asked = found.model if isinstance(found, ModelAnswerer) else found.machine.model  # type: ignore[attr-defined]
        assert isinstance(asked, SparseGpt2)
        assert np.array_equal(AskedModel(found, program.alphabet).masks(words), program.masks(words))
    assert capsys.readouterr().err.count("products with zero are left out when") == 2
    dense = replace(model, model=drawn(0.0))
    assert without_zeros(dense) is dense
