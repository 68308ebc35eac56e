"""The argument: up to which length every decision of the GPT-2 is certain, in whatever order its sums are taken.

u is the unit roundoff (2^-24 or 2^-53). t is the number of tokens with the begin marker, and s <= t the number of
visible ones. Every operation is rounded with relative error at most u; sums are taken in any order. "In units of 1/s"
means: multiplied by s.

Columns. The true value of a column is that of the machine's coordinate, with 0 and 1 for what a sharp head receives.
LayerNorm gives (1 + f)(x - m), where f and m are the same for the whole row. Each column is off by a further 4 u (|x| +
|m|).
  m is the row's mean. The column -C also takes away the middle of the range of the sum of all other columns. So at most
      half that range, divided by the width D, remains. Rounding of +C - C adds u C (2 ln D + 8) for any usual way to
      compute a mean (one pass, two passes, Welford's). Every column is read as x - ground, where m cancels; only its
      roundings stay.
  f comes from the row's norm. Its square is 2 C^2 plus the sum of the squares of all other columns, at most K. That
      makes f at most K / (4 C^2), and C is chosen to make that 4 u. The variance is rounded, too. As a sum of squares
      in any order: to add two columns other than +-C rounds something of size K; to add a column to C^2 rounds by no
      more than what is added, which is K in all; the pair +-C adds some u. By Welford's way, in order or in lanes that
      are merged in pairs: +-C come last, so few steps have large terms, and each of log2 D merges rounds by 6 u. So f
      grows by at most (6 log2 D + 24) u.
The reading of a combination of n columns is off by at most `noise` = (n + 8) u (sum of |weight| (|x| + |m|)). In n + 8,
n + 1 is for the sum with ground, 4 for LayerNorm, 2 for what was rounded when the columns were written, and 1 for
constants, which are read from the column +C. The reading is exactly 0 if the combination is a single column with weight
1 or -1 that holds exactly 0, because x and ground are then the same number. For a share, |x| s = c is counted with what
is linear in c.

Thresholds of integers. Here z is an integer other than 0. It is the sum of its base, which is its value with all gates
where they are exact, and of A - B, the masses of the gates that are elsewhere. So its error is at most `worst` (A + B),
and A + B <= |z| + |base| + 2 min(A, B). Its error is also at most the sum of the errors of all gates, less what they
cannot have together. For that: the dirt of a step c >= n is k (w c / s + n / s), up to what m adds. Where the step
holds, this is at most k (w + n) c / s, and the shares of different tokens add up to at most 1.

Uniform heads. Queries and keys are 0, so all logits are 0, and all weights are the same number, 1/s up to 4 u. A count
c is the sum of c terms 1 (1 + f) + noise and of s - c terms 0 + noise. In a tree of sums, a node that joins a ones and
b ones is rounded by at most u (a + b). A node that joins some ones with none is rounded by no more than what it adds.
The sum over all nodes is largest for a chain, 2 + 3 + ... + c: it is u c^2 / 2 in units of 1/s. (Rows whose terms are
other natural numbers make shorter chains.) So |error| <= 1.02 u c^2 / 2 + `linear` c + `constant`.

Comparisons. Here z s is an integer other than 0. It is a sum P - N of masses: weight times count, constants, and s
times what the guards leave; P holds the positive masses, and N the negative ones. Let X = |z s| >= 1. Then P + N = X +
2 min(P, N), so that
  |error of z s| <= (1.02 u t + linear)(X + 2 M) + constants,   where M bounds min(P, N).
This is small if one side is small. (For example c >= 1 is certain however large c is, because an error grows with its
X.) M is the smaller of the bounds of P and N. For counts of different letters, which share the t tokens, M is also at
most t w w' / (w + w'), where w and w' are the largest weights of the two sides; and the sum of w c^2 is at most t
max(P, N), which gives t (X + M) in place of t (X + 2 M). What guards leave is not a count: the counts of both sides are
at most the counts of one side, plus X, plus the whole mass of that side. The row's f multiplies all of z, constants
too. The margin is X less this error, at the least X; it has to be at least 1/8. If the guards keep z away from 0 by x,
the margin is s (x - error), with the same error in units of 1. Guards that hold are read at the end of their range,
where most steps are exact.

Steps. relu(k z + 1/2) - relu(k z - 1/2) with k = 1.002 t / (2 margin) is exactly 0, or 1 up to `dirt`. The dirt is the
rounding of two sums of n + 1 products whose sizes add up to k Z, which is 2 (n + 3) u (k Z + 1); the numbers that both
sums read are the same. A step that is 0 is exact. So a sum of steps is off by the dirt of those that are 1: at most the
dirtiest, as many as can be 1 together. Where exact ones are wanted, 1 - relu(1/2 - k z) + relu(-1/2 - k z) is exactly
1, or 0 up to dirt; its 1 is a bias. A layer that cleans sends such a value through a step again, with k about 1 and
dirt of some u.

Sharp heads. Position i has the code (cos, sin)(2 pi i / 2^r) for r = 1..R, where 2^R >= t; the begin marker has the
code 0. A query turns the code by the lag, so that q k = g times the sum of cos(2 pi (i - lag - j) / 2^r). This is R g
for j = i - lag. For any other j let 2^v be the largest power of 2 that divides i - lag - j: the term v + 1 is then -g,
and the logit is at most (R - 2) g. The begin marker's logit is (R - 1) g. With g = ln t + LEAK + 1, the wanted key
outweighs all others together by e^LEAK, even with logits that are off by 1/2. If the wanted key does not exist, the
begin marker does so.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from limit_transformer.gpt2.column_errors import (
    Columns,
    Dirt,
    Error,
    ShareError,
    StepSum,
    counted_dirt,
    error_of,
    errors_taken,
)
from limit_transformer.gpt2.gpt2_shape import Block, Shape, definition_of
from limit_transformer.gpt2.machine_parts import (
    Gpt2Error,
    HeadOutput,
    IntegerTerms,
    LayerParts,
    Looking,
    UnitArgument,
    by_row,
)
from limit_transformer.gpt2.unit_errors import CHAIN, comparison_margin, rectified, threshold_margin

LEAK = 5.0  # a sharp head gives all keys but the wanted one at most e^-LEAK of its weight
LEAST_MARGIN = 1 / 8  # the least margin for which the argument holds
MOST_ERROR = 0.4  # the largest error of an integer for which the argument holds
WIDER = 1.002  # steps are steeper than the margin requires, because of the roundings of the step itself
LARGER = (0, 1, 2, -1)  # exponents of the powers of 2 by which C is larger than its formula says
UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}  # half the distance from 1 to the next number


@dataclass(frozen=True)
class Bounds:
    """What the argument gives for a model.

    slopes      by block, the slope k of each unit's step, or of the steps for each coordinate that is cleaned
    sharpness   g, the gap between a sharp head's logits
    margin      the least margin, and `where` it occurs
    large       C
    middle      what the column -C takes away besides C
    row_factor  the bound of |f|
    mean        the bound of |m|
    errors      the error of each coordinate that holds an integer, after the last layer
    shares      the error of each coordinate that holds a share
    """

    slopes: tuple[tuple[float, ...], ...]
    sharpness: float
    margin: float
    where: str
    large: float
    middle: float
    row_factor: float
    mean: float
    errors: Mapping[int, Error]
    shares: Mapping[int, ShareError]


def bounds_of(shape: Shape, dtype: str) -> Bounds:
    """Return the bounds for words of `shape.tokens` - 1 letters.

    The argument fails if the margin is below LEAST_MARGIN. A larger C makes rows more alike, and makes the roundings of
    the mean larger. If the usual C fails, others are tried, and the bounds with the largest margin are returned.
    """
    found = _Argument(shape, UNIT[dtype], LARGER[0]).bounds()
    for larger in LARGER[1:]:
        if found.margin < LEAST_MARGIN:
            found = max(found, _Argument(shape, UNIT[dtype], larger).bounds(), key=lambda bounds: bounds.margin)
    return found


class _Argument:
    """A walk through the blocks that keeps each column's error."""

    def __init__(self, shape: Shape, unit: float, larger: int) -> None:
        self.shape = shape
        self.parts = shape.parts
        self.columns = Columns(shape, unit, larger)
        self.sharpness = math.log(self.columns.tokens) + LEAK + 1
        self.margin, self.where = math.inf, "nothing is decided"
        self.outputs = by_row(shape.parts.machine.unembedding)

    def bounds(self) -> Bounds:
        """Walk through all blocks and outputs, and return the bounds."""
        self._require(self.columns.factor <= 1 / 64, "LayerNorm's factor")
        slopes = []
        layers = iter(self.parts.machine.layers)
        for number, block in enumerate(self.shape.blocks, 1):
            if block.part is not None:
                names = next(layers).feed_forward.names
                for head, rows in block.heads:
                    for row in rows:
                        self._move(head, row)
                slopes.append(self._units(block, block.part, number, names))
            else:
                slopes.append(self._clean(block))
        for output, name in enumerate(self.parts.machine.outputs):
            self._output(output, name)
        total = sum(error.anywhere for error in self.columns.errors.values())
        self._require(total <= errors_taken(self.shape), "the sum of all errors")
        return Bounds(
            slopes=tuple(slopes),
            sharpness=self.sharpness,
            margin=self.margin,
            where=self.where,
            large=self.columns.large,
            middle=self.columns.middle,
            row_factor=self.columns.factor,
            mean=self.columns.mean,
            errors=MappingProxyType(self.columns.errors),
            shares=MappingProxyType(self.columns.shares),
        )

    def _least(self, margin: float, where: str) -> None:
        if not margin >= self.margin:
            self.margin, self.where = margin, where

    def _require(self, holds: bool, where: str) -> None:
        if not holds:
            self._least(-math.inf, where)

    # --- heads -------------------------------------------------------------------------------------------------

    def _move(self, head: Looking, row: HeadOutput) -> None:
        columns = self.columns
        if head.uniform:
            columns.shares[row.target] = self._counted(row)
            return
        size = float(max(abs(row.begin), abs(row.low), abs(row.high)))
        code = 2 * self.shape.code + 1
        amplitude = self.sharpness * (self.shape.code if head.lag is not None else 1)
        logits = amplitude * (2 * columns.factor + 4 * (code + 8) * columns.unit * (1 + 2 * columns.mean))
        self._require(logits <= 1 / 2, f"the logits of head {head.name}")
        leak = math.exp(-LEAK) * 2 * size
        rounding = (columns.tokens + 16) * columns.unit * (size + MOST_ERROR) + columns.noise(row.terms)
        error = leak + columns.dirt(row.gates, 0) + columns.factor * size + rounding
        self._known(row.target, Error(error, error, error), f"head {head.name}")

    def _counted(self, row: HeadOutput) -> ShareError:
        """Return the error of a count; for a sum that is not always a natural number, all of it is constant."""
        columns = self.columns
        u, tokens, noise = columns.unit, columns.tokens, columns.noise(row.terms)
        size = float(max(abs(row.begin), abs(row.low), abs(row.high)))
        anywhere = columns.dirt(row.gates, 0)
        if row.low < 0 or row.begin < 0:
            each = 2 * columns.factor + 20 * u + u * tokens
            return ShareError(0, 0, CHAIN * tokens * (size * each + anywhere + 2 * noise))
        at_low, at_high = columns.dirt(row.gates, -1), columns.dirt(row.gates, 1)
        where_zero = at_low if row.low == 0 else anywhere
        where_one = at_high if row.high == 1 else anywhere
        exact = where_zero == 0 and len(row.terms) == 1 and abs(row.terms[0][1]) == 1
        linear = 2 * columns.factor + 20 * u + 2 * noise + where_one
        if row.is_reciprocal:
            return ShareError(0, linear, 0 if exact else CHAIN * tokens * 2 * noise)
        # The begin marker may lengthen the chain, and its gates may be at another end of their range.
        constant = 0 if exact else CHAIN * tokens * (where_zero + 2 * noise)
        if row.begin:
            constant += 2 * u * tokens * row.begin + anywhere
        return ShareError(1, linear, constant)

    # --- units -------------------------------------------------------------------------------------------------

    def _units(self, block: Block, part: LayerParts, number: int, names: tuple[str, ...]) -> tuple[float, ...]:
        slopes = []
        dirt: list[Dirt] = []
        for form, name in zip(part.units, names, strict=True):
            if not form.shares:
                margin = threshold_margin(self.columns, form.gates, form.terms, form.by_letter, form.bias)
                slope = WIDER / (2 * margin) if margin > 0 else 0.0
            else:
                margin = comparison_margin(self.columns, form)
                slope = WIDER * self.columns.tokens / (2 * margin) if form.is_step and margin > 0 else 1.0
            self._least(margin, f"a comparison in layer {number} ({name})")
            slopes.append(slope)
            dirt.append(self._dirt_of(form, slope))
        for coordinate, terms in part.written.items():
            if part.units[terms[0][0]].is_step:
                steps = StepSum(
                    terms, tuple(dirt[unit] for unit, _ in terms), self._fewest(part, terms), part.together[coordinate]
                )
                ends = self.parts.low[coordinate], self.parts.high[coordinate]
                where = f"{self.parts.machine.coordinates[coordinate]}, layer {number}"
                self._known(coordinate, error_of(steps, ends, block.exact_ones), where)
                self.columns.by_count[coordinate] = counted_dirt(steps, ends, block.exact_ones)
            else:
                self.columns.shares[coordinate] = rectified(self.columns, part, terms)
        return tuple(slopes)

    def _fewest(self, part: LayerParts, terms: IntegerTerms) -> int:
        return min(len(part.units[unit].terms) for unit, _ in terms)

    def _dirt_of(self, form: UnitArgument, slope: float) -> Dirt:
        """Return how far a step is off where it is not exact, with the part that grows with a count kept apart."""
        roundings = 2 * (len(form.terms) + 3) * self.columns.unit
        mass = self.columns.mass(form.terms, form.bias)
        counts = [(k, weight) for k, weight in form.shares if k not in self.parts.reciprocals]
        falls = all(
            weight * self.parts.reciprocals.get(k, -1) < 0 for k, weight in form.shares if (k, weight) not in counts
        )
        if len(counts) == 1 and not form.gates and form.bias + max(form.by_letter) <= 0 and falls and counts[0][1] > 0:
            # Where the step is 1 the count is at least 1, so 1/s is at most the share.
            by_count = sum(abs(weight) * self.columns.size[k] for k, weight in form.shares)
            return Dirt(roundings * (slope * (mass - by_count) + 1), counts[0][0], roundings * slope * by_count)
        return Dirt(roundings * (slope * mass + 1), None, 0.0)

    def _known(self, coordinate: int, error: Error, where: str) -> None:
        self.columns.errors[coordinate] = error
        self.columns.size[coordinate] += error.anywhere
        self._require(error.anywhere <= MOST_ERROR, f"the error of {where}")

    # --- cleaning and outputs ------------------------------------------------------------------------------------

    def _clean(self, block: Block) -> tuple[float, ...]:
        """Return the slopes of the steps that round each coordinate.

        A step reads z = 2 x - (an odd number), which is at least 1 away from 0 except for errors.
        """
        columns = self.columns
        slopes = []
        for k in block.clean:
            error = columns.errors[k]
            margin = 1 - 2 * error.anywhere - columns.noise(((k, 2),), 2 * int(columns.size[k]) + 1)
            self._least(margin, "a step that cleans")
            slope = WIDER / (2 * max(margin, LEAST_MARGIN))
            slopes.append(slope)
            low, high = self.parts.low[k], self.parts.high[k]
            steps = high - low
            size = slope * columns.mass(((k, 2),), 2 * steps + 1) + 1
            adding = (2 * steps + 2) * columns.unit * (2 * steps * size + columns.size[k])
            left = (
                steps * 8 * columns.unit * size
                + adding
                + columns.factor * columns.size[k]
                + 2 * columns.noise(((k, 1),))
            )
            resting = 0.0 if low == 0 and error.at_low == 0 else left
            columns.errors[k] = Error(resting, left, left)
            columns.by_count.pop(k, None)
        return tuple(slopes)

    def _output(self, number: int, name: str) -> None:
        terms = self.outputs.get(number, ())
        gates = tuple((k, weight) for k, weight in terms if self.parts.kinds[k] != "fixed")
        if any(self.parts.kinds[k] in ("share", "received") for k, _ in gates):
            raise Gpt2Error(f"the output {definition_of(name)}: expected a combination of Booleans")
        by_letter = [0] * self.parts.machine.embedding.shape[1]
        for k, weight in terms:
            for letter, value in self.parts.letters[k]:
                by_letter[letter] += weight * value
        self._least(
            threshold_margin(self.columns, gates, terms, tuple(by_letter), 0), f"the output {definition_of(name)}"
        )
