"""A page of a compiled program: what each layer does, and how the answer on one word comes about, layer by layer.

The page needs no network and no script.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from crasp.compiler.compiler import BooleanReading, CompiledProgram, CountReading
from crasp.meaning import ir
from crasp.pages.coordinate_labels import Labels, label_coordinates
from crasp.pages.machine_layers import (
    MOST_PARTS,
    HeadPart,
    UnitPart,
    coordinate_values,
    form_text,
    head_part,
    output_forms,
    unit_parts,
)
from crasp.pages.program_text import NumberedDefinitions, number_definitions, text_pieces
from crasp.pages.value_rows import NamedValues, RowGroup, ShownValue, ValueRow, group_rows, value_cells
from crasp.spelling import spell_member
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.machine.simulator import ExactRun, Stream, simulate
from tasks.ground.html import render

MOST_TOKENS = 40  # the most tokens of the word
FEW_LAYERS, FEW_PARTS = 4, 6  # up to so many layers, and parts of definitions in a layer, are unfolded at first
MOST_OPEN_DEFINITIONS = 16  # up to so many definitions of a layer are unfolded
NAMED_RESULTS = 6  # how many definitions the heading of a layer names


class PictureError(ValueError):
    """The page would not be readable. The message says why."""


@dataclass(frozen=True)
class LayerPart:
    """What the page shows of a layer.

    number      the layer's number, from 1
    results     the names of the definitions that can be read after it
    groups      the values on the word that can be read after it
    heads       its heads
    units       its units, at most MOST_PARTS of them
    more_units  how many units are not shown
    is_open     whether the layer is unfolded at first
    """

    number: int
    results: str
    groups: tuple[RowGroup, ...]
    heads: tuple[HeadPart, ...]
    units: tuple[UnitPart, ...]
    more_units: int
    is_open: bool


@dataclass(frozen=True)
class _Followed:
    """A compiled program, the labels of its parts, and the last stream of its run on the word."""

    compiled: CompiledProgram
    labels: Labels
    numbered: NumberedDefinitions
    stream: Stream
    positions: int


def machine_page(compiled: CompiledProgram, title: str, text: str, word: Sequence[str]) -> str:
    """The page of a compiled program and a word over its alphabet.

    Args:
        compiled: The program, compiled.
        title: The title of the page.
        text: The program's text.
        word: The tokens of the word.

    Raises:
        PictureError: The word has more than MOST_TOKENS tokens.
    """
    if len(word) > MOST_TOKENS:
        raise PictureError(f"a page shows words of at most {MOST_TOKENS} tokens, found {len(word)}")
    machine = compiled.machine
    order = {token: number for number, token in enumerate(machine.alphabet)}
    run = simulate(machine, np.array([[order[token] for token in word]], dtype=np.int64).reshape(1, -1))
    numbered = number_definitions(compiled.program)
    followed = _Followed(compiled, label_coordinates(compiled), numbered, run.streams[-1], len(word) + 1)
    outputs = _outputs(followed, run)
    return render(
        Path(__file__).with_name("machine_page.html"),
        title=title,
        pieces=text_pieces(text, numbered.spans),
        reads=numbered.reads,
        positions=tuple(range(len(word) + 1)),
        tokens=("", *word),
        summary=_summary(machine),
        answer=_answer(compiled.program, outputs),
        layers=_layers(followed, run),
        dissolved=_dissolved(compiled),
        outputs=group_rows(outputs, tuple(range(len(word) + 1))),
    )


def _summary(machine: LimitTransformer) -> str:
    period = f", period {machine.period}" if machine.positions else ", no positions"
    lags = f", looks back {machine.locality}" if machine.locality else ""
    return (
        f"Layers: {len(machine.layers)}, with up to {_counted(machine.heads, 'head')} and"
        f" {_counted(machine.units, 'hidden unit')} each; {machine.width} coordinates{period}{lags}."
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _layers(followed: _Followed, run: ExactRun) -> list[LayerPart]:
    machine, labels = followed.compiled.machine, followed.labels
    few = len(machine.layers) <= FEW_LAYERS
    found = []
    for number, (layer, before) in enumerate(zip(machine.layers, run.streams, strict=False), start=1):
        definitions = list(_definitions(followed, number))
        names = [row.name for row in definitions[:NAMED_RESULTS]]
        more = [f"{len(definitions) - NAMED_RESULTS} more"] if len(definitions) > NAMED_RESULTS else []
        found.append(
            LayerPart(
                number,
                ", ".join([*names, *more]),
                (
                    *group_rows(definitions, range(followed.positions), most_open=MOST_OPEN_DEFINITIONS),
                    *_parts(followed, number),
                ),
                tuple(head_part(machine, head, before, followed.positions, labels) for head in layer.heads),
                tuple(unit_parts(layer.feed_forward, labels)),
                max(0, len(layer.feed_forward.names) - MOST_PARTS),
                few or number == len(machine.layers),
            )
        )
    return found


# --- what a layer makes known --------------------------------------------------------------------------------


def _definitions(followed: _Followed, layer: int) -> Iterator[NamedValues]:
    """Yields the definitions whose values can be read after this layer and not before it.

    Layer 1 also has those that can be read after the embedding.
    """
    compiled = followed.compiled
    for definition, number in zip(compiled.program.definitions, followed.numbered.of_member, strict=True):
        reading = compiled.booleans.get(definition.line) or compiled.counts.get(definition.line)
        if reading is None or max(1, reading.layer) != layer:
            continue
        family = definition.name if definition.display != definition.name else ""
        note = f"read as {_reading_text(followed, reading)}"
        yield NamedValues(definition.display, family, _read(followed, reading), note, number)


def _parts(followed: _Followed, layer: int) -> Iterator[RowGroup]:
    """Yields one group of rows: the coordinates that the layer writes and that are not the value of a definition."""
    labels, origins = followed.labels, followed.compiled.origins
    rows = []
    for place, coordinate in enumerate(followed.compiled.coordinates):
        item = origins.items.get(place)
        if coordinate.layer != layer or item in origins.exact:
            continue
        name, note = labels.coordinates[place], ""
        values: tuple[ShownValue, ...] = tuple(coordinate_values(followed.stream, place, followed.positions))
        if item is not None and coordinate.role == "share":
            name, note = labels.of_item[item], f"stored as {name}"
            values = tuple(int(value * (k + 1)) for k, value in enumerate(values))
        elif item is not None and coordinate.role == "gate":
            if origins.booleans[item].layer != layer:
                continue  # a part of the sum of a Boolean that is complete in a later layer
            name, note = labels.of_item[item], f"read as {_reading_text(followed, origins.booleans[item])}"
            values = _read(followed, origins.booleans[item])
        if item is not None and labels.holds[item] not in name:
            note = f"holds {labels.holds[item]}; {note}"
        rows.append(ValueRow(name, note, value_cells(values, range(followed.positions)), ()))
    if rows:
        head = ValueRow("what definitions are made of", _counted(len(rows), "row"), (), ())
        yield RowGroup(head, tuple(rows[:MOST_PARTS]), is_open=len(rows) <= FEW_PARTS)


def _reading_text(followed: _Followed, reading: BooleanReading | CountReading) -> str:
    names = followed.labels.coordinates
    terms = [(names[place], weight) for place, weight in reading.terms]
    if isinstance(reading, BooleanReading) or not reading.shares:
        return form_text(terms, reading.constant)
    shares = form_text([(names[place], weight) for place, weight in reading.shares])
    counted = f"s · {shares}" if len(reading.shares) == 1 else f"s · ({shares})"
    rest = form_text(terms, reading.constant)
    return counted if rest == "0" else f"{counted} + {rest}"


def _read(followed: _Followed, reading: BooleanReading | CountReading) -> tuple[ShownValue, ...]:
    """The exact values on the word. They have to be Booleans or integers."""
    found = [Fraction(reading.constant)] * followed.positions
    shares = reading.shares if isinstance(reading, CountReading) else ()
    for terms, is_share in ((reading.terms, False), (shares, True)):
        for place, weight in terms:
            for k, value in enumerate(coordinate_values(followed.stream, place, followed.positions)):
                found[k] += weight * value * (k + 1 if is_share else 1)
    if any(value.denominator != 1 for value in found):
        raise AssertionError("a value that is read off the stream is no whole number")
    return tuple(bool(value) if isinstance(reading, BooleanReading) else int(value) for value in found)


def _dissolved(compiled: CompiledProgram) -> list[str]:
    """The definitions that cannot be read from the stream, because they were dissolved into what reads them."""
    outputs = set(compiled.program.outputs)
    return [
        definition.display
        for definition in compiled.program.definitions
        if definition.line not in compiled.booleans
        and definition.line not in compiled.counts
        and definition.line not in outputs
    ]


# --- outputs -------------------------------------------------------------------------------------------------


def _outputs(followed: _Followed, run: ExactRun) -> list[NamedValues]:
    """For each output its logit in words, and at each position whether the logit is positive."""
    program = followed.compiled.program
    numbers = {d.display: k for d, k in zip(program.definitions, followed.numbered.of_member, strict=True)}
    accepts = [] if program.accept is None else [("accept", "")]
    named = [*accepts, *((spell_member("next", [token]), "next") for token, _ in program.next)]
    answers, forms = run.answers()[0], output_forms(followed.compiled.machine, followed.labels)
    return [
        NamedValues(name, family, tuple(map(bool, column)), f"logit {form}", numbers.get(name), is_output=True)
        for (name, family), column, form in zip(named, answers.T, forms, strict=True)
    ]


def _answer(program: ir.Program, outputs: list[NamedValues]) -> str:
    """What the outputs say after the whole word, in sentences."""
    last = [bool(row.values[-1]) for row in outputs]
    said = []
    if program.accept is not None:
        said.append(f"The word is {'accepted' if last[0] else 'not accepted'}.")
    if program.next:
        allowed = last[len(last) - len(program.next) :]
        tokens = [token for (token, _), holds in zip(program.next, allowed, strict=True) if holds and token != ir.EOS]
        shown = ", ".join(tokens[:NAMED_RESULTS])
        more = f" and {len(tokens) - NAMED_RESULTS:,} more tokens" if len(tokens) > NAMED_RESULTS else ""
        ends = any(holds for (token, _), holds in zip(program.next, allowed, strict=True) if token == ir.EOS)
        said.append(f"After it may come: {shown}{more}." if tokens else "No token may come after it.")
        said.append("It may end here." if ends else "It may not end here.")
    return " ".join(said)
