"""The values of a program's definitions on one example word, as a table."""

import html

from crasp.ir import Program
from crasp.tracetable import Row, table_of
from tasks.randomness import generator
from tasks.task import BOS, EOS, PAD, Task

SHORT = ((4, 7), (1, 20))  # lengths of the example, the first that the task has
MOST = 24  # definitions shown


def example_of(task: Task) -> tuple[str, ...] | None:
    """A short word of the task as its program reads it; None where the task has none."""
    for lengths in SHORT:
        try:
            batch = task.sample(generator(task.name, "trace", lengths, 0), lengths, 1)
        except ValueError:
            continue
        tokens = (task.vocabulary[number] for number in batch.tokens[0])
        return tuple(token for token in tokens if token not in (BOS, EOS, PAD))
    return None


def trace_table(program: Program, word: tuple[str, ...]) -> str:
    """A row for each definition, a column for each position 0..n; of many, the first that are ever true or not zero."""
    rows = table_of(program, word).rows
    shown = rows if len(rows) <= MOST else tuple(row for row in rows if any(row.values))[:MOST]
    shown_word = html.escape(" ".join(word))
    left_out = f" {len(shown)} of {len(rows)} definitions are shown." if len(shown) < len(rows) else ""
    caption = f"On the word {shown_word}: what holds (1) and what does not (·), and counts, at each position.{left_out}"
    head = "".join(f'<th scope="col" class="number">{k}</th>' for k in range(len(word) + 1))
    tokens = "".join(f'<th scope="col" class="number">{html.escape(token)}</th>' for token in ("", *word))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Trace of {shown_word}"><table class="trace">'
        f'<caption>{caption}</caption><thead><tr><th scope="row">position</th>{head}</tr>'
        f'<tr><th scope="row">token</th>{tokens}</tr></thead><tbody>{"".join(map(_row, shown))}</tbody></table></div>'
    )


def _row(row: Row) -> str:
    cells = "".join(f'<td class="number{_kind(value)}">{_text(value)}</td>' for value in row.values)
    return f'<tr><th scope="row"><code>{html.escape(row.name)}</code></th>{cells}</tr>'


def _kind(value: bool | int) -> str:
    return " holds" if value is True else ""


def _text(value: bool | int) -> str:
    if isinstance(value, bool):
        return "1" if value else "·"
    return str(value)
