"""What can be asked for its answers: programs, and models in directories that `transformers` loads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crasp.interpreter import Words, run
from crasp.ir import EOS as END
from crasp.ir import Program
from eval.verdicts import is_recognition, verdicts_right
from tasks.task import BOS, EOS, PAD, SEP, Batch, Task

PART = 256  # words that a model reads at once


class UnfitError(ValueError):
    """The thing cannot be asked about this task; the message says what is missing."""


class Answerer(Protocol):
    """Anything that can be judged on a batch of a task's words."""

    @property
    def name(self) -> str:
        """What it is called in tables."""

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether every judged position of each word is right, (words,); UnfitError where it cannot answer."""


@dataclass(frozen=True)
class ProgramAnswerer:
    """A program, run by the interpreter: right where its next-token set is the task's."""

    name: str
    program: Program

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether the program's next-token sets are the targets at every judged position, (words,).

        For a task of recognition, whether it accepts the members alone.
        """
        if is_recognition(task):
            try:
                return verdicts_right(self.program, task, batch)
            except ValueError as error:
                raise UnfitError(f"{self.name}: {error}") from None
        allowed = run(self.program, _words(self.program, task, batch)).next  # (words, positions, program outputs)
        columns = self._columns(task)
        wanted = _target_sets(task, batch)  # (words, positions, task outputs)
        found = np.zeros_like(wanted)
        found[:, :, columns] = allowed[:, : wanted.shape[1]]
        return np.asarray(~((found != wanted).any(axis=2) & batch.judged).any(axis=1))

    def _columns(self, task: Task) -> list[int]:
        """The task's output that each of the program's is, in order."""
        if not self.program.next:
            raise UnfitError(f"{self.name} defines no next[...], which {task.name} is judged on")
        names = [EOS if token == END else token for token, _ in self.program.next]
        unknown = [name for name in names if name not in task.vocabulary]
        if unknown:
            raise UnfitError(f"{self.name} predicts tokens that {task.name} lacks: {' '.join(unknown)}")
        return [task.vocabulary.index(name) for name in names]


def _target_sets(task: Task, batch: Batch) -> NDArray[np.bool_]:
    """The allowed next tokens over the whole vocabulary, (words, positions, vocabulary)."""
    size = len(task.vocabulary)
    if task.format == "answer":
        return np.asarray(np.eye(size, dtype=bool)[batch.targets])
    sets = np.zeros((*batch.judged.shape, size), dtype=bool)
    sets[:, :, list(task.outputs)] = batch.targets
    return sets


def _words(program: Program, task: Task, batch: Batch) -> Words:
    """What follows `<bos>`, the final `<eos>` left out, as the program's words."""
    order = {token: number for number, token in enumerate(program.alphabet)}
    needed = (*task.alphabet, SEP) if (batch.tokens == task.vocabulary.index(SEP)).any() else task.alphabet
    missing = [token for token in needed if token not in order]
    if missing:
        raise UnfitError(f"the program's alphabet lacks tokens of {task.name}: {' '.join(missing)}")
    numbers = np.array([order.get(token, -1) for token in task.vocabulary])
    tokens = numbers[batch.tokens[:, 1:]]
    ends = (task.vocabulary.index(EOS), task.vocabulary.index(PAD))
    return Words(tokens, (~np.isin(batch.tokens[:, 1:], ends)).sum(axis=1))


# --- models --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ModelAnswerer:
    """A causal language model and its vocabulary: token -> id."""

    name: str
    model: Any  # a transformers model; importing its type would import torch
    vocabulary: Mapping[str, int]
    positions: int | None

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether the model answers rightly at every judged position, (words,).

        For an answer the greatest logit of all decides; for legal continuations an output is allowed exactly
        where its logit is above zero.
        """
        ids = self._ids(task, batch)
        order = np.argsort(batch.lengths, kind="stable")
        found = np.empty(len(order), dtype=bool)
        for start in range(0, len(order), PART):
            rows = order[start : start + PART]
            width = int(np.flatnonzero(batch.judged[rows].any(axis=0))[-1]) + 1
            found[rows] = self._right_rows(task, batch, rows, width, ids)
        return found

    def _right_rows(
        self, task: Task, batch: Batch, rows: NDArray[np.int64], width: int, ids: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        import torch

        with torch.no_grad():
            given = torch.from_numpy(ids[batch.tokens[rows, :width]])  # (words, positions)
            logits = self.model(input_ids=given, attention_mask=torch.ones_like(given)).logits.float().numpy()
        judged = batch.judged[rows, :width]
        if task.format == "answer":
            wrong = logits.argmax(axis=2) != ids[batch.targets[rows, :width]]
        else:
            outputs = ids[list(task.outputs)]
            wrong = ((logits[:, :, outputs] > 0) != batch.targets[rows, :width]).any(axis=2)
        return np.asarray(~(wrong & judged).any(axis=1))

    def _ids(self, task: Task, batch: Batch) -> NDArray[np.int64]:
        """The model's id of each token of the task's vocabulary."""
        uses_sep = (batch.tokens == task.vocabulary.index(SEP)).any()
        needed = [*task.alphabet, BOS, EOS, *([SEP] if uses_sep else [])]
        missing = [token for token in needed if token not in self.vocabulary]
        if missing:
            raise UnfitError(f"the vocabulary of {self.name} lacks tokens of {task.name}: {' '.join(missing)}")
        longest = int(np.flatnonzero(batch.judged.any(axis=0))[-1]) + 1
        if self.positions is not None and longest > self.positions:
            raise UnfitError(f"{self.name} has {self.positions} positions, words of {task.name} need {longest}")
        return np.array([self.vocabulary.get(token, 0) for token in task.vocabulary])


def load_model(directory: Path) -> ModelAnswerer:
    """The causal language model in a directory, with its tokenizer's vocabulary; UnfitError says why there is none.

    Nothing is fetched and no code of the directory is run.
    """
    if not (directory / "config.json").is_file():
        raise UnfitError(f"{directory} holds no model: it has no config.json")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(1)
    try:
        json.loads((directory / "config.json").read_text(encoding="utf-8"))
        model = AutoModelForCausalLM.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # transformers raises many kinds for what a directory may lack
        raise UnfitError(f"{directory} cannot be loaded: {_first_line(error)}") from None
    positions = getattr(model.config, "max_position_embeddings", None)
    model.eval()  # type: ignore[no-untyped-call]
    return ModelAnswerer(str(directory), model, tokenizer.get_vocab(), positions)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
