"""Modules as a person may write them: the factories that the tests name."""

import random
from collections.abc import Callable

import numpy as np
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


class Longer(Recurrent):
    """Does to its answers what `change` says, in words of at least `least` tokens alone."""

    def __init__(self, vocabulary: int, least: int, change: Callable[[Tensor], Tensor]) -> None:
        super().__init__(vocabulary, vocabulary)
        self.least, self.change = least, change

    def forward(self, tokens: Tensor) -> Tensor:
        answers = super().forward(tokens)
        return self.change(answers) if tokens.shape[1] >= self.least else answers


class Gated(Recurrent):
    """Adds to its answers those to the next token, times a weight that is 0 at first."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__(vocabulary, vocabulary)
        self.gate = nn.Parameter(torch.zeros(1))

    def forward(self, tokens: Tensor) -> Tensor:
        answers = super().forward(tokens)
        return answers + self.gate * answers.roll(-1, dims=1)


class Masked(Recurrent):
    """Has to be given a mask."""

    def forward(self, tokens: Tensor, attention_mask: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(tokens) * attention_mask[..., None]


def with_means_of_blocks(answers: Tensor) -> Tensor:
    return torch.cat([block + block.mean(1, keepdim=True) for block in answers.split(16, dim=1)], 1)


def refused(answers: Tensor) -> Tensor:
    raise ValueError(f"no words of {answers.shape[1]} tokens")


def in_long_words_ahead(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Longer(vocabulary, 20, lambda answers: answers.roll(-1, dims=1))


def in_blocks(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Longer(vocabulary, 17, with_means_of_blocks)


def no_long_words(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Longer(vocabulary, 25, refused)


def by_length(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Longer(vocabulary, 0, lambda answers: answers / answers.shape[1])


def centred_over_words(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Longer(vocabulary, 0, lambda answers: answers - answers.mean(0))


def words_second(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    made = Recurrent(vocabulary, vocabulary)
    made.memory.batch_first = False
    return made


def gated(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Gated(vocabulary)


def masked(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Masked(vocabulary, vocabulary)


def zero_head(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    made = Recurrent(vocabulary, vocabulary)
    nn.init.zeros_(made.head.weight)
    return made


def nowhere(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Recurrent(vocabulary, vocabulary).to("meta")


def too_large(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    made = Recurrent(vocabulary, vocabulary)
    made.large = nn.Parameter(torch.empty(10_001, 10_000, device="meta"))
    return made


SHARED: list[nn.Module] = []


def again(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    SHARED.append(Recurrent(vocabulary, vocabulary))
    return SHARED[0]


def drawn_by_numpy(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    made = Recurrent(vocabulary, vocabulary)
    drawn = np.random.normal(size=made.head.weight.shape) + random.random()  # noqa: NPY002
    made.head.weight.data = torch.from_numpy(drawn).float()
    return made


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
