"""The page: sections in one HTML file with its style and script inside.

A section is added so: write `def my_section(sources: Sources) -> Section | None` (None: nothing to show) and put it
into `EXPERIMENTS` of `eval/commands/experiment_sections.py`. Its HTML is its author's: text through `html.escape`,
charts from `eval.page.chart.line_chart`, tables from `eval.page.table.table`, programs from
`eval.page.listing.listing`.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.page.assets import asset

ANCHOR = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Section:
    """A part of the page with a heading of its own; `html` is what stands below it, its headings from <h3> on.

    `anchor` is the heading's id, by which the page links to it: small letters, digits and hyphens.
    """

    anchor: str
    title: str
    html: str

    def __post_init__(self) -> None:
        if not ANCHOR.fullmatch(self.anchor):
            raise ValueError(f"anchor: expected small letters, digits and hyphens, found {self.anchor!r}")


@dataclass(frozen=True)
class Sources:
    """Where a section's figures are: the ledger's directory, and that of results that come with the project."""

    runs: Path
    results: Path | None


def render_page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The page with its table of contents; `lead` is HTML. ValueError where two sections have one anchor."""
    anchors = [section.anchor for section in sections]
    if len(set(anchors)) < len(anchors):
        raise ValueError(f"two sections have one anchor: {' '.join(anchors)}")
    links = "".join(f'<li><a href="#{each.anchor}">{html.escape(each.title)}</a></li>' for each in sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{asset('chart.css')}{asset('page.css')}</style></head><body>\n"
        f'<a class="skip" href="#content">Skip to the content</a>\n<header><h1>{html.escape(title)}</h1>\n{lead}\n'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>\n<main id="content" tabindex="-1">\n'
        + "\n".join(_render(section) for section in sections)
        + f"\n</main>\n<script>\n{asset('page.js')}</script></body></html>\n"
    )


def _render(section: Section) -> str:
    heading = f'<h2 id="{section.anchor}">{html.escape(section.title)}</h2>'
    return f'<section aria-labelledby="{section.anchor}">\n{heading}\n{section.html}\n</section>'
