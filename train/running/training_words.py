"""The words that a run is trained on: fresh ones in every step, or a set that is drawn once; some may be left out.

Leaving out and sets do not change the words that a run is tested on. Held-out words leave out what training leaves out.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.drawing.randomness import generator, integers_below
from tasks.task import Task
from tasks.words import PAD, SPECIAL, Batch
from train.model.config import ConfigError, TrainConfig
from train.model.left_out import LeftOutWords, read_left_out

DRAWN_WORDS = 8192  # the most words that are drawn at once for a set
MOST_DRAWS = 40  # how many draws in a row may bring no new word, no uniform one, or too few
LEAST_SHARE = 0.01  # the share of drawn words that must be kept


def task_of_words(task: Task, config: TrainConfig) -> Task:
    """Return the task with the words that the configuration asks for: the mixture, or its uniform words alone.

    It replaces the sampler, and so holds for training, held-out words and tests. A word's length does not depend on its
    stratum, so the uniform words of a draw are a draw of uniform words. The sampler raises ValueError where the task's
    own does, and ConfigError if the task draws no uniform words.
    """
    if config.words == "mixture":
        return task

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        parts, have, without = list[Batch](), 0, 0
        while have < size or not parts:
            batch = task.sample(rng, lengths, max(1, 2 * (size - have)))
            uniform = np.arange(len(batch.lengths)) if batch.strata is None else np.flatnonzero(batch.strata == 0)
            parts.append(batch.rows(uniform))
            have, without = have + len(uniform), 0 if len(uniform) else without + 1
            if without == MOST_DRAWS:
                of = f"{lengths[0]}-{lengths[1]} letters"
                raise ConfigError(f"words: {task.shown} draws no uniform words of {of}: expected mixture")
        return joined(task, parts).rows(np.arange(size))

    return replace(task, sample=sample)


class TrainingWords:
    """Draws the words of a task for a configuration. With `distinct_words` each seed has a set of its own."""

    def __init__(self, task: Task, config: TrainConfig) -> None:
        self.task, self.config = task, config
        self.sets: dict[int, Batch] = {}

    def draw(self, rng: np.random.Generator, lengths: tuple[int, int], number: int, *, seed: int) -> Batch:
        """Return `number` words of these lengths: fresh ones, or words of the seed's set, each equally likely."""
        if not self.config.distinct_words:
            return kept_words(self.task, self.config, rng, lengths, number)
        if seed not in self.sets:
            self.sets[seed] = _narrow(distinct_words(self.task, self.config, seed))
        whole = self.sets[seed]
        return _wide(whole.rows(integers_below(rng, np.full(number, len(whole.lengths)))))


def kept_words(
    task: Task, config: TrainConfig, rng: np.random.Generator, lengths: tuple[int, int], number: int
) -> Batch:
    """Return words of these lengths, without those that the configuration leaves out.

    Args:
        task: The task.
        config: The configuration.
        rng: The generator.
        lengths: The shortest and the longest length.
        number: How many words.

    Raises:
        ConfigError: Nearly all words are left out.
    """
    if not config.leave_out:
        return task.sample(rng, lengths, number)
    left_out, parts, have, drawn = read_left_out(config.leave_out), list[Batch](), 0, 0
    while have < number:
        batch = task.sample(rng, lengths, max(number, 256))
        parts.append(batch.rows(np.flatnonzero(~is_left_out(task, batch, left_out))))
        have, drawn = have + len(parts[-1].lengths), drawn + len(batch.lengths)
        if drawn >= MOST_DRAWS * 256 and have < LEAST_SHARE * drawn:
            few = f"all but {have} are left out"
            raise ConfigError(f"leave_out: of {drawn:,} words of {task.shown} to length {lengths[1]} {few}")
    return joined(task, parts).rows(np.arange(number))


def distinct_words(task: Task, config: TrainConfig, seed: int) -> Batch:
    """Return the seed's set of `distinct_words` different training words, or fewer if the task has not so many."""
    lengths = (1, config.train_length)
    rng = generator(task.name, "distinct", lengths, seed)
    known, parts, without_new = set[bytes](), list[Batch](), 0
    while len(known) < config.distinct_words and without_new < MOST_DRAWS:
        batch = kept_words(task, config, rng, lengths, min(DRAWN_WORDS, 4 * config.distinct_words))
        new = []
        for place, word in enumerate(_spelt(task, batch)):
            if word not in known and len(known) < config.distinct_words:
                known.add(word)
                new.append(place)
        parts.append(batch.rows(np.array(new, dtype=np.int64)))
        without_new = 0 if new else without_new + 1
    return joined(task, parts)


def _spelt(task: Task, batch: Batch) -> Iterator[bytes]:
    """Return each word's tokens, without the padding, as bytes."""
    used = (batch.tokens != task.vocabulary.index(PAD)).sum(axis=1)
    return (row[:length].tobytes() for row, length in zip(batch.tokens.astype(np.int32), used, strict=True))


def is_left_out(task: Task, batch: Batch, left_out: LeftOutWords) -> NDArray[np.bool_]:
    """Return which words of a batch are left out: (words,).

    Raises:
        ConfigError: A letter is none of the task's.
    """
    found = np.zeros(len(batch.lengths), dtype=bool)
    before, after = batch.tokens[:, :-1], batch.tokens[:, 1:]
    for first, second in left_out.pairs:
        ids = []
        for letter in (first, second):
            if letter not in task.vocabulary or letter in SPECIAL:
                raise ConfigError(f"leave_out: {task.shown} has no letter {letter!r}")
            ids.append(task.vocabulary.index(letter))
        found |= ((before == ids[0]) & (after == ids[1])).any(axis=1)
    for residue, modulus in left_out.residues:
        found |= batch.lengths % modulus == residue
    if left_out.longest_run is not None:
        special = [task.vocabulary.index(each) for each in SPECIAL if each in task.vocabulary]
        same = (before == after) & ~np.isin(after, special)
        run = np.zeros(len(found), dtype=np.int64)
        for column in same.T:
            run = np.where(column, run + 1, 0)
            found |= run >= left_out.longest_run
    return found


def joined(task: Task, parts: list[Batch]) -> Batch:
    """Return the words of several batches, one after the other, padded to the longest."""
    width = max(part.tokens.shape[1] for part in parts)
    strata = [part.strata for part in parts if part.strata is not None]
    answers = parts[0].targets.ndim == 2
    pad = task.vocabulary.index(PAD)
    return Batch(
        np.concatenate([_padded(part.tokens, width, pad) for part in parts]),
        np.concatenate([_padded(part.judged, width, 0) for part in parts]),
        np.concatenate([_padded(part.targets, width, pad if answers else 0) for part in parts]),
        np.concatenate([part.lengths for part in parts]),
        np.concatenate(strata) if len(strata) == len(parts) else None,
    )


def _padded(array: NDArray[Any], width: int, filler: int) -> NDArray[Any]:
    shape = [(0, 0)] * array.ndim
    shape[1] = (0, width - array.shape[1])
    return np.pad(array, shape, constant_values=filler)


def _narrow(batch: Batch) -> Batch:
    """Return the same words in a quarter of the memory."""
    return replace(batch, tokens=batch.tokens.astype(np.int16), targets=_as(batch.targets, np.int16))


def _wide(batch: Batch) -> Batch:
    return replace(batch, tokens=batch.tokens.astype(np.int64), targets=_as(batch.targets, np.int64))


def _as(targets: NDArray[Any], kind: type) -> NDArray[Any]:
    """Return token ids in another integer type; booleans, which say what is allowed, stay as they are."""
    return targets if targets.dtype == bool else targets.astype(kind)
