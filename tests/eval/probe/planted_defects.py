"""Small architectures, sound ones and such with one defect each: factories that the tests name."""

import torch
from torch import Tensor, nn
from transformers import GPT2Config, GPT2LMHeadModel

CLIPPED_AT = 20
CLIPPED_EARLY = 16
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
        ahead = {"ahead": 1, "open": length}.get(self.defect, 0)
        seen = torch.ones(length, length).tril(ahead).bool()
        if self.defect == "no begin":
            seen[1:, 0] = False
        scores = (self.query(state) @ self.key(state).mT / 4).masked_fill(~seen, -torch.inf)
        found: Tensor = self.head(state + scores.softmax(-1) @ self.value(state))
        return found


class Deep(nn.Module):
    """Layers of causal attention between an embedding and a head, with the defect in each."""

    def __init__(self, vocabulary: int, layers: int, defect: str) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 16)
        self.layers = nn.ModuleList(Attention(16, 1, defect=defect) for _ in range(layers))
        for layer in self.layers:
            layer.embedding = nn.Identity()
        self.head = nn.Linear(16, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        state = self.embedding(tokens)
        for layer in self.layers:
            state = state + layer(state)
        found: Tensor = self.head(state)
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


def deep_off_by_one(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Deep(vocabulary, 3, "ahead")


def deep_and_open(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Deep(vocabulary, 3, "open")


def clipped(vocabulary: int, positions: int) -> nn.Module:
    return Attention(vocabulary, positions, defect="clipped", ape=True)


class ClippedStock(nn.Module):
    """A stock GPT-2 whose positions end at CLIPPED_EARLY: its small initial positions are of uneven steps."""

    def __init__(self, vocabulary: int, positions: int, *, width: int, layers: int) -> None:
        super().__init__()
        shape = GPT2Config(
            vocab_size=vocabulary,
            n_positions=positions,
            n_embd=width,
            n_layer=layers,
            n_head=2,
            bos_token_id=None,
            eos_token_id=None,
            **dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0),
        )
        self.stock = GPT2LMHeadModel(shape)

    def forward(self, tokens: Tensor) -> Tensor:
        places = torch.arange(tokens.shape[1]).clamp(max=CLIPPED_EARLY).expand_as(tokens)
        found: Tensor = self.stock(input_ids=tokens, position_ids=places).logits
        return found


def clipped_stock(vocabulary: int, positions: int) -> nn.Module:
    return ClippedStock(vocabulary, positions, width=64, layers=1)


def clipped_deep_stock(vocabulary: int, positions: int) -> nn.Module:
    return ClippedStock(vocabulary, positions, width=128, layers=3)


def saturating(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Counting(vocabulary)


def late(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Late(vocabulary)


class Windowed(nn.Module):
    """Sound: a convolution over the last seven tokens, and beside it a weak mean of all."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 16)
        self.window = nn.Conv1d(16, 16, 7, padding=6)
        self.head = nn.Linear(16, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        state = self.embedding(tokens)
        means = state.cumsum(1) / torch.arange(1, tokens.shape[1] + 1)[:, None]
        near = self.window(state.mT)[..., : tokens.shape[1]].mT
        found: Tensor = self.head(near + 0.1 * means)
        return found


def windowed(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Windowed(vocabulary)


class Simple(nn.Module):
    """A recurrence without gates, whose state is squashed or rectified."""

    def __init__(self, vocabulary: int, nonlinearity: str) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 8)
        self.memory = nn.RNN(8, 8, batch_first=True, nonlinearity=nonlinearity)
        self.head = nn.Linear(8, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        found: Tensor = self.head(self.memory(self.embedding(tokens))[0])
        return found


def relu(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Simple(vocabulary, "relu")


def tanh(vocabulary: int, positions: int) -> nn.Module:  # noqa: ARG001
    return Simple(vocabulary, "tanh")
