"""Causal language models in directories that `transformers` loads, asked about a task's words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.answers import TooLongError, UnfitError, needed_tokens
from tasks.task import Batch, Task

SCORES = 1 << 24  # attention weights of one head that a model keeps at a time
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "vocab.json", "vocab.txt", "tokenizer.model")
WORDS = 512  # words that it reads at once, at most


@dataclass(frozen=True)
class ModelAnswerer:
    """A causal language model and its vocabulary: token -> id."""

    name: str
    model: Any  # a transformers model; importing its type would import torch
    vocabulary: Mapping[str, int]
    positions: int | None
    trained_to: int | None = None

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether the model answers rightly at every judged position, (words,).

        For an answer the greatest logit of all decides; for legal continuations an output is allowed exactly
        where its logit is above zero. Words of one length are read together, so nothing is padded.
        """
        ids = self._ids(task, batch)
        columns = np.arange(1, batch.judged.shape[1] + 1)
        used = np.asarray((batch.judged * columns).max(axis=1))  # (words,) positions up to the last judged
        if self.positions is not None and used.max() > self.positions:
            raise TooLongError(f"{self.name} has {self.positions} positions, words of {task.name} need {used.max()}")
        found = np.empty(len(used), dtype=bool)
        for width in np.unique(used).tolist():
            rows = np.flatnonzero(used == width)
            step = max(1, min(WORDS, SCORES // width**2))
            for start in range(0, len(rows), step):
                some = rows[start : start + step]
                found[some] = self._right_rows(task, batch, some, width, ids)
        return found

    def _right_rows(
        self, task: Task, batch: Batch, rows: NDArray[np.int64], width: int, ids: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        import torch

        with torch.inference_mode():
            given = torch.from_numpy(ids[batch.tokens[rows, :width]])  # (words, positions)
            logits = self.model(input_ids=given, attention_mask=torch.ones_like(given)).logits
            targets = batch.targets[rows, :width]
            if task.format == "answer":
                wrong = logits.argmax(dim=2) != torch.from_numpy(ids[targets])
            else:
                outputs = torch.from_numpy(ids[list(task.outputs)])
                wrong = ((logits[:, :, outputs] > 0) != torch.from_numpy(targets)).any(dim=2)
        return np.asarray(~(wrong.numpy() & batch.judged[rows, :width]).any(axis=1))

    def _ids(self, task: Task, batch: Batch) -> NDArray[np.int64]:
        """The model's id of each token of the task's vocabulary."""
        missing = [token for token in needed_tokens(task, batch) if token not in self.vocabulary]
        if missing:
            raise UnfitError(f"the vocabulary of {self.name} lacks tokens of {task.name}: {' '.join(missing)}")
        return np.array([self.vocabulary.get(token, 0) for token in task.vocabulary])


def load_model(directory: Path, vocabulary: Path | None = None) -> ModelAnswerer:
    """The causal language model in a directory; UnfitError says why there is none.

    Its tokens are those of the file, one a line in the order of their ids, or else of the directory's tokenizer.
    Nothing is fetched, and a directory that names code of its own is refused.
    """
    config = _configuration(directory)
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(1)
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            directory, local_files_only=True, trust_remote_code=False, dtype="auto", output_loading_info=True
        )
    except Exception as error:  # transformers raises many kinds for what a directory may lack
        raise UnfitError(f"{directory} cannot be loaded: {_first_line(error)}") from None
    model, loading = loaded
    lacking = sorted({*loading["missing_keys"], *(key for key, *_ in loading["mismatched_keys"])})
    if lacking:
        raise UnfitError(f"{directory} cannot be loaded: its weights lack {lacking[0]}, and {len(lacking) - 1} more")
    tokens = _tokenizer_vocabulary(directory) if vocabulary is None else read_vocabulary(vocabulary)
    size = int(model.get_output_embeddings().weight.shape[0])
    if max(tokens.values()) >= size:
        raise UnfitError(f"{vocabulary or directory}: {max(tokens.values()) + 1} tokens, the model has {size} outputs")
    model.config.use_cache = False
    model.eval()
    positions = getattr(model.config, "max_position_embeddings", None)
    return ModelAnswerer(str(directory), model, tokens, positions, _trained_to(config))


def read_vocabulary(file: Path) -> dict[str, int]:
    """The tokens of a file, one a line in the order of their ids; UnfitError where they are none."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UnfitError(f"--vocab: {file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    found: dict[str, int] = {}
    for number, token in enumerate(lines):
        if not token or token.split() != [token]:
            raise UnfitError(f"--vocab: {file}:{number + 1}: expected one token, found {token!r}")
        if token in found:
            raise UnfitError(f"--vocab: {file}:{number + 1}: {token} is the token of line {found[token] + 1} already")
        found[token] = number
    if not found:
        raise UnfitError(f"--vocab: {file} holds no token")
    return found


def _configuration(directory: Path) -> Mapping[str, Any]:
    """The directory's config.json; UnfitError where there is none, or one that names code to run."""
    if not (directory / "config.json").is_file():
        raise UnfitError(f"{directory} holds no model: it has no config.json")
    found: Mapping[str, Any] = {}
    for name in ("tokenizer_config.json", "config.json"):
        if not (directory / name).is_file():
            continue
        try:
            found = json.loads((directory / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnfitError(f"{directory / name} cannot be read: {error}") from None
        if not isinstance(found, dict):
            raise UnfitError(f"{directory / name}: expected an object, found {type(found).__name__}")
        if "auto_map" in found:
            raise UnfitError(f"{directory / name} names code of the directory to run (auto_map): it is not loaded")
    return found


def _tokenizer_vocabulary(directory: Path) -> Mapping[str, int]:
    from transformers import AutoTokenizer

    try:
        if not any((directory / name).is_file() for name in TOKENIZER_FILES):
            raise FileNotFoundError  # else transformers would make up an empty one
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
        found: Mapping[str, int] = tokenizer.get_vocab()
    except Exception:  # transformers raises many kinds for a directory without a tokenizer
        found = {}
    if not found:
        raise UnfitError(
            f"{directory} has no tokenizer: give its tokens with --vocab FILE, one a line in the order of their ids"
        )
    return found


def _trained_to(config: Mapping[str, Any]) -> int | None:
    """The longest training word, where the model is a run of this project."""
    try:
        return int(config["crasp_bench"]["config"]["train_length"])
    except (KeyError, TypeError, ValueError):
        return None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
