"""The columns of a GPT-2's stream, as the argument of `gpt2_bounds` walks through the blocks: how far each is off."""

import math

from limit_transformer.gpt2.machine_parts import IntegerTerms
from limit_transformer.gpt2.masses import ShareError, are_disjoint
from limit_transformer.gpt2.shape import Shape
from limit_transformer.gpt2.steps import EXACT, Error


class Columns:
    """What LayerNorm does to every row, and each column's size and error so far; see the argument."""

    def __init__(self, shape: Shape, unit: float, larger: int) -> None:
        self.parts = shape.parts
        self.unit = unit
        self.tokens = float(shape.tokens)
        parts = shape.parts
        self.size = [float(max(abs(low), abs(high))) for low, high in zip(parts.low, parts.high, strict=True)]
        sums = shape.sums
        slack = errors_taken(shape)
        # (x + e)^2 <= 2 x^2 + 2 e^2 for errors e of less than 1
        squares = 2 * sums.squares + 2 * slack + shape.code
        self.large = 2.0 ** (math.ceil(math.log2(squares / (16 * unit)) / 2) + larger)
        self.middle = (sums.low + sums.high) / 2
        half = (sums.high - sums.low) / 2 + math.sqrt(2) * shape.code + slack
        self.mean = half / shape.width + unit * self.large * (2 * math.log(shape.width) + 8)
        self.factor = (squares + self.middle**2) / (4 * self.large**2) + (6 * math.log2(shape.width) + 24) * unit
        self.errors: dict[int, Error] = {}  # integers; what is not there is exact
        self.shares: dict[int, ShareError] = {}
        self.by_count: dict[int, dict[int, float]] = {}  # of integers: the part of the error that is a share times this

    def mass(self, terms: IntegerTerms, bias: int = 0) -> float:
        """The sum of |weight| (|x| + |m|), ground with it, and the bias."""
        total = abs(sum(weight for _, weight in terms)) * self.mean + abs(bias)
        by_letter: dict[int, float] = {}
        for k, weight in terms:
            total += abs(weight) * self.mean
            if self.parts.kinds[k] == "fixed":
                for letter, value in self.parts.letters[k]:
                    by_letter[letter] = by_letter.get(letter, 0) + abs(weight * value)
            else:
                total += abs(weight) * self.size[k]
        return total + max(by_letter.values(), default=0)

    def noise(self, terms: IntegerTerms, bias: int = 0) -> float:
        """How far what is read of a combination of columns is off, beside the columns' own errors."""
        return (len(terms) + 8) * self.unit * self.mass(terms, bias)

    def dirt(self, gates: IntegerTerms, end: int) -> float:
        """The error of the gates' sum at its most (end 1), at its least (end -1) or anywhere (end 0)."""
        total = 0.0
        for k, weight in gates:
            error = self.errors.get(k, EXACT)
            at_end = error.at_high if weight * end > 0 else error.at_low
            total += abs(weight) * (at_end if end else error.anywhere)
        return total

    def shared_dirt(self, gates: IntegerTerms) -> float:
        """How much less the gates' errors are together than one by one: their counts share the tokens."""
        joint: dict[int, float] = {}
        for k, weight in gates:
            for count, error in self.by_count.get(k, {}).items():
                joint[count] = joint.get(count, 0.0) + abs(weight) * error
        if len(joint) < 2 or not are_disjoint(self.parts, joint):
            return 0.0
        return sum(joint.values()) - max(joint.values())


def errors_taken(shape: Shape) -> float:
    """What all errors of integers add up to at most, or the argument fails."""
    return 1 + shape.parts.kinds.count("integer") / 10
