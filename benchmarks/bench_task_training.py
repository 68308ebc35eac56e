"""The share of a training's time that each task's sampler takes to draw the words.

The models are the smallest that are trained in earnest: one layer of width 16, without positional encoding, with 64
words of lengths 1-50 a step. They leave the sampler the least time. The time of a step is the difference between a
training of more steps and one of fewer, divided by the difference in steps, so that what happens once is left out. It
includes drawing the words and laying them out in rows. Everything is one thread's processor time, and the least of
several runs.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import process_time

import torch

from tasks.drawing.randomness import generator
from tasks.registry import TASKS
from tasks.task import Task
from train.ledger.ledger import Ledger
from train.model.config import TrainConfig
from train.model.recommended import Choices, recommended
from train.running.batches import CHUNK_STEPS
from train.running.engine import Options, train

FEWER, MORE = 2 * CHUNK_STEPS, 8 * CHUNK_STEPS  # steps
TIMES = 3
MOST = 0.25  # the greatest share of a step's time that drawing its words may take


def small_model(name: str, steps: int) -> TrainConfig:
    """Return the recommended protocol for a small model and so many steps, with nothing to do but steps."""
    choices = Choices(layers=1, heads=1, width=16, max_steps=steps)
    config = recommended(name, "nope", choices)
    return replace(config, test_words=1, held_out_words=1, evaluation_interval=MORE + 1, curriculum_steps=0)


def seconds_of_training(task: Task, steps: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        start = process_time()
        train(task, small_model(task.name, steps), [0], Ledger(Path(directory), None), Options())
        return process_time() - start


def seconds_of_drawing(task: Task, config: TrainConfig) -> float:
    """Return the seconds of drawing one step's words, when words of many steps are drawn at once as in a training."""
    lengths = (1, config.train_length)
    start = process_time()
    for seed in range(8):
        task.sample(generator(task.name, "bench", lengths, seed), lengths, CHUNK_STEPS * config.batch_size)
    return (process_time() - start) / 8 / CHUNK_STEPS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", help="names of tasks; without any, all")
    names = parser.parse_args().tasks or list(TASKS)
    torch.set_num_threads(1)
    print(f"{'task':<28}{'steps/s':>10}{'words/s eaten':>16}{'words/s drawn':>16}{'share of a step':>18}")
    slow = []
    for name in names:
        task, config = TASKS[name], small_model(name, MORE)
        seconds_of_training(task, CHUNK_STEPS), seconds_of_drawing(task, config)  # makes what is made only once
        spans = [(seconds_of_training(task, FEWER), seconds_of_training(task, MORE)) for _ in range(TIMES)]
        step = (min(more for _, more in spans) - min(fewer for fewer, _ in spans)) / (MORE - FEWER)
        drawing = min(seconds_of_drawing(task, config) for _ in range(TIMES))
        words = config.batch_size
        print(
            f"{name:<28}{1 / step:>10,.0f}{words / step:>16,.0f}{words / drawing:>16,.0f}{drawing / step:>18.1%}",
            flush=True,
        )
        if drawing > MOST * step:
            slow.append(name)
    print(f"\ndrawing takes more than {MOST:.0%} of a step: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
