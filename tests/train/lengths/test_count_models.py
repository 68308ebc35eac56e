"""Training on counts is training on words; the orderings of the paper's figures; the ledger's runs."""

import math
import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from eval.lengths.runs import export_runs, measured_runs
from tasks.drawing.randomness import generator
from tasks.experiments.length_functions import FunctionTask, counts_of, get_function
from train.ledger.store import Store
from train.lengths import count_models as counts
from train.lengths import k_gram_models as grams
from train.lengths.config import KIND, CountsConfig, GramsConfig, counts_key, grams_key
from train.lengths.count_models import CountsResult, train_counts
from train.lengths.experiments import GROUP_SEEDS, plateau_grid, run_grams, run_plateaus
from train.lengths.k_gram_models import followers, gram_outputs, train_grams
from train.model.config import ConfigError

pytestmark = pytest.mark.begun_first


def drawn_weights(shapes: dict[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    rng = generator("test", "weights", (1, 1), seed)
    return {name: torch.tensor(rng.normal(size=(1, *shape)), dtype=torch.float64) for name, shape in shapes.items()}


def word_by_word(weights: dict[str, Tensor], word: Sequence[int], period: int) -> Tensor:
    """The transformer on one word, position after position, as it is usually written."""
    one = {name: each[0] for name, each in weights.items()}
    stream = [one["letters"][a] + (one["positions"][i % period] if period > 1 else 0) for i, a in enumerate(word, 1)]
    last = stream[-1]
    scores = [(last @ one["query"]) @ (key @ one["key"]) / math.sqrt(len(last)) for key in stream]
    attention = torch.softmax(torch.stack(scores), dim=0)
    mixed = last + sum(weight * (each @ one["value"]) for weight, each in zip(attention, stream, strict=True))
    hidden = functional.gelu(mixed @ one["read"] + one["read_bias"])
    found: Tensor = (hidden @ one["write"] + one["write_bias"]) @ one["output"] + one["output_bias"]
    return found


@pytest.mark.parametrize("name", ["simple_task:3", "mod_p_task:3:1", "mod_p_task:5:0"])
def test_the_model_on_counts_is_the_model_on_words(name: str) -> None:
    task = get_function(name)
    assert task.counted is not None
    config = CountsConfig(task=name, train_length=20, test_lengths=(20,), width=6, hidden=9)
    weights = drawn_weights(counts._shapes(config, task.counted.period, 2, 1), 0)
    batch = task.sample(generator(name, "test", (task.shortest, 20), 0), (task.shortest, 20), 60)
    stacked = counts.stacked_counts([(counts_of(batch, task.counted.period), batch.values)])
    doubled = counts.CountBatch(stacked.logs.double(), stacked.last, stacked.values)
    output, attention = counts.count_outputs(weights, doubled)
    assert attention.sum(dim=-1).tolist() == [pytest.approx([1.0] * 60)]
    for row, (tokens, length) in enumerate(zip(batch.tokens, batch.lengths, strict=True)):
        expected = word_by_word(weights, tokens[:length].tolist(), task.counted.period)
        assert output[0, row].tolist() == pytest.approx(expected.tolist(), rel=1e-5)


def two_layers_word_by_word(weights: dict[str, Tensor], word: Sequence[int], heads: Sequence[int]) -> Tensor:
    one = {name: each[0] for name, each in weights.items()}
    stream = [one["letters"][letter] for letter in word]
    width = len(stream[0])
    for layer, number in enumerate(heads):
        made = []
        for i, own in enumerate(stream):
            moved = own
            for head in range(number):
                part = slice(head * width, (head + 1) * width)
                query, key, value = (one[f"{layer}.{name}"][:, part] for name in ("query", "key", "value"))
                phi = one[f"{layer}.lags"][head]
                scores = [
                    (own @ query) @ (stream[j] @ key) / math.sqrt(width)
                    + (math.log(i + 1) * phi[i - j] if i - j < len(phi) else 0.0)
                    for j in range(i + 1)
                ]
                attention = torch.softmax(torch.stack(scores), dim=0)
                moved = moved + sum(attention[j] * (stream[j] @ value) for j in range(i + 1))
            hidden = functional.gelu(moved @ one[f"{layer}.read"] + one[f"{layer}.read_bias"])
            made.append(moved + hidden @ one[f"{layer}.write"] + one[f"{layer}.write_bias"])
        stream = made
    return stream[-1] @ one["output"] + one["output_bias"]


def test_the_two_layer_model_is_what_its_page_says() -> None:
    config = GramsConfig(task="in_context_k_gram:2:3", k=2, train_length=9, test_lengths=(9,), width=5, hidden=7)
    weights = {name: each.float() for name, each in drawn_weights(grams._shapes(config, 3), 1).items()}
    tokens = torch.from_numpy(np.floor(generator("test", "words", (9, 9), 0).random((1, 4, 9)) * 3).astype(int))
    everywhere = gram_outputs(weights, tokens)
    assert torch.allclose(gram_outputs(weights, tokens, last_only=True)[:, :, 0], everywhere[:, :, -1], atol=1e-4)
    for row in range(4):
        for length in (3, 9):
            expected = two_layers_word_by_word(weights, tokens[0, row, :length].tolist(), (2, 1))
            assert everywhere[0, row, length - 1].tolist() == pytest.approx(expected.tolist(), rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_targets_after_prefixes_are_the_tasks_labels(k: int) -> None:
    task = get_function(f"in_context_k_gram:{k}:2")
    tokens = torch.from_numpy((generator("test", "targets", (k, 12), 0).random((1, 20, 12)) * 2).astype(np.int64))
    found = followers(tokens, k, 2)
    for row in range(20):
        word = tuple("ab"[letter] for letter in tokens[0, row].tolist())
        for length in range(k + 1, 13):
            assert found[0, row, length - 1].tolist() == pytest.approx(task.label(word[:length]))


# --- the orderings -------------------------------------------------------------------------------------------


def trained(task: str, train_length: int, tested: tuple[int, ...], seeds: int = 3) -> tuple[CountsResult, ...]:
    config = CountsConfig(
        task=task, train_length=train_length, test_lengths=tested, steps=300, batch_size=128, test_words=512
    )
    return train_counts(get_function(task), config, range(seeds))


def losses(results: Sequence[CountsResult]) -> list[float]:
    """The median over seeds at each test length."""
    return [statistics.median(each.losses[k][1] for each in results) for k in range(len(results[0].losses))]


def test_the_loss_is_flat_in_the_test_length_and_falls_with_the_training_length() -> None:
    tested = (63, 64, 65, 513, 514, 515, 4095, 4096, 4097)  # three residues each
    short, long = (losses(trained("mod_p_task:3:0", n, tested)) for n in (4, 16))
    assert max(long) < min(short) / 10
    for found in (short, long):
        by_residue = [found[k::3] for k in range(3)]
        assert all(max(each) < 2 * min(each) + 1e-4 for each in by_residue)


def test_a_residue_that_training_did_not_show_is_wrong_at_every_length() -> None:
    found = losses(trained("mod_p_task:3:0", 4, (62, 63, 64, 4094, 4095, 4096)))
    unseen, seen = (found[0], found[3]), (found[1], found[2], found[4], found[5])
    assert min(unseen) > 0.02
    assert min(unseen) > 2 * max(seen)


@pytest.mark.long
def test_the_plateau_rises_with_the_frequency() -> None:
    slow, fast = (losses(trained(f"simple_task:{omega}", 8, (4096,)))[0] for omega in (1, 4))
    assert fast > 3 * slow


@pytest.mark.long
def test_the_plateau_rises_with_the_period() -> None:
    tested = {p: tuple(range(4096, 4096 + p)) for p in (2, 5)}
    small, large = (statistics.mean(losses(trained(f"mod_p_task:{p}:0", 8, tested[p]))) for p in (2, 5))
    assert large > 3 * small


def test_seeds_learn_the_same_alone_and_side_by_side() -> None:
    config = CountsConfig(task="simple_task:2", train_length=8, test_lengths=(64,), steps=60, test_words=256)
    task = get_function(config.task)
    together, alone = train_counts(task, config, (3, 5)), train_counts(task, config, (5,))
    assert together[1].losses[0][1] == pytest.approx(alone[0].losses[0][1], rel=1e-3)
    assert together[0].losses != together[1].losses


def test_a_two_layer_model_learns_the_one_gram() -> None:
    task = get_function("in_context_k_gram:1:2")
    early, late = (
        train_grams(task, GramsConfig(task=task.name, k=1, train_length=8, test_lengths=(16,), steps=n), (0,))[0]
        for n in (1, 150)
    )
    assert late.trained < early.trained / 3


# --- configurations, the ledger ------------------------------------------------------------------------------


def test_runs_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigError, match="no words of length 4 or less"):
        train_counts(get_function("mod_p_task:5:0"), plateau_config("mod_p_task:5:0", 4), (0,))
    with pytest.raises(ConfigError, match="not a function of the counts"):
        train_counts(get_function("in_context_k_gram:1:2"), plateau_config("in_context_k_gram:1:2", 4), (0,))
    with pytest.raises(ConfigError, match="steps"):
        CountsConfig(task="x", train_length=4, test_lengths=(8,), steps=0)
    with pytest.raises(ConfigError, match="more than 3 letters"):
        GramsConfig(task="x", k=3, train_length=3, test_lengths=(8,))


def plateau_config(task: str, train_length: int) -> CountsConfig:
    return CountsConfig(task=task, train_length=train_length, test_lengths=(8, 16), steps=5, test_words=64)


def test_finished_runs_are_not_trained_again_and_are_read_back(tmp_path: Path) -> None:
    store, configs = Store(tmp_path / "runs"), [plateau_config("simple_task:1", 4), plateau_config("mod_p_task:2:0", 4)]
    assert len(list(run_plateaus(store, configs, (0, 1)))) == 2
    assert list(run_plateaus(store, configs, (0, 1))) == []
    assert len(list(run_plateaus(store, configs, (0, 1, 2)))) == 2
    keys = [counts_key(config, seed) for config in configs for seed in (0, 1, 2)]
    found = measured_runs(tmp_path / "runs", None, keys)
    assert [each.seed for each in found] == [0, 1, 2, 0, 1, 2]
    export_runs(store.runs(KIND), tmp_path / "results" / "training_length" / "plateaus.jsonl")
    shipped = measured_runs(tmp_path / "nothing", tmp_path / "results", keys)
    assert [dict(each.record) for each in shipped] == [dict(each.record) for each in found]


def test_a_group_of_k_grams_that_was_cut_short_is_trained_again_whole(tmp_path: Path) -> None:
    name = "in_context_k_gram:1:2"
    config = GramsConfig(task=name, k=1, train_length=6, test_lengths=(8,), steps=8, test_words=16)
    keys = [grams_key(config, seed) for seed in range(2 * GROUP_SEEDS)]
    whole, cut = Store(tmp_path / "whole"), Store(tmp_path / "cut")
    assert len(list(run_grams(whole, [config], range(len(keys))))) == 2
    records = [run.record for run in map(whole.find, keys) if run is not None]
    assert len(records) == len(keys)
    cut.finish(keys[0], records[0])
    assert len(list(run_grams(cut, [config], range(len(keys))))) == 2
    assert [run.record for run in map(cut.find, keys) if run is not None] == records


def test_the_grid_covers_every_residue_of_every_test_length() -> None:
    for config in plateau_grid():
        task: FunctionTask = get_function(config.task)
        assert task.counted is not None
        residues = {length % task.counted.period for length in config.test_lengths if length >= 4096}
        assert residues == set(range(task.counted.period))
