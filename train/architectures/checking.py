"""Whether a model can be trained: it answers, in the right shape, with numbers, and never reads ahead."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import torch
from torch import Tensor
from torch.nn import Module

from tasks.ground.models.causal_model import ASKED_WORDS, MOVED_SHARE, POSITION_WEIGHTS, quiet
from train.architectures.factories import build_module, run_theirs
from train.architectures.specification import ArchitectureError, ArchitectureSpec
from train.architectures.stock_models import build_stock, class_name, needs_kernel, reason

T = TypeVar("T")

ASKED_LENGTH: Final = 12  # tokens of the words by which it is seen whether later tokens change earlier answers


class NotCausalError(ArchitectureError):
    """A model reads ahead; `reach` is how many tokens beyond its own it was seen to read."""

    def __init__(self, message: str, reach: int = 0) -> None:
        super().__init__(message)
        self.reach = reach


@dataclass(frozen=True)
class Trainable:
    """A model that was checked, and how it is asked.

    `learns_positions`: it has a weight for each position, so that its words are trained at random offsets, where it
    takes `position_ids`, and tested no further than these weights reach.
    """

    module: Module
    name: str
    positions: int
    takes_positions: bool
    learns_positions: bool

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(each.numel() for each in self.module.parameters() if each.requires_grad)

    def logits(self, tokens: Tensor, offsets: Tensor | None = None) -> Tensor:
        """The answers to words (words, length) that begin at offsets (words,): (words, length, vocabulary)."""
        arguments: dict[str, Tensor] = {}
        if offsets is not None and self.takes_positions:
            places = offsets[:, None] + torch.arange(tokens.shape[1])
            arguments["position_ids"] = places.clamp(max=self.positions - 1)  # padding alone lies further on
        found: Any = self.module(tokens, **arguments)
        answers = getattr(found, "logits", found)
        if not isinstance(answers, Tensor):
            raise ArchitectureError(
                f"{self.name}: expected a tensor of logits, or an object that has one as `logits`; "
                f"found {type(answers).__name__}"
            )
        return answers


def build(architecture: ArchitectureSpec, tokens: tuple[str, ...], positions: int, seed: int) -> Trainable:
    """The model with the seed's initial weights, checked; ArchitectureError says what is wrong with it."""
    return causal(built(architecture, tokens, positions, seed), architecture, len(tokens), positions)


def built(architecture: ArchitectureSpec, tokens: tuple[str, ...], positions: int, seed: int) -> Trainable:
    """The same without the question whether it reads ahead."""
    torch.manual_seed(seed)
    own = architecture.source == "factory"
    module = build_module(architecture, len(tokens), positions) if own else build_stock(architecture, tokens, positions)
    accepted = _accepted(module)
    learns = any(POSITION_WEIGHTS.search(name) for name, _ in module.named_parameters())
    takes = "position_ids" in accepted
    found = Trainable(module, architecture.name, positions, takes, learns and takes)
    if not any(each.requires_grad for each in module.parameters()):
        raise ArchitectureError(
            f"{architecture.name}: the model has no parameters that ask for a gradient: there is nothing to train"
        )
    module.float()
    _check_answers(found, architecture, len(tokens), positions)
    return found


def _accepted(module: Module) -> set[str]:
    try:
        return set(inspect.signature(module.forward).parameters)
    except (TypeError, ValueError):
        return set()


def _check_answers(model: Trainable, architecture: ArchitectureSpec, vocabulary: int, positions: int) -> None:
    """ArchitectureError unless it answers words of two lengths in the right shape, and can be trained on them."""
    for length in sorted({min(3, positions), min(ASKED_LENGTH, positions)}):
        words = _words(vocabulary, length)
        model.module.train()
        answers = asked(lambda words=words: model.logits(words, _nowhere(words)), architecture)  # type: ignore[misc]
        expected = (ASKED_WORDS, length, vocabulary)
        if tuple(answers.shape) != expected:
            raise ArchitectureError(
                f"{model.name}: asked about {ASKED_WORDS} words of {length} tokens, of {vocabulary} kinds, it answers "
                f"with the shape {tuple(answers.shape)}; expected {expected}, logits for each token"
            )
        if not answers.is_floating_point():
            raise ArchitectureError(f"{model.name}: expected logits of a floating-point type, found {answers.dtype}")
        if not torch.isfinite(answers).all():
            raise ArchitectureError(f"{model.name}: answers with what are no finite numbers")
        if not answers.requires_grad:
            raise ArchitectureError(f"{model.name}: its answers do not depend on its parameters: it cannot be trained")
        asked(lambda answers=answers: answers.sum().backward(), architecture)  # type: ignore[misc]
        model.module.zero_grad(set_to_none=True)


def causal(model: Trainable, architecture: ArchitectureSpec, vocabulary: int, positions: int) -> Trainable:
    """The model; NotCausalError where a later token changes an earlier answer, found by asking."""
    reach = look_ahead(model, architecture, vocabulary, positions)
    if reach:
        raise not_causal(model.name, reach)
    return model


def not_causal(name: str, reach: int) -> NotCausalError:
    """What is said of a model that reads so far ahead."""
    how = (
        "each answer changes with the next token and with none after it: its causal mask is off by one"
        if reach == 1
        else f"answers change with tokens up to {reach} places later"
    )
    return NotCausalError(f"{name} is not causal: {how}. It could read what it is to predict.", reach)


def look_ahead(
    model: Trainable, architecture: ArchitectureSpec, vocabulary: int, positions: int, *, length: int = ASKED_LENGTH
) -> int:
    """How many places ahead a token changes answers; 0 for a causal model. ArchitectureError where it is random.

    `length` is that of the words that are asked about, if there are so many positions.
    """
    words = _words(vocabulary, min(length, positions))
    model.module.eval()
    with torch.no_grad():
        first = asked(lambda: model.logits(words, _nowhere(words)), architecture)
        again = asked(lambda: model.logits(words, _nowhere(words)), architecture)
        scale = first.abs().max().clamp(min=1e-6) * MOVED_SHARE
        if (again - first).abs().max() > scale:
            raise ArchitectureError(f"{model.name}: answers otherwise when it is asked the same again")
        reach = 0
        for place in range(1, words.shape[1]):
            others = words.clone()
            others[:, place] = (others[:, place] + 1) % vocabulary
            moved = (asked(lambda others=others: model.logits(others, _nowhere(others)), architecture) - first).abs()  # type: ignore[misc]
            changed = (moved.amax((0, 2)) > scale).nonzero().flatten()
            reach = max(reach, place - int(changed[0])) if len(changed) else reach
    return reach


def asked(call: Callable[[], T], architecture: ArchitectureSpec) -> T:
    """What the model answers; the traceback of a person's own code, or the class's name and why it cannot run."""
    if architecture.source == "factory":
        return run_theirs(call, f"{architecture.file}:{architecture.kind}: the model's forward")
    try:
        with quiet():
            return call()
    except Exception as error:  # of many kinds: a class that cannot run on this machine
        name = class_name(architecture)
        if needs_kernel(error):
            raise ArchitectureError(
                f"{name} needs a compiled kernel that is not here, and cannot be trained on this machine: "
                f"{reason(error)}"
            ) from None
        raise ArchitectureError(f"{name} cannot be asked about a word: {reason(error)}") from None


def _words(vocabulary: int, length: int) -> Tensor:
    drawn = torch.Generator().manual_seed(0)
    return torch.randint(vocabulary, (ASKED_WORDS, length), generator=drawn)


def _nowhere(words: Tensor) -> Tensor:
    return torch.zeros(len(words), dtype=torch.int64)
