"""Writes the tutorial as a notebook: `python -m docs.site.notebook`; with `--run` it also executes it."""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
NOTEBOOK = ROOT / "examples" / "tutorial.ipynb"
BLOCK = re.compile(r'^```(?P<language>\w+)(?: title="(?P<file>.+)")?\n(?P<text>(?:(?!```).*\n)*)```$', re.MULTILINE)
# The shell's search path in a kernel may lack the folder of the kernel's own Python.
FIRST = """import os, sys

os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
"""


def notebook_of(page: str) -> dict[str, Any]:
    """Return the notebook of a page: its prose, commands, files and Python as cells, without their output."""
    cells = [_cell("markdown", page[: page.index("\n## ")]), _cell("code", FIRST)]
    rest = page[page.index("\n## ") :]
    for kind, text in _parts(rest):
        if text.strip():
            cells.append(_cell(kind, text))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the page's parts in order, as prose or as the code of a cell. Blocks of printed output are left out."""
    end = 0
    for block in BLOCK.finditer(text):
        yield "markdown", text[end : block.start()]
        end = block.end()
        if block["file"] is not None:
            yield "code", f"%%writefile {block['file']}\n{block['text']}"
        elif block["language"] == "sh":
            yield "code", f"%%bash\nset -e\n{block['text']}"
        elif block["language"] == "python":
            yield "code", block["text"]
    yield "markdown", text[end:]


def _cell(kind: str, text: str) -> dict[str, Any]:
    said = re.sub(r"\]\((?!\w+:)([\w/]+\.md)", r"](../docs/\1", text) if kind == "markdown" else text
    cell = {"cell_type": kind, "metadata": {}, "source": said.strip("\n").splitlines(keepends=True)}
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}


def text_of(notebook: dict[str, Any]) -> str:
    """Return the text of the notebook's file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def execute(path: Path) -> None:
    """Run all cells in an empty folder, as Jupyter does; an exception is raised if one fails."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()


def main(arguments: Sequence[str]) -> int:
    """Write the notebook, and with `--run` execute it too."""
    NOTEBOOK.write_text(text_of(notebook_of(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")
    if "--run" in arguments:
        execute(NOTEBOOK)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
