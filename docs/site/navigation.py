"""The site's navigation: that of mkdocs.yml, completed so that it names every page."""

from collections.abc import Mapping, Sequence
from typing import Any

REST = "Explanation"


def with_every_page(
    nav: Sequence[Any], pages: Sequence[str], commands: Mapping[str, str], python: Mapping[str, str]
) -> list[Any]:
    """Return the navigation with generated pages under Reference and Project, and unplaced pages under Explanation.

    Args:
        nav: The navigation of mkdocs.yml, a list of sections, `{title: page}` or `{title: [page, ...]}`.
        pages: The file names of all written pages.
        commands: The generated pages of the commands, titles by file name.
        python: The generated pages of the library, titles by file name.
    """
    placed = names_in(nav)
    missing = sorted(page for page in pages if page not in placed)
    more = {
        "Reference": [
            {"Help of every command": [{title: name} for name, title in commands.items()]},
            {"Python": [{title: name} for name, title in python.items()]},
            {"Tasks": "reference/tasks.md"},
            {"Programs of the library": "reference/programs.md"},
        ],
        REST: missing,
        "Project": [{"Contributing": "contributing.md"}, {"Changelog": "changelog.md"}],
    }
    return [
        {title: [*inside, *more.get(title, ())] if isinstance(inside, list) else inside}
        for section in nav
        for title, inside in section.items()
    ]


def names_in(nav: Any) -> set[str]:
    """Return the file names in a navigation, at any depth."""
    if isinstance(nav, str):
        return {nav}
    parts = nav.values() if isinstance(nav, dict) else nav
    return set().union(*map(names_in, parts))
