"""Tables of text in HTML."""

import html
from collections.abc import Sequence


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    """A table that scrolls by itself where the screen is narrow; the first cell of a row is its heading.

    All texts are escaped. `numbers` are the indices of columns that are set to the right.
    """
    kinds = ['class="number"' if k in numbers else "" for k in range(len(columns))]
    head = "".join(
        f'<th scope="col" {kind}>{html.escape(name)}</th>' for name, kind in zip(columns, kinds, strict=True)
    )
    body = []
    for first, *rest in rows:
        cells = "".join(f"<td {kind}>{html.escape(text)}</td>" for text, kind in zip(rest, kinds[1:], strict=True))
        body.append(f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>')
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(caption)}">'
        f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )
