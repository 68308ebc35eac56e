"""What is minimised and what counts as right, at the judged positions of an answer or of legal continuations."""

import torch
from torch import Tensor
from torch.nn import functional

from tasks.task import Task
from train.running.batches import JudgedRows


def losses(task: Task, scores: Tensor, judged: JudgedRows) -> Tensor:
    """Each model's mean loss over its judged positions: (models,).

    Cross-entropy of the right next token over the whole vocabulary; for legal continuations, where any
    number of tokens is right, binary cross-entropy for each output, averaged over the outputs. `scores`
    are logits (models, rows, places, vocabulary).
    """
    counted = judged.counted.to(scores.dtype)  # (models, rows, places)
    if task.format == "answer":
        targets = judged.targets.expand(scores.shape[:3])
        each = functional.cross_entropy(scores.flatten(0, 2), targets.flatten(), reduction="none")
        each = each.view(targets.shape)
    else:
        chosen = scores[..., _outputs(task, scores)]
        allowed = judged.targets.to(scores.dtype).expand(chosen.shape)
        each = functional.binary_cross_entropy_with_logits(chosen, allowed, reduction="none").mean(-1)
    return (each * counted).sum((1, 2)) / counted.sum((1, 2))


def words_right(task: Task, scores: Tensor, judged: JudgedRows) -> Tensor:
    """Whether every judged position of each row's one word is right: (models, rows) bool.

    The next token is the likeliest of the whole vocabulary; a continuation is allowed exactly when its logit
    is positive. Teacher-forced: the model reads the right answer's earlier tokens.
    """
    if task.format == "answer":
        right = scores.argmax(-1) == judged.targets
    else:
        right = ((scores[..., _outputs(task, scores)] > 0) == judged.targets).all(-1)
    return (right | ~judged.counted).all(-1)


def margins(task: Task, scores: Tensor, judged: JudgedRows) -> Tensor:
    """The smallest margin among each row's judged positions: (models, rows); positive exactly where all are right.

    Of an answer, how far the right next token's logit is above every other; of continuations, how far each logit is on
    its side of zero.
    """
    if task.format == "answer":
        targets = judged.targets.expand(scores.shape[:3]).unsqueeze(-1)
        right = scores.gather(-1, targets).squeeze(-1)
        others = scores.scatter(-1, targets, -torch.inf).amax(-1)
        found = right - others
    else:
        chosen = scores[..., _outputs(task, scores)]
        found = torch.where(judged.targets.expand(chosen.shape), chosen, -chosen).amin(-1)
    return found.masked_fill(~judged.counted, torch.inf).amin(-1)


def _outputs(task: Task, scores: Tensor) -> Tensor:
    return torch.tensor(task.outputs, device=scores.device)
