"""The weights of the GPT-2: every array by its name in a stock checkpoint, made one at a time.

Conv1D weights are (inputs, outputs). What reads the stream reads `column - ground`, and reads constants from the column
+C, divided by C; `error_bounds.py` says why. The weight of LayerNorm is the nominal norm of a row, so that its output
is the column itself.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from limit_transformer.gpt2.error_bounds import Bounds
from limit_transformer.gpt2.gpt2_shape import FIRST_COORDINATE, GROUND, SPECIAL, Block, Shape
from limit_transformer.gpt2.machine_parts import Gpt2Error, IntegerTerms, Looking, UnitArgument, by_row

WeightArray: TypeAlias = NDArray[Any]
EPSILON = 1e-5  # LayerNorm's epsilon, which adds the same to the variance of each row
# Logits. The sign of an odd integer z is the answer for a token. The logit is SCALE z, so that sampling finds a token
# that is allowed. The logit of <eos> has a larger scale, by as much as another token's z can exceed 1. It also gets END
# in addition, which is less than the error that the least margin allows. So generation ends where the program allows
# the end, and where it allows nothing.
SCALE = 32.0
END = 1.0
BEHIND = 2.0**-10  # makes the logit of <accept> smaller than any token's, because <accept> is asked but not generated
# A bias that is finite only in the model's own number type: in a narrower type it is infinite, and 0 times it is NaN.
TRAP = {"float32": float(np.finfo("float32").max), "float64": float(np.finfo("float64").max)}


@dataclass(frozen=True)
class Weights:
    """A checkpoint to be written: the shape of the model, the bounds of the argument, and the type of the numbers."""

    shape: Shape
    bounds: Bounds
    dtype: str

    def arrays(self) -> Iterator[tuple[str, WeightArray]]:
        """Yield the name and the values of each array.

        Raises:
            Gpt2Error: The number type cannot hold a weight.
        """
        for name, values in self._arrays():
            if not np.isfinite(values).all():
                raise Gpt2Error(f"{name}: a weight is too large for {self.dtype}")
            yield name, values

    def _arrays(self) -> Iterator[tuple[str, WeightArray]]:
        yield "transformer.wte.weight", self._tokens()
        yield "transformer.wpe.weight", self.positions()
        for number, block in enumerate(self.shape.blocks):
            prefix = f"transformer.h.{number}."
            yield from self._norm(prefix + "ln_1")
            yield from self._attention(prefix + "attn.", block)
            yield from self._norm(prefix + "ln_2")
            yield from self._feed_forward(prefix + "mlp.", block, self.bounds.slopes[number])
        yield from self._last_norm()
        yield "lm_head.weight", self._outputs()

    def _zeros(self, *shape: int) -> WeightArray:
        return np.zeros(shape, dtype=self.dtype)

    def _norm(self, name: str) -> Iterable[tuple[str, WeightArray]]:
        large, width = self.bounds.large, self.shape.width
        variance = (large**2 + (large + self.bounds.middle) ** 2) / width
        yield name + ".weight", np.full(width, math.sqrt(variance + EPSILON), dtype=self.dtype)
        yield name + ".bias", self._zeros(width)

    def _last_norm(self) -> Iterable[tuple[str, WeightArray]]:
        """Yield the last LayerNorm. In the column -C, which no output reads, it gives TRAP: it is multiplied by 0."""
        for name, values in self._norm("transformer.ln_f"):
            values[self.shape.plus + 1] = TRAP[self.dtype] if name.endswith("bias") else 0
            yield name, values

    # --- the ends ----------------------------------------------------------------------------------------------

    def _tokens(self) -> WeightArray:
        machine = self.shape.parts.machine
        letters = len(machine.alphabet)
        table = self._zeros(letters + len(SPECIAL), self.shape.width)  # rows: letters, <bos>, <eos>, <pad>, <accept>
        table[:, self.shape.plus] = self.bounds.large
        table[:, self.shape.plus + 1] = -self.bounds.large - self.bounds.middle
        for coordinate, letter, weight in machine.embedding.entries:
            table[letter, FIRST_COORDINATE + coordinate] = weight
        return table

    def positions(self) -> WeightArray:
        """Return the table of positions: the residues of each position, and its code (0 at the begin marker)."""
        shape = self.shape
        table = self._zeros(shape.tokens, shape.width)
        places = np.arange(shape.tokens)
        for block in shape.parts.machine.positions:
            table[places, FIRST_COORDINATE + block.first + places % block.modulus] = 1
        for frequency in range(1, shape.code + 1):
            angles = 2 * math.pi * (places[1:] % 2**frequency) / 2**frequency
            column = shape.code_column(frequency)
            table[1:, column], table[1:, column + 1] = np.cos(angles), np.sin(angles)
        return table

    def _outputs(self) -> WeightArray:
        """Return a row for each token of the vocabulary; for a token that the machine does not define, z is -1."""
        machine = self.shape.parts.machine
        names = (*machine.alphabet, *SPECIAL)
        table = self._zeros(len(names), self.shape.width)
        written = by_row(machine.unembedding)
        rows = {name: written.get(k, ()) for k, name in enumerate(machine.outputs)}
        most = max([1.0, *(self._most(rows[letter]) for letter in machine.alphabet if letter in rows)])
        scales = dict.fromkeys(names, SCALE) | {"<eos>": SCALE * 2.0 ** math.ceil(math.log2(most))}
        if rows.keys() - {"<accept>"}:
            scales["<accept>"] = SCALE * BEHIND
        for number, name in enumerate(names):
            bias = 0.0 if name in rows else -1.0
            scale = scales[name] if name in rows else SCALE
            self._read(table[number], rows.get(name, ()), bias + (END / scale if name == "<eos>" else 0.0), scale)
        return table

    def _most(self, terms: IntegerTerms) -> float:
        """Return a bound for the greatest value of a combination of integers."""
        parts = self.shape.parts
        by_letter = [0.0] * parts.machine.embedding.shape[1]
        free = 0.0
        for k, weight in terms:
            if parts.kinds[k] == "fixed":
                for letter, value in parts.letters[k]:
                    by_letter[letter] += weight * value
            else:
                free += max(weight * parts.low[k], weight * parts.high[k])
        return free + max(by_letter)

    def _read(self, column: WeightArray, terms: IntegerTerms, bias: float, scale: float = 1.0) -> None:
        """Write the weights, `column` (width,), that read `scale` times a combination of coordinates plus the bias."""
        for k, weight in terms:
            column[FIRST_COORDINATE + k] = scale * weight
        column[self.shape.plus] = scale * bias / self.bounds.large
        column[GROUND] = -scale * (sum(weight for _, weight in terms) + bias / self.bounds.large)

    # --- attention ---------------------------------------------------------------------------------------------

    def _attention(self, prefix: str, block: Block) -> Iterable[tuple[str, WeightArray]]:
        width, size = self.shape.width, self.shape.head_width
        reads = self._zeros(width, 3 * width)
        writes = self._zeros(width, width)
        for number, (head, rows) in enumerate(block.heads):
            first = number * size
            if not head.uniform:
                self._look(reads[:, first : first + size], reads[:, width + first : width + first + size], head)
            for slot, row in enumerate(rows, first):
                self._read(reads[:, 2 * width + slot], row.terms, 0)
                writes[slot, FIRST_COORDINATE + row.target] = 1
        yield prefix + "c_attn.weight", reads
        yield prefix + "c_attn.bias", self._zeros(3 * width)
        yield prefix + "c_proj.weight", writes
        yield prefix + "c_proj.bias", self._zeros(width)

    def looking(self) -> Iterator[tuple[WeightArray, WeightArray]]:
        """Yield the queries and keys of every head that is not uniform."""
        for block in self.shape.blocks:
            for head, _ in block.heads:
                if not head.uniform:
                    queries, keys = (self._zeros(self.shape.width, self.shape.head_width) for _ in range(2))
                    self._look(queries, keys, head)
                    yield queries, keys

    def _look(self, queries: WeightArray, keys: WeightArray, head: Looking) -> None:
        """Write the queries and keys (width, columns of the head) of a head that looks at one token."""
        scale = self.bounds.sharpness * math.sqrt(self.shape.head_width)
        assert head.begin is not None
        self._read(keys[:, 0], ((head.begin, 1),), 0)
        if head.lag is None:
            self._read(queries[:, 0], (), scale)
            return
        self._read(queries[:, 0], (), scale * (self.shape.code - 1))
        for frequency in range(1, self.shape.code + 1):
            turn = 2 * math.pi * (head.lag % 2**frequency) / 2**frequency
            cosine = self.shape.code_column(frequency)
            for column, entries in enumerate(
                ((math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))), 2 * frequency - 1
            ):
                queries[cosine : cosine + 2, column] = [scale * entry for entry in entries]
                queries[GROUND, column] = -scale * sum(entries)
                keys[cosine + (column - 1) % 2, column] = 1
                keys[GROUND, column] = -1

    # --- feed-forward ------------------------------------------------------------------------------------------

    def _feed_forward(self, prefix: str, block: Block, slopes: tuple[float, ...]) -> Iterable[tuple[str, WeightArray]]:
        hidden = _Hidden(self)
        if block.part is not None:
            slots = []
            for unit, form in enumerate(block.part.units):
                flipped = unit in block.exact_ones
                slots.append(hidden.unit(form, slopes[unit], flipped=flipped))
            for coordinate, terms in block.part.written.items():
                for unit, weight in terms:
                    hidden.add(coordinate, weight, slots[unit], flipped=unit in block.exact_ones)
        for coordinate, slope in zip(block.clean, slopes, strict=False):
            hidden.clean(coordinate, slope)
        yield prefix + "c_fc.weight", hidden.read
        yield prefix + "c_fc.bias", hidden.read_bias
        yield prefix + "c_proj.weight", hidden.write
        yield prefix + "c_proj.bias", hidden.write_bias


class _Hidden:
    """The hidden layer of a block while it is filled in."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        width, inner = weights.shape.width, weights.shape.inner
        self.read = weights._zeros(width, inner)
        self.read_bias = weights._zeros(inner)
        self.write = weights._zeros(inner, width)
        self.write_bias = weights._zeros(width)
        self.used = 0

    def unit(self, form: UnitArgument, slope: float, *, flipped: bool) -> tuple[int, ...]:
        """Add the hidden units for a unit, and return their numbers.

        A step has relu(k z + 1/2) and relu(k z - 1/2); if `flipped`, it has relu(1/2 - k z) and relu(-1/2 - k z).
        """
        if not form.is_step:
            return (self._rectifier(form.terms, form.bias, 1.0, 0.0),)
        if flipped:
            return tuple(self._rectifier(form.terms, form.bias, -slope, shift) for shift in (0.5, -0.5))
        return tuple(self._rectifier(form.terms, form.bias, slope, shift) for shift in (0.5, -0.5))

    def _rectifier(self, terms: IntegerTerms, bias: float, slope: float, shift: float) -> int:
        number = self.used
        self.weights._read(self.read[:, number], terms, bias, slope)
        self.read_bias[number] = shift
        self.used += 1
        return number

    def add(self, coordinate: int, weight: float, slots: tuple[int, ...], *, flipped: bool) -> None:
        """Write `weight` times what the unit gives to the coordinate."""
        column = FIRST_COORDINATE + coordinate
        signs = (-weight, weight) if flipped else (weight, -weight)
        for slot, sign in zip(slots, signs, strict=False):
            self.write[slot, column] += sign
        if flipped:
            self.write_bias[column] += weight

    def clean(self, coordinate: int, slope: float) -> None:
        """Add what rounds a number near an integer: steps half-way between the integers, less the number itself."""
        parts = self.weights.shape.parts
        low, high = parts.low[coordinate], parts.high[coordinate]
        for level in range(low + 1, high + 1):
            # The step [x >= level] for levels from 1 up; -[x <= level - 1] for levels below.
            side = 1 if level > 0 else -1
            terms, bias = ((coordinate, 2 * side),), -side * (2 * level - 1)
            pair = tuple(self._rectifier(terms, bias, slope, shift) for shift in (0.5, -0.5))
            self.add(coordinate, side, pair, flipped=False)
        for side in (1, -1):
            slot = self._rectifier(((coordinate, side),), 0, 1.0, 0.0)
            self.add(coordinate, -side, (slot,), flipped=False)
