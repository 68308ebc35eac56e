"""CPU time of a training step: this project's against that of a plain `transformers.Trainer`, on the same words.

Both run in one process on one thread, in turns, with the same model. The figure is process CPU time for one model and
one step, in milliseconds: the median over the turns, with drawing the words included on both sides. The Trainer gets
what the published script gives it: token ids, position ids and labels, padded to the longest word of the batch. Before
that, both are given the same weights and words, and their losses and gradients are compared.

Then the leaderboard's own configurations are measured: the step as it is, against the same step with the stock
activation.
"""

import argparse
import os
import platform
import resource
import statistics
import tempfile
import time
import warnings
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from torch.autograd.profiler import profile
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode
from transformers import GPT2LMHeadModel
from transformers.utils import logging

from benchmarks.trainer_peer import Dataset, Turns, collate, stock_model, trainer
from tasks.registry import get_task
from tasks.task import Encoding, Task
from train.model import model
from train.model.activation import gelu_new
from train.model.config import Precision, TrainConfig
from train.model.model import unflatten
from train.model.optimizer import Moments, decay_mask
from train.model.recommended import Choices, recommended
from train.running.batches import CHUNK_STEPS
from train.running.schedule import start
from train.running.step import Slopes, Stack, StepWords, initial_weights, take_step


@dataclass(frozen=True)
class Case:
    """A published model, the steps of a turn, and the ways in which this project trains it."""

    task: str
    layers: int
    heads: int
    width: int
    steps: int
    ways: tuple["Way", ...]


@dataclass(frozen=True)
class Way:
    """How this project trains a model.

    seeds      the number of seeds that train side by side
    precision  the precision of the numbers
    compiled   whether the step is compiled
    asked      the ratio that is asked for; None: none is
    """

    seeds: int = 1
    precision: Precision = "fp32"
    compiled: bool = False
    asked: float | None = None

    @property
    def name(self) -> str:
        """The way as it is printed."""
        seeds = f", {self.seeds} seeds" if self.seeds > 1 else ""
        return self.precision + seeds + (", compiled" if self.compiled else "")


BF16 = Way(precision="bf16")
CASES = (
    Case("binary_majority", 1, 1, 16, 40, (Way(), Way(8), Way(8, compiled=True, asked=10.0))),
    Case("copy_unique", 2, 1, 64, 4, (Way(asked=2.5), BF16)),
    Case("sort", 1, 2, 256, 1, (Way(asked=3.0), BF16)),
    Case("copy_repeat", 4, 4, 256, 1, (Way(asked=2.2), BF16)),
)


# (task, encoding, layers, heads, width, seeds side by side, steps a turn)
GRID: tuple[tuple[str, Encoding, int, int, int, int, int], ...] = (
    ("d_3", "nope", 1, 1, 16, 2, 8),
    ("d_3", "ape", 1, 1, 16, 2, 8),
    ("d_3", "ape", 2, 2, 64, 1, 3),
    ("d_3", "nope", 4, 2, 64, 1, 2),
)


class Ours:
    """This project's training, which can take steps again and again."""

    def __init__(self, task: Task, config: TrainConfig, way: Way) -> None:
        self.config, self.way = replace(config, precision=way.precision), way
        seeds = range(way.seeds)
        flat = torch.from_numpy(np.stack([initial_weights(task, config, seed) for seed in seeds]))
        moments = Moments(torch.zeros_like(flat), torch.zeros_like(flat))
        self.stack = Stack(tuple(start(config, seed) for seed in seeds), flat, moments)
        self.words = StepWords(task, config)
        self.decay = decay_mask(config.model, "cpu") * config.weight_decay
        self.slopes = Slopes(task, self.config, compiled=way.compiled)
        self.turns: list[float] = []  # for each turn, CPU seconds of one step of one model

    def step(self) -> None:
        slope = self.slopes.at(self.stack.flat, self.words.at(self.stack.courses, "cpu"))
        self.stack = replace(self.stack, courses=take_step(self.config, self.stack, slope, self.decay))

    def turn(self, steps: int) -> None:
        before = time.process_time()
        for _ in range(steps):
            self.step()
        self.turns.append((time.process_time() - before) / steps / self.way.seeds)


def compare(task: Task, config: TrainConfig, stock: GPT2LMHeadModel, ours: Ours) -> tuple[float, float]:
    """Return how far this project's loss and gradient are from the stock model's.

    Returns:
        The absolute difference of the losses, and the distance of the gradients relative to the stock model's gradient.
    """
    words = iter(Dataset(task, config))
    stock.zero_grad()
    loss = stock(**collate([next(words) for _ in range(config.batch_size)])).loss
    loss.backward()
    slope = ours.slopes.at(ours.stack.flat, ours.words.at(ours.stack.courses, "cpu"))
    known = [stock.transformer.get_parameter(name).grad for name in unflatten(ours.stack.flat, config.model)]
    flat = torch.cat([gradient.ravel() for gradient in known])
    stock.zero_grad()
    return abs(float(slope.loss[0] - loss.detach())), float((slope.gradient[0] - flat).norm() / flat.norm())


def peak(precision: Precision) -> float:
    """Return the operations a CPU second of a product of large matrices, the best of eight."""
    dtype = torch.float32 if precision == "fp32" else torch.bfloat16
    matrix, size, found = torch.randn(1024, 1024).to(dtype), 1024, 0.0
    for _ in range(8):
        before = time.process_time()
        matrix @ matrix
        found = max(found, 2 * size**3 / (time.process_time() - before))
    return found


GROUPS = {
    "products": ("mm", "linear"),
    "attention": ("attention", "softmax"),
    "norms, gelu": ("layer_norm", "gelu"),
    "look-up, loss": ("embedding", "gather", "scatter", "index", "nll", "softmax", "cross_entropy", "sort"),
}


def shares(ours: Ours) -> str:
    """Return where a step's time goes: drawing words, the update, and the rest by kind of operation."""
    with profile(use_kineto=False) as found:
        slope = ours.slopes.at(ours.stack.flat, ours.words.at(ours.stack.courses, "cpu"))
    kinds = dict.fromkeys([*GROUPS, "small operations"], 0.0)
    for event in found.key_averages():
        group = next(
            (name for name, words in GROUPS.items() if any(word in event.key for word in words)), "small operations"
        )
        kinds[group] += event.self_cpu_time_total
    clocks = [time.process_time()]
    for _ in range(CHUNK_STEPS):  # the words of so many steps are drawn at once
        ours.words.at(ours.stack.courses, "cpu")
        ours.stack = replace(ours.stack, courses=tuple(replace(c, step=c.step + 1) for c in ours.stack.courses))
    clocks.append(time.process_time())
    for _ in range(CHUNK_STEPS):
        take_step(ours.config, ours.stack, slope, ours.decay)
    clocks.append(time.process_time())
    drawing, update = ((b - a) / CHUNK_STEPS / ours.way.seeds for a, b in pairwise(clocks))
    step = statistics.median(ours.turns)
    between = max(0.0, 1 - (drawing + update) / step)
    parts = {"words": drawing / step, "update": update / step}
    if ours.way.compiled:
        parts["compiled"] = between
    else:
        parts |= {name: between * kind / sum(kinds.values()) for name, kind in kinds.items()}
    return ", ".join(f"{name} {share:.0%}" for name, share in parts.items())


def operations(ours: Ours) -> float:
    """Return the multiplications and additions of matrix products in one step of one model."""
    eager = Slopes(ours.slopes.task, ours.config)
    with FlopCounterMode(display=False) as counter:
        eager.at(ours.stack.flat, ours.words.at(ours.stack.courses, "cpu"))
    return counter.get_total_flops() / ours.way.seeds


def cpu_of_all() -> float:
    """Return the CPU seconds of this process and of the compilers that it started."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def run(case: Case, turns: int, directory: Path) -> bool:
    """Measure a case and print it; return whether every ratio that is asked for is reached."""
    task = get_task(case.task)
    shape = {"layers": case.layers, "heads": case.heads, "width": case.width}
    # Without a curriculum, all words are drawn from the whole range of lengths.
    config = recommended(task, "ape", Choices(**shape, batch_size=64, lr=1e-3, curriculum_steps=0))
    ours = [Ours(task, config, way) for way in case.ways]
    stock = stock_model(task, config, directory)
    print(f"\n{case.task}, {case.layers} layers, {case.heads} heads, width {case.width}, 64 words a step")
    for each in ours:
        before = cpu_of_all()
        loss, gradient = compare(task, config, stock, each)
        took = f"; first step {cpu_of_all() - before:.0f} CPU seconds" if each.way.compiled else ""
        print(f"  {each.way.name:<24} loss differs by {loss:.1e}, gradient by {gradient:.1e} of its length{took}")
        if each.way.precision == "fp32" and not (loss < 1e-4 and gradient < 1e-4):
            raise SystemExit(f"{case.task}: our step is not the stock model's")
    clock = Turns([each.turn for each in ours], case.steps)
    trainer(stock, Dataset(task, config), clock, case.steps * (turns + 1), directory).train()
    peer, reached = statistics.median(clock.turns), True
    print(f"  {'Trainer':<24}{1000 * peer:>9.2f} ms")
    for each in ours:
        spent = statistics.median(each.turns[1:])
        rate = operations(each) / spent / peak(each.way.precision)
        asked = each.way.asked
        reached = reached and (asked is None or peer / spent >= asked)
        parts = shares(each)
        wanted = "" if asked is None else f" (asked: {asked:g})"
        print(f"  {each.way.name:<24}{1000 * spent:>9.2f} ms, ratio {peer / spent:.1f}{wanted}, ", end="")
        print(f"{rate:.0%} of the product peak\n  {'':<24}   {parts}", flush=True)
    return reached


def grid_row(case: tuple[str, Encoding, int, int, int, int, int], turns: int) -> None:
    """Measure one configuration of the leaderboard, with the stock activation and this project's, and print it."""
    name, pe, layers, heads, width, seeds, steps = case
    task = get_task(name)
    config = recommended(task, pe, Choices(protocol="grid", layers=layers, heads=heads, width=width))
    both = {each: Ours(task, config, Way(seeds)) for each in (stock_gelu, gelu_new)}
    slopes = []
    for activation, ours in both.items():
        with patch.object(model, "gelu_new", activation):
            slopes.append(ours.slopes.at(ours.stack.flat, ours.words.at(ours.stack.courses, "cpu")))
    apart = float((slopes[0].loss - slopes[1].loss).abs().max())
    if apart >= 1e-4:
        raise SystemExit(f"{name}: the losses with the two activations differ by {apart:.1e}")
    for _ in range(turns + 1):
        for activation, ours in both.items():
            with patch.object(model, "gelu_new", activation):
                ours.turn(steps)
    before, after = (each.turns[1:] for each in both.values())
    ratio = statistics.median(b / a for a, b in zip(before, after, strict=True))
    print(f"  {name} {pe}, {layers} x {heads} x {width}, {Way(seeds).name:<14}", end="")
    print(f"{1000 * statistics.median(before):>8.2f} ms with the stock activation, ", end="")
    print(f"{1000 * statistics.median(after):.2f} ms, ratio {ratio:.2f}; losses differ by {apart:.1e}", flush=True)


def stock_gelu(values: torch.Tensor) -> torch.Tensor:
    return functional.gelu(values, approximate="tanh")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", nargs="*", help="of the four cases; without any, all")
    parser.add_argument("--turns", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    warnings.filterwarnings("ignore", module="transformers|accelerate|torch")
    print(
        f"{platform.machine()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}; matrix products of 1024: ",
        end="",
    )
    print(", ".join(f"{peak(each) / 1e9:.0f} GFLOP/s in {each}" for each in ("fp32", "bf16")))
    reached = True
    for case in CASES:
        if not arguments.tasks or case.task in arguments.tasks:
            with tempfile.TemporaryDirectory() as directory:
                reached = run(case, arguments.turns, Path(directory)) and reached
    if not arguments.tasks:
        print("\nthe leaderboard's configurations, 64 words a step")
        for configuration in GRID:
            grid_row(configuration, arguments.turns)
    print("\nevery ratio asked for is reached" if reached else "\nnot every ratio asked for is reached")
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
