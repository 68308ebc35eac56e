"""The page: sections in one HTML file with its style and script inside.

A section is added so: write `def my_section(sources: Sources) -> Section | None` (None: nothing to show) and put it
into `EXPERIMENTS` of `eval/commands/experiment_sections.py`. Its HTML is made by a template of its author's
(`tasks.ground.html.render`, which escapes every text), with charts from `eval.page.chart.line_chart`, tables from
`eval.page.html_table.table`, programs from `eval.page.program_listing.listing`.
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
    """A part of the page with a heading of its own; `html` is what stands below it, its headings from <h3> on.

    `anchor` is the heading's id, by which the page links to it: small letters, digits and hyphens.
    """

    anchor: str
    title: str
    html: Markup

    def __post_init__(self) -> None:
        if not ANCHOR.fullmatch(self.anchor):
            raise ValueError(f"anchor: expected small letters, digits and hyphens, found {self.anchor!r}")


@dataclass(frozen=True)
class Sources:
    """Where a section's figures are: the ledger's directory, and that of results that come with the project."""

    runs: Path
    results: Path | None


@dataclass(frozen=True)
class PageLink:
    """A link to another page of the same site; `here` where it is the page itself."""

    address: str
    title: str
    here: bool = False


def render_page(title: str, lead: str, sections: Sequence[Section], pages: Sequence[PageLink] = ()) -> str:
    """The page with links to the site's others and its table of contents; ValueError: two sections have one anchor."""
    anchors = [section.anchor for section in sections]
    if len(set(anchors)) < len(anchors):
        raise ValueError(f"two sections have one anchor: {' '.join(anchors)}")
    style, script = asset("chart.css") + asset("page.css"), asset("page.js")
    return part("page", title=title, lead=lead, sections=sections, pages=pages, style=style, script=script)
