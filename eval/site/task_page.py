"""The page of a task: its curves, predictions and runs, its programs, and words that are hard."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from markupsafe import Markup

from eval.advise.advice import missing_families
from eval.advise.hard_words import hard_words
from eval.board.rows import Row
from eval.page.assets import part
from eval.page.forecast_part import ladder_of_rows
from eval.page.html_table import table
from eval.page.page_frame import PageLink, Section
from eval.page.task_section import task_part
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from eval.prediction.task_ladder import rule_of_task

LONGEST_LETTERS: Final = 60  # the longest hard word that is shown
MOST_WORDS: Final = 12
HARD: Final = (
    "A model that has learnt the task from easy words is first wrong on words like these, so they are worth a look "
    "and worth adding to training and test words."
)


def task_sections(task: str, rows: Sequence[Row], beside: Sequence[PageLink]) -> tuple[Section, ...]:
    """Return the sections of a task's page.

    Args:
        task: The task's name.
        rows: The leaderboard's rows of the task.
        beside: Links to the neighbouring tasks, for the foot of the page.
    """
    found = [Section("measured", "Measured, and predicted", task_part(task, rows, heading=False))]
    words = hard_words_part(rows)
    if words is not None:
        found.append(Section("hard-words", "Hard words", words))
    found.append(Section("tasks", "Other tasks", part("page_links", links=beside)))
    return tuple(found)


def hard_words_part(rows: Sequence[Row]) -> Markup | None:
    """Return a table of some hard words of the task; None if there are none."""
    task = rows[0].definition
    if task.format == "answer":
        return None
    automaton = automaton_of_task(task.name) if task.name in EXPRESSIONS else None
    missing = missing_families(ladder_of_rows(rows))
    found = hard_words(task, automaton, missing[:1], LONGEST_LETTERS, accept=rule_of_task(task).accept)[:MOST_WORDS]
    if not found:
        return None
    lines = [(repeats(each.word), each.kind, each.because) for each in found]
    return part("paragraphs", texts=(HARD,)) + table(
        f"Words of at most {LONGEST_LETTERS} letters", ("word", "kind", "why it is hard"), lines
    )


def repeats(word: Sequence[str]) -> str:
    """Return the word with repetitions counted, such as a b^12 a."""
    runs = [(token, len(list(same))) for token, same in groupby(word)]
    return " ".join(token if times == 1 else f"{token}^{times}" for token, times in runs) or "the empty word"
