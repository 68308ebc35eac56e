"""CPU time of a training step with each positional encoding, as a ratio to one with APE.

Both train in one process, in turns, on one thread, and on words of the same task; drawing the words is included. The
figure is the median, over pairs of turns side by side, of the ratio of the two. The status is 1 if a ratio of RoPE or
ALiBi is above 1.3.
"""

import argparse
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from tasks.registry import get_task
from train.model.optimizer import Moments, decay_mask
from train.model.recommended import Choices, recommended
from train.running.schedule import start
from train.running.step import Slopes, Stack, StepWords, initial_weights, take_step

MOST = 1.3
ASKED = ("rope", "rope:modulus=12", "alibi", "alibi:scaling=falcon", "alibi:slopes")
ENCODINGS = (*ASKED, "sinusoidal", "randomized", "nope")


@dataclass(frozen=True)
class Size:
    """A model of the leaderboard, the number of its seeds that train side by side, and the steps of a turn."""

    task: str
    layers: int
    heads: int
    width: int
    seeds: int
    steps: int


SIZES = (
    Size("d_3", 1, 1, 16, 2, 8),
    Size("d_3", 2, 2, 32, 3, 4),
    Size("d_3", 2, 2, 64, 1, 4),
    Size("copy_unique", 2, 4, 64, 1, 4),
    Size("sort", 1, 2, 256, 1, 1),
    Size("d_3", 4, 4, 64, 1, 2),
)


class Training:
    """A training of a few seeds with one encoding, which can take steps again and again."""

    def __init__(self, size: Size, pe: str) -> None:
        task = get_task(size.task)
        if pe == "alibi:slopes":
            pe = f"alibi:slopes={','.join(str(float(head)) for head in range(size.heads))}"
        choices = Choices(protocol="grid", layers=size.layers, heads=size.heads, width=size.width)
        self.config = recommended(task, pe, choices)
        flat = torch.from_numpy(np.stack([initial_weights(task, self.config, seed) for seed in range(size.seeds)]))
        moments = Moments(torch.zeros_like(flat), torch.zeros_like(flat))
        self.stack = Stack(tuple(start(self.config, seed) for seed in range(size.seeds)), flat, moments)
        self.words = StepWords(task, self.config)
        self.decay = decay_mask(self.config.model, "cpu") * self.config.weight_decay
        self.slopes = Slopes(task, self.config)

    def turn(self, steps: int) -> float:
        """Take that many steps, and return their CPU seconds."""
        before = time.process_time()
        for _ in range(steps):
            slope = self.slopes.at(self.stack.flat, self.words.at(self.stack.courses, "cpu"))
            self.stack = replace(self.stack, courses=take_step(self.config, self.stack, slope, self.decay))
        return time.process_time() - before


def ratios(size: Size, pe: str, turns: int) -> tuple[list[float], float]:
    """Return the ratio of each pair of turns, and the median milliseconds of a step with APE.

    The first pair warms up and is left out.
    """
    ape, other = Training(size, "ape"), Training(size, pe)
    found, spent = [], []
    for turn in range(turns + 1):
        first, second = (ape, other) if turn % 2 else (other, ape)  # they go first alternately
        times = {first: first.turn(size.steps), second: second.turn(size.steps)}
        if turn:
            found.append(times[other] / times[ape])
            spent.append(1000 * times[ape] / size.steps)
    return found, statistics.median(spent)


def run(sizes: Sequence[Size], turns: int) -> bool:
    """Measure and print each size; return whether every ratio that is asked for is reached."""
    reached = True
    for size in sizes:
        shape = f"{size.layers} layers, {size.heads} heads, width {size.width}, {size.seeds} seeds"
        print(f"\n{size.task}, {shape}")
        for pe in ENCODINGS:
            if pe.startswith("alibi") and pe != "alibi:slopes" and size.heads & (size.heads - 1):
                continue
            found, spent = ratios(size, pe, turns)
            ratio, asked = statistics.median(found), pe in ASKED
            reached = reached and (not asked or ratio <= MOST)
            quarters = statistics.quantiles(found, n=4)
            wanted = f" (at most {MOST})" if asked else ""
            print(
                f"  {pe:<22} {ratio:.2f} of APE's {spent:.1f} ms{wanted}, quartiles {quarters[0]:.2f}-{quarters[2]:.2f}"
            )
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(range(len(SIZES))), help="numbers from 0")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{platform.machine()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}, one thread")
    reached = run([SIZES[number] for number in arguments.sizes], arguments.turns)
    print("\nevery ratio asked for is reached" if reached else "\nnot every ratio asked for is reached")
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
