"""The page's styles and script, in files of their own."""

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def asset(name: str) -> str:
    """The text of a file beside this one: a style, a script."""
    return (HERE / name).read_text(encoding="utf-8")
