"""The page's section on architectures: which capabilities each learnt, as this project measured it."""

from pathlib import Path

from eval.page.html_table import table
from eval.page.page_frame import Section, Sources
from eval.probe.capabilities import CAPABILITIES
from eval.probe.card_text import TABLE_LEGEND
from eval.probe.reference_cards import SHIPPED, reference_cards
from tasks.ground.html import render


def architectures_section(sources: Sources) -> Section | None:
    """Return the section, with a row for each capability and a column for each architecture.

    The result is None if there are no cards.
    """
    cards = reference_cards(SHIPPED if sources.results is None else sources.results / SHIPPED.name)
    if not cards:
        return None
    columns = ("capability", "task", "what it needs", *(card.shown for card in cards))
    rows = []
    for capability in CAPABILITIES.values():
        beside = [card.cells.get(capability.name) for card in cards]
        shown = ("not run" if cell is None else cell.text for cell in beside)
        rows.append((capability.name, capability.shown, capability.what, *shown))
    made = table("Architectures by capability: runs that learnt it of all, and how far that holds", columns, rows)
    html = render(Path(__file__).with_name("architectures.html"), table=made, legend=TABLE_LEGEND)
    return Section("architectures", "What architectures learn", html)
