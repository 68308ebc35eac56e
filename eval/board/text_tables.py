"""Tables of texts: columns in line for a terminal, and GitHub's Markdown."""

from collections.abc import Sequence
from enum import StrEnum

from tasks.ground.console import columns_in_line


class TableFormat(StrEnum):
    """How a command writes its table."""

    text = "text"
    markdown = "markdown"
    json = "json"


def text_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to their widest cell, a line a row, no line end after the last."""
    return "\n".join(columns_in_line([columns, *rows]))


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, no line end after the last row; a bar in a cell does not end it."""
    lines = (columns, ["---"] * len(columns), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
