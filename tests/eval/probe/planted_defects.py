"""Small architectures, sound ones and such with one defect each: factories that the tests name."""

import torch
from torch import Tensor, nn

CLIPPED_AT = 20
SATURATED_AT = 12


class Attention(nn.Module):
    """One layer of causal attention, with positions or without, and what is wrong with it."""

    def __init__(self, vocabulary: int, positions: int, *, defect: str = "", ape: bool = False) -> None:
        super().__init__()
        self.defect = defect
        self.embedding = nn.Embedding(vocabulary, 16)
        self.wpe = nn.Embedding(positions, 16) if ape else None
        self.query, self.key, self.value = nn.Linear(16, 16), nn.Linear(16, 16), nn.Linear(16, 16)
        self.head = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, vocabulary))

    def forward(self, tokens: Tensor, position_ids: Tensor | None = None) -> Tensor:
        state = self.embedding(tokens)
        if self.wpe is not None and position_ids is not None:
            clipped = self.defect == "clipped"
            state = state + self.wpe(position_ids.clamp(max=CLIPPED_AT) if clipped else position_ids)
        length = tokens.shape[1]
        seen = torch.ones(length, length).tril(1 if self.defect == "ahead" else 0).bool()
        if self.defect == "no begin":
            seen[1:, 0] = False
        scores = (self.query(state) @ self.key(state).mT / 4).masked_fill(~seen, -torch.inf)
        found: Tensor = self.head(state + scores.softmax(-1) @ self.value(state))
        return found


class Counting(nn.Module):
    """Counts each token, up to a bound, and answers from the counts and the last token."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.head = nn.Sequential(nn.Linear(2 * vocabulary, 32), nn.GELU(), nn.Linear(32, vocabulary))

    def forward(self, tokens: Tensor) -> Tensor:
        last = nn.functional.one_hot(tokens, self.vocabulary).float()
        counts = last.cumsum(1).clamp(max=SATURATED_AT)
        found: Tensor = self.head(torch.cat([last, counts], -1))
        return found


class Late(nn.Module):
    """A recurrence that answers before it has read the last token."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 8)
        self.memory = nn.GRU(8, 8, batch_first=True)
        self.head = nn.Linear(8, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        states = self.memory(self.embedding(tokens))[0]
        found: Tensor = self.head(torch.cat([states.new_zeros(states[:, :1].shape), states[:, :-1]], 1))
        return found


def nope(vocabulary: int, positions: int) -> nn.Module:
    return Attention(vocabulary, positions)


def ape(vocabulary: int, positions: int) -> nn.Module:
    return Attention(vocabulary, positions, ape=True)


def no_begin(vocabulary: int, positions: int) -> nn.Module:
    return Attention(vocabulary, positions, defect="no begin")


def off_by_one(vocabulary: int, positions: int) -> nn.Module:
    return Attention(vocabulary, positions, defect="ahead")


def clipped(vocabulary: int, positions: int) -> nn.Module:
    return Attention(vocabulary, positions, defect="clipped", ape=True)


def saturating(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Counting(vocabulary)


def late(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Late(vocabulary)
