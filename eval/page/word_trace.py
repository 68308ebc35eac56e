"""A table of the values of a program's definitions on one example word."""

from markupsafe import Markup

from crasp.meaning.ir import Program
from crasp.meaning.trace_table import TraceTable, trace_table_of, value_text
from eval.page.assets import part
from tasks.drawing.randomness import generator
from tasks.task import Task

SHORT = ((4, 7), (1, 20))  # ranges of lengths of the example; the first is taken that has words of the task
MOST_DEFINITIONS = 24  # the most definitions that are shown
CANDIDATE_WORDS, LARGE_LINES = 12, 500  # so many words are tried, and only one if the program has so many lines


def example_table(task: Task, program: Program) -> Markup | None:
    """The trace of a short word of the task; None if the task has no short word.

    Of a few such words, it is the one on which the most definitions change.
    """
    number = CANDIDATE_WORDS if len(program.lines) < LARGE_LINES else 1
    for lengths in SHORT:
        try:
            batch = task.sample(generator(task.name, "trace", lengths, 0), lengths, number)
        except ValueError:
            continue
        words = [[task.vocabulary[token] for token in row] for row in batch.tokens]
        tables = [trace_table_of(program, tuple(t for t in word if t in program.alphabet)) for word in words]
        return trace_table(max(tables, key=lambda each: sum(len(set(row.values)) > 1 for row in each.rows)))
    return None


def trace_table(traced: TraceTable) -> Markup:
    """A table with a row for each definition and a column for each position 0..n.

    If there are many definitions, only the first of those are shown that are ever true or not zero.
    """
    rows, word = traced.rows, traced.word
    shown = rows if len(rows) <= MOST_DEFINITIONS else tuple(row for row in rows if any(row.values))[:MOST_DEFINITIONS]
    left_out = f" {len(shown)} of {len(rows)} definitions are shown." if len(shown) < len(rows) else ""
    cells = [(row.name, [(value, value_text(value)) for value in row.values]) for row in shown]
    return part("trace", word=" ".join(word), tokens=["", *word], left_out=left_out, rows=cells)
