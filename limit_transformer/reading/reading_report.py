"""A reading of a model, as numbers and as sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from limit_transformer.reading.gpt2_forward import AttentionRounding, Gpt2Model, forward
from limit_transformer.reading.nearest_machine import HEARD_SHARE, BlockReading, HeadReading, Ids, LimitReading

AnswerForm: TypeAlias = Literal["sets", "greatest"]  # the tokens with a logit above 0, or the one with the greatest
MOST_BITS = 16
NEAR_SHARE = 0.95  # the least share of the variance of a head's logits for which the head counts as explained
LEAST_VARIANCE = 1e-6  # logits squared; a head whose logits vary less with positions does not depend on them


@dataclass(frozen=True)
class LengthAgreement:
    """How many words of one length have the same answers at all positions from the model and its nearest machine."""

    length: int  # letters
    words: int
    same: int


@dataclass(frozen=True)
class ReadModel:
    """A reading with what was measured: the agreement by length, and the bits that attention needs."""

    reading: LimitReading
    agreement: tuple[LengthAgreement, ...]
    logit_bits: int | None  # bits after the point that leave every answer unchanged; None: more than MOST_BITS
    weight_bits: int | None
    letters: int  # letters of the words that it was read on
    words: int

    def record(self) -> dict[str, Any]:
        """Return the reading as JSON data."""
        nearest = self.reading.nearest
        return {
            "words": self.words,
            "letters": self.letters,
            "without_positions": self.reading.without_positions,
            "period": nearest.period,
            "blocks": [_block_record(block) for block in self.reading.blocks],
            "logit_bits": self.logit_bits,
            "weight_bits": self.weight_bits,
            "agreement": [{"length": a.length, "words": a.words, "same": a.same} for a in self.agreement],
        }

    def lines(self) -> Iterator[str]:
        """Yield the reading in sentences."""
        yield f"The model was read on {self.words} words of {self.letters} letters."
        if self.reading.without_positions:
            yield "The model has no positions: every row of its table is the same."
        period = self.reading.nearest.period
        yield (
            "PERIODIC: no feed-forward layer reads the positions."
            if not any(block.position_share >= HEARD_SHARE for block in self.reading.blocks)
            else f"PERIODIC: the nearest machine's positions have period {period}."
        )
        for number, block in enumerate(self.reading.blocks, 1):
            yield f"block {number}"
            for head, found in enumerate(block.heads, 1):
                yield f"  head {head}: {head_in_words(found)}"
            yield f"  feed-forward: {_feed_forward_in_words(block)}"
        yield f"Attention's logits: {_bits_in_words(self.logit_bits)}; its weights: {_bits_in_words(self.weight_bits)}."
        for each in self.agreement:
            yield (
                f"{each.length} letters: {each.same} of {each.words} words have the same answers from the model and "
                "from the nearest Limit Transformer."
            )


def answers_of(logits: NDArray[np.float64], form: AnswerForm) -> NDArray[Any]:
    """Return the answers that output logits (words, tokens, vocabulary) give in this form.

    Returns:
        "sets": a mask (words, tokens, vocabulary) of the tokens above 0. "greatest": the token (words, tokens).
    """
    return np.asarray(logits > 0 if form == "sets" else logits.argmax(axis=-1))


def report_reading(
    model: Gpt2Model, reading: LimitReading, ids: Ids, longer: Sequence[Ids], form: AnswerForm
) -> ReadModel:
    """Return the reading with the agreement by length, and with the bits of attention that leave all answers unchanged.

    Args:
        model: The model.
        reading: The reading.
        ids: (words, tokens) The words on which it was read.
        longer: Further words of other lengths, for the agreement.
        form: What an answer of the model is.
    """
    exact = answers_of(forward(model, ids), form)
    agreement = []
    for words in (ids, *longer):
        own = exact if words is ids else answers_of(forward(model, words), form)
        same = (own == answers_of(reading.nearest.answers(words), form)).reshape(len(words), -1).all(axis=1)
        agreement.append(LengthAgreement(words.shape[1] - 1, len(words), int(same.sum())))

    def least(rounding: type[AttentionRounding], field: Literal["logits", "weights"]) -> int | None:
        enough = None
        for bits in range(MOST_BITS, -1, -1):
            found = answers_of(forward(model, ids, rounding=rounding(**{field: bits})), form)
            if not np.array_equal(found, exact):
                break
            enough = bits
        return enough

    bits = least(AttentionRounding, "logits"), least(AttentionRounding, "weights")
    return ReadModel(reading, tuple(agreement), *bits, ids.shape[1] - 1, len(ids))


def head_in_words(head: HeadReading) -> str:
    """Return a sentence about what a head takes from positions."""
    table = head.measured
    if table.variance < LEAST_VARIANCE and head.product.variance < LEAST_VARIANCE:
        return "its logits do not depend on positions."
    near = f"the nearest machine explains {head.explained:.1%} of the variance of its logits"
    own = f"the lag explains {head.product.share:.1%} of the positions' own product"
    if head.explained < NEAR_SHARE:
        return f"no function of lag and residue: {near}; {own}."
    if table.reach is None:
        return f"no lag matters: {near}; {own}."
    if table.reach >= (len(table.logits) + 1) // 2:
        return f"not LOCAL: of {len(table.logits)} lags that were seen, those to {table.reach} matter; {near}; {own}."
    best = int(table.logits.argmax())
    sharp = np.exp(-np.delete(table.logits, best).max(initial=0.0) + table.logits[best]) > 1e6
    what = f"it looks at lag {best} alone" if sharp else f"lags to {table.reach} matter"
    return f"LOCAL: {what}; {near}; {own}."


def _feed_forward_in_words(block: BlockReading) -> str:
    fit = block.feed_forward
    heard = f"positions make up {block.position_share:.2%} of the variance of what it reads"
    if block.position_share < HEARD_SHARE:
        return f"{heard}."
    return f"{heard}; period {fit.period} explains {fit.share:.1%} of that."


def _bits_in_words(bits: int | None) -> str:
    return (
        f"more than {MOST_BITS} bits after the binary point are needed"
        if bits is None
        else f"{bits} bits after the binary point suffice"
    )


def _block_record(block: BlockReading) -> dict[str, Any]:
    return {
        "heads": [_head_record(head) for head in block.heads],
        "feed_forward": {
            "period": block.feed_forward.period,
            "share": block.feed_forward.share,
            "position_share": block.position_share,
        },
    }


def _head_record(head: HeadReading) -> dict[str, Any]:
    return {
        "lags": head.measured.logits[: 0 if head.measured.reach is None else head.measured.reach + 1].tolist(),
        "begin": head.measured.begin,
        "reach": head.measured.reach,
        "lag_share": head.measured.share,
        "variance": head.measured.variance,
        "explained": head.explained,
        "product_lag_share": head.product.share,
        "product_reach": head.product.reach,
        "product_variance": head.product.variance,
    }
