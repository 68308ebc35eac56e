"""Tables of text in HTML."""

from collections.abc import Sequence

from markupsafe import Markup

from eval.page.assets import part


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()
) -> Markup:
    """A table that scrolls by itself where the screen is narrow; the first cell of a row is its heading.

    `numbers` are the indices of columns that are set to the right.
    """
    assert all(len(row) == len(columns) for row in rows)
    return part("table", caption=caption, columns=columns, rows=rows, numbers=numbers)
