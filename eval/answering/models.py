"""Causal language models in directories that `transformers` loads, asked about a task's words."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.answering.answerers import TooLongError, UnfitError, needed_tokens
from eval.answering.run_models import SlopedModel, draws_positions, has_chosen_slopes, with_longer_table
from eval.answering.vocabulary import ROLES, TokenNames, check_vocabulary, read_vocabulary, stated_ids
from tasks.drawing.randomness import generator
from tasks.drawing.sorted_draws import sorted_draws
from tasks.ground.models.causal_model import LoadedModel, check_causal, load_causal_model, read_tokens
from tasks.ground.models.model_directory import ModelError, look_at
from tasks.task import Task
from tasks.words import Batch

SCORES = 1 << 24  # attention weights of one head that a model keeps at a time
LOGITS = 1 << 28  # numbers that a model answers at a time, before those that are asked for are kept
WORDS_AT_ONCE = 512  # words that it reads at once, at most


@dataclass
class _PositionReach:
    """What is found out when a model is first asked beyond the positions that its configuration gives it."""

    model: Any = None  # one with as many positions as were needed
    positions: int = 0
    refused: bool = False


@dataclass(frozen=True)
class ModelAnswerer:
    """A causal language model and its vocabulary: token -> id.

    `positions` are those of its configuration: where they are computed it is asked beyond them, with a warning.
    `config` is its config.json: a run of this project says there what its encoding is.
    """

    name: str
    model: Any  # a transformers model; importing its type would import torch
    vocabulary: Mapping[str, int]
    positions: int | None
    trained_to: int | None = None
    directory: Path | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    reach: _PositionReach = field(default_factory=_PositionReach, compare=False)

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether the model answers rightly at every judged position, (words,)."""
        return np.asarray(self.right_at(task, batch).all(axis=1))

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether the model answers rightly at each position, or is not judged there, (words, positions).

        For an answer the greatest logit of all decides; for legal continuations an output is allowed exactly
        where its logit is above zero. Words of one length are read together, so nothing is padded.
        """
        ids = self.ids(task, batch)
        columns = np.arange(1, batch.judged.shape[1] + 1)
        used = np.asarray((batch.judged * columns).max(axis=1))  # (words,) positions up to the last judged
        model = self.model_for(task.shown, int(used.max(initial=0)))
        places = self._drawn(task, batch)
        found = np.ones(batch.judged.shape, dtype=bool)
        for width in np.unique(used).tolist():
            rows = np.flatnonzero(used == width)
            step = max(1, min(WORDS_AT_ONCE, SCORES // width**2))
            for start in range(0, len(rows), step):
                some = rows[start : start + step]
                found[some, :width] = _right_rows(model, task, batch, some, width, ids, places)
        return found

    def _drawn(self, task: Task, batch: Batch) -> NDArray[np.int64] | None:
        """The positions of a run that was trained on drawn ones, as its training tests it; None: 0, 1, 2, ..."""
        shape = draws_positions(self.config, self.positions)
        if shape is None:
            return None
        from train.running.batches import tested_positions

        return tested_positions(task.name, batch, shape)

    def logits(self, given: NDArray[np.int64], columns: Sequence[int], shown: str) -> NDArray[np.float32]:
        """What the model predicts of some ids after each token of rows of ids, (words, positions, columns).

        Padding comes last. Of a large vocabulary no more is kept than these columns. TooLongError where it has fewer
        positions; `shown` is what the words are called there.
        """
        import torch

        model = self.model_for(shown, given.shape[1])
        width, kept = given.shape[1], torch.tensor(columns)
        step = max(1, min(WORDS_AT_ONCE, SCORES // width**2, LOGITS // (width * (max(self.vocabulary.values()) + 1))))
        shape, parts = draws_positions(self.config, self.positions), []
        with torch.inference_mode():
            for start in range(0, len(given), step):
                some = torch.from_numpy(np.ascontiguousarray(given[start : start + step]))
                drawn = {}
                if shape is not None:  # new for every word, as in its training
                    sizes = np.full(len(some), some.shape[1])
                    rng = generator(shown, "asked-positions", (start, some.shape[1]), len(given))
                    drawn["position_ids"] = torch.from_numpy(sorted_draws(rng, sizes, some.shape[1], shape.positions))
                answered = model(input_ids=some, attention_mask=torch.ones_like(some), **drawn)
                parts.append(answered.logits[:, :, kept].float().numpy())
        return np.concatenate(parts)

    def model_for(self, shown: str, longest: int) -> Any:
        """The model that reads so many positions; TooLongError where there is none."""
        if self.positions is None or longest <= self.positions:
            return self.model
        if not self.reach.refused and self.reach.positions < longest:
            self._stretch(longest)
        if self.reach.refused:
            raise TooLongError(f"{self.name} has {self.positions} positions, words of {shown} need {longest}")
        return self.reach.model

    def _stretch(self, longest: int) -> None:
        """Ask the model itself, and then one with more positions, whether they can be read."""
        reach, noted = self.reach, self.reach.positions > 0
        if _reads(self.model, longest):
            reach.model, reach.positions = self.model, longest
        else:
            longer = with_longer_table(self.model, self.config, 2 * longest) or self._again(2 * longest)
            if longer is None or not _reads(longer, longest):
                reach.refused = True
                return
            reach.model, reach.positions = longer, 2 * longest
        if not noted:
            _note(
                f"{self.name} is configured for {self.positions} positions, without a hard limit: it is asked beyond."
            )

    def _again(self, positions: int) -> Any | None:
        """The model loaded anew with so many positions; None where it cannot be."""
        try:
            return None if self.directory is None else load_causal_model(self.directory, positions=positions).model
        except ModelError:
            return None

    def ids(self, task: Task, batch: Batch) -> NDArray[np.int64]:
        """The model's id of each token of the task's vocabulary."""
        missing = [token for token in needed_tokens(task, batch) if token not in self.vocabulary]
        if missing:
            raise UnfitError(f"the vocabulary of {self.name} lacks tokens of {task.shown}: {' '.join(missing)}")
        return np.array([self.vocabulary.get(token, 0) for token in task.vocabulary])


def _reads(model: Any, longest: int) -> bool:
    """Whether a word of so many tokens can be read."""
    import torch

    word = torch.zeros((1, longest), dtype=torch.int64)
    try:
        with torch.inference_mode():
            return bool(torch.isfinite(model(input_ids=word, attention_mask=torch.ones_like(word)).logits).all())
    except (IndexError, RuntimeError, ValueError):
        return False


def _right_rows(
    model: Any,
    task: Task,
    batch: Batch,
    rows: NDArray[np.int64],
    width: int,
    ids: NDArray[np.int64],
    places: NDArray[np.int64] | None,
) -> NDArray[np.bool_]:
    """As `right_at` for words of one length, (words, positions); `places` are all words' positions, None: 0, 1, 2."""
    import torch

    with torch.inference_mode():
        given = torch.from_numpy(ids[batch.tokens[rows, :width]])  # (words, positions)
        drawn = {} if places is None else {"position_ids": torch.from_numpy(places[rows, :width])}
        logits = model(input_ids=given, attention_mask=torch.ones_like(given), **drawn).logits
        targets = batch.targets[rows, :width]
        if task.format == "answer":
            wrong = logits.argmax(dim=2) != torch.from_numpy(ids[targets])
        else:
            outputs = torch.from_numpy(ids[list(task.outputs)])
            wrong = ((logits[:, :, outputs] > 0) != torch.from_numpy(targets)).any(dim=2)
    return np.asarray(~(wrong.numpy() & batch.judged[rows, :width]))


def load_model(directory: Path, vocabulary: Path | None = None) -> ModelAnswerer:
    """The causal language model in a directory.

    Its tokens are those of the file, or else of the directory's tokenizer, whose begin, end and padding tokens are
    known by their roles. Nothing of the directory is run and nothing is fetched. Notes go to standard error.

    Raises:
        UnfitError: There is no such model, or no vocabulary that can be its own; the message says why.
    """
    try:
        if has_chosen_slopes(directory):
            return _load_sloped(directory, vocabulary)
        loaded = load_causal_model(directory)
        check_causal(directory, loaded)
        ids = _tokenizer_ids(directory, loaded) if vocabulary is None else _file_ids(vocabulary, loaded)
    except ModelError as error:
        raise UnfitError(str(error)) from None
    import torch

    torch.set_num_threads(1)
    for note in loaded.notes:
        _note(note)
    trained_to = _trained_to(loaded.config)
    return ModelAnswerer(str(directory), loaded.model, ids, loaded.configured, trained_to, directory, loaded.config)


def _load_sloped(directory: Path, vocabulary: Path | None) -> ModelAnswerer:
    """A run with chosen slopes, which reads words of any length; ModelError where it is damaged."""
    import torch

    torch.set_num_threads(1)
    model = SlopedModel(directory)
    ids: Mapping[str, int] = {token: number for number, token in enumerate(model.vocabulary)}
    if vocabulary is not None:
        ids = check_vocabulary(vocabulary, read_vocabulary(vocabulary), len(model.vocabulary), {})
    config = look_at(directory).config
    _note(f"{directory} has chosen slopes, which no class of transformers has: this project's own reader asks it.")
    return ModelAnswerer(str(directory), model, ids, None, _trained_to(config), directory, config)


def known_names(directory: Path) -> tuple[int, dict[int, tuple[str, ...]]]:
    """How many outputs the directory's model has, and the names that ids have: the tokenizer's, or those of its config.

    UnfitError as `load_model`. A token with white space in it has no name in a vocabulary file.
    """
    try:
        loaded, tokens = load_causal_model(directory), read_tokens(directory)
    except ModelError as error:
        raise UnfitError(str(error)) from None
    ids = _stated(loaded) if tokens is None else tokens.roles
    names: dict[int, list[str]] = {}
    for token, number in (tokens.ids if tokens is not None else {}).items():
        if token.split() == [token]:
            names.setdefault(number, []).append(token)
    taken = {name for each in names.values() for name in each}
    for role, number in ids.items():
        if ROLES[role] not in taken:
            names.setdefault(number, []).append(ROLES[role])
    return loaded.outputs, {number: tuple(each) for number, each in names.items() if number < loaded.outputs}


def _file_ids(file: Path, loaded: LoadedModel) -> Mapping[str, int]:
    names: TokenNames = read_vocabulary(file)
    return check_vocabulary(file, names, loaded.outputs, _stated(loaded))


def _stated(loaded: LoadedModel) -> dict[str, int]:
    return stated_ids(loaded.config, type(loaded.model.config)())


def _tokenizer_ids(directory: Path, loaded: LoadedModel) -> Mapping[str, int]:
    tokens = read_tokens(directory)
    if tokens is None:
        raise UnfitError(
            f"{directory} has no tokenizer: give its tokens with --vocab FILE, one a line in the order of their ids; "
            "--write-vocab FILE writes one to start from"
        )
    roles = {ROLES[role]: number for role, number in tokens.roles.items()}
    ids = roles | dict(tokens.ids)  # a token's own name comes first
    if max(ids.values()) >= loaded.outputs:
        raise UnfitError(f"{directory}: {max(ids.values()) + 1} tokens, the model has {loaded.outputs} outputs")
    return ids


def _trained_to(config: Mapping[str, Any]) -> int | None:
    """The longest training word, where the model is a run of this project."""
    try:
        return int(config["crasp_bench"]["config"]["train_length"])
    except (KeyError, TypeError, ValueError):
        return None


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)
