"""Factories of architectures that transformers has no class of, for comparison on cards."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def lstm(vocabulary: int, positions: int) -> "nn.Module":  # noqa: ARG001
    """Return an LSTM of two layers and width 76, with about 100,000 parameters."""
    import torch
    from torch import nn

    class Lstm(nn.Module):
        """An embedding, two LSTM layers, and a linear output head."""

        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, 76)
            self.memory = nn.LSTM(76, 76, num_layers=2, batch_first=True)
            self.head = nn.Linear(76, vocabulary)

        def forward(self, tokens: torch.Tensor) -> torch.Tensor:
            """Return logits (words, length, vocabulary)."""
            found: torch.Tensor = self.head(self.memory(self.embedding(tokens))[0])
            return found

    return Lstm()
