"""Measures one GPT-2, compiled or trained, on a task's words: loss, margins, the terms of R(T), and accuracy.

The words are those on which runs are tested. Loss and margins are taken on held-out words of the training lengths, and
accuracy on words of each range. All words begin at offset 0, for which a compiled model is certified.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eval.answering.models import known_names
from eval.compiled_start.protocol import NEVER_LOGIT, RANGES, TRAINED_LENGTHS, WORDS, Gpt2Measures
from limit_transformer.norms.trained_model import Gpt2Weights, trained_terms
from tasks.drawing.randomness import generator
from tasks.ground.models.causal_model import load_causal_model
from tasks.registry import get_task
from tasks.task import Task
from train.running.batches import JudgedRows, evaluation_layouts, positions_from_zero, stacked
from train.running.objective import losses, margins, words_right

PART_WORDS: Final = 125  # how many words are computed at once
ABSENT_LOGIT: Final = -1e4  # the logit that a token of the task gets if the model does not have it


@dataclass(frozen=True)
class Gpt2Subject:
    """A stock GPT-2, and where it has the tokens of a task.

    Attributes:
        task: The task.
        model: The GPT-2.
        ids: The model's id of each token of the task (vocabulary,); -1 for a token that it lacks.
    """

    task: Task
    model: Any  # a transformers GPT2LMHeadModel
    ids: NDArray[np.int64]

    @property
    def shape(self) -> str:
        """Layers, width and heads, as the tables of runs write them."""
        config = self.model.config
        return f"{config.n_layer} x {config.n_embd}, {config.n_head} head{'s' * (config.n_head > 1)}"


def read_subject(directory: Path, task: str) -> Gpt2Subject:
    """Return the directory's model for the task.

    Raises:
        ModelError: The directory holds no model that can be read.
    """
    definition = get_task(task)
    loaded = load_causal_model(directory)
    _, names = known_names(directory)
    own = {name: number for number, each in names.items() for name in each}
    model = loaded.model.float()
    with torch.no_grad():
        bias = model.transformer.ln_f.bias
        bias.copy_(torch.where(bias.abs() >= torch.finfo(bias.dtype).max / 2, NEVER_LOGIT * bias.sign(), bias))
    return Gpt2Subject(definition, model, np.array([own.get(token, -1) for token in definition.vocabulary]))


def scores_of(subject: Gpt2Subject, judged: JudgedRows) -> Tensor:
    """Return the logits of the task's tokens at the judged places: (1, rows, places, vocabulary)."""
    ids = torch.from_numpy(np.maximum(subject.ids, 0))
    tokens = ids[judged.rows.tokens[0]]  # (rows, columns)
    found = subject.model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[..., ids]
    found = found.masked_fill(torch.from_numpy(subject.ids < 0), ABSENT_LOGIT)
    if judged.rows.judged is not None:
        places = judged.rows.judged[0].unsqueeze(-1).expand(-1, -1, found.shape[-1])
        found = found.gather(1, places)
    scores: Tensor = found.unsqueeze(0)
    return scores


@torch.no_grad()
def ask(subject: Gpt2Subject) -> Gpt2Measures:
    """Return all measures of the model as it is now."""
    task = subject.task
    asked = [(part, scores_of(subject, part)) for part in held_out(task)]
    counted = [int(part.counted.sum()) for part, _ in asked]
    each = [float(losses(task, scores, part)) for part, scores in asked]
    least = torch.cat([margins(task, scores, part)[0] for part, scores in asked])
    return Gpt2Measures(
        loss=sum(loss * count for loss, count in zip(each, counted, strict=True)) / sum(counted),
        margin=float(least.min()),
        margin_5=float(least.quantile(0.05)),
        terms=trained_terms(_weights(subject.model)),
        right=tuple(_right(subject, _words(task.name, "test", lengths)) for lengths in RANGES),
    )


def held_out(task: Task) -> Sequence[JudgedRows]:
    """Return the held-out words of the training lengths, in parts."""
    return _words(task.name, "held-out", TRAINED_LENGTHS)


@cache
def _words(name: str, split: str, lengths: tuple[int, int]) -> tuple[JudgedRows, ...]:
    task = get_task(name)
    batch = task.sample(generator(name, split, lengths, 0), lengths, WORDS)
    return tuple(
        stacked([(layout, 0)], "cpu")
        for layout in evaluation_layouts(batch, positions_from_zero(batch), words=PART_WORDS)
    )


def _right(subject: Gpt2Subject, parts: Sequence[JudgedRows]) -> float:
    found = torch.cat([words_right(subject.task, scores_of(subject, part), part)[0] for part in parts])
    return float(found.double().mean())


def _weights(model: Any) -> Gpt2Weights:
    tensors = {
        name.removeprefix("transformer."): value.detach().double().numpy() for name, value in model.state_dict().items()
    }
    return Gpt2Weights(tensors, model.config.n_layer, model.config.n_head, 24)
