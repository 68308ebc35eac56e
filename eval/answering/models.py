"""Causal language models in directories that `transformers` loads, asked about the words of a task."""

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
from tasks.ground.models.causal_model import LoadedModel, TokenizerError, check_causal, load_causal_model, read_tokens
from tasks.ground.models.model_directory import CONFIG, ModelError, look_at
from tasks.task import Task
from tasks.words import Batch

SCORES = 1 << 24  # attention weights of one head that a model keeps at a time
LOGITS = 1 << 28  # logits that a model computes at a time, before the wanted ones are selected
WORDS_AT_ONCE = 512  # the most words that a model reads at once


@dataclass
class _PositionReach:
    """What was found out about reading beyond the positions that a model's configuration gives it.

    `model` is a model that reads `positions` positions. `refused` says that there is none that reads as many as were
    needed.
    """

    model: Any = None
    positions: int = 0
    refused: bool = False


@dataclass(frozen=True)
class ModelAnswerer:
    """A causal language model and its vocabulary, which maps tokens to ids.

    `positions` is the number of positions in its configuration. If these are computed, the model is also asked beyond
    them, with a note on standard error. `config` is its config.json; for a run of this project, the encoding is stated
    there.
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
        """For each word whether the model is right at every judged position, (words,)."""
        return np.asarray(self.right_at(task, batch).all(axis=1))

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """For each position whether the model is right or not judged there, (words, positions).

        In a task with an answer, the token with the greatest logit of all is the answer. In a task of continuations, an
        output is allowed exactly if its logit is above zero. Words of one length are read together, so nothing is
        padded.

        Raises:
            TooLongError: The model has too few positions for the words.
            UnfitError: The vocabulary lacks tokens of the task.
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
        """The positions of each word, if the model was trained on drawn positions; None for 0, 1, 2, and so on.

        They are drawn as the training draws them for its tests.
        """
        shape = draws_positions(self.config, self.positions)
        if shape is None:
            return None
        from train.running.batches import tested_positions

        return tested_positions(task.name, batch, shape)

    def logits(self, given: NDArray[np.int64], columns: Sequence[int], shown: str) -> NDArray[np.float32]:
        """The logits of some outputs after each token, (words, positions, columns).

        Only these columns are kept, for a vocabulary may be large.

        Args:
            given: Rows of ids, (words, positions), with padding last.
            columns: The ids of the outputs.
            shown: What error messages call the words.

        Raises:
            TooLongError: The model has too few positions.
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
                if shape is not None:  # positions are drawn anew for every word, as in the model's training
                    sizes = np.full(len(some), some.shape[1])
                    rng = generator(shown, "asked-positions", (start, some.shape[1]), len(given))
                    drawn["position_ids"] = torch.from_numpy(sorted_draws(rng, sizes, some.shape[1], shape.positions))
                answered = model(input_ids=some, attention_mask=torch.ones_like(some), **drawn)
                parts.append(answered.logits[:, :, kept].float().numpy())
        return np.concatenate(parts)

    def model_for(self, shown: str, longest: int) -> Any:
        """The model that reads words with so many positions, which may be a copy with a longer table.

        Raises:
            TooLongError: There is none.
        """
        if self.positions is None or longest <= self.positions:
            return self.model
        if not self.reach.refused and self.reach.positions < longest:
            self._stretch(longest)
        if self.reach.refused:
            raise TooLongError(f"{self.name} has {self.positions} positions, but words of {shown} need {longest}")
        return self.reach.model

    def _stretch(self, longest: int) -> None:
        """Find out whether the model itself, or else a copy with more positions, reads so many positions."""
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
                f"{self.name} is configured for {self.positions} positions, which is no hard limit: it is asked about "
                "longer words too."
            )

    def _again(self, positions: int) -> Any | None:
        """The model loaded again with so many positions; None if that fails."""
        try:
            return None if self.directory is None else load_causal_model(self.directory, positions=positions).model
        except ModelError:
            return None

    def ids(self, task: Task, batch: Batch) -> NDArray[np.int64]:
        """The model's id of each token of the task's vocabulary; 0 for tokens that are not needed and have none.

        Raises:
            UnfitError: The vocabulary lacks tokens that the batch needs.
        """
        missing = [token for token in needed_tokens(task, batch) if token not in self.vocabulary]
        if missing:
            raise UnfitError(f"the vocabulary of {self.name} lacks tokens of {task.shown}: {' '.join(missing)}")
        return np.array([self.vocabulary.get(token, 0) for token in task.vocabulary])


def _reads(model: Any, longest: int) -> bool:
    """Whether the model reads a word of so many tokens and gives finite logits."""
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
    """For each position of words of one length whether it is right or not judged, (words, positions).

    `places` are the positions of all words of the batch, None for 0, 1, 2, and so on.
    """
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

    The names of its tokens come from the vocabulary file, or else from the directory's tokenizer, whose begin, end and
    padding tokens are known by their roles. No code of the directory is run, and nothing is fetched. Notes go to
    standard error.

    Args:
        directory: The directory.
        vocabulary: A file with the names of the model's outputs.

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
    trained_to = _trained_to(directory, loaded.config)
    return ModelAnswerer(str(directory), loaded.model, ids, loaded.configured, trained_to, directory, loaded.config)


def _load_sloped(directory: Path, vocabulary: Path | None) -> ModelAnswerer:
    """A run with chosen slopes, which reads words of any length; ModelError if it is damaged."""
    import torch

    torch.set_num_threads(1)
    model = SlopedModel(directory)
    ids: Mapping[str, int] = {token: number for number, token in enumerate(model.vocabulary)}
    if vocabulary is not None:
        ids = check_vocabulary(vocabulary, read_vocabulary(vocabulary), len(model.vocabulary), {})
    config = look_at(directory).config
    _note(
        f"{directory} has ALiBi slopes that were chosen, for which transformers has no class: this project's own "
        "reader asks it."
    )
    return ModelAnswerer(str(directory), model, ids, None, _trained_to(directory, config), directory, config)


def known_names(directory: Path) -> tuple[int, dict[int, tuple[str, ...]]]:
    """The number of outputs of a directory's model, and the names that ids have in its tokenizer or configuration.

    A token that contains white space gets no name, since a vocabulary file could not hold it. If the tokenizer cannot
    be read, a note on standard error says why.

    Raises:
        UnfitError: There is no such model; the message says why.
    """
    tokens = None
    try:
        loaded = load_causal_model(directory)
        tokens = read_tokens(directory)
    except TokenizerError as error:
        _note(f"{error}; so the names of the model's outputs are not known.")
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
    how = "--vocab FILE, one in each line in the order of their ids; --write-vocab FILE writes one to start from"
    try:
        tokens = read_tokens(directory)
    except TokenizerError as error:
        raise UnfitError(f"{error}. Mend the tokenizer, or give the model's tokens with {how}") from None
    if tokens is None:
        raise UnfitError(f"{directory} has no tokenizer: give its tokens with {how}")
    roles = {ROLES[role]: number for role, number in tokens.roles.items()}
    ids = roles | dict(tokens.ids)  # a token's own name comes first
    if max(ids.values()) >= loaded.outputs:
        raise UnfitError(
            f"{directory}: the tokenizer has {max(ids.values()) + 1} tokens, but the model has {loaded.outputs} outputs"
        )
    return ids


def _trained_to(directory: Path, config: Mapping[str, Any]) -> int | None:
    """The longest training word that a run of this project states; None for any other model.

    Raises:
        UnfitError: What is stated is no length.
    """
    try:
        stated = config["crasp_bench"]["config"]["train_length"]
    except (KeyError, TypeError):
        return None
    if type(stated) is not int or stated < 1:
        place = f"{directory / CONFIG}: crasp_bench.config.train_length"
        raise UnfitError(f"{place}: expected a whole number from 1, found {stated!r}")
    return stated


def _note(text: str) -> None:
    print(f"note: {text}", file=sys.stderr)
