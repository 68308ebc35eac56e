"""What each layer of a compiled machine does, in words: its heads, with their weights on a word, and its units."""

from dataclasses import dataclass
from fractions import Fraction

from crasp.pages.coordinate_labels import Labels
from limit_transformer.machine.machine import FeedForward, Head, LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix
from limit_transformer.machine.simulator import Stream

MOST_PARTS = 300  # the most rows of a head, and the most units, that a page shows

WeightedLabels = list[tuple[str, int]]  # (label of the coordinate, weight)


@dataclass(frozen=True)
class HeadPart:
    """A head in words: what it looks for, what it moves, and its weights on the word, with a row for each query."""

    name: str
    looks_for: str
    moved: tuple[tuple[str, str], ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class UnitPart:
    """A unit in words: its label, its value, and the coordinates that it is added to."""

    name: str
    value: str
    targets: str


def head_part(machine: LimitTransformer, head: Head, before: Stream, positions: int, labels: Labels) -> HeadPart:
    """A head in words, with its attention weights on a word.

    Args:
        machine: The machine.
        head: The head.
        before: The stream of the word before the head's layer.
        positions: How many positions the word has, the begin marker included.
        labels: The labels of the machine's coordinates.
    """
    rows = _rows(head.value, labels.coordinates)
    moved = tuple((labels.coordinates[row], form_text(form)) for row, form in rows[:MOST_PARTS])
    weights = tuple(tuple(map(float, row)) for row in attention_weights(head, before, positions))
    return HeadPart(head.name, _looks_for(machine, head, labels), moved, weights)


def _looks_for(machine: LimitTransformer, head: Head, labels: Labels) -> str:
    if head.is_uniform:
        return "Every token read so far has the same weight, 1/s. A mean of Booleans is how many hold, divided by s."
    begin = {machine.coordinates[key] for key, _, _ in head.content.entries} == {"begin"}
    if begin and not head.lags:
        return "The begin marker has by far the largest weight."
    if begin and len(head.lags) == 1:
        lag = head.lags[0][0]
        back = "1 position" if lag == 1 else f"{lag} positions"
        return f"The token {back} back has by far the largest weight; where there is none, the begin marker has."
    names = labels.coordinates
    content = [f"{weight} where key {names[k]} meets query {names[q]}" for k, q, weight in head.content.entries]
    lags = [f"{logit} for the key {lag} positions back" for lag, logit in head.lags]
    return "A key's weight is s to the power of: " + "; ".join(lags + content) + "; shared out over all keys."


def attention_weights(head: Head, before: Stream, positions: int) -> list[list[Fraction]]:
    """The head's exact attention weights on a single word: for each query i a list of the weights of keys 0..i.

    Args:
        head: The head.
        before: The stream of the word before the head's layer.
        positions: How many positions the word has, the begin marker included.
    """
    needed = set(head.content.rows.tolist()) | set(head.content.columns.tolist())
    values = {place: coordinate_values(before, place, positions) for place in needed}
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


def unit_parts(block: FeedForward, labels: Labels) -> list[UnitPart]:
    """The units of a layer in words; at most MOST_PARTS of them."""
    writes: dict[int, WeightedLabels] = {}
    for row, unit, weight in block.write.entries:
        writes.setdefault(unit, []).append((labels.coordinates[row], weight))
    reads = dict(_rows(block.read, labels.coordinates))
    parts = []
    for unit, name in enumerate(block.names[:MOST_PARTS]):
        inside = form_text(reads.get(unit, []), int(block.bias[unit]))
        value = f"[{inside} > 0]" if block.steps[unit] else f"max({inside}, 0)"
        targets = ", ".join(_added(to, weight) for to, weight in writes.get(unit, []))
        parts.append(UnitPart(labels.units.get(name, name), value, targets))
    return parts


def output_forms(machine: LimitTransformer, labels: Labels) -> list[str]:
    """The logit of each output, written as a sum of coordinates."""
    forms = dict(_rows(machine.unembedding, labels.coordinates))
    return [form_text(forms.get(number, [])) for number in range(len(machine.outputs))]


def coordinate_values(stream: Stream, coordinate: int, positions: int) -> list[Fraction]:
    """The values of a coordinate of a single word's stream at every position."""
    values = stream.coordinate(coordinate)
    return [values.fraction(0, position) for position in range(positions)]


def _rows(matrix: SparseMatrix, names: tuple[str, ...]) -> list[tuple[int, WeightedLabels]]:
    rows: dict[int, WeightedLabels] = {}
    for row, column, weight in matrix.entries:
        rows.setdefault(row, []).append((names[column], weight))
    return list(rows.items())


def form_text(terms: WeightedLabels, constant: int = 0) -> str:
    """A linear form as text, such as 2 ⟨opens⟩ / s − 1/s + 3."""
    constant += sum(weight for name, weight in terms if name == "1")
    parts = [(weight, f"{_times(abs(weight))}{name}") for name, weight in terms if name != "1"]
    if constant > 0 and parts and parts[0][0] < 0:
        parts.insert(0, (constant, str(constant)))
    elif constant or not parts:
        parts.append((constant, str(abs(constant))))
    first = ("−" if parts[0][0] < 0 else "") + parts[0][1]
    return first + "".join(f" {'−' if weight < 0 else '+'} {text}" for weight, text in parts[1:])


def _added(name: str, weight: int) -> str:
    return f"{name} {'−' if weight < 0 else '+'}= {_times(abs(weight))}unit"


def _times(weight: int) -> str:
    return "" if weight == 1 else f"{weight} "
