"""The abstract run behind `machine_values`: coordinates as integer combinations of quantities, layer by layer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np

from limit_transformer.machine.begin_marker import BeginRun, begin_run, times
from limit_transformer.machine.machine import FeedForward, Head, LimitTransformer
from limit_transformer.machine.matrix import Integers, SparseMatrix
from limit_transformer.values.attention_sharpness import Sharpness, sharpness
from limit_transformer.values.combination_bounds import Arena, plus
from limit_transformer.values.quantities import (
    Affine,
    Choice,
    IntegerRange,
    Margin,
    Member,
    Parts,
    Quantity,
    Real,
    Received,
    Reciprocal,
    Share,
)
from limit_transformer.values.ranges import HeadValues, UnitValues, Value

# One-hot groups: 0 is the token. Then come, for each block of residues, the residue here, and after these, for each
# block, the residue at the begin marker.
LETTERS = 0
ZERO = Affine(0, {})


class Analysis:
    """A machine as far as it has been run: what each coordinate is, at any position and at the begin marker."""

    def __init__(self, machine: LimitTransformer, leak: Fraction | None) -> None:
        self._machine = machine
        self._leak = leak
        self._begin: BeginRun | None = begin_run(machine)
        letters = len(machine.alphabet)
        begin_bit = 1 << letters
        self._masks = {LETTERS: begin_bit - 1 if self._begin is not None else 2 * begin_bit - 1}
        for group, block in enumerate((*machine.positions, *machine.positions), 1):
            self._masks[group] = (1 << block.modulus) - 1
        self._at_begin = {**self._masks, LETTERS: begin_bit}
        self._at_letters = {**self._masks, LETTERS: begin_bit - 1}
        self._arena = Arena(self._masks)
        self._reciprocal = self._arena.new(Reciprocal())
        self._coordinates = self._embedding()
        self._now: Integers | None = None if self._begin is None else self._begin.embedding
        self._known: dict[int, tuple[Affine, Value]] = {}
        self._fired: list[Affine] = []  # what the units of the most recent layer give

    def _embedding(self) -> list[Affine]:
        machine = self._machine
        members = [self._arena.new(Member(LETTERS, letter)) for letter in range(len(machine.alphabet) + 1)]
        parts: list[list[tuple[int, Affine]]] = [[] for _ in machine.coordinates]
        for coordinate, letter, weight in machine.embedding.entries:
            parts[coordinate].append((weight, Affine(0, {members[letter]: 1})))
        self._begin_members: dict[int, int] = {}  # residue here -> the same residue at the begin marker
        for group, block in enumerate(machine.positions, 1):
            for residue in range(block.modulus):
                here = self._arena.new(Member(group, residue))
                self._begin_members[here] = self._arena.new(Member(group + len(machine.positions), residue))
                parts[block.first + residue].append((1, Affine(0, {here: 1})))
        return [plus(part) for part in parts]

    # --- what is reported -------------------------------------------------------------------------------------

    def stream(self) -> tuple[Value, ...]:
        """Return what each coordinate can be at this point of the run."""
        found = []
        for place, affine in enumerate(self._coordinates):
            known = self._known.get(place)
            if known is None or known[0] is not affine:
                begin = None if self._now is None else self._now[place]
                known = self._known[place] = affine, self._value(affine, begin)
            found.append(known[1])
        return tuple(found)

    def combination(self, weights: Mapping[int, int], constant: int) -> Value:
        """Return what a combination of coordinates can be at this point of the run.

        Args:
            weights: The weight of each coordinate.
            constant: What is added.
        """
        affine = plus([(weight, self._coordinates[place]) for place, weight in weights.items()], constant)
        if self._now is None:
            return self._value(affine, None)
        begin = sum((weight * self._now[place] for place, weight in weights.items()), np.zeros_like(self._now[0]))
        return self._value(affine, begin + constant)

    def _value(self, affine: Affine, begin: Integers | None, *, narrow: bool = True) -> Value:
        """Return the range of a combination, the begin marker included.

        Unless `narrow`, cases are not told apart, which is faster and gives a wider range.
        """
        parts = self._arena.parts(affine)
        low, high = self._arena.tight(parts.integer) if narrow else self._arena.integers(parts.integer, narrow=False)
        below, above = self._arena.share_bounds(parts)
        bottom: int | Fraction = low + below
        top: int | Fraction = high + above
        if any(parts.real):  # fractions are slow to add, so only if there are some
            bottom, top = bottom + parts.real[0], top + parts.real[1]
        if begin is not None:
            bottom, top = min(bottom, *begin), max(top, *begin)
        if parts.is_integer:
            return Value("integer", Fraction(bottom), Fraction(top))
        if parts.is_exact:
            return Value("share", Fraction(bottom), Fraction(top))
        is_fraction = not parts.shares and not parts.reciprocal and not any(parts.real)
        return Value("fraction" if is_fraction else "real", Fraction(bottom), Fraction(top), parts.error)

    # --- heads ------------------------------------------------------------------------------------------------

    def attend(self, number: int, heads: tuple[Head, ...]) -> Iterable[HeadValues]:
        """Run the heads of layer `number`, counted from 0, and return what is known of each."""
        reports, added = [], []
        for head in heads:
            sharp = None if head.is_uniform else self._sharpness(head)
            moved = self._rows(head.value)
            begins = None if self._now is None else times(head.value, self._now)
            report = []
            for row, affine in moved.items():
                begin = None if begins is None else begins[row]
                report.append((row, self._value(affine, begin)))
                added.append((row, self._received(head, sharp, affine, begin, report[-1][1])))
            reports.append(_report(report, sharp))
        self._add(added)
        if self._begin is not None:
            self._now = self._begin.layers[number].attended
        return reports

    def _received(
        self, head: Head, sharp: Sharpness | None, affine: Affine, begin: Integers | None, hull: Value
    ) -> Affine:
        """Return what a head adds to a coordinate, if V y is `affine` at a key."""
        parts = self._arena.parts(affine)
        if not parts.is_integer or not (head.is_uniform or sharp is not None):
            return self._unit(Real(hull.low - hull.error, hull.high + hull.error))
        low, high = self._arena.tight(parts.integer, masks=self._at_letters)
        first = self._first(parts.integer, begin)
        if head.is_uniform:
            if low == high and first[0] == first[1]:
                # (first + (s - 1) low) / s
                return plus([(first[0] - low, Affine(0, {self._reciprocal: 1}))], low)
            return self._unit(Share(min(low, first[0]), max(high, first[1])))
        assert sharp is not None
        if sharp.to_letter:
            ideal = self._unit(IntegerRange(min(low, first[0]), max(high, first[1])))
        else:
            ideal = self._of_begin(parts.integer, first)
        return self._unit(Received(ideal, sharp.leak * (int(hull.high) - int(hull.low))))

    def _first(self, affine: Affine, begin: Integers | None) -> tuple[int, int]:
        """Return the least and the greatest value of the combination at the begin marker."""
        if begin is not None:
            return int(min(begin)), int(max(begin))
        return self._arena.tight(affine, masks=self._at_begin)

    def _of_begin(self, affine: Affine, first: tuple[int, int]) -> Affine:
        """Return a combination's value at the begin marker, as a combination: the residues there are not those here."""
        if first[0] == first[1]:
            return Affine(first[0], {})
        result = [(1, Affine(affine.constant, {}))]
        for number, weight in affine.terms.items():
            source = self._arena.quantities[number]
            if number in self._begin_members:
                result.append((weight, Affine(0, {self._begin_members[number]: 1})))
            elif isinstance(source, Member) and source.group == LETTERS:
                result.append((weight * (source.index == len(self._machine.alphabet)), Affine(1, {})))
            else:
                return self._unit(IntegerRange(*first))
        return plus(result)

    def _sharpness(self, head: Head) -> Sharpness | None:
        """Return how sharp a head is; None if it is not, or if its logits depend on more than lag and begin marker."""
        logits = ZERO
        for key, query, weight in head.content.entries:
            factor = self._constant(self._coordinates[query])
            if factor is None:
                return None
            logits = plus([(1, logits), (factor * weight, self._coordinates[key])])
        letter = self._constant(logits, self._at_letters)
        begin = self._first(logits, self._logits_at_begin(head))
        if letter is None or begin[0] != begin[1]:
            return None
        found = sharpness(dict(head.lags), begin[0], letter)
        if found is None or self._leak is None:
            return found
        return replace(found, leak=self._leak)

    def _logits_at_begin(self, head: Head) -> Integers | None:
        if self._now is None:
            return None
        total = np.zeros(self._machine.period, dtype=object)
        for key, query, weight in head.content.entries:
            total = total + weight * (self._constant(self._coordinates[query]) or 0) * self._now[key]
        return total

    def _constant(self, affine: Affine, masks: Mapping[int, int] | None = None) -> int | None:
        """Return the one value of a combination; None if it may have several, or is not known to be an integer."""
        parts = self._arena.parts(affine)
        if not parts.is_integer:
            return None
        low, high = self._arena.tight(parts.integer, masks=masks)
        return low if low == high else None

    # --- units ------------------------------------------------------------------------------------------------

    def feed(self, number: int, block: FeedForward) -> Iterable[UnitValues]:
        """Run the units of layer `number`, counted from 0, and return what is known of each."""
        rows = self._rows(block.read)
        inputs = None if self._begin is None else self._begin.layers[number].inputs
        reports, outputs = [], []
        for unit, is_step in enumerate(block.steps.tolist()):
            affine = plus([(1, rows.get(unit, ZERO))], int(block.bias[unit]))
            begin = None if inputs is None else inputs[unit]
            report = self._unit_values(affine, begin, is_step=is_step)
            reports.append(report)
            outputs.append(self._output(self._arena.parts(affine), report))
        self._fired = outputs
        self._add((row, self._chosen(affine)) for row, affine in self._rows(block.write, outputs).items())
        if self._begin is not None:
            self._now = self._begin.layers[number].stream
        return reports

    def together(self, number: int) -> Mapping[int, int]:
        """Return how many of the step units that write a coordinate can be 1 at once.

        There is a number for each coordinate that only steps write. `number` is that of the most recent layer.
        """
        block = self._machine.layers[number].feed_forward
        begin = None if self._begin is None else self._begin.layers[number].inputs > 0
        rows: dict[int, list[int]] = {}
        for coordinate, unit, _ in block.write.entries:
            rows.setdefault(coordinate, []).append(unit)
        found = {}
        for coordinate, units in rows.items():
            if not all(block.steps[unit] for unit in units):
                continue
            found[coordinate] = len(units)
            if len(units) > 1:
                parts = self._arena.parts(plus([(1, self._fired[unit]) for unit in units]))
                at_begin = 0 if begin is None else int(begin[units].sum(axis=0).max())
                found[coordinate] = max(self._arena.tight(parts.integer)[1], at_begin)
        return found

    def outputs(self) -> Iterable[UnitValues]:
        """Yield what is known of each output's logit, whose sign is the answer."""
        rows = self._rows(self._machine.unembedding)
        begins = None if self._now is None else times(self._machine.unembedding, self._now)
        for row in range(len(self._machine.outputs)):
            begin = None if begins is None else begins[row]
            yield self._unit_values(rows.get(row, ZERO), begin, is_step=True)

    def _unit_values(self, affine: Affine, begin: Integers | None, *, is_step: bool) -> UnitValues:
        argument = self._value(affine, begin, narrow=not is_step)
        if not is_step:
            return UnitValues(argument, False, None, None)
        margin = self._arena.margin(self._arena.parts(affine))
        if isinstance(margin, str):
            return UnitValues(argument, True, None, margin)
        if begin is not None:
            least = min(abs(int(value)) for value in begin)
            if least == 0:
                return UnitValues(argument, True, None, "it is 0 at the begin marker")
            constant = Fraction(least) if margin.constant is None else min(margin.constant, Fraction(least))
            margin = Margin(constant, margin.shares)
        return UnitValues(argument, True, margin, None)

    def _output(self, parts: Parts, report: UnitValues) -> Affine:
        """Return what a unit adds where its weight is 1."""
        low, high = (max(Fraction(0), end) for end in (report.argument.low, report.argument.high))
        if report.is_step:
            firing = None if report.reason is not None else self._arena.firing(parts)
            return self._unit(IntegerRange(0, 1) if firing is None else firing)
        if parts.is_integer:
            return self._unit(IntegerRange(int(low), int(high)))
        if parts.is_exact:
            return self._unit(Share(int(low), int(high)))
        return self._unit(Real(low, high + report.argument.error))

    def _chosen(self, affine: Affine) -> Affine:
        """Return the combination, as a single quantity if it has several terms and can only be one of two integers."""
        parts = self._arena.parts(affine)
        if len(parts.integer.terms) < 2 or not parts.is_integer:
            return affine
        low, high = self._arena.tight(parts.integer)
        if low == high:
            return Affine(low, {})
        return self._unit(Choice(parts.integer, low)) if high - low == 1 else affine

    # --- sums -------------------------------------------------------------------------------------------------

    def _unit(self, quantity: Quantity) -> Affine:
        return Affine(0, {self._arena.new(quantity): 1})

    def _rows(self, matrix: SparseMatrix, columns: list[Affine] | None = None) -> dict[int, Affine]:
        """Return each row of the matrix with entries, times the columns; by default the columns are the coordinates."""
        values = self._coordinates if columns is None else columns
        rows: dict[int, list[tuple[int, Affine]]] = {}
        for row, column, weight in matrix.entries:
            rows.setdefault(row, []).append((weight, values[column]))
        return {row: plus(parts) for row, parts in rows.items()}

    def _add(self, added: Iterable[tuple[int, Affine]]) -> None:
        for row, affine in added:
            self._coordinates[row] = plus([(1, self._coordinates[row]), (1, affine)])


def _report(moved: list[tuple[int, Value]], sharp: Sharpness | None) -> HeadValues:
    if sharp is None:
        return HeadValues(tuple(moved), None, None)
    return HeadValues(tuple(moved), sharp.leak, (sharp.begin, sharp.letter))
