"""What `bench_train.py` compares with: a `transformers.Trainer`, set up as in the published training script."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import GPT2LMHeadModel, PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from tasks.drawing.randomness import generator
from tasks.task import Task
from train.model.config import TrainConfig
from train.model.directory import Model, write_model
from train.running.batches import CHUNK_STEPS, training_positions
from train.running.step import initial_weights

IGNORED = -100  # the label of a position that is not judged


class Dataset(torch.utils.data.IterableDataset[dict[str, list[int]]]):
    """The words that this project's training with seed 0 reads, as the published script's data set yields them."""

    def __init__(self, task: Task, config: TrainConfig) -> None:
        self.task, self.config = task, config

    def __iter__(self) -> Iterator[dict[str, list[int]]]:
        lengths, chunk = (1, self.config.train_length), 0
        while True:
            rng = generator(self.task.name, f"train-{chunk}", lengths, 0)
            batch = self.task.sample(rng, lengths, CHUNK_STEPS * self.config.batch_size)
            positions = training_positions(rng, batch, self.config.model)
            labels = np.where(batch.judged, batch.targets, IGNORED)[:, :-1]
            used = batch.judged.shape[1] - np.argmax(batch.judged[:, ::-1], axis=1)
            for tokens, label, length, places in zip(batch.tokens, labels, used, positions, strict=True):
                yield {
                    "input_ids": tokens[: length + 1].tolist(),
                    # The model shifts labels by one: the label at a position is what the position before predicts.
                    "labels": [IGNORED, *label[:length].tolist()],
                    # The last token is only a label, so its position changes nothing.
                    "position_ids": [*places[:length].tolist(), int(places[length - 1])],
                }
            chunk += 1


def collate(words: Sequence[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
    longest = max(len(word["input_ids"]) for word in words)
    fill = {"input_ids": 0, "labels": IGNORED, "position_ids": 0}
    return {
        name: torch.tensor([word[name] + [empty] * (longest - len(word[name])) for word in words])
        for name, empty in fill.items()
    }


class Turns(TrainerCallback):  # type: ignore[misc]
    """Measures the Trainer's steps, and gives this project's trainings their turns in between."""

    def __init__(self, ours: Sequence[Callable[[int], None]], steps: int) -> None:
        self.ours, self.steps, self.turns = ours, steps, list[float]()
        self.before = 0.0

    def on_step_end(self, _: object, state: Any, *_others: object, **_more: object) -> None:
        if state.global_step % self.steps:
            return
        if state.global_step > self.steps:  # the first turn warms up
            self.turns.append((time.process_time() - self.before) / self.steps)
        for each in self.ours:
            each(self.steps)
        self.before = time.process_time()


def stock_model(task: Task, config: TrainConfig, directory: Path) -> GPT2LMHeadModel:
    write_model(directory, Model(config.model, initial_weights(task, config, 0), task.vocabulary), extra={})
    return GPT2LMHeadModel.from_pretrained(directory)


def trainer(model: GPT2LMHeadModel, dataset: Dataset, turns: Turns, steps: int, directory: Path) -> Trainer:
    config = dataset.config
    arguments = TrainingArguments(
        output_dir=str(directory),
        max_steps=steps,
        per_device_train_batch_size=config.batch_size,
        learning_rate=config.lr,
        weight_decay=config.weight_decay,
        use_cpu=True,
        save_strategy="no",
        report_to=[],
        logging_strategy="no",
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    made = Trainer(model=model, args=arguments, train_dataset=dataset, data_collator=collate, callbacks=[turns])
    made.remove_callback(PrinterCallback)
    return made
