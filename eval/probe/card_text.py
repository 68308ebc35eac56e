"""A card in words: for a terminal, and for a page."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from eval.page.html_table import table
from eval.page.page_frame import Section, render_page
from eval.probe.card import Card, CardRow, suspicions
from eval.probe.protocol import REACH_TIMES, RUNS, TRAIN_LENGTH
from eval.probe.reference_cards import ReferenceCard, learnt_text
from eval.probe.theory import SHOWN
from tasks.ground.html import render

TEMPLATE = Path(__file__).parent / "card.html"
TABLE_LEGEND = (
    f"Learnt: runs that have 99% of the words of 1-{TRAIN_LENGTH} letters right. Horizon: the longest length to which "
    f"90% of the words are right, in training lengths, searched to {REACH_TIMES}x: the median of the runs that learnt "
    f"it; that of {RUNS} runs holds the median of all with probability {1 - 2 ** (1 - RUNS):.0%}. "
    "What was not learnt within the protocol's steps may be with more."
)
LEGEND = (
    f"{TABLE_LEGEND} Range: of the horizons. Theory is about models of the kind at all lengths, not about training. "
    "Beside it stand architectures that this project measured so: runs that learnt it of all, and the median horizon."
)


def card_lines(card: Card, references: Sequence[ReferenceCard]) -> list[str]:
    """The card as lines of text."""
    lines = [title(card), *(f"DEFECT {each.name}: {each.seen}" for each in card.defects)]
    if not card.rows:
        return [*lines, "Nothing was trained: what reads ahead would learn to."]
    if not card.defects:
        lines.append("No defect was seen in the untrained model.")
    lines += list(suspicions(card.rows))
    head, rows = cells(card, references)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines += [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    return [*lines, LEGEND]


def title(card: Card) -> str:
    """What the card is of."""
    return f"{card.name}: {card.class_name}, {card.parameters:,} parameters, {SHOWN[card.family]}"


def cells(card: Card, references: Sequence[ReferenceCard]) -> tuple[list[str], list[list[str]]]:
    """The table's head and rows."""
    others = [each for each in references if each.name != card.name]
    head = ["capability", "task", "learnt", "horizon", "range", "theory", *(each.shown for each in others)]
    rows = []
    for row in card.rows:
        beside = [each.cells.get(row.capability.name) for each in others]
        rows.append([*_own(row), *("–" if cell is None else cell.text for cell in beside)])
    return head, rows


def _own(row: CardRow) -> list[str]:
    share = learnt_text(row.learnt, row.runs, None, at_least=False)
    if row.horizon is None:
        return [row.capability.name, row.capability.shown, share, "–", "–", row.theory.text]
    times = [each / TRAIN_LENGTH for each in row.horizons]
    horizon = f"{'≥' if row.at_least else ''}{row.horizon:.1f}x"
    spread = f"{min(times):.1f}-{max(times):.1f}x"
    return [row.capability.name, row.capability.shown, share, horizon, spread, row.theory.text]


def card_page(card: Card, references: Sequence[ReferenceCard]) -> str:
    """The card as one HTML page, which loads nothing."""
    head, rows = cells(card, references)
    shown: Markup | str = table("Capabilities", head, rows) if rows else ""
    remarks = [(row.capability.name, row.theory.remark) for row in card.rows if row.theory.remark]
    html = render(TEMPLATE, card=card, suspicions=suspicions(card.rows), table=shown, legend=LEGEND, remarks=remarks)
    section = Section("card", "What it learns, and how far that holds", html)
    return render_page(f"Capability card: {card.name}", title(card), [section])
