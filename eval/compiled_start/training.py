"""Training that starts at a compiled program's weights, as they are or with noise: does it stay there?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from eval.compiled_start.model_measures import Gpt2Subject, ask, scores_of
from eval.compiled_start.protocol import STEPS, Gpt2Measures
from tasks.drawing.randomness import generator
from train.running.batches import evaluation_layouts, positions_from_zero, stacked
from train.running.objective import losses

WEIGHT_DECAY: Final = 0.01
CLIP_NORM: Final = 1.0
BATCH_WORDS: Final = 64
SEED: Final = 0


@dataclass(frozen=True)
class DriftMoment:
    """The model after some steps; `moved` is how far its weights are from the compiled ones, as a share of these."""

    step: int
    moved: float
    asked: Gpt2Measures


def trained_from(
    subject: Gpt2Subject,
    *,
    noise: float,
    rate: float,
    steps: Sequence[int] = STEPS,
) -> tuple[DriftMoment, ...]:
    """Train the subject's model in place, on words of the training lengths, and ask it after each of the steps.

    Args:
        subject: Its model holds the compiled weights.
        noise: Gaussian noise that is added first, of this share of each array's root mean square.
        rate: The learning rate at the beginning.
        steps: After which it is asked, ascending.
    """
    model, task = subject.model.requires_grad_(True), subject.task
    parameters = list(model.parameters())
    first = [parameter.detach().clone() for parameter in parameters]
    _disturb(parameters, noise)
    groups = [[p for p in parameters if (p.dim() > 1) is wide] for wide in (True, False)]
    optimizer = torch.optim.AdamW(
        [{"params": group, "weight_decay": decay} for group, decay in zip(groups, (WEIGHT_DECAY, 0.0), strict=True)],
        lr=rate,
    )
    last = steps[-1]
    found = []
    for step in range(last + 1):
        if step in steps:
            found.append(DriftMoment(step, _distance(parameters, first), ask(subject)))
        if step == last:
            break
        batch = task.sample(generator(task.name, f"from-compiled-{step}", (1, 50), SEED), (1, 50), BATCH_WORDS)
        (layout,) = evaluation_layouts(batch, positions_from_zero(batch), words=BATCH_WORDS)
        judged = stacked([(layout, 0)], "cpu")
        for group in optimizer.param_groups:
            group["lr"] = rate * (1 - step / last)
        optimizer.zero_grad()
        torch.autograd.backward(losses(task, scores_of(subject, judged), judged).sum())
        torch.nn.utils.clip_grad_norm_(parameters, CLIP_NORM)
        optimizer.step()
    return tuple(found)


def _disturb(parameters: Sequence[Tensor], noise: float) -> None:
    rng = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for parameter in parameters:
            size = noise * float(parameter.square().mean().sqrt())
            parameter.add_(size * torch.randn(parameter.shape, generator=rng))


def _distance(parameters: Sequence[Tensor], first: Sequence[Tensor]) -> float:
    pairs = zip(parameters, first, strict=True)
    moved = sum(float((now - then).detach().double().square().sum()) for now, then in pairs)
    whole = sum(float(then.double().square().sum()) for then in first)
    return float((moved / whole) ** 0.5)
