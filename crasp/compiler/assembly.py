"""Writes a scheduled circuit into the matrices of a machine: coordinates, heads, units and output rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf
from typing import TypeAlias

import numpy as np

from crasp.compiler.circuit import (
    BooleanItem,
    Circuit,
    Echo,
    Literal,
    Position,
    Ramp,
    Selection,
    Tally,
    Tokens,
    Total,
)
from crasp.compiler.gadgets import BEGIN_LOGIT, LAG_LOGIT, Unit, UnitInput, guarded, rectifier
from crasp.compiler.scheduling import Schedule, ScheduledRow, unit_layer
from limit_transformer.machine.machine import FeedForward, Head, Layer, LimitTransformer, ResidueBlock
from limit_transformer.machine.matrix import integer_array, sparse

Role: TypeAlias = OneOf["token", "begin", "one", "residue", "anchor", "reciprocal", "fraction", "gate", "share"]
AffinePair: TypeAlias = tuple[dict[int, int], int]  # the weight of each coordinate, and a constant


@dataclass(frozen=True, slots=True)
class Coordinate:
    """What a coordinate of the residual stream holds, and the layer that writes it (0 is the embedding).

    token, begin, one, residue   0 or 1, from the embedding
    gate                         an integer: a Boolean, or a part of the sum that is a Boolean
    reciprocal                   1/s, where s is the prefix length with the begin marker
    share                        a count divided by s
    anchor, fraction             what a sharp head receives: near 0 or near 1
    """

    name: str
    role: Role
    layer: int


@dataclass
class _Draft:
    """One layer while it is filled in: the entries of its heads' value matrices, its units, and the output matrix."""

    uniform: dict[tuple[int, int], int] = field(default_factory=dict)
    lags: dict[int, dict[tuple[int, int], int]] = field(default_factory=dict)
    anchors: dict[tuple[int, int], int] = field(default_factory=dict)
    units: dict[Unit, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    write: dict[tuple[int, int], int] = field(default_factory=dict)


class Assembly:
    """A machine that is put together from a circuit and its schedule."""

    def __init__(self, circuit: Circuit, plan: Schedule, alphabet: tuple[str, ...], names: Mapping[int, str]) -> None:
        self.circuit = circuit
        self.plan = plan
        self.names = names
        self.alphabet = alphabet
        self.coordinates = [Coordinate(f"token {token}", "token", 0) for token in alphabet]
        self.items: dict[int, int] = {}  # for each coordinate the item whose value, or a part of it, it holds
        self.begin = self._new("begin", "begin", 0)
        self.one = self._new("one", "one", 0)
        self.places: dict[UnitInput, int] = {}  # the coordinate of each quantity that has one
        self.positions: list[ResidueBlock] = []
        self.drafts = [_Draft() for _ in range(plan.layers)]
        self.affine: dict[int, AffinePair] = {}  # each Boolean item in the stream, as coordinates and a constant
        for number in sorted(plan.values.keys() | plan.fractions):
            self._item(number)

    def _new(self, name: str, role: Role, layer: int, item: int | None = None) -> int:
        place = len(self.coordinates)
        self.coordinates.append(Coordinate(name, role, layer))
        if item is not None:
            self.items[place] = item
        return place

    def _name(self, number: int) -> str:
        return self.names.get(number, str(number))

    # --- items -----------------------------------------------------------------------------------------------

    def _item(self, number: int) -> None:
        item = self.circuit.items[number]
        if isinstance(item, Echo) and number in self.plan.fractions:
            layer = self.plan.layer[~number]
            place = self.places[UnitInput("fraction", number)] = self._new(
                f"fraction {self._name(number)}", "fraction", layer, number
            )
            head = self.drafts[layer - 1].lags.setdefault(item.lag, {})
            self._move(head, place, (item.literal,))
        if number not in self.plan.values:
            return
        if isinstance(item, Tokens):
            self.affine[number] = self._letters(item.mask)
        elif isinstance(item, BooleanItem):
            self._gate(number)
        elif not isinstance(item, Position):
            self._share(number, item)

    def _letters(self, mask: int) -> AffinePair:
        """The sum of the coordinates of these letters, or 1 minus that of all other tokens, whichever is shorter."""
        if 2 * mask.bit_count() <= len(self.alphabet) + 1:
            return dict.fromkeys(_bits(mask), 1), 0
        outside = _bits(mask ^ self.circuit.all_letters)
        return dict.fromkeys([*outside, self.begin], -1), 1

    def _gate(self, number: int) -> None:
        """Writes the units of a Boolean item's sum into new coordinates, and notes how its value is read.

        The value is the sum of these coordinates, a constant, and items that are in the stream already.
        """
        value = self.plan.values[number]
        assert value is not None
        weights, constant = _scaled_sum([(factor, self.affine[other]) for factor, other in value.items], value.constant)
        if value.units:
            last = self.plan.layer[number]
            places: dict[int, int] = {}  # each layer with units of the sum has a coordinate of its own
            for factor, unit in value.units:
                layer = unit_layer(self.circuit, unit, self.plan.layer)
                if layer not in places:
                    early = "" if layer == last else f" in layer {layer}"
                    places[layer] = self._new(f"gate {self._name(number)}{early}", "gate", layer, number)
                    weights[places[layer]] = 1
                self._write(places[layer], factor, unit, layer, number)
        self.affine[number] = weights, constant

    def _share(self, number: int, item: Tally | Total | Ramp | Selection) -> None:
        arrival = self.plan.layer[number]
        made = arrival if isinstance(item, Tally | Total) else arrival - 1
        place = self.places[UnitInput("value", number)] = self._new(
            f"share {self._name(number)}", "share", made, number
        )
        match item:
            case Tally(source):
                self._move(self.drafts[made - 1].uniform, place, (2 * source,))
            case Total(literals):
                self._move(self.drafts[made - 1].uniform, place, literals)
            case Ramp(form):
                self._write(place, 1, rectifier(self.circuit, form), made, number)
            case Selection(source, form):
                # Where the Boolean holds, the value Z is max(Z, 0) - max(-Z, 0). A part that is always 0 is left out.
                for sign in (1, -1):
                    unit = guarded(rectifier(self.circuit, form, sign), (2 * source,))
                    if unit.high > 0:
                        self._write(place, sign, unit, made, number)

    # --- heads and units -------------------------------------------------------------------------------------

    def _move(self, value: dict[tuple[int, int], int], place: int, literals: tuple[Literal, ...]) -> None:
        """Adds the entries of a value matrix that move the sum of the literals to the coordinate `place`.

        The begin marker moves 0: the values of the literals there are known, and are subtracted.
        """
        weights, constant = _scaled_sum([(1, self.literal(literal)) for literal in literals], 0)
        weights[self.one] = weights.get(self.one, 0) + constant
        weights[self.begin] = weights.get(self.begin, 0) - sum(map(self.circuit.begins, literals))
        value.update({(place, source): weight for source, weight in weights.items() if weight})

    def literal(self, literal: Literal) -> AffinePair:
        """The literal as a combination of coordinates and a constant."""
        weights, constant = self.affine[literal >> 1]
        if not literal & 1:
            return weights, constant
        return {place: -weight for place, weight in weights.items()}, 1 - constant

    def _write(self, place: int, factor: int, unit: Unit, layer: int, number: int) -> None:
        draft = self.drafts[layer - 1]
        for quantity, _ in unit.terms:
            self._provide(quantity)
        if unit not in draft.units:
            draft.units[unit] = len(draft.units)
            draft.names.append(self._name(number))
        entry = (place, draft.units[unit])
        draft.write[entry] = draft.write.get(entry, 0) + factor

    def _provide(self, quantity: UnitInput) -> None:
        """Makes the coordinates that belong to no item: 1/s, residues and anchors."""
        if quantity in self.places:
            return
        if quantity.kind == "reciprocal":
            place = self.places[quantity] = self._new("1/s", "reciprocal", 1)
            self.drafts[0].uniform[place, self.begin] = 1
        elif quantity.kind in ("residue", "anchor"):
            modulus = quantity.item
            first = len(self.coordinates)
            for residue in range(modulus):
                name = f"residue {modulus}:{residue}"
                self.places[UnitInput("residue", modulus, residue)] = self._new(name, "residue", 0)
            self.positions.append(ResidueBlock(modulus, first))
            for residue in range(modulus):
                place = self._new(f"anchor {modulus}:{residue}", "anchor", 1)
                self.places[UnitInput("anchor", modulus, residue)] = place
                self.drafts[0].anchors[place, first + residue] = 1

    def combination(self, unit: Unit) -> AffinePair:
        """The argument of a unit, as a combination of coordinates and a bias."""
        parts: list[tuple[int, AffinePair]] = []
        for quantity, weight in unit.terms:
            if quantity.kind == "value" and self.circuit.is_boolean(quantity.item):
                parts.append((weight, self.affine[quantity.item]))
            else:
                parts.append((weight, ({self.places[quantity]: 1}, 0)))
        return _scaled_sum(parts, unit.bias)

    # --- the machine -----------------------------------------------------------------------------------------

    def machine(self, outputs: tuple[str, ...]) -> LimitTransformer:
        """The finished machine. `outputs` are the names of the schedule's output rows, in order."""
        width = len(self.coordinates)
        letters = len(self.alphabet)
        embedding = {(k, k): 1 for k in range(letters)} | {(self.one, k): 1 for k in range(letters + 1)}
        embedding[self.begin, letters] = 1
        rows: dict[tuple[int, int], int] = {}
        for k, row in enumerate(self.plan.rows):
            weights, bias = self._row(row)
            weights = weights | {self.one: weights.get(self.one, 0) + bias}
            rows.update({(k, place): weight for place, weight in weights.items()})
        return LimitTransformer(
            self.alphabet,
            tuple(coordinate.name for coordinate in self.coordinates),
            sparse((width, letters + 1), embedding),
            tuple(self.positions),
            tuple(self._layer(draft) for draft in self.drafts),
            outputs,
            sparse((len(outputs), width), rows),
        )

    def _row(self, row: ScheduledRow) -> AffinePair:
        """The logit of an output: 2 b - 1 for a Boolean b in the stream, else a nonzero combination of Booleans."""
        if isinstance(row, Unit):
            return self.combination(row)
        return _scaled_sum([(2, self.literal(row))], -1)

    def _layer(self, draft: _Draft) -> Layer:
        width = len(self.coordinates)
        nothing = sparse((width, width), {})
        to_begin = sparse((width, width), {(self.begin, self.one): BEGIN_LOGIT})
        heads = []
        if draft.uniform:
            heads.append(Head("uniform", nothing, (), sparse((width, width), draft.uniform)))
        if draft.anchors:
            heads.append(Head("begin", to_begin, (), sparse((width, width), draft.anchors)))
        for lag, value in sorted(draft.lags.items()):
            heads.append(Head(f"lag {lag}", to_begin, ((lag, LAG_LOGIT),), sparse((width, width), value)))
        read: dict[tuple[int, int], int] = {}
        biases = []
        for k, unit in enumerate(draft.units):
            weights, bias = self.combination(unit)
            read.update({(k, place): weight for place, weight in weights.items()})
            biases.append(bias)
        units = len(draft.units)
        steps = np.array([unit.is_step for unit in draft.units], dtype=bool)
        block = FeedForward(
            tuple(draft.names),
            sparse((units, width), read),
            integer_array(biases),
            steps,
            sparse((width, units), draft.write),
        )
        return Layer(tuple(heads), block)


def _bits(mask: int) -> list[int]:
    """The numbers of the bits that are set, ascending."""
    found = []
    while mask:
        found.append((mask & -mask).bit_length() - 1)
        mask &= mask - 1
    return found


def _scaled_sum(parts: list[tuple[int, AffinePair]], constant: int) -> AffinePair:
    """The constant plus the sum of factor times affine combination."""
    total: dict[int, int] = {}
    for factor, (weights, own) in parts:
        constant += factor * own
        for place, weight in weights.items():
            total[place] = total.get(place, 0) + factor * weight
    return total, constant
