"""The page of one model's explanation."""

from pathlib import Path

from markupsafe import Markup

from eval.explain.verdict import Explanation, remarks_of
from eval.page.html_table import table
from eval.page.page_frame import Section, render_page
from eval.page.program_listing import listing
from tasks.ground.html import render

TEMPLATE = Path(__file__).parent / "page.html"


def explain_page(found: Explanation, inside: Markup | None = None) -> str:
    """One HTML page that loads nothing, with the verdict, the program, its agreement by length and the differences.

    Args:
        found: What was found of the model.
        inside: What was seen inside the model, which gets a section of its own.
    """
    program = found.program
    rows = [
        [f"{a}-{b}", each.typical.in_words, each.stress.in_words] for each in found.agreement for a, b in [each.lengths]
    ]
    agreement: Markup | str = ""
    if rows:
        described = "automaton" if program is None else "program"
        agreement = table(f"Words on which the {described} and the model agree", ["lengths", "typical", "stress"], rows)
    html = render(
        TEMPLATE,
        program=program,
        listing="" if program is None else listing(program.text),
        lines=remarks_of(found),
        table=agreement,
    )
    sections = [Section("explained", found.verdict, html)]
    if inside is not None:
        sections.append(Section("inside", "Seen inside", inside))
    return render_page(f"Explained: {found.model}", found.verdict, sections)
