"""The leaderboard as an HTML page."""

from collections.abc import Sequence

from markupsafe import Markup

from eval.board.published_comparison import FOOTNOTE, LATER, comparisons, in_a_sentence, lines_of
from eval.board.rows import Row
from eval.page.assets import part
from eval.page.forecast_part import forecast_section
from eval.page.html_table import table
from eval.page.overview import summary
from eval.page.page_frame import Section, render_page
from eval.page.rows_table import rows_table
from eval.page.task_section import task_part

TITLE = "Length generalisation: prediction beside measurement"
LEAD = (
    "Which tasks do transformers learn on short words and still do on long ones? A task is predicted to generalise "
    "if a program of the language C-RASP does it, and to fail if no such program exists. Here each prediction stands "
    "beside what was measured and what is published."
)


def published_section(rows: Sequence[Row]) -> tuple[Section, ...]:
    """The section with the published figures beside ours; empty if there are none."""
    found = comparisons(rows)
    if not found:
        return ()
    columns, lines = lines_of(found)
    made = table("Percent of words wholly right in the three ranges", columns, lines, numbers=(2, 3, 4))
    said = part("paragraphs", texts=(in_a_sentence(found), FOOTNOTE, LATER))
    return (Section("published", "Beside the published figures", said + made),)


def board_page(rows: Sequence[Row], notes: Sequence[str], more: Sequence[Section] = ()) -> str:
    """The page of the rows.

    It has a summary, the table, the forecast, published figures, a part for each task, and how it was made.

    Args:
        rows: The rows of the leaderboard.
        notes: Sentences on how it was made.
        more: Further sections, which stand after the tasks.
    """
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        tasks.setdefault(row.task, []).append(row)
    parts = Markup("\n").join(task_part(task, together) for task, together in tasks.items())
    sections = (
        Section("summary", "Summary", summary(rows)),
        Section("leaderboard", "Leaderboard", rows_table(rows)),
        forecast_section(),
        *published_section(rows),
        Section("tasks", "Task by task", parts),
        *more,
        Section("made", "How it was made", part("notes", notes=notes)),
    )
    return render_page(TITLE, LEAD, sections)
