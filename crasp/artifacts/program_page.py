"""A compiled program as one page: what each layer does, in words, and what it does to one word, in numbers.

The page needs no network and no script.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from crasp.compiler.compiler import CompiledProgram
from limit_transformer.machine.machine import FeedForward, Head, LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix
from limit_transformer.machine.simulator import ExactRun, Stream, simulate
from tasks.ground.html import render

MOST_PARTS = 400  # coordinates and units that a page shows; the rest is counted
MOST_TOKENS = 40  # tokens of the word that a page shows

Form = list[tuple[str, int]]  # (coordinate's name, weight)


class PictureError(ValueError):
    """The page would not be readable; the message says why."""


def draw(compiled: CompiledProgram, title: str, text: str, word: Sequence[str]) -> str:
    """The page of a compiled program and a word over its alphabet; PictureError where the word is too long."""
    if len(word) > MOST_TOKENS:
        raise PictureError(f"a page shows words of at most {MOST_TOKENS} tokens, found {len(word)}")
    machine = compiled.machine
    order = {token: number for number, token in enumerate(machine.alphabet)}
    run = simulate(machine, np.array([[order[token] for token in word]], dtype=np.int64).reshape(1, -1))
    tokens = ["begin", *word]
    return render(
        Path(__file__).with_name("program_page.html"),
        title=title,
        text=text,
        tokens=tokens,
        summary=_summary(machine),
        stream=_stream(compiled, run, len(tokens)),
        more_coordinates=_more(len(compiled.coordinates)),
        layers=[
            {
                "heads": [_head(machine, head, before, len(tokens)) for head in layer.heads],
                "units": _units(machine, layer.feed_forward),
                "more_units": _more(len(layer.feed_forward.names)),
            }
            for layer, before in zip(machine.layers, run.streams, strict=False)  # a stream before each, one at the end
        ],
        outputs=_outputs(machine, run),
    )


def _summary(machine: LimitTransformer) -> str:
    period = f", period {machine.period}" if machine.positions else ", no positions"
    lags = f", looks back {machine.locality}" if machine.locality else ""
    return (
        f"Layers: {len(machine.layers)}, with up to {_counted(machine.heads, 'head')} and"
        f" {_counted(machine.units, 'hidden unit')} each; {machine.width} coordinates{period}{lags}."
    )


def _more(number: int) -> str:
    return f"{number - MOST_PARTS:,}" if number > MOST_PARTS else ""


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


# --- the stream ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CoordinateRow:
    """A coordinate: its name, the layer that writes it, the definitions read from it, its last values."""

    name: str
    layer: int
    definitions: str
    values: tuple[str, ...]


def _stream(compiled: CompiledProgram, run: ExactRun, positions: int) -> list[CoordinateRow]:
    lines = _lines_by_coordinate(compiled)
    last = run.streams[-1]
    return [
        CoordinateRow(
            coordinate.name,
            coordinate.layer,
            ", ".join(lines.get(number, ())),
            tuple(map(_number, _values(last, number, positions))),
        )
        for number, coordinate in enumerate(compiled.coordinates[:MOST_PARTS])
    ]


def _lines_by_coordinate(compiled: CompiledProgram) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for definition in compiled.program.definitions:
        boolean, count = compiled.booleans.get(definition.line), compiled.counts.get(definition.line)
        terms = boolean.terms if boolean is not None else () if count is None else count.shares + count.terms
        for place, _ in terms:
            found.setdefault(place, []).append(definition.display)
    return found


def _values(stream: Stream, coordinate: int, positions: int) -> list[Fraction]:
    values = stream.coordinate(coordinate)
    return [values.fraction(0, position) for position in range(positions)]


# --- heads and units -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HeadPart:
    """What a head looks for and moves, and its weights on the word, a row a query."""

    name: str
    looks_for: str
    moved: tuple[tuple[str, str], ...]
    weights: tuple[tuple[float, ...], ...]


def _head(machine: LimitTransformer, head: Head, before: Stream, positions: int) -> HeadPart:
    moved = tuple((machine.coordinates[row], _form(form)) for row, form in _rows(machine, head.value)[:MOST_PARTS])
    weights = tuple(tuple(map(float, row)) for row in attention_weights(head, before, positions))
    return HeadPart(head.name, _looks_for(machine, head), moved, weights)


def _looks_for(machine: LimitTransformer, head: Head) -> str:
    if head.is_uniform:
        return "Every token read so far has the same weight, 1/s."
    names = machine.coordinates
    content = [f"{weight} where key {names[k]} meets query {names[q]}" for k, q, weight in head.content.entries]
    lags = [f"{logit} for the key {lag} positions back" for lag, logit in head.lags]
    return "A key's weight is s to the power of: " + "; ".join(lags + content) + "; shared out over all keys."


def attention_weights(head: Head, before: Stream, positions: int) -> list[list[Fraction]]:
    """The head's exact weights on a single word's tokens, a list of the keys 0..i for each query i."""
    needed = set(head.content.rows.tolist()) | set(head.content.columns.tolist())
    values = {place: _values(before, place, positions) for place in needed}
    lags = dict(head.lags)
    found = []
    for query in range(positions):
        logits = [
            lags.get(query - key, 0)
            + sum(weight * values[k][key] * values[q][query] for k, q, weight in head.content.entries)
            for key in range(query + 1)
        ]
        powers = [Fraction(query + 1) ** int(logit) for logit in logits]
        found.append([power / sum(powers) for power in powers])
    return found


def _units(machine: LimitTransformer, block: FeedForward) -> list[tuple[str, str, str]]:
    """Each unit's name, its value, and what it is added to."""
    writes: dict[int, Form] = {}
    for row, unit, weight in block.write.entries:
        writes.setdefault(unit, []).append((machine.coordinates[row], weight))
    reads = dict(_rows(machine, block.read))
    items = []
    for unit, name in enumerate(block.names[:MOST_PARTS]):
        inside = _form(reads.get(unit, []), int(block.bias[unit]))
        value = f"[{inside} > 0]" if block.steps[unit] else f"max({inside}, 0)"
        targets = ", ".join(_added(to, weight) for to, weight in writes.get(unit, []))
        items.append((name, value, targets))
    return items


def _rows(machine: LimitTransformer, matrix: SparseMatrix) -> list[tuple[int, Form]]:
    rows: dict[int, Form] = {}
    for row, column, weight in matrix.entries:
        rows.setdefault(row, []).append((machine.coordinates[column], weight))
    return list(rows.items())


def _form(terms: Form, constant: int = 0) -> str:
    """A linear form in words: 2 opens − 1/s + 3."""
    parts = [(weight, f"{_times(abs(weight))}{name}") for name, weight in terms]
    if constant or not parts:
        parts.append((constant, str(abs(constant))))
    first = ("−" if parts[0][0] < 0 else "") + parts[0][1]
    return first + "".join(f" {'−' if weight < 0 else '+'} {text}" for weight, text in parts[1:])


def _added(name: str, weight: int) -> str:
    return f"{name} {'−' if weight < 0 else '+'}= {_times(abs(weight))}unit"


def _times(weight: int) -> str:
    return "" if weight == 1 else f"{weight} "


def _outputs(machine: LimitTransformer, run: ExactRun) -> list[tuple[str, str, list[str]]]:
    """Each output's name, its logit, and whether it holds at each position."""
    answers = run.answers()[0]
    forms = dict(_rows(machine, machine.unembedding))
    return [
        (name, _form(forms.get(number, [])), ["1" if yes else "·" for yes in answers[:, number]])
        for number, name in enumerate(machine.outputs[:MOST_PARTS])
    ]


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator) if value else "·"
    text = f"{value.numerator}/{value.denominator}"
    return text if len(text) <= 7 else f"{float(value):.3f}"
