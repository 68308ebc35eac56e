"""The values of a program's definitions on one example word, as a table."""

import html

from crasp.meaning.ir import Program
from crasp.meaning.trace_table import TraceRow, TraceTable, table_of
from tasks.drawing.randomness import generator
from tasks.task import Task

SHORT = ((4, 7), (1, 20))  # lengths of the example, the first that the task has
MOST = 24  # definitions shown
CANDIDATES, LARGE = 12, 500  # words that are tried, for programs of fewer lines than that


def example_table(task: Task, program: Program) -> str | None:
    """The trace of a short word of the task on which most definitions change; None where the task has no such word."""
    number = CANDIDATES if len(program.lines) < LARGE else 1
    for lengths in SHORT:
        try:
            batch = task.sample(generator(task.name, "trace", lengths, 0), lengths, number)
        except ValueError:
            continue
        words = [[task.vocabulary[token] for token in row] for row in batch.tokens]
        tables = [table_of(program, tuple(t for t in word if t in program.alphabet)) for word in words]
        return trace_table(max(tables, key=lambda each: sum(len(set(row.values)) > 1 for row in each.rows)))
    return None


def trace_table(traced: TraceTable) -> str:
    """A row for each definition, a column for each position 0..n; of many, the first that are ever true or not zero."""
    rows, word = traced.rows, traced.word
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


def _row(row: TraceRow) -> str:
    cells = "".join(f'<td class="number{_kind(value)}">{_text(value)}</td>' for value in row.values)
    return f'<tr><th scope="row"><code>{html.escape(row.name)}</code></th>{cells}</tr>'


def _kind(value: bool | int) -> str:
    return " holds" if value is True else ""


def _text(value: bool | int) -> str:
    if isinstance(value, bool):
        return "1" if value else "·"
    return str(value)
