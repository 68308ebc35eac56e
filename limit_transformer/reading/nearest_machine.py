"""The Limit Transformer that is nearest to a GPT-2, and how far the GPT-2 is from it.

A Limit Transformer (Huang et al., arXiv 2410.02140, section 3) takes two things from positions: a periodic part of the
stream (PERIODIC), and in each head a function of the lag that is 0 from some lag on (LOCAL). So the table of positions
is replaced by its means over the residues. Then, block after block and head after head, what the logits lose by this is
given back as a table of lags, by least squares over words of the training lengths. All other weights stay. The
resulting machine has an answer at every length, even beyond the lengths for which the model has positions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from limit_transformer.reading.gpt2_forward import SCORES_AT_ONCE, Gpt2Model
from limit_transformer.reading.position_dependence import (
    Doubles,
    LagTable,
    PeriodFit,
    lag_table,
    period_fit,
    residue_means,
    share_of_period,
)

Ids = NDArray[np.int64]
HEARD_SHARE = 1e-3  # a layer reads positions if they are at least this share of the variance that it reads
AS_GOOD_SHARE = 0.02  # two fits are equally good if the shares of variance that they explain differ by less
UNSEEN_LOGITS = 20.0  # a key whose logit is so far below the greatest of its query has no visible weight
LEAST_TOKENS = 4
MOST_NUMBERS = 1 << 26  # attention weights of one layer, or output logits, of all words that are read; half a GiB


@dataclass(frozen=True)
class HeadReading:
    """What a head takes from positions, by its logits on real words and by its weights.

    measured   what the lag alone gives to the logits, averaged over words and offsets
    explained  the share of the variance of the logits (words, queries, keys) that the nearest machine's head has too;
               the rest depends on positions in some other way
    product    what the lag alone gives to the product p_i^T Q^T K p_j of the positions themselves, with the mean scale
               that the LayerNorm has on these words
    """

    measured: LagTable
    explained: float
    product: LagTable


@dataclass(frozen=True)
class BlockReading:
    """What a block takes from positions.

    heads           its heads
    feed_forward    how far the machine's period explains what the feed-forward layer reads of positions
    position_share  the share of the variance of what the feed-forward layer reads that positions give
    """

    heads: tuple[HeadReading, ...]
    feed_forward: PeriodFit
    position_share: float


@dataclass(frozen=True)
class NearestMachine:
    """A GPT-2's weights with periodic positions, and with a table of lags in every head.

    `first` is the row of position 0, and `rows[k]` that of the positions 1 + k, 1 + k + period, and so on. `lags[l][h]`
    is added to the logits of head h of block l.
    """

    model: Gpt2Model
    first: Doubles
    rows: Doubles  # (period, width)
    lags: tuple[tuple[LagTable, ...], ...]
    silenced: tuple[tuple[bool, ...], ...]  # for each head whether the rows' product is subtracted from its logits
    scales: tuple[float, ...]  # the mean factor of each block's first LayerNorm on real words
    trained_tokens: int

    @property
    def period(self) -> int:
        """The period of the positions; 1 if every position has the same row."""
        return len(self.rows)

    def table(self, tokens: int, offset: int) -> Doubles:
        """Return the rows of the positions `offset` to `offset` + `tokens` - 1."""
        places = np.arange(offset, offset + tokens)
        found = self.rows[(places - 1) % self.period]
        return np.where(places[:, None] == 0, self.first, found)

    def added(self, block: int, tokens: int, offset: int) -> Doubles:
        """Return what is added to a block's logits, (heads, queries, keys): tables of lags, less silenced products."""
        rows, model = self.table(tokens, offset), self.model
        return np.stack(
            [
                lags.matrix(tokens) - (own_product(model, block, head, rows, self.scales[block]) if silenced else 0.0)
                for head, (lags, silenced) in enumerate(zip(self.lags[block], self.silenced[block], strict=True))
            ]
        )

    def answers(self, ids: Ids, *, sharpened: bool = False) -> Doubles:
        """Return the output logits for words of one length, which may be any.  (words, tokens, vocabulary)

        Args:
            ids: (words, tokens) The words, including the begin token.
            sharpened: The theory multiplies logits by log N for N tokens. If this is true, the logits of words with
                more tokens than were trained on are multiplied by log N / log(trained tokens).
        """
        length = ids.shape[1]
        scale = max(1.0, math.log(length) / math.log(self.trained_tokens)) if sharpened else 1.0
        step = max(1, SCORES_AT_ONCE // (self.model.heads * length**2))
        found = []
        for start in range(0, len(ids), step):
            x = self.model.tokens[ids[start : start + step]] + self.table(length, 0)
            for number, block in enumerate(self.model.blocks):
                logits, values = self.model.looked(block, x)
                logits = logits + self.added(number, length, 0)
                x = self.model.next_stream(block, x, logits * scale, values)
            found.append(self.model.answers(x))
        return np.concatenate(found)


@dataclass(frozen=True)
class LimitReading:
    """What a GPT-2 takes from positions, block by block, and the machine that is nearest to it."""

    blocks: tuple[BlockReading, ...]
    nearest: NearestMachine
    without_positions: bool  # every position has the same row


def read_gpt2(
    model: Gpt2Model, ids: Ids, *, trained_tokens: int | None = None, random_offsets: bool = False
) -> LimitReading:
    """Return how far a GPT-2 is PERIODIC and LOCAL, and the Limit Transformer that is nearest to it.

    Args:
        model: The GPT-2.
        ids: (words, tokens) Words of one length, including the begin token.
        trained_tokens: The number of tokens of the longest training word; by default that of `ids`.
        random_offsets: Whether the model was trained at random offsets of its positions. The words are then read at
            three offsets: the first, a middle one and the last; otherwise at the first alone.

    Raises:
        ValueError: The words are too short or too many, or the model has fewer positions.
    """
    length = ids.shape[1]
    if length < LEAST_TOKENS:
        raise ValueError(f"words of {length} tokens, including the begin token: at least {LEAST_TOKENS} are needed")
    if length > len(model.positions):
        raise ValueError(f"words of {length:,} tokens: the model has {len(model.positions):,} positions")
    most = words_that_fit(model, length)
    if len(ids) > most:
        raise ValueError(
            f"{len(ids):,} words of {length:,} tokens: at most {most:,} words of that length are read at once"
        )
    spare = len(model.positions) - length
    offsets = sorted({0, spare // 2, spare}) if random_offsets else [0]
    own = [model.tokens[ids] + model.positions[offset : offset + length] for offset in offsets]
    period, heard, scales = _heard(model, own)
    rows = residue_means(model.positions[1:], period)
    nearest = NearestMachine(model, model.positions[0], rows, (), (), scales, trained_tokens or length)
    # Two streams are followed for each offset, block after block: the model's own, and the nearest machine's.
    near = [model.tokens[ids] + nearest.table(length, offset) for offset in offsets]
    blocks = []
    for number, block in enumerate(model.blocks):
        looked = [model.looked(block, x) for x in own]
        taken = [model.looked(block, x) for x in near]
        fits = []
        for head in range(model.heads):
            before = [logits[:, head] for logits, _ in looked]
            after = [logits[:, head] for logits, _ in taken]
            products = [own_product(model, number, head, nearest.table(length, o), scales[number]) for o in offsets]
            fits.append(_fit(before, after, products))
        nearest = replace(
            nearest,
            lags=(*nearest.lags, tuple(fit.table for fit in fits)),
            silenced=(*nearest.silenced, tuple(fit.silenced for fit in fits)),
        )
        heads = tuple(
            HeadReading(fit.table, fit.explained, _product(model, number, head, length, scales[number]))
            for head, fit in enumerate(fits)
        )
        blocks.append(BlockReading(heads, *heard[number]))
        own = [model.next_stream(block, x, *pair) for x, pair in zip(own, looked, strict=True)]
        near = [
            model.next_stream(block, x, logits + nearest.added(number, length, offset), values)
            for x, (logits, values), offset in zip(near, taken, offsets, strict=True)
        ]
    return LimitReading(tuple(blocks), nearest, bool(np.ptp(model.positions, axis=0).max() == 0))


def words_that_fit(model: Gpt2Model, tokens: int) -> int:
    """Return how many words of that many tokens can be read at once within MOST_NUMBERS."""
    return MOST_NUMBERS // max(model.heads * tokens**2, tokens * len(model.outputs))


def own_product(model: Gpt2Model, block: int, head: int, rows: Doubles, scale: float) -> Doubles:
    """Return one head's p_i^T Q^T K p_j (queries, keys) for rows of positions, centred and scaled as LayerNorm does.

    Args:
        model: The model.
        block: The number of the block.
        head: The number of the head.
        rows: (positions, width) The rows of positions.
        scale: The factor of the LayerNorm.
    """
    part = model.blocks[block]
    width = rows.shape[1]
    size = width // model.heads
    read = (rows - rows.mean(axis=1, keepdims=True)) * part.first_norm[0] * scale
    queries = read @ part.reads[0][:, head * size : (head + 1) * size]
    keys = read @ part.reads[0][:, width + head * size : width + (head + 1) * size]
    return np.asarray(queries @ keys.T / part.divisor)


def _heard(
    model: Gpt2Model, streams: Sequence[Doubles]
) -> tuple[int, list[tuple[PeriodFit, float]], tuple[float, ...]]:
    """Return the period of what feed-forward layers read of positions, each block's part, and its LayerNorm's factor.

    A machine has a single period. It is fitted to what all layers read together, where each layer that reads positions
    counts equally. If two layers have periods of their own, it is a common multiple of them.
    """
    read, shares, scales = [], [], []
    for block in model.blocks:
        scales.append(_mean_scale(model, np.concatenate([each.reshape(-1, each.shape[-1]) for each in streams])))
        pairs = [model.looked(block, each) for each in streams]
        attended = [model.after_attention(block, each, *pair) for each, pair in zip(streams, pairs, strict=True)]
        x = np.concatenate([each.reshape(-1, each.shape[-1]) for each in attended])
        rows = model.positions[1:] - model.positions[1:].mean(axis=1, keepdims=True)
        read.append((rows * block.second_norm[0]) @ block.inner[0] * _mean_scale(model, x))  # (positions, units)
        whole = float((model.normed(x, block.second_norm) @ block.inner[0]).var(axis=0).sum())
        shares.append(min(1.0, float(read[-1].var(axis=0).sum()) / whole) if whole else 0.0)
        streams = [model.after_feed_forward(block, each) for each in attended]
    heard = [
        part / math.sqrt(part.var(axis=0).sum())
        for part, share in zip(read, shares, strict=True)
        if share >= HEARD_SHARE
    ]
    period = period_fit(np.concatenate(heard, axis=1)).period if heard else 1
    fits = [PeriodFit(period, share_of_period(part, period), float(part.var(axis=0).sum())) for part in read]
    return period, list(zip(fits, shares, strict=True)), tuple(scales)


def _mean_scale(model: Gpt2Model, x: Doubles) -> float:
    """Return the mean factor by which LayerNorm scales the rows of a stream."""
    return float(np.mean(1 / np.sqrt(x.var(axis=-1) + model.epsilon)))


@dataclass(frozen=True)
class _HeadFit:
    """A head's table of lags, whether the rows' product is subtracted first, and the share that is then explained."""

    table: LagTable
    silenced: bool
    explained: float


def _fit(own: Sequence[Doubles], near: Sequence[Doubles], products: Sequence[Doubles]) -> _HeadFit:
    """Return the better of two fits: to the logits as they are, or to the logits without the product of periodic rows.

    A head that looks for a residue gets it from the rows. A head that looks at a lag may read the lag from a code that
    is itself periodic. Then the product gives the same lag again one period later, and the table of lags is complete
    only without the product. Of two fits that are equally good, the more local one is taken.
    """
    whole = np.concatenate(own)
    found = []
    for silenced in (True, False):
        lost = np.concatenate(
            [a - b + (product if silenced else 0.0) for a, b, product in zip(own, near, products, strict=True)]
        )
        table = lag_table(lost.mean(axis=0))
        left = lost - table.matrix(lost.shape[-1])
        found.append(_HeadFit(table, silenced, _explained(whole, left)))
    best = max(each.explained for each in found)
    return min(
        (each for each in found if each.explained >= best - AS_GOOD_SHARE), key=lambda each: each.table.reach or -1
    )


def _explained(own: Doubles, left: Doubles) -> float:
    """Return the share of the variance between the keys of a query that is not left over; unseen keys do not count."""
    hidden = ~np.tri(own.shape[-1], dtype=bool)
    best = np.where(hidden, -np.inf, own).max(axis=-1, keepdims=True)
    seen = (own > best - UNSEEN_LOGITS) & ~hidden
    count = seen.sum(axis=-1, keepdims=True)

    def variance(values: Doubles) -> float:
        values = np.where(seen, values, 0.0)
        mean = values.sum(axis=-1, keepdims=True) / count
        return float((np.where(seen, values - mean, 0.0) ** 2).sum())

    whole = variance(own)
    return 1.0 if whole < 1e-9 * own.size else max(0.0, 1 - variance(left) / whole)


def _product(model: Gpt2Model, number: int, head: int, length: int, scale: float) -> LagTable:
    return lag_table(own_product(model, number, head, model.positions[:length], scale))
