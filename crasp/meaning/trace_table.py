"""The values of a program's definitions on one word, as data and as text."""

from dataclasses import dataclass
from typing import Any

from crasp.meaning import ir
from crasp.meaning.interpreter import encode, trace


@dataclass(frozen=True)
class TraceRow:
    """The values of one definition at positions 0..n, as bools or ints."""

    name: str
    kind: ir.Kind
    values: tuple[bool | int, ...]


@dataclass(frozen=True)
class TraceTable:
    """The values of every definition on a word: one row for each definition, in the order of the text."""

    word: tuple[str, ...]
    rows: tuple[TraceRow, ...]

    def record(self) -> dict[str, Any]:
        """The table as JSON data."""
        lines = [{"name": row.name, "kind": row.kind, "values": list(row.values)} for row in self.rows]
        return {"word": list(self.word), "positions": len(self.word) + 1, "lines": lines}

    def __str__(self) -> str:
        return write_text(self)


def trace_table_of(program: ir.Program, word: tuple[str, ...]) -> TraceTable:
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
    """The table as text, with positions as columns and Booleans as 1 and ·. Nothing is cut off."""
    header = ["position", *map(str, range(len(table.word) + 1))]
    tokens = ["token", "", *table.word]
    cells = [header, tokens, *([row.name, *map(value_text, row.values)] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        first, *rest = row
        columns = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        lines.append("  ".join([first.ljust(widths[0]), *columns]).rstrip())
    lines.insert(2, "─" * max(map(len, lines)))
    return "\n".join(lines)


def value_text(value: bool | int) -> str:
    """A Boolean as 1 or ·, a count as its digits."""
    if isinstance(value, bool):
        return "1" if value else "·"
    return str(value)
