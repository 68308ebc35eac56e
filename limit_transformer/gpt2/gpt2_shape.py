"""The shape of the GPT-2 that a machine becomes: its columns, its layers, how heads share the work, and its size.

The columns of the stream are, in this order:

1. ground, which is always 0, so that `column - ground` is free of the mean that LayerNorm subtracts;
2. the machine's coordinates;
3. if a head looks at a lag, a code of the position: two columns for each of R frequencies;
4. last, +C and -C, a pair so large that the norms of all rows are nearly equal.

A layer may be followed by one that cleans, without a head: it rounds again what steps left not quite 0 or 1.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from limit_transformer.floating.available_memory import memory_size
from limit_transformer.gpt2.machine_parts import Gpt2Error, HeadOutput, LayerParts, Looking, MachineParts, by_row
from limit_transformer.gpt2.row_sums import RowSums
from limit_transformer.machine.machine import LimitTransformer

GROUND = 0  # the column that is always 0
FIRST_COORDINATE = 1  # the column of the machine's first coordinate
SPECIAL = ("<bos>", "<eos>", "<pad>", "<accept>")  # what the vocabulary holds after the alphabet
BYTES = {"float32": 4, "float64": 8}  # of one number


def most_bytes() -> int:
    """Return the most bytes of weights that are written: half of the memory, so that the model can be asked here."""
    return memory_size() // 2


@dataclass(frozen=True)
class Block:
    """A GPT-2 layer: a layer of the machine, or one that cleans coordinates.

    part        the machine's layer; None for a layer that cleans
    exact_ones  the units whose steps are exact where they are 1
    clean       the coordinates that are cleaned
    heads       each head with the rows that it writes
    """

    part: LayerParts | None
    exact_ones: frozenset[int]
    clean: tuple[int, ...]
    heads: tuple[tuple[Looking, tuple[HeadOutput, ...]], ...]


@dataclass(frozen=True)
class Shape:
    """The shape for words of `tokens` - 1 letters.

    `cleaned` holds the numbers of the machine's layers that are cleaned.
    """

    parts: MachineParts
    sums: RowSums
    tokens: int
    cleaned: frozenset[int]

    @cached_property
    def code(self) -> int:
        """The number R of frequencies in the code of positions: 2^R is above any lag; 0 if no head looks at a lag."""
        lags = any(head.lag is not None for part in self.parts.layers for head in part.heads)
        return max(1, (self.tokens - 1).bit_length()) if lags else 0

    @cached_property
    def exact_ones(self) -> tuple[frozenset[int], ...]:
        """For each layer of the machine, the steps that are exact where they are 1; other steps are exact where 0.

        What reads the literals of a conjunction needs them exact where they hold.
        """
        votes: dict[int, int] = {}
        for part in self.parts.layers:
            for head in part.heads:
                for row in head.rows:
                    for k, weight in row.gates:
                        votes[k] = votes.get(k, 0) - 4 * (1 if weight > 0 else -1)
            for unit in part.units:
                for k, weight in unit.gates:
                    votes[k] = votes.get(k, 0) + 2 * (1 if weight > 0 else -1)
        for terms in by_row(self.parts.machine.unembedding).values():
            for k, weight in terms:
                votes[k] = votes.get(k, 0) + (len(terms) > 2) * (1 if weight > 0 else -1)
        found = []
        for part in self.parts.layers:
            wishes: dict[int, int] = {}
            for k, terms in part.written.items():
                # In a long sum few steps are 1. Steps that exclude or imply one another cannot all be at their ends.
                free = self.parts.high[k] - self.parts.low[k] == sum(abs(weight) for _, weight in terms)
                for number, weight in terms if free and len(terms) <= 2 else ():
                    wishes[number] = wishes.get(number, 0) + weight * votes.get(k, 0)
            wanted = (number for number, wish in wishes.items() if wish > 0)
            found.append(frozenset(number for number in wanted if part.units[number].is_step))
        return tuple(found)

    @property
    def columns(self) -> int:
        """The number of columns of the stream that are used."""
        return FIRST_COORDINATE + len(self.parts.kinds) + 2 * self.code + 2

    def code_column(self, frequency: int) -> int:
        """Return the column of cos(2 pi i / 2^frequency), for a frequency from 1 to R; the next column has the sine."""
        return FIRST_COORDINATE + len(self.parts.kinds) + 2 * (frequency - 1)

    @cached_property
    def head_width(self) -> int:
        """The number of columns of a head, chosen so that the stream is as narrow as possible."""
        return min(((heads * width, heads, width) for heads, width in self._splits()))[2]

    @cached_property
    def heads(self) -> int:
        """The number of heads in a layer."""
        return min(((heads * width, heads, width) for heads, width in self._splits()))[1]

    def _splits(self) -> list[tuple[int, int]]:
        """Return pairs (heads, columns of a head) that hold the stream, the position code and all rows of a layer."""
        parts = self.parts.layers
        least = max([1, *(len(part.heads) for part in parts)])
        sharp = 2 * self.code + 1 if self.code else 1
        found = []
        for heads in range(least, least + 16):
            width = max(-(-self.columns // heads), sharp)
            while any(sum(-(-len(head.rows) // width) for head in part.heads) > heads for part in parts):
                width += 1
            found.append((heads, width))
        return found

    @property
    def width(self) -> int:
        """The number of columns of the stream, a multiple of the number of heads."""
        return self.heads * self.head_width

    @property
    def plus(self) -> int:
        """The column +C; the next column, which is the last, is -C."""
        return self.width - 2

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The layers; for a machine without layers, one that does nothing."""
        blocks = []
        for number, part in enumerate(self.parts.layers):
            heads = []
            for head in part.heads:
                for start in range(0, len(head.rows), self.head_width):
                    heads.append((head, head.rows[start : start + self.head_width]))
            blocks.append(Block(part, self.exact_ones[number], (), tuple(heads)))
            if number in self.cleaned:
                blocks.append(Block(None, frozenset(), cleanable(self.parts, number), ()))
        return tuple(blocks) or (Block(None, frozenset(), (), ()),)

    @cached_property
    def inner(self) -> int:
        """The number of hidden units in a layer."""
        return max(1, *map(self._units, self.blocks))

    def _units(self, block: Block) -> int:
        if block.part is not None:
            return sum(2 if unit.is_step else 1 for unit in block.part.units)
        return sum(cleaning_units(self.parts, coordinate) for coordinate in block.clean)

    @property
    def parameters(self) -> int:
        """The number of weights of the model."""
        width, inner = self.width, self.inner
        layer = 4 * width * width + 4 * width + 2 * width * inner + inner + width + 4 * width
        vocabulary = len(self.parts.machine.alphabet) + len(SPECIAL)
        return len(self.blocks) * layer + (2 * vocabulary + self.tokens + 2) * width

    def fits(self, dtype: str) -> bool:
        """Return whether the weights take at most `most_bytes()`."""
        return self.parameters * BYTES[dtype] <= most_bytes()

    def check_size(self, dtype: str) -> None:
        """Raise Gpt2Error, with the numbers, if the weights would take more than `most_bytes()`."""
        if not self.fits(dtype):
            size = self.parameters * BYTES[dtype]
            raise Gpt2Error(
                f"as a GPT-2 of {len(self.blocks)} layers, width {self.width:,} and {self.inner:,} hidden units the "
                f"machine has {self.parameters:,} weights, {size / 1e9:.1f} GB in {dtype}; "
                f"at most {most_bytes() / 1e9:.1f} GB are written, half of this machine's memory"
            )


def check_machine_size(machine: LimitTransformer, dtype: str) -> None:
    """Raise Gpt2Error, with the numbers, if the machine is too large for any shape.

    This is checked before the machine is analysed, which takes long for a large one.
    """
    least = len(machine.layers) * machine.width * (4 * machine.width + 2 * machine.units)
    if least * BYTES[dtype] > most_bytes():
        raise Gpt2Error(
            f"as a GPT-2 the machine, with {len(machine.layers)} layers, width {machine.width:,} and up to "
            f"{machine.units:,} units in a layer, has {least:,} weights or more, {least * BYTES[dtype] / 1e9:.1f} GB "
            f"in {dtype}; at most {most_bytes() / 1e9:.1f} GB are written, half of this machine's memory"
        )


def cleanable(parts: MachineParts, number: int) -> tuple[int, ...]:
    """Return the coordinates that layer `number` makes of comparisons of counts, and that later layers read."""
    part = parts.layers[number]
    read: set[int] = set()
    for later in parts.layers[number + 1 :]:
        read.update(k for head in later.heads for row in head.rows for k, _ in row.gates)
        read.update(k for unit in later.units for k, _ in unit.gates)
    return tuple(
        sorted(
            coordinate
            for coordinate, terms in part.written.items()
            if coordinate in read
            and parts.kinds[coordinate] == "integer"
            and any(part.units[unit].shares for unit, _ in terms)
        )
    )


def cleaning_units(parts: MachineParts, coordinate: int) -> int:
    """Return the number of hidden units that round a coordinate.

    Each possible value but one needs a step of two units. Two more units take away what was there, even if there are no
    negative values, because there are negative errors.
    """
    return 2 * (parts.high[coordinate] - parts.low[coordinate]) + 2


def definition_of(output: str) -> str:
    """Return the definition in the program that an output is of, as the program writes it."""
    known = {"<accept>": "accept", "<eos>": "next[eos]"}
    if output in known:
        return known[output]
    token = output.replace("\\", "\\\\").replace('"', '\\"')
    return f"next[{output}]" if re.fullmatch(r"\w+", output) else f'next["{token}"]'
