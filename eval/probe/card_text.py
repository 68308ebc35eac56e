"""A card as text for a terminal, and as an HTML page."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from eval.board.text_tables import text_table
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
    "A task that was not learnt within the protocol's steps may be learnt with more."
)
LEGEND = (
    f"{TABLE_LEGEND} Range: of the horizons. Theory is about models of the kind at all lengths, not about training."
)
BESIDE = "Architectures measured by the same protocol: how many runs of all learnt it, and the median horizon."


def card_lines(card: Card, references: Sequence[ReferenceCard]) -> list[str]:
    """Return the card as lines of text, with other architectures' cards beside it."""
    lines = [title(card), *(f"DEFECT {each.name}: {each.seen}" for each in card.defects)]
    if not card.rows:
        return [*lines, "Nothing was trained, because a model that reads ahead would learn to do so."]
    if not card.defects:
        lines.append("No defect was seen in the untrained model.")
    lines += list(suspicions(card.rows))
    lines += [*text_table(*own_cells(card)).split("\n"), LEGEND]
    others = others_than(card, references)
    return [*lines, "", BESIDE, text_table(*beside_cells(card, others))] if others else lines


def title(card: Card) -> str:
    """Return the title of the card."""
    return f"{card.name}: {card.class_name}, {card.parameters:,} parameters, {SHOWN[card.family]}"


def own_cells(card: Card) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of the table of what the architecture learns."""
    return ["capability", "task", "learnt", "horizon", "range", "theory"], [_own(row) for row in card.rows]


def others_than(card: Card, references: Sequence[ReferenceCard]) -> list[ReferenceCard]:
    """Return the cards that are not of the same architecture."""
    return [each for each in references if each.name != card.name]


def beside_cells(card: Card, others: Sequence[ReferenceCard]) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of the table that compares the card with others, with a column for each."""
    names = [row.capability.name for row in card.rows]
    own = [learnt_text(row.learnt, row.runs, row.horizon, at_least=row.at_least) for row in card.rows]
    found = [[each.cells.get(name) for each in others] for name in names]
    texts = [["–" if cell is None else cell.text for cell in cells] for cells in found]
    head = ["capability", "this one", *(each.shown for each in others)]
    return head, [[name, mine, *cells] for name, mine, cells in zip(names, own, texts, strict=True)]


def _own(row: CardRow) -> list[str]:
    share = learnt_text(row.learnt, row.runs, None, at_least=False)
    if row.horizon is None:
        return [row.capability.name, row.capability.shown, share, "–", "–", row.theory.text]
    times = [each / TRAIN_LENGTH for each in row.horizons]
    horizon = f"{'≥' if row.at_least else ''}{row.horizon:.1f}x"
    spread = f"{min(times):.1f}-{max(times):.1f}x"
    return [row.capability.name, row.capability.shown, share, horizon, spread, row.theory.text]


def card_page(card: Card, references: Sequence[ReferenceCard]) -> str:
    """Return the card as one HTML page, which loads nothing else."""
    shown: Markup | str = table("Capabilities", *own_cells(card)) if card.rows else ""
    remarks = [(row.capability.name, row.theory.remark) for row in card.rows if row.theory.remark]
    html = render(TEMPLATE, card=card, suspicions=suspicions(card.rows), table=shown, legend=LEGEND, remarks=remarks)
    sections = [Section("card", "What it learns, and how far that holds", html)]
    others = others_than(card, references)
    if card.rows and others:
        beside = Markup("<p>{}</p>").format(BESIDE) + table("Others beside it", *beside_cells(card, others))
        sections.append(Section("beside", "Others beside it", beside))
    return render_page(f"Capability card: {card.name}", title(card), sections)
