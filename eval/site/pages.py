"""The pages of the site: a folder of files that load nothing else and can be put anywhere.

`index.html` has the headline and the table. `task-NAME.html` has all that is known of a task. Each further section
(`eval.commands.experiment_sections`) has a page of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.board.rows import Row
from eval.page.assets import part
from eval.page.board import LEAD, TITLE, published_section
from eval.page.forecast_part import forecast_section
from eval.page.overview import summary
from eval.page.page_frame import PageLink, Section, render_page
from eval.page.rows_table import rows_table, task_anchor
from eval.site.task_page import task_sections

INDEX = "index.html"
LEADS = {
    "forecast": "How likely one run is right at a given length, and how good the forecast is on other languages.",
    "published": "The figures of the paper beside those measured here, and where both are of the same experiment.",
}


@dataclass(frozen=True)
class SitePage:
    """One page of the site.

    Attributes:
        file: The name of its file.
        title: Its title.
        lead: The text below the title.
        sections: Its sections.
        link: The text of the link to it at the top of every page; without it there is no such link.
    """

    file: str
    title: str
    lead: str
    sections: tuple[Section, ...]
    link: str = ""


def site_pages(rows: Sequence[Row], notes: Sequence[str], more: Sequence[Section] = ()) -> dict[str, str]:
    """Return the site as the text of each file by its name.

    Args:
        rows: The leaderboard's rows.
        notes: Remarks on how it was made.
        more: Further sections.
    """
    pages = [_index(rows, notes), *_further(rows, more), *_tasks(rows)]
    return {page.file: _written(page, pages) for page in pages}


def task_file(task: str) -> str:
    """Return the file of a task's page; the task's name may have any characters."""
    return f"{task_anchor(task)}.html"


def _written(page: SitePage, pages: Sequence[SitePage]) -> str:
    links = [PageLink(each.file, each.link, here=each is page) for each in pages if each.link]
    return render_page(page.title, page.lead, page.sections, links)


def _index(rows: Sequence[Row], notes: Sequence[str]) -> SitePage:
    sections = (
        Section("summary", "Summary", summary(rows, task_file)),
        Section("leaderboard", "Leaderboard", rows_table(rows, task_file)),
        Section("made", "How it was made", part("notes", notes=notes)),
    )
    return SitePage(INDEX, TITLE, LEAD, sections, "Leaderboard")


def _further(rows: Sequence[Row], more: Sequence[Section]) -> list[SitePage]:
    """Return a page for each further section, with the section's title."""
    sections = (forecast_section(), *published_section(rows), *more)
    return [
        SitePage(f"{each.anchor}.html", each.title, LEADS.get(each.anchor, ""), (each,), each.title)
        for each in sections
    ]


def _tasks(rows: Sequence[Row]) -> list[SitePage]:
    """Return a page for each task, with links to the tasks before and after it."""
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        tasks.setdefault(row.task, []).append(row)
    names = list(tasks)
    found = []
    for place, (task, together) in enumerate(tasks.items()):
        beside = [
            PageLink(task_file(names[k]), f"{word}: {names[k]}")
            for k, word in ((place - 1, "before"), (place + 1, "after"))
            if 0 <= k < len(names)
        ]
        definition = together[0].definition
        lead = definition.summary.splitlines()[0]
        found.append(SitePage(task_file(task), definition.title, lead, task_sections(task, together, beside)))
    return found
