"""One-layer transformers that are trained on counts of letters in place of words.

They learn exactly what they would learn from the words, at a cost that does not grow with the length. With one layer
and the answer read at the last position, such a model sees a word only through two things: how often each class (a
residue of the position and a letter) occurs, and the class of the last position. All positions of a class have the same
key and the same value. The softmax over positions is therefore a softmax over classes whose scores have the logarithms
of the counts added.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from tasks.drawing.randomness import generator, integers_below
from tasks.experiments.length_functions import Counted, Counts, FunctionTask, draw_counts
from train.lengths.config import CountsConfig
from train.model.config import ConfigError

CHUNK_STEPS = 50  # how many steps' words are drawn at once


@dataclass(frozen=True)
class CountsResult:
    """The mean squared errors of one seed's model.

    Attributes:
        seed: The seed.
        trained: The error over the training lengths.
        losses: (length, error) for each test length.
        off_class: The mean attention off the residue class that the task reads, at the longest test length; None if the
            task reads no class.
    """

    seed: int
    trained: float
    losses: tuple[tuple[int, float], ...]
    off_class: float | None

    def record(self) -> dict[str, Any]:
        """Return the result as JSON data."""
        return asdict(self)


def train_counts(task: FunctionTask, config: CountsConfig, seeds: Sequence[int]) -> tuple[CountsResult, ...]:
    """Return the result of each seed. The models are trained side by side, each from its own initial weights and words.

    Raises:
        ConfigError: The task is not a function of counts, or it has no words of the training lengths.
    """
    weights = count_weights(task, config, seeds)
    assert task.counted is not None
    return _measured(weights, task, task.counted, config, seeds)


def count_weights(task: FunctionTask, config: CountsConfig, seeds: Sequence[int]) -> dict[str, Tensor]:
    """Return the arrays of the trained models by name; the first axis of each is that of the seeds.

    Raises:
        ConfigError: The task is not a function of counts, or it has no words of the training lengths.
    """
    counted = task.counted
    if counted is None:
        raise ConfigError(f"{task.name} is not a function of the counts")
    if config.train_length < task.shortest:
        raise ConfigError(
            f"{task.name} has no words of length {config.train_length} or less: expected a training length of at "
            f"least {task.shortest}"
        )
    shapes = _shapes(config, counted.period, len(task.alphabet), task.outputs)
    flat = [_initial(generator(task.name, "weights", (1, config.train_length), seed), shapes) for seed in seeds]
    weights = {name: torch.tensor(np.stack([each[name] for each in flat]), requires_grad=True) for name in shapes}
    optimizer = torch.optim.Adam(list(weights.values()), lr=config.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.steps)
    lengths = (task.shortest, config.train_length)
    for step in range(config.steps):
        if step % CHUNK_STEPS == 0:
            # Each seed draws its own words, so what it learns does not depend on the other seeds.
            rngs = [generator(task.name, f"train-{step}", lengths, seed) for seed in seeds]
            drawn = [_drawn(counted, rng, lengths, CHUNK_STEPS * config.batch_size) for rng in rngs]
        part = slice(step % CHUNK_STEPS * config.batch_size, (step % CHUNK_STEPS + 1) * config.batch_size)
        batch = stacked_counts([(_part(counts, part), values[part]) for counts, values in drawn])
        optimizer.zero_grad()
        output, _ = count_outputs(weights, batch)
        (output - batch.values).square().mean(dim=(1, 2)).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return {name: each.detach() for name, each in weights.items()}


# --- the model -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CountBatch:
    """A batch of words as counts, for each model.

    Attributes:
        logs: The logarithm of each class's count (models, words, classes); -inf for a class that does not occur.
        last: The class of the last position (models, words).
        values: The task's values (models, words, outputs).
    """

    logs: Tensor
    last: Tensor
    values: Tensor


def _shapes(config: CountsConfig, period: int, letters: int, outputs: int) -> dict[str, tuple[int, ...]]:
    width, hidden = config.width, config.hidden
    shapes: dict[str, tuple[int, ...]] = {"letters": (letters, width)}
    if period > 1:
        shapes["positions"] = (period, width)
    shapes |= dict.fromkeys(("query", "key", "value"), (width, width))
    shapes |= {"read": (width, hidden), "read_bias": (hidden,), "write": (hidden, width), "write_bias": (width,)}
    return shapes | {"output": (width, outputs), "output_bias": (outputs,)}


def _initial(rng: np.random.Generator, shapes: dict[str, tuple[int, ...]]) -> dict[str, NDArray[np.float32]]:
    """Return initial weights: biases are 0, embeddings have variance 1, and matrices 1 over their number of rows."""
    found = {}
    for name, shape in shapes.items():
        scale = 0.0 if name.endswith("bias") else 1.0 if name in ("letters", "positions") else shape[0] ** -0.5
        found[name] = (scale * rng.normal(size=shape)).astype(np.float32)
    return found


def count_outputs(weights: dict[str, Tensor], batch: CountBatch) -> tuple[Tensor, Tensor]:
    """Return the outputs (models, words, outputs) and the last position's attention (models, words, classes).

    The MLP has no residual connection around it. With this choice 26 of the notes' 29 figures lie among the results of
    our fifteen seeds; with a residual connection it was 20 (docs/training_length.md, "How near").
    """
    classes = weights["letters"][:, None]  # (models, 1, letters, width)
    if "positions" in weights:
        classes = classes + weights["positions"][:, :, None]
    classes = classes.flatten(1, 2)  # (models, classes, width), the residue varies slowest
    queries = torch.bmm(classes, weights["query"])
    scores = torch.bmm(queries, torch.bmm(classes, weights["key"]).transpose(1, 2)) / math.sqrt(classes.shape[-1])
    rows = batch.last[..., None].expand(-1, -1, scores.shape[-1])
    attention = (scores.gather(1, rows) + batch.logs).softmax(dim=-1)  # (models, words, classes)
    own = classes.gather(1, batch.last[..., None].expand(-1, -1, classes.shape[-1]))
    stream = own + torch.bmm(attention, torch.bmm(classes, weights["value"]))  # (models, words, width)
    hidden = functional.gelu(torch.baddbmm(weights["read_bias"][:, None], stream, weights["read"]))
    written = torch.baddbmm(weights["write_bias"][:, None], hidden, weights["write"])
    return torch.baddbmm(weights["output_bias"][:, None], written, weights["output"]), attention


# --- words ---------------------------------------------------------------------------------------------------


def _drawn(
    counted: Counted, rng: np.random.Generator, lengths: tuple[int, int], size: int
) -> tuple[Counts, NDArray[np.float64]]:
    chosen = lengths[0] + integers_below(rng, np.full(size, lengths[1] - lengths[0] + 1))
    counts = draw_counts(rng, counted.period, chosen)
    return counts, counted.values(counts)


def _part(counts: Counts, part: slice) -> Counts:
    return Counts(counts.counts[part], counts.letters[part], counts.residues[part])


def stacked_counts(models: Sequence[tuple[Counts, NDArray[np.float64]]]) -> CountBatch:
    """Return the words of each model and their values as one batch.

    Args:
        models: For each model the counts of its words, and the values (words, outputs).
    """
    counts = np.stack([each.counts for each, _ in models]).astype(np.float32)  # (models, words, period, letters)
    last = np.stack([each.residues * each.counts.shape[2] + each.letters for each, _ in models])
    values = np.stack([values for _, values in models]).astype(np.float32)
    with np.errstate(divide="ignore"):  # the log of 0 is -inf: such a class gets no attention
        logs = np.log(counts).reshape(*counts.shape[:2], -1)
    return CountBatch(torch.from_numpy(logs), torch.from_numpy(last), torch.from_numpy(values))


@torch.no_grad()
def _measured(
    weights: dict[str, Tensor], task: FunctionTask, counted: Counted, config: CountsConfig, seeds: Sequence[int]
) -> tuple[CountsResult, ...]:
    ranges = [(task.shortest, config.train_length), *((length, length) for length in config.test_lengths)]
    errors, off = [], None
    for bounds in ranges:
        # Every seed is tested on the same words, and so is every training length at a test length.
        rng = generator(task.name, "test" if bounds[0] == bounds[1] else "trained", bounds, 0)
        drawn = _drawn(counted, rng, bounds, config.test_words)
        batch = stacked_counts([drawn] * len(seeds))
        output, attention = count_outputs(weights, batch)
        errors.append((output - batch.values).square().mean(dim=(1, 2)).tolist())
        if counted.attended is not None:
            classes = slice(counted.attended * len(task.alphabet), (counted.attended + 1) * len(task.alphabet))
            on = attention[..., classes].sum(dim=-1)
            off = (1 - on).mean(dim=1).tolist()
    return tuple(
        CountsResult(
            seed,
            errors[0][row],
            tuple((length, each[row]) for length, each in zip(config.test_lengths, errors[1:], strict=True)),
            None if off is None else off[row],
        )
        for row, seed in enumerate(seeds)
    )
