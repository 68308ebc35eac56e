"""A model's attention and residual streams on words.

Those of a GPT-2 are computed by this project's own arithmetic, those of other models by `transformers`. For each model,
another one of the same shape with random weights can be made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eval.answering.answerers import Answerer, MachineAnswerer, ProgramAnswerer
from eval.answering.models import ModelAnswerer
from eval.answering.run_models import SlopedModel, draws_positions
from limit_transformer.reading.gpt2_forward import Gpt2Block, Gpt2Model, Gpt2ReadingError, attended, gpt2_of
from limit_transformer.reading.position_dependence import Doubles
from tasks.drawing.randomness import generator
from tasks.drawing.sorted_draws import sorted_draws
from tasks.ground.models.causal_model import POSITION_WEIGHTS, quiet
from tasks.words import BOS

UNTRAINED_DEVIATION = 0.02  # the standard deviation of random weights, as of a GPT-2 before its training
MOST_NUMBERS = 1 << 25  # how many attention weights and entries of streams are kept at a time

TokenRows = NDArray[np.int64]  # (words, tokens), the begin token first


class NothingInsideError(ValueError):
    """The attention weights of a model cannot be obtained; the message is a sentence that says why."""


@dataclass(frozen=True)
class InsideRun:
    """What a model did on words.

    attention  for each layer (words, heads, queries, keys)
    streams    the embedding and then the stream after each layer, each (words, tokens, width)
    idle       for each layer which heads write nothing, (heads,), or None if the weights were not read
    """

    attention: tuple[Doubles, ...]
    streams: tuple[Doubles, ...]
    idle: tuple[NDArray[np.bool_] | None, ...]


class InsideSource(Protocol):
    """A model that can be looked into."""

    @property
    def layers(self) -> int:
        """The number of layers."""

    @property
    def heads(self) -> int:
        """The number of heads in a layer."""

    @property
    def width(self) -> int:
        """The width of the residual stream."""

    @property
    def positions(self) -> Doubles | None:
        """The table of position embeddings, (positions, width), if there is one."""

    def run(self, ids: TokenRows, places: TokenRows | None) -> InsideRun:
        """What the model does on rows of tokens.

        Args:
            ids: The tokens, (words, tokens).
            places: The position of each token; by default 0, 1, 2, and so on.

        Raises:
            NothingInsideError: The model gives no attention weights for these words.
        """

    def untrained(self, seed: int) -> "InsideSource":
        """A model of the same shape with random weights."""


@dataclass(frozen=True)
class Gpt2Source:
    """A GPT-2, run by the arithmetic of `limit_transformer.reading`."""

    model: Gpt2Model

    @property
    def layers(self) -> int:
        """The number of layers."""
        return len(self.model.blocks)

    @property
    def heads(self) -> int:
        """The number of heads in a layer."""
        return self.model.heads

    @property
    def width(self) -> int:
        """The width of the residual stream."""
        return int(self.model.tokens.shape[1])

    @property
    def positions(self) -> Doubles | None:
        """The table of position embeddings, (positions, width)."""
        return self.model.positions

    def run(self, ids: TokenRows, places: TokenRows | None = None) -> InsideRun:
        """What the model does on rows of tokens, as `InsideSource.run` describes it."""
        rows = np.arange(ids.shape[1]) if places is None else places
        if int(rows.max()) >= len(self.model.positions):
            raise NothingInsideError(f"It has {len(self.model.positions):,} positions, too few for these words.")
        x = np.asarray(self.model.tokens[ids] + self.model.positions[rows])
        attention, streams, idle = [], [x], []
        for block in self.model.blocks:
            logits, values = self.model.looked(block, x)
            attention.append(attended(logits))
            x = self.model.next_stream(block, x, logits, values)
            streams.append(x)
            idle.append(_idle_heads(block, self.heads))
        return InsideRun(tuple(attention), tuple(streams), tuple(idle))

    def untrained(self, seed: int) -> "Gpt2Source":
        """A GPT-2 of the same shape with random weights.

        It has no positions if all rows of the model's table of positions are the same.
        """
        rng = np.random.default_rng([seed, 2])

        def drawn(shape: tuple[int, ...], share: float = 1.0) -> Doubles:
            return np.asarray(rng.normal(0.0, UNTRAINED_DEVIATION * share, shape))

        model, outer = self.model, 1 / np.sqrt(2 * self.layers)
        norm = np.ones(self.width), np.zeros(self.width)

        def matrix(pair: tuple[Doubles, Doubles], share: float = 1.0) -> tuple[Doubles, Doubles]:
            return drawn(pair[0].shape, share), np.zeros_like(pair[1])

        blocks = tuple(
            replace(
                block,
                first_norm=norm,
                second_norm=norm,
                reads=matrix(block.reads),
                writes=matrix(block.writes, outer),
                inner=matrix(block.inner),
                outer=matrix(block.outer, outer),
                divisor=float(np.sqrt(self.width // self.heads)),
            )
            for block in model.blocks
        )
        flat = bool(np.ptp(model.positions, axis=0).max() == 0)
        positions = np.zeros_like(model.positions) if flat else drawn(model.positions.shape)
        tokens = drawn(model.tokens.shape)
        return Gpt2Source(
            replace(model, tokens=tokens, positions=positions, blocks=blocks, last_norm=norm, outputs=tokens)
        )


def _idle_heads(block: Gpt2Block, heads: int) -> NDArray[np.bool_]:
    """Which heads write nothing whatever they attend to, (heads,).

    Every column of such a head has only zeros either in its value weights or in its output weights.
    """
    width = len(block.reads[0])
    values = block.reads[0][:, 2 * width :].reshape(width, heads, -1)
    bias = block.reads[1][2 * width :].reshape(heads, -1)
    written = block.writes[0].reshape(heads, -1, width)
    read = (values != 0).any(axis=0) | (bias != 0)  # (heads, columns)
    return np.asarray(~(read & (written != 0).any(axis=2)).any(axis=1))


@dataclass(frozen=True)
class StockSource:
    """Any other model that `transformers` loads and that gives its attention."""

    model: Any  # a transformers model; importing its type would import torch
    heads: int
    layers: int
    width: int

    @property
    def positions(self) -> Doubles | None:
        """The table of position embeddings, (positions, width), if there is one."""
        found = [each for name, each in self.model.state_dict().items() if POSITION_WEIGHTS.search(name)]
        return found[0].double().numpy() if len(found) == 1 and found[0].ndim == 2 else None

    def run(self, ids: TokenRows, places: TokenRows | None = None) -> InsideRun:
        """What the model does on rows of tokens, as `InsideSource.run` describes it."""
        import torch

        before, given = self.model.config._attn_implementation, torch.from_numpy(ids)
        drawn = {} if places is None else {"position_ids": torch.from_numpy(places)}
        asked = {"input_ids": given, "attention_mask": torch.ones_like(given), **drawn}
        with quiet(), torch.inference_mode():
            try:
                self.model.set_attn_implementation("eager")  # other implementations return no attention weights
                answered = self.model(**asked, output_attentions=True, output_hidden_states=True)
            except (AttributeError, TypeError, ValueError, IndexError, RuntimeError):
                raise NothingInsideError(NO_WEIGHTS) from None
            finally:
                self.model.set_attn_implementation(before)
        attention, streams = answered.get("attentions"), answered.get("hidden_states")
        shape = (len(ids), self.heads, ids.shape[1], ids.shape[1])
        if not attention or not streams or any(each is None or tuple(each.shape) != shape for each in attention):
            raise NothingInsideError(NO_WEIGHTS)
        return InsideRun(
            tuple(each.double().numpy() for each in attention),
            tuple(each.double().numpy() for each in streams),
            (None,) * len(attention),
        )

    def untrained(self, seed: int) -> "StockSource":
        """A model of the same class and shape, with the weights that the class draws at first."""
        import torch

        with torch.random.fork_rng():
            torch.manual_seed(seed)
            made = type(self.model)(self.model.config).eval()
        return replace(self, model=made.requires_grad_(False))


NO_WEIGHTS = "It gives no attention weights."
TWICE = "A Falcon that is asked for its attention weights adds its ALiBi biases twice, and is another model."


@dataclass(frozen=True)
class LookedInto:
    """A model that can be looked into, with the ids of the begin token and of each letter of an alphabet.

    If `drawn_from` is a number, the positions of each word are drawn among so many, as in the model's training.
    """

    source: InsideSource
    begin: int
    letters: NDArray[np.int64]
    drawn_from: int | None


def looked_into(answerer: Answerer, alphabet: tuple[str, ...]) -> LookedInto:
    """The model behind an answerer, to be looked into.

    Raises:
        NothingInsideError: There is nothing to look into; the message says why.
    """
    match answerer:
        case ModelAnswerer():
            ids = np.array([answerer.vocabulary[letter] for letter in alphabet])
            if isinstance(answerer.model, SlopedModel):
                raise NothingInsideError("Its attention has slopes of its own, whose weights are not kept.")
            drawn = draws_positions(answerer.config, answerer.positions)
            source = _source(answerer.model, answerer.config, answerer.name)
            return LookedInto(source, answerer.vocabulary[BOS], ids, None if drawn is None else drawn.positions)
        case MachineAnswerer():
            model, letters = (getattr(answerer.machine, name, None) for name in ("model", "letters"))
            if model is None or letters is None:
                raise NothingInsideError("It is no GPT-2 but an exact machine: its heads are those of its program.")
            ids = np.array([answerer.alphabet.index(letter) for letter in alphabet])
            return LookedInto(_source(model, model.config.to_dict(), answerer.name), int(letters), ids, None)
        case ProgramAnswerer():
            raise NothingInsideError("It is a program: it has no heads.")
        case _:
            raise NothingInsideError(NO_WEIGHTS)


def _source(model: Any, config: Mapping[str, Any], shown: str) -> InsideSource:
    if model.config.model_type == "gpt2":
        arrays = {name: each.float().numpy() for name, each in model.state_dict().items() if each.dim()}
        kept = {name: each for name, each in arrays.items() if not name.endswith((".attn.bias", ".masked_bias"))}
        try:
            return Gpt2Source(gpt2_of({**config, "model_type": "gpt2"}, kept, shown))
        except Gpt2ReadingError as error:
            raise NothingInsideError(f"{error}.") from None
    if model.config.model_type == "falcon" and model.config.alibi:
        raise NothingInsideError(TWICE)
    named = (getattr(model.config, name, None) for name in ("num_attention_heads", "num_hidden_layers", "hidden_size"))
    match tuple(named):
        case (int(heads), int(layers), int(width)):
            return StockSource(model, heads, layers, width)
        case _:
            raise NothingInsideError(NO_WEIGHTS)


def token_rows(looked: LookedInto, tokens: NDArray[Any]) -> TokenRows:
    """Words as rows of ids, (words, tokens), with the begin token first.

    Past the end of a word stands the first letter of the alphabet, which no position of the word can see.
    """
    found = np.full((len(tokens), tokens.shape[1] + 1), looked.begin, dtype=np.int64)
    found[:, 1:] = looked.letters[np.maximum(tokens.astype(np.int64), 0)]
    return found


def drawn_places(looked: LookedInto, shape: tuple[int, ...], seed: int) -> TokenRows | None:
    """Positions that are drawn for each word, if the model was trained in this way; None for 0, 1, 2, and so on."""
    if looked.drawn_from is None:
        return None
    rng = generator("explain", "inside-positions", (1, shape[1]), seed)
    return sorted_draws(rng, np.full(shape[0], shape[1]), shape[1], looked.drawn_from)


def words_that_fit(source: InsideSource, tokens: int) -> int:
    """How many words of so many tokens can be looked at together; at least 2."""
    return max(
        2, MOST_NUMBERS // (source.layers * source.heads * tokens**2 + (source.layers + 1) * tokens * source.width)
    )
