"""The teacher-student protocol of this project against a plain loop, and stacked seeds against sequential ones.

The plain loop is what one writes from the paper's text: modules of `torch.nn`, a Python loop over positions for the
recurrences, `torch.optim.AdamW`, tokens from `torch.rand`, and one seed. Both draw a batch, ask the teacher and take a
step. The figures are processor time of one thread of this process, measured in turn: medians over the passes, and the
median of the ratios.
"""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

import torch
from torch import Tensor, nn

from train.teaching.config import TeachingConfig, teaching_from_json
from train.teaching.sequences import Drawer, initial_weights
from train.teaching.training import losses, taught

KINDS = ("deepset", "softmax", "sigmoid", "ssm", "rnn")
STEPS, PASSES = 40, 5
WIDTH, LONGEST, BATCH = 20, 10, 256


def perceptron(layers: int) -> nn.Sequential:
    maps = [part for _ in range(layers + 1) for part in (nn.Linear(WIDTH, WIDTH), nn.Sigmoid())]
    return nn.Sequential(*maps)


class Plain(nn.Module):
    """One model, written from the paper's formulas."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.outer = kind, perceptron(2)
        if kind == "deepset":
            self.inner = perceptron(2)
        elif kind in ("ssm", "rnn"):
            self.transition, self.input = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(2))
        else:
            self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        for name, weights in self.named_parameters():
            nn.init.normal_(weights, 0, 0.6) if "weight" in name else nn.init.zeros_(weights)
            if name.startswith(("transition", "input")):
                nn.init.orthogonal_(weights)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.outer(self.states(tokens))

    def states(self, tokens: Tensor) -> Tensor:
        if self.kind == "deepset":
            return torch.cumsum(self.inner(tokens), dim=1)
        if self.kind in ("ssm", "rnn"):
            state, found = torch.zeros(len(tokens), WIDTH), []
            for place in range(tokens.shape[1]):
                state = self.transition(state) + self.input(tokens[:, place])
                state = torch.sigmoid(state) if self.kind == "rnn" else state
                found.append(state)
            return torch.stack(found, dim=1)
        length = tokens.shape[1]
        scores = self.query(tokens) @ self.key(tokens).transpose(1, 2) / math.sqrt(WIDTH)
        seen = torch.tril(torch.ones(length, length, dtype=torch.bool))
        if self.kind == "softmax":
            shares = torch.softmax(scores.masked_fill(~seen, -torch.inf), dim=2)
        else:
            shares = torch.sigmoid(scores) * seen / torch.arange(1, length + 1).unsqueeze(1)
        return shares @ self.value(tokens)


def plain_steps(kind: str) -> Callable[[], None]:
    teacher, student = Plain(kind).requires_grad_(False), Plain(kind)
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.01)

    def run() -> None:
        for _ in range(STEPS):
            tokens = torch.rand(BATCH, LONGEST, WIDTH)
            counted = (torch.arange(LONGEST) < torch.randint(2, LONGEST + 1, (BATCH, 1))).unsqueeze(2)
            with torch.no_grad():
                labels = teacher(tokens)
            optimizer.zero_grad()
            loss = ((student(tokens) - labels) * counted).square().mean()
            loss.backward()
            optimizer.step()

    return run


def our_steps(kind: str) -> Callable[[], None]:
    """Return the same steps as `train.teaching.training` takes them."""
    config = teaching_from_json({"architecture": {"kind": kind}})
    drawer = Drawer(config, [0])
    epoch = drawer.epoch(0)
    flat = initial_weights(config, "student", [0]).requires_grad_()
    optimizer = torch.optim.AdamW([flat], lr=1e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.01, fused=True)

    def run() -> None:
        for _ in range(STEPS):
            losses(config, flat, epoch.batch()).sum().backward()
            torch.isfinite(flat.grad).all().item()
            optimizer.step()
            optimizer.zero_grad()

    return run


def timed(run: Callable[[], object]) -> float:
    start = process_time()
    run()
    return process_time() - start


def in_turn(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float, float]:
    """Return the median times of both, and the median of the ratio of the first to the second."""
    one(), other()
    passes = [(timed(one), timed(other)) for _ in range(PASSES)]
    return median(a for a, _ in passes), median(b for _, b in passes), median(a / b for a, b in passes)


def seeds_config(kind: str, batch_size: int) -> TeachingConfig:
    fixed = {"epochs": 1, "batches": STEPS, "validation_batches": 1, "test_sequences": 100, "test_lengths": [10]}
    return teaching_from_json({"architecture": {"kind": kind}, "batch_size": batch_size} | fixed)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=KINDS, help="architectures; without any, all")
    kinds = parser.parse_args(argv).kinds
    torch.set_num_threads(1)
    print(f"{STEPS} steps of {BATCH} sequences, milliseconds of processor time a step\n")
    print(f"{'':<10}{'plain loop':>12}{'here':>10}{'plain/here':>12}")
    for kind in kinds:
        plain, ours, ratio = in_turn(plain_steps(kind), our_steps(kind))
        print(f"{kind:<10}{1000 * plain / STEPS:>12.2f}{1000 * ours / STEPS:>10.2f}{ratio:>12.2f}")
    seeds = (0, 1, 2, 3, 4)
    print(
        "\nfive seeds, sequential over stacked (the same bits)\n\n          "
        + "".join(f"{f'batch {n}':>12}" for n in (16, 64, 256))
    )
    for kind in kinds:
        cells = []
        for size in (16, 64, 256):
            config = seeds_config(kind, size)
            _, _, ratio = in_turn(
                lambda c=config: [taught(c, [seed]) for seed in seeds], lambda c=config: taught(c, seeds)
            )
            cells.append(f"{ratio:>12.2f}")
        print(f"{kind:<10}" + "".join(cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
