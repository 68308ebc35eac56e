"""Modules as a person may write them: the factories that the tests name."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Recurrent(nn.Module):
    """An LSTM."""

    def __init__(self, vocabulary: int, outputs: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 8)
        self.memory = nn.LSTM(8, 8, batch_first=True)
        self.head = nn.Linear(8, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        found: Tensor = self.head(self.memory(self.embedding(tokens))[0])
        return found


class Ahead(Recurrent):
    """Answers as the memory `steps` tokens later does."""

    def __init__(self, vocabulary: int, steps: int) -> None:
        super().__init__(vocabulary, vocabulary)
        self.steps = steps

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.roll(super().forward(tokens), -self.steps, dims=1)


class Failing(Recurrent):
    """Fails on every word."""

    def forward(self, tokens: Tensor) -> Tensor:
        raise RuntimeError(f"no words of {tokens.shape[1]} tokens today")


class Constant(nn.Module):
    """Has nothing that could be trained."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def forward(self, tokens: Tensor) -> Tensor:
        return torch.zeros(*tokens.shape, self.vocabulary)


class Positioned(Recurrent):
    """Has a weight for each position."""

    def __init__(self, vocabulary: int, positions: int) -> None:
        super().__init__(vocabulary, vocabulary)
        self.wpe = nn.Embedding(positions, 8)

    def forward(self, tokens: Tensor, position_ids: Tensor | None = None) -> Tensor:
        assert position_ids is not None
        found: Tensor = self.head(self.memory(self.embedding(tokens) + self.wpe(position_ids))[0])
        return found


class Answering(Recurrent):
    """Answers with what is made of the logits."""

    def __init__(self, vocabulary: int, made: Callable[[Tensor], object]) -> None:
        super().__init__(vocabulary, vocabulary)
        self.made = made

    def forward(self, tokens: Tensor) -> object:  # type: ignore[override]
        return self.made(super().forward(tokens))


class Talking(Recurrent):
    """Says what it is asked."""

    def forward(self, tokens: Tensor) -> Tensor:
        print("asked about", tokens.shape)
        return super().forward(tokens)


def factory(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Recurrent(vocabulary, vocabulary)


def wide(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Recurrent(vocabulary, vocabulary + 1)


def off_by_one(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Ahead(vocabulary, 1)


def ahead(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Ahead(vocabulary, 3)


def failing(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Failing(vocabulary, vocabulary)


def breaking(vocabulary: int, positions: int) -> nn.Module:
    raise ZeroDivisionError(f"{vocabulary} by {positions - positions}")


def ending(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    raise SystemExit(0)


def constant(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Constant(vocabulary)


def positioned(vocabulary: int, positions: int) -> nn.Module:
    return Positioned(vocabulary, positions)


def a_list(vocabulary: int, positions: int) -> list[int]:
    return [vocabulary, positions]


def in_pairs(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Answering(vocabulary, lambda logits: (logits, None))


def whole(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Answering(vocabulary, lambda logits: logits.round().long())


def unending(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Answering(vocabulary, lambda logits: logits / 0)


def frozen(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Recurrent(vocabulary, vocabulary).requires_grad_(requires_grad=False)


def talking(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    print("making a model")
    return Talking(vocabulary, vocabulary)


def too_few(vocabulary: int) -> nn.Module:
    return Recurrent(vocabulary, vocabulary)


NUMBER = 3
