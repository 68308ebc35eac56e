"""The hooks that MkDocs calls while it builds the site: they complete the navigation and add generated pages."""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # MkDocs loads this file by its path, not as a module of the project

from mkdocs.exceptions import PluginError  # noqa: E402
from mkdocs.structure.files import File  # noqa: E402

from docs.site.navigation import with_every_page  # noqa: E402
from docs.site.reference import COMMANDS_PAGES, PYTHON_PAGES, generated_pages  # noqa: E402

# What a browser loads by itself, as opposed to links that a reader follows.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*?\ssrc=["']?(?:https?:)?//[^>]*>|<link\b(?![^>]*canonical)[^>]*?\shref=["']?(?:https?:)?//[^>]*>"""
)


def on_config(config: Any) -> Any:
    """Complete the navigation: generated pages go under Reference and Project, unplaced pages under Explanation."""
    pages = [path.name for path in Path(config.docs_dir).glob("*.md")]
    config.nav = with_every_page(config.nav, pages, COMMANDS_PAGES, PYTHON_PAGES)
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are generated from the code."""
    for name, text in generated_pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_post_page(output: str, page: Any, config: Any) -> str:  # noqa: ARG001
    """Return the page unchanged.

    Raises:
        PluginError: A browser would load a part of the page from a network.
    """
    found = LOADED.search(output)
    if found is not None:
        raise PluginError(f"{page.file.src_uri}: expected a page that needs no network, found {found[0]}")
    return output
