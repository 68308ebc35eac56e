"""A compiled program as one page: what each layer does, in words, and what it does to one word, in numbers.

The page needs no network and no script.
"""

import html
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from crasp.compiler.compiler import CompiledProgram
from limit_transformer.machine.machine import FeedForward, Head, LimitTransformer
from limit_transformer.machine.matrix import SparseMatrix
from limit_transformer.machine.simulator import Run, Stream, simulate

MOST = 400  # coordinates and units that a page shows; the rest is counted
LONGEST = 40  # tokens of the word that a page shows

Form = list[tuple[str, int]]  # (coordinate's name, weight)


class PictureError(ValueError):
    """The page would not be readable; the message says why."""


def draw(compiled: CompiledProgram, title: str, text: str, word: Sequence[str]) -> str:
    """The page of a compiled program and a word over its alphabet; PictureError where the word is too long."""
    if len(word) > LONGEST:
        raise PictureError(f"a page shows words of at most {LONGEST} tokens, found {len(word)}")
    machine = compiled.machine
    order = {token: number for number, token in enumerate(machine.alphabet)}
    run = simulate(machine, np.array([[order[token] for token in word]], dtype=np.int64).reshape(1, -1))
    tokens = ["begin", *word]
    parts = [_summary(machine), _listing(text), _stream_table(compiled, run, tokens)]
    for number, layer in enumerate(machine.layers, 1):
        heads = "".join(_head(machine, head, run.streams[number - 1], tokens) for head in layer.heads)
        units = _units(machine, layer.feed_forward)
        parts.append(f"<section><h2>Layer {number}</h2>{heads}{units}</section>")
    parts.append(_output_section(machine, run, tokens))
    return _PAGE.format(title=html.escape(title), body="\n".join(parts))


def _summary(machine: LimitTransformer) -> str:
    period = f", period {machine.period}" if machine.positions else ", no positions"
    lags = f", looks back {machine.locality}" if machine.locality else ""
    return (
        f"<p>Layers: {len(machine.layers)}, with up to {_counted(machine.heads, 'head')} and"
        f" {_counted(machine.units, 'hidden unit')} each; {machine.width} coordinates{period}{lags}. Below, s is the"
        " number of tokens read, the begin marker included; [z &gt; 0] is a step, 1 where z is positive and 0"
        " elsewhere.</p>"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listing(text: str) -> str:
    return f"<details><summary>The program</summary><pre>{html.escape(text)}</pre></details>"


# --- the stream ----------------------------------------------------------------------------------------------


def _stream_table(compiled: CompiledProgram, run: Run, tokens: list[str]) -> str:
    """A row a coordinate: its name, the layer that writes it, the lines read from it, its last values."""
    lines = _lines_by_coordinate(compiled)
    last = run.streams[-1]
    rows = []
    for number, coordinate in enumerate(compiled.coordinates[:MOST]):
        cells = "".join(f"<td>{_number(value)}</td>" for value in _values(last, number, len(tokens)))
        names = ", ".join(lines.get(number, ()))
        rows.append(
            f'<tr><th scope="row">{html.escape(coordinate.name)}</th><td>{coordinate.layer}</td>'
            f'<td class="names">{html.escape(names)}</td>{cells}</tr>'
        )
    more = len(compiled.coordinates) - MOST
    left = f"<p>{more:,} more coordinates are not shown.</p>" if more > 0 else ""
    text = '<th scope="col" class="names">'
    head = f'{text}coordinate</th><th scope="col">layer</th>{text}definitions read from it</th>'
    return _table("The stream", head, rows, tokens) + left


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


def _head(machine: LimitTransformer, head: Head, before: Stream, tokens: list[str]) -> str:
    """What a head looks for and moves, and its weights on the word, a row a query."""
    moved = [
        f"<li><code>{html.escape(machine.coordinates[row])} += mean of {_form(form)}</code></li>"
        for row, form in _rows(machine, head.value)[:MOST]
    ]
    rows = [
        f'<tr><th scope="row">{query} {html.escape(tokens[query])}</th>'
        + "".join(_weight(weight) for weight in weights)
        + "<td></td>" * (len(tokens) - len(weights))
        + "</tr>"
        for query, weights in enumerate(attention_weights(head, before, len(tokens)))
    ]
    table = _table("attention: query by key", '<th scope="col" class="names">query</th>', rows, tokens)
    return (
        f"<h3>Head {html.escape(head.name)}</h3><p>{html.escape(_looks_for(machine, head))}</p>"
        f"<ul>{''.join(moved)}</ul><details open><summary>Weights on this word</summary>{table}</details>"
    )


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


def _weight(weight: Fraction) -> str:
    return f'<td class="heat" style="--w:{float(weight):.3f}">{float(weight):.2f}</td>'


def _units(machine: LimitTransformer, block: FeedForward) -> str:
    if not block.names:
        return ""
    writes: dict[int, Form] = {}
    for row, unit, weight in block.write.entries:
        writes.setdefault(unit, []).append((machine.coordinates[row], weight))
    reads = dict(_rows(machine, block.read))
    items = []
    for unit, name in enumerate(block.names[:MOST]):
        inside = _form(reads.get(unit, []), int(block.bias[unit]))
        value = f"[{inside} &gt; 0]" if block.steps[unit] else f"max({inside}, 0)"
        targets = ", ".join(_added(to, weight) for to, weight in writes.get(unit, []))
        items.append(f"<li><b>{html.escape(name)}</b>: <code>{value}</code> → <code>{targets}</code></li>")
    more = len(block.names) - MOST
    left = f"<li>{more:,} more units are not shown.</li>" if more > 0 else ""
    return f"<h3>Feed-forward units</h3><ul>{''.join(items)}{left}</ul>"


def _rows(machine: LimitTransformer, matrix: SparseMatrix) -> list[tuple[int, Form]]:
    rows: dict[int, Form] = {}
    for row, column, weight in matrix.entries:
        rows.setdefault(row, []).append((machine.coordinates[column], weight))
    return list(rows.items())


def _form(terms: Form, constant: int = 0) -> str:
    """A linear form in words: 2 opens − 1/s + 3."""
    parts = [(weight, f"{_times(abs(weight))}{html.escape(name)}") for name, weight in terms]
    if constant or not parts:
        parts.append((constant, str(abs(constant))))
    first = ("−" if parts[0][0] < 0 else "") + parts[0][1]
    return first + "".join(f" {'−' if weight < 0 else '+'} {text}" for weight, text in parts[1:])


def _added(name: str, weight: int) -> str:
    return f"{html.escape(name)} {'−' if weight < 0 else '+'}= {_times(abs(weight))}unit"


def _times(weight: int) -> str:
    return "" if weight == 1 else f"{weight} "


def _output_section(machine: LimitTransformer, run: Run, tokens: list[str]) -> str:
    answers = run.answers()[0]
    forms = dict(_rows(machine, machine.unembedding))
    rows = []
    for number, name in enumerate(machine.outputs[:MOST]):
        cells = "".join(f"<td>{'1' if yes else '·'}</td>" for yes in answers[:, number])
        logit = _form(forms.get(number, []))
        rows.append(f'<tr><th scope="row">{html.escape(name)}</th><td class="names">{logit}</td>{cells}</tr>')
    head = '<th scope="col" class="names">output</th><th scope="col" class="names">logit</th>'
    return f"<section><h2>Outputs</h2>{_table('where the logit is positive', head, rows, tokens)}</section>"


# --- tables and numbers --------------------------------------------------------------------------------------


def _table(caption: str, head: str, rows: Iterable[str], tokens: list[str]) -> str:
    columns = "".join(f'<th scope="col">{k}<br>{html.escape(token)}</th>' for k, token in enumerate(tokens))
    body = "\n".join(rows)
    return (
        f'<div class="scroll" tabindex="0"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}{columns}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator) if value else "·"
    text = f"{value.numerator}/{value.denominator}"
    return text if len(text) <= 7 else f"{float(value):.3f}"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --soft: #808080; --heat: 42, 125, 79; }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 75rem; padding: 0 1rem; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font: 13px/1.3 ui-monospace, monospace; margin: .5rem 0 1rem; }}
th, td {{ padding: .2rem .5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: pre; }}
tbody th {{ text-align: left; position: sticky; left: 0; background: Canvas; }}
td.names, th.names {{ text-align: left; }}
td.names {{ white-space: normal; min-width: 9rem; }}
td.heat {{ background: rgba(var(--heat), calc(var(--w) * .75)); }}
caption {{ text-align: left; color: var(--soft); }}
h2 {{ border-top: 2px solid var(--line); padding-top: .75rem; }}
code, pre {{ font: 13px/1.4 ui-monospace, monospace; }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""
