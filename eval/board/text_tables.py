"""Tables of texts, aligned for a terminal or as GitHub's Markdown."""

from collections.abc import Sequence
from enum import StrEnum

from tasks.ground.console import columns_in_line


class TableFormat(StrEnum):
    """The formats in which a command writes its table."""

    text = "text"
    markdown = "markdown"
    json = "json"


def text_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table as text, one line for each row, with columns padded to their widest cell and no final line end."""
    return "\n".join(columns_in_line([columns, *rows]))


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table as Markdown, without a final line end; bars in cells are escaped."""
    lines = (columns, ["---"] * len(columns), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
