"""The templates, styles and script of the page, which are in files of their own."""

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup

from eval.page.verdict_signs import CLASSES, SIGNS
from tasks.ground.html import render

HERE = Path(__file__).parent
ARXIV = re.compile(r"arXiv (\d{4}\.\d{5})")


@cache
def asset(name: str) -> Markup:
    """The text of a file beside this one, which is a style or a script."""
    return Markup((HERE / name).read_text(encoding="utf-8"))


def part(name: str, **values: object) -> Markup:
    """A part of the page, made from its template.

    Args:
        name: The name of the template, without its ending.
        **values: What the template is filled with, besides the signs of verdicts and the function `cited`.
    """
    return render(HERE / "templates" / f"{name}.html", signs=SIGNS, classes=CLASSES, cited=cited, **values)


def cited(reference: str) -> Markup:
    """The reference, in which each arXiv number is a link to the paper."""
    link = Markup('<a href="https://arxiv.org/abs/{0}">arXiv {0}</a>')
    pieces = ARXIV.split(reference)  # texts and numbers alternate
    return Markup().join(link.format(each) if k % 2 else each for k, each in enumerate(pieces))
