"""Programs in HTML with highlighted syntax."""

from markupsafe import Markup

from crasp.pages.highlighting import coloured
from eval.page.assets import part


def listing(text: str) -> Markup:
    """The program as preformatted text, with comments, keywords, used definitions and values marked up."""
    return part("listing", pieces=coloured(text.strip()))
