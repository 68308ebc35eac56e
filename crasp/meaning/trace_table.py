"""A program's values on one word, as data, as text, and as a page."""

import html
from dataclasses import dataclass
from typing import Any

from crasp.meaning import ir
from crasp.meaning.interpreter import encode, trace


@dataclass(frozen=True)
class TraceRow:
    """A definition's values at positions 0..n: bools or ints."""

    name: str
    kind: ir.Kind
    values: tuple[bool | int, ...]


@dataclass(frozen=True)
class TraceTable:
    """A row for each definition, in the order of the text."""

    word: tuple[str, ...]
    rows: tuple[TraceRow, ...]

    def record(self) -> dict[str, Any]:
        """The table as JSON data."""
        lines = [{"name": row.name, "kind": row.kind, "values": list(row.values)} for row in self.rows]
        return {"word": list(self.word), "positions": len(self.word) + 1, "lines": lines}

    def __str__(self) -> str:
        return write_text(self)


def table_of(program: ir.Program, word: tuple[str, ...]) -> TraceTable:
    """The values of every definition at every position of a word."""
    values = trace(program, encode(program.alphabet, [word])).lines
    rows = []
    for definition in program.definitions:
        kind = program.lines[definition.line].kind
        convert = bool if kind == "boolean" else int
        here = tuple(convert(value) for value in values[definition.line][0])
        rows.append(TraceRow(definition.display, kind, here))
    return TraceTable(word, tuple(rows))


def write_text(table: TraceTable) -> str:
    """The table as text: positions as columns, Booleans as 1 and ·, nothing cut off."""
    header = ["position", *map(str, range(len(table.word) + 1))]
    tokens = ["token", "", *table.word]
    cells = [header, tokens, *([row.name, *map(_cell, row.values)] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        first, *rest = row
        columns = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        lines.append("  ".join([first.ljust(widths[0]), *columns]).rstrip())
    lines.insert(2, "─" * max(map(len, lines)))
    return "\n".join(lines)


def _cell(value: bool | int) -> str:
    if isinstance(value, bool):
        return "1" if value else "·"
    return str(value)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --true: #2a7d4f; --soft: #888; --back: Canvas; }}
body {{ font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font: 14px/1.3 ui-monospace, monospace; }}
th, td {{ padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: pre; }}
tbody th, thead th:first-child {{ text-align: left; position: sticky; left: 0; background: var(--back); }}
thead tr:last-child th {{ border-bottom: 2px solid var(--soft); }}
td.true {{ color: var(--true); font-weight: bold; }}
td.false {{ color: var(--soft); }}
caption {{ text-align: left; padding-bottom: .75rem; font: 15px/1.45 system-ui, sans-serif; }}
</style></head><body>
<h1>{title}</h1>
<div class="scroll" tabindex="0"><table>
<caption>The value of every definition at every position. Position 0 is the begin marker; a Boolean is
<b>1</b> where it holds and · where it does not.</caption>
<thead><tr><th scope="row">position</th>{positions}</tr><tr><th scope="row">token</th>{tokens}</tr></thead>
<tbody>
{rows}
</tbody></table></div></body></html>
"""


def write_page(name: str, table: TraceTable) -> str:
    """The table as a page that needs nothing else: no network, no script."""
    rows = []
    for row in table.rows:
        cells = "".join(f'<td class="{_class(v)}">{_cell(v)}</td>' for v in row.values)
        rows.append(f'<tr><th scope="row">{html.escape(row.name)}</th>{cells}</tr>')
    return _PAGE.format(
        title=html.escape(f"{name} on {' '.join(table.word) or 'the empty word'}"),
        positions="".join(f'<th scope="col">{k}</th>' for k in range(len(table.word) + 1)),
        tokens="".join(f'<th scope="col">{html.escape(token)}</th>' for token in ("", *table.word)),
        rows="\n".join(rows),
    )


def _class(value: bool | int) -> str:
    return str(value).lower() if isinstance(value, bool) else "count"
