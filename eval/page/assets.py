"""The page's templates, styles and script, in files of their own."""

from functools import cache
from pathlib import Path

from markupsafe import Markup

from eval.page.verdict_signs import CLASSES, SIGNS
from tasks.ground.html import render

HERE = Path(__file__).parent


@cache
def asset(name: str) -> Markup:
    """The text of a file beside this one: a style, a script."""
    return Markup((HERE / name).read_text(encoding="utf-8"))


def part(name: str, **values: object) -> Markup:
    """A part of the page from its template; the signs of verdicts are there in each."""
    return render(HERE / "templates" / f"{name}.html", signs=SIGNS, classes=CLASSES, **values)
