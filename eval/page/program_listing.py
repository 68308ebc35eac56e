"""Programs in HTML, with what their words are told apart."""

from markupsafe import Markup

from crasp.pages.highlighting import coloured
from eval.page.assets import part


def listing(text: str) -> Markup:
    """The program as preformatted text: comments, words of the language, definitions in use, and values marked up."""
    return part("listing", pieces=coloured(text.strip()))
