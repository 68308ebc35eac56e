"""HTML from Jinja2 templates: every value is escaped, except Markup, which only templates and their authors make."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: Path, **values: object) -> Markup:
    """Return the text of the template with the values in it; it may include templates from its own folder.

    Raises:
        jinja2.UndefinedError: The template names a value that is not given.
    """
    return Markup(_environment(template.parent).get_template(template.name).render(values))


@cache
def _environment(folder: Path) -> "Environment":
    # Imported here, so that commands that write no page start without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
