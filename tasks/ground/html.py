"""HTML from Jinja2 templates: every value is escaped, but for Markup, which only a template or its author makes."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: Path, **values: object) -> Markup:
    """The template's text with the values in it; templates beside it may be included.

    Raises:
        jinja2.UndefinedError: The template names a value that is not given.
    """
    return Markup(_environment(template.parent).get_template(template.name).render(values))


@cache
def _environment(folder: Path) -> "Environment":
    # Imported here: commands that write no page start without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
