"""The largest error is that of the worst word, by brute force over words and by the models word by word."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from eval.lengths.runs import export_runs, largest_runs
from eval.lengths.section import largest_rows
from tasks.drawing.randomness import generator
from tasks.experiments.length_functions import FunctionBatch, counts_of, get_function
from train.ledger.store import Store
from train.lengths import count_models as counts
from train.lengths import k_gram_models as grams
from train.lengths import largest_errors as largest
from train.lengths.config import LARGEST_KIND, CountsConfig, GramsConfig
from train.lengths.experiments import largest_grid, run_largest


def drawn_weights(shapes: dict[str, tuple[int, ...]], models: int) -> dict[str, Tensor]:
    rng = generator("test", "weights", (1, 1), 5)
    return {
        name: torch.tensor(rng.normal(size=(models, *shape)), dtype=torch.float32) for name, shape in shapes.items()
    }


def counts_config(task: str) -> CountsConfig:
    return CountsConfig(task=task, train_length=8, test_lengths=(8,), width=6, hidden=9, test_words=50)


@pytest.mark.parametrize(("name", "length"), [("simple_task:3", 9), ("mod_p_task:2:1", 9), ("mod_p_task:3:0", 8)])
def test_the_largest_error_is_that_of_the_worst_of_all_words(
    name: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, config = get_function(name), counts_config(name)
    assert task.counted is not None
    weights = drawn_weights(counts._shapes(config, task.counted.period, 2, 1), 2)
    words = np.array(list(itertools.product((0, 1), repeat=length)))
    lengths, values = np.full(len(words), length), np.array([task.label(tuple(map(str, word))) for word in words])
    counted = counts_of(FunctionBatch(words, lengths, values), task.counted.period)
    output, _ = counts.count_outputs(weights, counts.stacked_counts([(counted, values)] * 2))
    worst = np.abs(output[:, :, 0].double().numpy() - values[:, 0]).max(axis=1)
    found = largest.count_errors(weights, name, task.counted, config, length)
    assert all(each.exact for each in found)
    assert [each.largest for each in found] == pytest.approx(worst.tolist(), rel=1e-5)
    assert all(each.root_mean_square < each.largest for each in found)
    monkeypatch.setattr(largest, "ALL_WORDS", 0)  # the same by changing words
    searched = largest.count_errors(weights, name, task.counted, config, length)
    assert not any(each.exact for each in searched)
    assert [each.largest for each in searched] == pytest.approx(worst.tolist(), rel=1e-5)


def test_the_search_for_a_k_grams_worst_word_finds_it_among_short_words() -> None:
    config = GramsConfig(task="in_context_k_gram:2:2", k=2, train_length=8, test_lengths=(8,), width=5, test_words=20)
    task, weights = get_function(config.task), drawn_weights(grams._shapes(config, 2), 1)
    errors = []
    for word in itertools.product((0, 1), repeat=8):
        made = grams.gram_outputs(weights, torch.tensor([[word]]), last_only=True)[0, 0, 0]
        errors.append(np.linalg.norm(made.numpy() - task.label(tuple("ab"[letter] for letter in word))))
    (found,) = largest.gram_errors(weights, task, config, 8)
    assert found.largest == pytest.approx(max(errors), rel=1e-5)


def test_runs_are_kept_exported_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = CountsConfig(task="simple_task:1", train_length=4, test_lengths=(8, 4096), steps=2, test_words=50)
    monkeypatch.setattr("eval.lengths.runs.largest_grid", lambda: (short,))
    assert len(largest_grid()) == 38
    store = Store(tmp_path / "runs")
    assert len(list(run_largest(store, (short,)))) == 1
    assert list(run_largest(store, (short,))) == []
    export_runs(store.runs(LARGEST_KIND), tmp_path / "results" / "training_length" / "largest.jsonl")
    ((name, root, middle, _, ratio, words),) = largest_rows(largest_runs(tmp_path / "none", tmp_path / "results"))
    assert (name, words) == ("simple_task:1, trained to 4", "all")
    assert float(middle) / float(root) == pytest.approx(float(ratio), rel=0.05)
