"""The frame of a page: one HTML file of sections, with its style and script inside.

To add a section, write `def my_section(sources: Sources) -> Section | None`, where None says that there is nothing to
show, and put it into `EXPERIMENTS` of `eval/commands/experiment_sections.py`. Its HTML comes from a template of its
author's (`tasks.ground.html.render`, which escapes every text). Charts come from `eval.page.chart.line_chart`, tables
from `eval.page.html_table.table`, and programs from `eval.page.program_listing.listing`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from eval.page.assets import asset, part

ANCHOR = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading of its own; `html` stands below it, and has headings from <h3> on.

    `anchor` is the id of the heading, by which the page links to it: small letters, digits and hyphens.
    """

    anchor: str
    title: str
    html: Markup

    def __post_init__(self) -> None:
        if not ANCHOR.fullmatch(self.anchor):
            raise ValueError(f"anchor: expected small letters, digits and hyphens, found {self.anchor!r}")


@dataclass(frozen=True)
class Sources:
    """Where the figures of a section come from: the ledger's directory, and that of the results of the project."""

    runs: Path
    results: Path | None


@dataclass(frozen=True)
class PageLink:
    """A link to a page of the same site; `here` says that it is the page on which the link stands."""

    address: str
    title: str
    here: bool = False


def render_page(title: str, lead: str, sections: Sequence[Section], pages: Sequence[PageLink] = ()) -> str:
    """The page with its sections, its table of contents, and links to the other pages of the site.

    Args:
        title: The title.
        lead: A paragraph below the title.
        sections: The sections, in order.
        pages: The pages of the site.

    Raises:
        ValueError: Two sections have the same anchor.
    """
    anchors = [section.anchor for section in sections]
    if len(set(anchors)) < len(anchors):
        raise ValueError(f"two sections have one anchor: {' '.join(anchors)}")
    style, script = asset("chart.css") + asset("page.css"), asset("page.js")
    return part("page", title=title, lead=lead, sections=sections, pages=pages, style=style, script=script)
