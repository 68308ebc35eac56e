"""The loss that is minimised, and what counts as right, at the judged positions of answers or legal continuations."""

import torch
from torch import Tensor
from torch.nn import functional

from tasks.task import Task
from train.running.batches import JudgedRows


def losses(task: Task, scores: Tensor, judged: JudgedRows) -> Tensor:
    """Return each model's mean loss over its judged positions: (models,).

    For an answer it is the cross-entropy of the right next token over the whole vocabulary. For legal continuations any
    number of tokens may be right: it is the binary cross-entropy of each output, averaged over the outputs.

    Args:
        task: Decides which of the two it is.
        scores: Logits (models, rows, places, vocabulary).
        judged: What is judged.
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
    """Return whether every judged position of each row's one word is right: (models, rows) bool.

    An answer's next token is the one with the greatest logit. A continuation counts as allowed exactly if its logit is
    positive. The model reads the right earlier tokens of an answer, not its own (teacher forcing).

    Args:
        task: Decides between answers and continuations.
        scores: Logits (models, rows, places, vocabulary).
        judged: What is judged.
    """
    if task.format == "answer":
        right = scores.argmax(-1) == judged.targets
    else:
        right = ((scores[..., _outputs(task, scores)] > 0) == judged.targets).all(-1)
    return (right | ~judged.counted).all(-1)


def margins(task: Task, scores: Tensor, judged: JudgedRows) -> Tensor:
    """Return the smallest margin among each row's judged positions: (models, rows). It is positive if all are right.

    The margin of an answer's token is how far its logit is above every other one. The margin of a continuation is how
    far its logit is on the right side of zero.

    Args:
        task: Decides between answers and continuations.
        scores: Logits (models, rows, places, vocabulary).
        judged: What is judged.
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
