"""Tables of text in HTML."""

from collections.abc import Sequence

from markupsafe import Markup

from eval.page.assets import part


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()
) -> Markup:
    """A table that scrolls by itself on a narrow screen; the first cell of a row is its heading.

    Args:
        caption: The caption.
        columns: The names of the columns.
        rows: The cells of each row, as many as there are columns.
        numbers: The indices of the columns that are aligned to the right.
    """
    assert all(len(row) == len(columns) for row in rows)
    return part("table", caption=caption, columns=columns, rows=rows, numbers=numbers)
