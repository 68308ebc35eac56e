"""The Limit Transformer that is nearest to a GPT-2, and how far the GPT-2 is from it.

A Limit Transformer (Huang et al., arXiv 2410.02140, section 3) takes two things from positions: a periodic part of
the stream (PERIODIC), and in each head a function of the lag that vanishes from some lag on (LOCAL). So the table of
positions is replaced by its means over the residues, and in each head, block after block, what the logits lose by that
is given back as a table of lags, by least squares over words of the training lengths. All other weights stay. The
machine so made has an answer at every length: beyond the lengths that the model has positions for, too.
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
HEARD_SHARE = 1e-3  # of the variance that a feed-forward layer reads: positions with a smaller part are not heard there
AS_GOOD_SHARE = 0.02  # of the variance of a head's logits
UNSEEN_LOGITS = 20.0  # so far below the greatest of its query, a key has no weight that an answer shows
LEAST_TOKENS = 4
MOST_NUMBERS = 1 << 26  # attention weights of one layer, or output logits, of all words that are read: half a GiB


@dataclass(frozen=True)
class HeadReading:
    """One head: its logits on real words, and the product p_i^T Q^T K p_j of its weights.

    `measured` is what the lag alone gives to the logits, averaged over words and offsets. `explained` is the part
    of the variance of the logits (words, queries, keys) that the nearest machine's head has too: what is left depends
    on positions in some other way. `product` is the lag's part of the positions' own product, with the mean scale that
    the LayerNorm gives on these words.
    """

    measured: LagTable
    explained: float
    product: LagTable


@dataclass(frozen=True)
class BlockReading:
    """One block: its heads, and how far the machine's period explains what its feed-forward layer reads of positions.

    `position_share` is the part of the variance of what the feed-forward layer reads that the positions give.
    """

    heads: tuple[HeadReading, ...]
    feed_forward: PeriodFit
    position_share: float


@dataclass(frozen=True)
class NearestMachine:
    """A GPT-2's weights with periodic positions and a table of lags in every head.

    `first` is the row of position 0; `rows[k]` that of the positions 1 + k, 1 + k + period, and so on. `lags[l][h]` is
    added to the logits of head h of block l.
    """

    model: Gpt2Model
    first: Doubles
    rows: Doubles  # (period, width)
    lags: tuple[tuple[LagTable, ...], ...]
    silenced: tuple[tuple[bool, ...], ...]  # heads in which the rows' own product is taken off the logits
    scales: tuple[float, ...]  # the mean factor of each block's first LayerNorm on real words
    trained_tokens: int

    @property
    def period(self) -> int:
        """The period of the positions; 1 where every position has the same row."""
        return len(self.rows)

    def table(self, tokens: int, offset: int) -> Doubles:
        """The rows of positions offset to offset + tokens - 1."""
        places = np.arange(offset, offset + tokens)
        found = self.rows[(places - 1) % self.period]
        return np.where(places[:, None] == 0, self.first, found)

    def added(self, block: int, tokens: int, offset: int) -> Doubles:
        """What is added to a block's logits, (heads, queries, keys): tables of lags, less the products taken off."""
        rows, model = self.table(tokens, offset), self.model
        return np.stack(
            [
                lags.matrix(tokens) - (own_product(model, block, head, rows, self.scales[block]) if silenced else 0.0)
                for head, (lags, silenced) in enumerate(zip(self.lags[block], self.silenced[block], strict=True))
            ]
        )

    def answers(self, ids: Ids, *, sharpened: bool = False) -> Doubles:
        """Output logits for words of one length of any size, (words, tokens, vocabulary).

        The theory multiplies logits by log N for N tokens. With `sharpened`, those of words of more tokens than were
        trained on are multiplied by log N over the logarithm of that number.
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
    """How far a GPT-2 is PERIODIC and LOCAL, and the Limit Transformer that is nearest to it.

    Args:
        model: the GPT-2.
        ids: words of one length, the begin token with them: (words, tokens).
        trained_tokens: the longest word of the training in tokens, else the length of `ids`.
        random_offsets: whether the model was trained at random offsets of its positions. The words are then read at
            three: the first, a middle and the last. Else at the first alone.

    Raises:
        ValueError: the words are too short or too many, or the model has fewer positions.
    """
    length = ids.shape[1]
    if length < LEAST_TOKENS:
        raise ValueError(f"words of {length} tokens, the begin token with them: {LEAST_TOKENS} are needed")
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
    # The two streams, the model's own and the nearest machine's, for each offset, block after block.
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
    """How many words of that length can be read at a time in the memory of MOST_NUMBERS."""
    return MOST_NUMBERS // max(model.heads * tokens**2, tokens * len(model.outputs))


def own_product(model: Gpt2Model, block: int, head: int, rows: Doubles, scale: float) -> Doubles:
    """p_i^T Q^T K p_j of one head for rows of positions, (queries, keys), each row centred and scaled by LayerNorm."""
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
    """The period of all that feed-forward layers read of positions; for each block its part; its LayerNorm's factor.

    A machine has one period. It is that of what the layers read together, each layer that hears positions counting
    alike: two layers with periods of their own have it in common.
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
    """The mean factor that LayerNorm gives to the rows of a stream."""
    return float(np.mean(1 / np.sqrt(x.var(axis=-1) + model.epsilon)))


@dataclass(frozen=True)
class _HeadFit:
    """A head's table of lags, whether the rows' own product is taken off first, and what is then explained."""

    table: LagTable
    silenced: bool
    explained: float


def _fit(own: Sequence[Doubles], near: Sequence[Doubles], products: Sequence[Doubles]) -> _HeadFit:
    """The better of two: the logits as they are, or without the product of the periodic rows; of equals the more local.

    A head that looks for a residue has it from the rows. One that looks at a lag may read the lag from a code that is
    periodic itself: there the product says the same lag again one period on, and only without it does the table of
    lags say all.
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
    """The part of the variance between the keys of a query that is not left over; unseen keys are left out."""
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
