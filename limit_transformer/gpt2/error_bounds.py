"""The argument: up to which length every decision of the GPT-2 is certain, whatever the order of its sums.

u is the unit roundoff (2^-24, 2^-53), t the number of tokens with the begin marker, s <= t that of those visible.
Every operation is rounded with relative error u at most; sums are taken in any order. "In units of 1/s": times s.

Columns. A column's true value is that of the machine's coordinate, with 0 and 1 for what a sharp head receives.
What LayerNorm gives is (1 + f)(x - m), f and m the same for the whole row, each column off by 4 u (|x| + |m|) more.
  m: the row's mean. The column -C also takes away the middle of what all others add up to, so that half the range of
     that sum remains, over the width D; rounding makes u C (2 ln D + 8) of +C - C by any usual way (one pass, two
     passes, Welford's). Everything is read as x - ground: m is gone, all but its roundings.
  f: the row's norm is 2 C^2 plus the sum of the squares, K at most, of all other columns: K / (4 C^2), and C is chosen
     to make that 4 u. The variance, too, is rounded. As a sum of squares in any order: adding two of the columns other
     than +-C rounds something of size K, adding to C^2 rounds by no more than what is added: K in all, and some u for
     the pair. By Welford's way, in order or in lanes that are merged in pairs: +-C come last, so that few steps have
     large terms, and each of log2 D merges rounds by 6 u. So f is (6 log2 D + 24) u more at most.
A combination of n columns is off by `noise` = (n + 8) u (sum of |weight| (|x| + |m|)) at most: n + 1 for the sum with
ground, 4 for LayerNorm, 2 for what was rounded when the columns were written, 1 for constants, which are read from the
column +C. It is exactly 0 where it is one column of weight 1 or -1 that holds exactly 0: x and ground are then the
same number. For a share, |x| s = c counts with what is linear in c.

Thresholds of integers. z is an integer other than 0: what it is with all gates where they are exact, its base, and
masses A - B of gates that are not there. So the error is at most `worst` (A + B), and A + B <= |z| + |base| +
2 min(A, B). And it is at most the sum of all gates' errors, less
what they cannot have together: the dirt of c >= n is k (w c / s + n / s) but for what m adds, at most k (w + n) c / s
where it holds, and shares of different tokens add up to 1.

Uniform heads. q = k = 0, so all logits are 0 and all weights the same number, 1/s up to 4 u. A count c is the sum of c
terms 1 (1 + f) + noise, and s - c terms 0 + noise. In a tree of sums a node that joins a and b ones is rounded by
u (a + b) at most, and one that joins no ones to some by no more than what it adds. The sum over the nodes is largest
for a chain, 2 + 3 + ... + c: u c^2 / 2 in units of 1/s (Row terms that are other natural numbers make shorter
chains.) So |error| <= 1.02 u c^2 / 2 + `linear` c + `constant`.

Comparisons. z s is an integer other than 0, a sum P - N of masses: weight times count, constants, s times what the
guards leave (P the positive, N the negative ones). Let X = |z s| >= 1. Then P + N = X + 2 min(P, N), so that
  |error of z s| <= (1.02 u t + linear)(X + 2 M) + constants,   M a bound of min(P, N),
which is small wherever one side is (c >= 1 is certain however large c is: an error grows with its X). M is the smaller
of what P and N can be; for counts of different letters, which share the t tokens, at most t w w' / (w + w'), w and
w' the largest weights of the sides, and the sum of w c^2 is at most t max(P, N), t (X + M) in place of t (X + 2 M).
What guards leave is no count: the counts of both sides are at most those of the one and X + all of the one.
The row's f multiplies all of z, constants too. The margin is X less this error at the least X; it has to be 1/8 at
least. Where guards hold z away from 0 by x, the margin is s (x - error), error the same in units of 1. Guards that
hold are read at the end of their range, where most steps are exact.

Steps. relu(k z + 1/2) - relu(k z - 1/2) with k = 1.002 t / (2 margin) is 0 exactly, or 1 up to `dirt`: the roundings of
two sums of n + 1 products whose sizes add up to k Z, 2 (n + 3) u (k Z + 1); the numbers that both read are the same.
A step that is 0 is exact, so a sum of steps is off by the dirt of those that are 1: of as many as can be 1 together,
the dirtiest. Where it is wanted, 1 - relu(1/2 - k z) + relu(-1/2 - k z) is 1 exactly, or 0 up to dirt: the 1 is a bias.
A layer that cleans takes it through such a step again, with k about 1 and dirt of some u.

Sharp heads. Positions have the code (cos, sin)(2 pi i / 2^r) for r = 1..R, 2^R >= t, and 0 at the begin marker. q
turns it by the lag, so that q k = g sum of cos(2 pi (i - lag - j) / 2^r): R g where j = i - lag; elsewhere, if 2^v is
the largest power of 2 that divides i - lag - j, the term v + 1 is -g, and the logit (R - 2) g at most. The begin
marker's is (R - 1) g. With g = ln t + LEAK + 1 the wanted key outweighs all others together by e^LEAK, logits being off
by 1/2 at most, and the begin marker does where there is no such key.
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

LEAK = 5.0  # a sharp head gives all keys but the wanted one e^-LEAK of its weight at most
LEAST_MARGIN = 1 / 8  # the least margin that is taken
MOST_ERROR = 0.4  # the largest error of an integer that is taken
WIDER = 1.002  # steps are steeper than the margin asks, for the roundings of the step itself
LARGER = (0, 1, 2, -1)  # powers of 2 by which C is larger than its formula says
UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}  # half the distance from 1 to the next number


@dataclass(frozen=True)
class Bounds:
    """What the argument gives.

    slopes      of each unit's step, or of each coordinate's that is cleaned, by block
    sharpness   g, the gap between a sharp head's logits
    margin      the least, and `where` it is
    large       C; `middle`: what -C takes away beside C
    row_factor  the bound of |f|, and of |m| `mean`
    errors      of each coordinate that holds an integer, in the last layer; of the others, `shares`
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
    """The argument for words of `shape.tokens` - 1 letters; a margin under LEAST_MARGIN where it fails.

    A larger C makes rows more alike and the mean's roundings larger: others are tried where the usual one fails.
    """
    found = _Argument(shape, UNIT[dtype], LARGER[0]).bounds()
    for larger in LARGER[1:]:
        if found.margin < LEAST_MARGIN:
            found = max(found, _Argument(shape, UNIT[dtype], larger).bounds(), key=lambda bounds: bounds.margin)
    return found


class _Argument:
    """A walk through the blocks with each column's error."""

    def __init__(self, shape: Shape, unit: float, larger: int) -> None:
        self.shape = shape
        self.parts = shape.parts
        self.columns = Columns(shape, unit, larger)
        self.sharpness = math.log(self.columns.tokens) + LEAK + 1
        self.margin, self.where = math.inf, "nothing is decided"
        self.outputs = by_row(shape.parts.machine.unembedding)

    def bounds(self) -> Bounds:
        """The walk's result."""
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
        """The error of a count; of a sum that is not always a natural number, all of it constant."""
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
        # The begin marker may add to the chain, and stand at another end of the gates' range.
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
        """How far a step is off where it is not exact, the part that grows with a count apart."""
        roundings = 2 * (len(form.terms) + 3) * self.columns.unit
        mass = self.columns.mass(form.terms, form.bias)
        counts = [(k, weight) for k, weight in form.shares if k not in self.parts.reciprocals]
        falls = all(
            weight * self.parts.reciprocals.get(k, -1) < 0 for k, weight in form.shares if (k, weight) not in counts
        )
        if len(counts) == 1 and not form.gates and form.bias + max(form.by_letter) <= 0 and falls and counts[0][1] > 0:
            # Where it is 1 the count is 1 at least, so that 1/s is no more than the share.
            by_count = sum(abs(weight) * self.columns.size[k] for k, weight in form.shares)
            return Dirt(roundings * (slope * (mass - by_count) + 1), counts[0][0], roundings * slope * by_count)
        return Dirt(roundings * (slope * mass + 1), None, 0.0)

    def _known(self, coordinate: int, error: Error, where: str) -> None:
        self.columns.errors[coordinate] = error
        self.columns.size[coordinate] += error.anywhere
        self._require(error.anywhere <= MOST_ERROR, f"the error of {where}")

    # --- cleaning and outputs ------------------------------------------------------------------------------------

    def _clean(self, block: Block) -> tuple[float, ...]:
        """Slopes of the steps that round each coordinate: z = 2 x - odd, at least 1 away from 0 but for errors."""
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
