"""Factories of architectures that stand beside others on a card and that transformers has no class of."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def lstm(vocabulary: int, positions: int) -> "nn.Module":  # noqa: ARG001
    """Two layers of an LSTM of width 76, about a hundred thousand parameters."""
    import torch
    from torch import nn

    class Lstm(nn.Module):
        """Embedding, two layers, head."""

        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, 76)
            self.memory = nn.LSTM(76, 76, num_layers=2, batch_first=True)
            self.head = nn.Linear(76, vocabulary)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            """Logits (words, length, vocabulary)."""
            found: torch.Tensor = self.head(self.memory(self.embedding(tokens))[0])
            return found

    return Lstm()
