"""Finds defects of an architecture before it is trained, by asking its untrained model.

Each answer is exact up to rounding. A token that changes no answer at all is not seen, whatever is learnt. Answers that
suddenly stop changing at one length do so whatever is learnt.
"""

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, Literal, TypeAlias

import torch
from torch import Tensor, nn

from tasks.task import Task
from tasks.words import BOS
from train.architectures.checking import (
    ASKED_LENGTH,
    Trainable,
    asked,
    built,
    look_ahead,
    not_causal,
    replaced_weights,
    shown_weights,
)
from train.architectures.specification import ArchitectureSpec

DefectName: TypeAlias = Literal[
    "no begin token", "causal mask off by one", "last token hidden", "positions clipped", "counts saturate"
]
MORE_PLACES: Final = 6  # words that test reading ahead are this much longer than the number of layers
UNSEEN_SHARE: Final = 1e-6  # a token is not seen if it changes answers by less than this share of others' changes
DROP_TIMES: Final = 10.0  # where positions end, changes fall at once by this factor
UNEVEN_TIMES: Final = 9.0  # the three changes before may differ by this factor: learnt positions are not even steps
STEADY_TIMES: Final = 3.0  # changes after may fall by this factor in two places and still count as steady
GATES_MOVED: Final = 2.0  # standard deviation of what is added to gates, decays and other vectors
OTHER_GATES: Final = 3  # draws of it for which silence has to last
OTHERS: Final = 2  # other letters put before the equal ones, to test whether the place moves with their beginning


@dataclass(frozen=True)
class Defect:
    """One defect.

    Attributes:
        name: Its name.
        seen: What was seen of it.
        length: The length from which on it shows; None if it does not depend on the length.
    """

    name: DefectName
    seen: str
    length: int | None = None


def find_defects(architecture: ArchitectureSpec, task: Task, positions: int) -> tuple[Defect, ...]:
    """Return the defects of the architecture's untrained model for a task.

    Args:
        architecture: The architecture.
        task: The task whose tokens the model reads.
        positions: How many positions the model is made for.

    Raises:
        ArchitectureError: The model cannot be asked.
        NotCausalError: It reads more than one token ahead for each layer.
    """
    model = built(architecture, task.vocabulary, positions, seed=0)
    layers = layers_of(model)
    length = min(positions, max(ASKED_LENGTH, layers + MORE_PLACES))
    reach = look_ahead(model, architecture, len(task.vocabulary), positions, length=length)
    if reach > min(layers, length - 2):
        raise not_causal(model.name, reach)
    model.module.eval()
    with torch.no_grad():
        unseen = _unseen(model, architecture, task)
        if unseen:  # weights that are 0 at first may hide the token
            with shown_weights(model):
                hidden = {each.name for each in _unseen(model, architecture, task)}
            unseen = tuple(each for each in unseen if each.name in hidden)
        return (*_ahead(reach), *unseen, *_ends(model, architecture, task, positions))


def layers_of(model: Trainable) -> int:
    """Return how many layers the model has.

    It is what its configuration says, or else the number of its parts of the most frequent class that has layers
    inside.
    """
    config: Any = getattr(model.module, "config", None)
    said = getattr(config, "num_hidden_layers", None)
    if isinstance(said, int):
        return said
    parts = Counter(type(part) for part in model.module.modules() if _is_layer(part))
    return max(parts.values(), default=1)


def _is_layer(part: nn.Module) -> bool:
    """Return whether the part has children with weights and is not one of torch's containers."""
    return not isinstance(part, nn.Sequential | nn.ModuleList | nn.ModuleDict) and any(
        True for child in part.children() for _ in child.parameters()
    )


def _ahead(reach: int) -> tuple[Defect, ...]:
    """Return the defect of a causal mask that is off by one, if there is one.

    Each layer with such a mask lets answers depend on one more token.
    """
    if reach == 0:
        return ()
    tokens = "the next token" if reach == 1 else f"the next {reach} tokens"
    after = "it" if reach == 1 else f"them, as if the masks of {reach} layers were off by one"
    seen = f"Each answer changes with {tokens}, and with none after {after}: the model reads what it is to predict."
    return (Defect("causal mask off by one", seen),)


def _unseen(model: Trainable, architecture: ArchitectureSpec, task: Task) -> tuple[Defect, ...]:
    """Return the defects of tokens that change no answer: the begin token, and the last token."""
    letters = len(task.alphabet)
    generator = torch.Generator().manual_seed(0)
    words = torch.randint(letters, (8, 9), generator=generator)
    words[:, 0] = task.vocabulary.index(BOS)
    changed = []
    for place in (0, 1, 8):
        others = words.clone()
        others[:, place] = (others[:, place] + 1) % len(task.vocabulary)
        moved = (_answers(model, architecture, others) - _answers(model, architecture, words)).abs()
        changed.append(float(moved[:, 8 if place == 8 else max(place, 1) :].max()))
    most = max(changed)
    found = []
    if changed[0] <= UNSEEN_SHARE * most:
        seen = "No answer to a letter changes with the token that words begin with: the model does not see it."
        found.append(Defect("no begin token", seen))
    if changed[2] <= UNSEEN_SHARE * most:
        seen = "No answer changes with the last token that was read: the mask hides it, or answers come a token late."
        found.append(Defect("last token hidden", seen))
    return tuple(found)


def _ends(model: Trainable, architecture: ArchitectureSpec, task: Task, positions: int) -> tuple[Defect, ...]:
    """Return the defects of answers that change much less, or not at all, from some number of equal letters on.

    If positions end, they end at one place, wherever the equal letters begin. If instead a window of the last letters
    has filled with equal ones, as in a short convolution, the place moves with their beginning, and that is no defect.
    """
    found: list[Defect] = []
    for letter in range(len(task.alphabet)):
        words = torch.full((1, positions), letter)
        words[:, 0] = task.vocabulary.index(BOS)
        changes = _changes(model, architecture, words)
        end = _sudden_end(changes)
        if end is None:
            continue
        if _silent(changes, end):
            if not all(_silent_with_other_gates(model, architecture, words, end, seed) for seed in range(OTHER_GATES)):
                continue
            seen = f"From {end} equal letters on, its answers do not change at all: it cannot count further."
            found.append(Defect("counts saturate", seen, end))
            continue
        before = min(OTHERS, end - 2)
        words[:, 1 : 1 + before] = (letter + 1) % len(task.vocabulary)
        later = _changes(model, architecture, words)
        if DROP_TIMES * max(later[end:]) <= median(later[max(end - 3, before + 1) : end]):
            seen = (
                f"From position {end} on, answers suddenly change {DROP_TIMES:g} times less: its positions end there."
            )
            found.append(Defect("positions clipped", seen, end))
    return tuple({each.name: each for each in reversed(found)}.values())


def _silent(changes: list[float], end: int) -> bool:
    return max(changes[end:]) <= UNSEEN_SHARE * max(changes)


def _silent_with_other_gates(
    model: Trainable, architecture: ArchitectureSpec, words: Tensor, end: int, seed: int
) -> bool:
    """Return whether the answers stop changing there too if the model has other gates and decays.

    A state that at first forgets within a few tokens can learn to remember; a count that is bounded cannot.
    """
    drawn = torch.Generator().manual_seed(seed)
    vectors = [each for each in model.module.parameters() if each.ndim <= 1 and each.is_floating_point()]
    others = [each.detach() + GATES_MOVED * torch.randn(each.shape, generator=drawn) for each in vectors]
    with replaced_weights(list(zip(vectors, others, strict=True))):
        return _silent(_changes(model, architecture, words), end)


def _changes(model: Trainable, architecture: ArchitectureSpec, words: Tensor) -> list[float]:
    """Return by how much the answers at each place of the one word differ from those at the place before."""
    answers = _answers(model, architecture, words)[0]  # (positions, vocabulary)
    changes: list[float] = (answers[1:] - answers[:-1]).norm(dim=1).double().tolist()
    return changes


def _sudden_end(changes: list[float]) -> int | None:
    """Return the place from which on all changes are much smaller, after changes that were alike.

    The result is None if there is no such place.
    """
    floor = 1e-12 + UNSEEN_SHARE * max(changes)
    for end in range(3, len(changes) - 3):
        before, after = changes[end - 3 : end], changes[end:]
        # In a steady decay by DROP_TIMES in two places, the three changes before differ by DROP_TIMES > UNEVEN_TIMES.
        even = min(before) > floor and max(before) <= UNEVEN_TIMES * min(before)
        if even and DROP_TIMES * max(after) <= median(before) and _lasts(after, floor):
            return end
    return None


def _lasts(after: list[float], floor: float) -> bool:
    """Return whether the changes after the drop do not go on falling at the same pace."""
    return after[0] <= floor or after[2] * STEADY_TIMES >= after[0]


def _answers(model: Trainable, architecture: ArchitectureSpec, words: Tensor) -> Tensor:
    offsets = torch.zeros(len(words), dtype=torch.int64)
    return asked(lambda: model.logits(words, offsets), architecture).float()
