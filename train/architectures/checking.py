"""Checks whether a model can be trained.

Its logits must have the right shape, be finite, depend on its parameters, and not depend on later tokens.
"""

import contextlib
import inspect
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module

from tasks.ground.models.causal_model import ASKED_WORDS, MOVED_SHARE, POSITION_WEIGHTS, quiet
from train.architectures.factories import build_module, run_theirs
from train.architectures.specification import ArchitectureError, ArchitectureSpec
from train.architectures.stock_models import build_stock, class_name, needs_kernel, reason

T = TypeVar("T")

ASKED_LENGTH: Final = 12  # tokens of the words on which a model is tested for reading ahead, token by token
LONGEST_ASKED_LENGTH: Final = 512  # tokens of the longest word on which it is tested, if it has so many positions
CUTS: Final = 4  # places of a long word from which on all tokens are changed
APART_SHARE: Final = 1e-4  # a share of the largest logit that rounding does not reach where shapes differ
TINY: Final = 1e-4  # weights up to this size are as good as 0: what they multiply is not seen
FILLED_SCALE: Final = 0.1  # standard deviation of the weights that stand for those


class NotCausalError(ArchitectureError):
    """The model's logits depend on later tokens.

    Attributes:
        reach: The largest number of places ahead at which a token was seen to change an answer.
    """

    def __init__(self, message: str, reach: int = 0) -> None:
        super().__init__(message)
        self.reach = reach


@dataclass(frozen=True)
class Trainable:
    """A model that passed the checks, and what is known of its positions.

    Attributes:
        module: The torch module.
        name: What tables and messages call the model.
        positions: How many positions the model was made for.
        takes_positions: Whether its `forward` has an argument `position_ids`.
        learns_positions: Whether it has a weight for each position and takes `position_ids`. Words are then placed at
            random offsets in training, and tests go no further than these weights reach.
    """

    module: Module
    name: str
    positions: int
    takes_positions: bool
    learns_positions: bool

    @property
    def parameters(self) -> int:
        """The number of parameters that are trained."""
        return sum(each.numel() for each in self.module.parameters() if each.requires_grad)

    def logits(self, tokens: Tensor, offsets: Tensor | None = None) -> Tensor:
        """Return the logits of words.

        Args:
            tokens: Token ids (words, length).
            offsets: The position at which each word begins (words,). They are ignored if the model takes no
                `position_ids`.

        Returns:
            Logits (words, length, vocabulary).

        Raises:
            ArchitectureError: The model returns neither a tensor nor an object that has one as `logits`.
        """
        arguments: dict[str, Tensor] = {}
        if offsets is not None and self.takes_positions:
            places = offsets[:, None] + torch.arange(tokens.shape[1])
            arguments["position_ids"] = places.clamp(max=self.positions - 1)  # only padding lies further on
        found: Any = self.module(tokens, **arguments)
        answers = getattr(found, "logits", found)
        if not isinstance(answers, Tensor):
            raise ArchitectureError(
                f"{self.name}: expected a tensor of logits, or an object that has one as `logits`; "
                f"found {type(answers).__name__}"
            )
        return answers


def build(architecture: ArchitectureSpec, tokens: tuple[str, ...], positions: int, seed: int) -> Trainable:
    """Return the model with the seed's initial weights, after it passed all checks.

    Args:
        architecture: What is built.
        tokens: The vocabulary of the task, in the order of the token ids.
        positions: How many positions the longest word takes.
        seed: Seeds torch's global generator, from which the initial weights are drawn, and for a factory those of
            Python and numpy too.

    Raises:
        ArchitectureError: The model cannot be made, or cannot be trained; the message says why.
        NotCausalError: Its answers depend on later tokens.
    """
    return causal(built(architecture, tokens, positions, seed), architecture, len(tokens), positions)


def built(architecture: ArchitectureSpec, tokens: tuple[str, ...], positions: int, seed: int) -> Trainable:
    """Return the model as `build` does, without the test whether it reads ahead."""
    torch.manual_seed(seed)
    own = architecture.source == "factory"
    if own:  # a person's own code may draw from these generators too
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
    module = build_module(architecture, len(tokens), positions) if own else build_stock(architecture, tokens, positions)
    accepted = _accepted(module)
    learns = any(POSITION_WEIGHTS.search(name) for name, _ in module.named_parameters())
    takes = "position_ids" in accepted
    found = Trainable(module, architecture.name, positions, takes, learns and takes)
    if not any(each.requires_grad for each in module.parameters()):
        raise ArchitectureError(
            f"{architecture.name}: the model has no parameters that ask for a gradient: there is nothing to train"
        )
    elsewhere = {each.device.type for each in (*module.parameters(), *module.buffers())} - {"cpu"}
    if elsewhere:
        raise ArchitectureError(
            f"{architecture.name}: expected all weights on the cpu, where models are trained; some are on "
            f"{', '.join(sorted(elsewhere))}"
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
    """Raise ArchitectureError unless the logits of words of two lengths have the right shape and can be trained."""
    for length in sorted({min(3, positions), min(ASKED_LENGTH, positions)}):
        words = _words(vocabulary, length)
        model.module.train()
        answers = asked(lambda words=words: model.logits(words, _nowhere(words)), architecture)  # type: ignore[misc]
        _check_shape(model, answers, words, vocabulary)
        if not answers.is_floating_point():
            raise ArchitectureError(f"{model.name}: expected logits of a floating-point type, found {answers.dtype}")
        if not torch.isfinite(answers).all():
            raise ArchitectureError(f"{model.name}: its answers hold NaN or infinity")
        if not answers.requires_grad:
            raise ArchitectureError(f"{model.name}: its answers do not depend on its parameters: it cannot be trained")
        asked(lambda answers=answers: answers.sum().backward(), architecture)  # type: ignore[misc]
        model.module.zero_grad(set_to_none=True)


def _check_shape(model: Trainable, answers: Tensor, words: Tensor, vocabulary: int) -> None:
    expected = (*words.shape, vocabulary)
    if tuple(answers.shape) != expected:
        raise ArchitectureError(
            f"{model.name}: asked about {words.shape[0]} words of {words.shape[1]} tokens, of {vocabulary} kinds, it "
            f"gives answers of the shape {tuple(answers.shape)}; expected {expected}, logits for each token"
        )


def causal(model: Trainable, architecture: ArchitectureSpec, vocabulary: int, positions: int) -> Trainable:
    """Return the model itself, or raise NotCausalError if a later token was seen to change an earlier answer."""
    reach = look_ahead(model, architecture, vocabulary, positions)
    if reach:
        raise not_causal(model.name, reach)
    return model


def not_causal(name: str, reach: int) -> NotCausalError:
    """Return the error for a model whose answers depend on tokens up to `reach` places later."""
    how = (
        "each answer changes with the next token, but with no token after that: its causal mask is off by one"
        if reach == 1
        else f"answers change with tokens up to {reach} places later"
    )
    return NotCausalError(f"{name} is not causal: {how}. It could read what it is to predict.", reach)


def look_ahead(
    model: Trainable, architecture: ArchitectureSpec, vocabulary: int, positions: int, *, length: int = ASKED_LENGTH
) -> int:
    """Return how many places ahead a token was seen to change an answer; 0 for a causal model.

    Words of `length` tokens are tried token by token, and longer ones with all tokens changed from a place on. All is
    tried again with random weights in the place of those that are 0 at first, which would hide what they multiply.

    Args:
        model: The model, which is asked in evaluation mode.
        architecture: What the model is, for messages.
        vocabulary: The number of tokens.
        positions: How many positions the model has.
        length: The length of the words on which the model is tested, if it has so many positions.

    Raises:
        ArchitectureError: The model answers the same question differently when it is asked again, or beside other
            words.
        NotCausalError: Its answers change with the number of tokens that follow.
    """
    model.module.eval()
    words = _words(vocabulary, min(length, positions))
    longer = sorted({min(positions // 10 + 2, LONGEST_ASKED_LENGTH), min(positions, LONGEST_ASKED_LENGTH)})
    with torch.no_grad():
        reach = _reach(model, architecture, words, vocabulary)
        for each in longer:
            reach = max(reach, _reach_from_cuts(model, architecture, _words(vocabulary, each), vocabulary))
        if reach == 0 and hidden_weights(model):
            with shown_weights(model):
                reach = _reach(model, architecture, words, vocabulary)
    return reach


def _reach(model: Trainable, architecture: ArchitectureSpec, words: Tensor, vocabulary: int) -> int:
    """Return how many places ahead a token was seen to change an answer, trying each token of these words."""

    def answers(asked_words: Tensor) -> Tensor:
        return asked(lambda: model.logits(asked_words, _nowhere(asked_words)), architecture)

    first = answers(words)
    largest = first.abs().max().clamp(min=1e-6)
    if (answers(words) - first).abs().max() > largest * MOVED_SHARE:
        raise ArchitectureError(f"{model.name}: gives other answers when it is asked the same again")
    for alone in (slice(1), slice(len(words) - 1, None)):
        found = answers(words[alone])
        _check_shape(model, found, words[alone], vocabulary)
        if (found - first[alone]).abs().max() > largest * APART_SHARE:
            raise ArchitectureError(
                f"{model.name}: its answers about a word change with the other words that are asked at once. The first "
                "dimension of the tokens is the words, the second their length (`batch_first=True`)."
            )
    reach = 0
    for place in range(1, words.shape[1]):
        moved = (answers(_changed(words, slice(place, place + 1), vocabulary)) - first).abs()
        changed = (moved.amax((0, 2)) > largest * MOVED_SHARE).nonzero().flatten()
        reach = max(reach, place - int(changed[0])) if len(changed) else reach
    half = words.shape[1] // 2
    if reach == 0 and half and (answers(words[:, :half]) - first[:, :half]).abs().max() > largest * APART_SHARE:
        raise NotCausalError(
            f"{model.name} is not causal: an answer changes with the number of tokens that follow, though not with "
            "what they are. It could read how long the word is."
        )
    return reach


def _reach_from_cuts(model: Trainable, architecture: ArchitectureSpec, words: Tensor, vocabulary: int) -> int:
    """Return how many places ahead answers were seen to change when all tokens from a place on are changed."""
    first = asked(lambda: model.logits(words, _nowhere(words)), architecture)
    _check_shape(model, first, words, vocabulary)
    first = first.nan_to_num()
    length = words.shape[1]
    reach = 0
    # Odd places are no borders of blocks that a model may cut words into.
    for cut in sorted({min(length - 1, length * part // CUTS | 1) for part in range(1, CUTS + 1)} - {0}):
        others = _changed(words, slice(cut, None), vocabulary)
        moved = asked(lambda others=others: model.logits(others, _nowhere(others)), architecture)  # type: ignore[misc]
        far = (moved.nan_to_num() - first).abs()[:, :cut].amax((0, 2)) > first.abs().max().clamp(min=1e-6) * MOVED_SHARE
        reach = max(reach, cut - int(far.nonzero()[0])) if far.any() else reach
    return reach


def _changed(words: Tensor, places: slice, vocabulary: int) -> Tensor:
    others = words.clone()
    others[:, places] = (others[:, places] + 1) % vocabulary
    return others


def hidden_weights(model: Trainable) -> list[Tensor]:
    """Return the weights, other than biases, that are as good as 0: what they multiply changes no answer yet."""
    return [
        each
        for name, each in model.module.named_parameters()
        if not name.endswith("bias") and each.numel() and float(each.detach().abs().max()) <= TINY
    ]


@contextlib.contextmanager
def shown_weights(model: Trainable) -> Iterator[None]:
    """Put small random numbers in the place of the weights that are as good as 0, and take them back at the end."""
    drawn = torch.Generator().manual_seed(0)
    weights = hidden_weights(model)
    with replaced_weights([(each, FILLED_SCALE * torch.randn(each.shape, generator=drawn)) for each in weights]):
        yield


@contextlib.contextmanager
def replaced_weights(pairs: Sequence[tuple[Tensor, Tensor]]) -> Iterator[None]:
    """Put into each pair's first array the numbers of its second, and take them back at the end."""
    kept = [(weights, weights.detach().clone()) for weights, _ in pairs]
    with torch.no_grad():
        for weights, others in pairs:
            weights.copy_(others)
    try:
        yield
    finally:
        with torch.no_grad():
            for weights, were in kept:
                weights.copy_(were)


def asked(call: Callable[[], T], architecture: ArchitectureSpec) -> T:
    """Return what `call`, which asks the model, returns.

    Raises:
        UserCodeError: The module is the user's own and its code failed; the message has the traceback.
        ArchitectureError: A class of transformers failed; the message has its name and the reason.
    """
    if architecture.source == "factory":
        return run_theirs(call, f"{architecture.file}:{architecture.kind}: the model's forward")
    try:
        with quiet():
            return call()
    except Exception as error:  # a class that cannot run on this machine raises errors of many kinds
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
