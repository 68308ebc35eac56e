"""The site: each page has its place, each link its target, each command its help; the notebook is the tutorial."""

import json
import re
from pathlib import Path

import pytest

from docs.site.navigation import names_in, with_every_page
from docs.site.notebook import NOTEBOOK, notebook_of, text_of
from docs.site.reference import COMMANDS_PAGES, PYTHON_PAGES, commands_page, generated_pages
from eval.door.commands import COMMANDS, GROUPS
from tasks.registry import TASKS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
SETTINGS = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
WRITTEN = set(re.findall(r"^\s+- (?:[\w ]+: )?(\w+\.md)$", SETTINGS, re.MULTILINE))


def test_the_navigation_names_pages_that_there_are() -> None:
    assert len(WRITTEN) > 20
    assert {page.name for page in PAGES} >= WRITTEN


def test_a_page_that_nobody_placed_stands_under_explanation() -> None:
    nav = [{"Home": "index.md"}, {"Reference": ["commands.md"]}, {"Explanation": ["regular.md"]}, {"Project": []}]
    whole = with_every_page(nav, ["new.md", "index.md", "regular.md", "commands.md"], {"r/a.md": "A"}, {"r/p.md": "p"})
    assert whole[2] == {"Explanation": ["regular.md", "new.md"]}
    assert {"new.md", "index.md", "r/a.md", "r/p.md", "reference/tasks.md", "changelog.md"} <= names_in(whole)


def test_the_commands_have_a_page_a_group_with_every_help() -> None:
    assert list(COMMANDS_PAGES.values()) == list(GROUPS)
    title = "Decide a regular language"
    text = commands_page(title, GROUPS[title])
    assert "\n## decide\n" in text
    assert "Usage: crasp-bench decide" in text
    assert "Try: crasp-bench decide" in text


def test_the_generated_pages_have_every_command_task_and_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docs.site.reference.help_of", lambda name: f"help of {name}")
    pages = generated_pages()
    assert {*COMMANDS_PAGES, *PYTHON_PAGES} <= pages.keys()
    commands = "".join(pages[name] for name in COMMANDS_PAGES)
    assert [name for name in COMMANDS if f"\n## {name}\n" not in commands] == []
    assert [name for name in TASKS if f"\n## {name}\n" not in pages["reference/tasks.md"]] == []
    assert "\n::: crasp.api\n" in pages["reference/python-crasp.md"]


LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(#[^)\s]+)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_of_a_page_leads_to_a_page_of_the_site(page: Path) -> None:
    # `make docs` checks anchors too; this needs no MkDocs.
    there = {*COMMANDS_PAGES, *PYTHON_PAGES, "reference/tasks.md", "reference/programs.md", "contributing.md"}
    there |= {"changelog.md", *(path.name for path in (ROOT / "docs").iterdir())}
    prose = re.sub(r"^```.*?^```$|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert [found for found, _ in LINK.findall(prose) if found not in there] == []


def test_the_notebook_is_the_tutorial() -> None:
    written = NOTEBOOK.read_text(encoding="utf-8")
    page = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    assert written == text_of(notebook_of(page)), "run `make notebook`"


def test_the_notebook_has_each_block_that_the_tests_run_in_order() -> None:
    from tests.docs.page_blocks import blocks_of

    cells = ["".join(cell["source"]) for cell in json.loads(NOTEBOOK.read_text())["cells"] if "outputs" in cell]
    blocks = [block for block in blocks_of(ROOT / "docs" / "tutorial.md") if block.title or block.language != "text"]
    assert len(cells) == 1 + len(blocks)
    for cell, block in zip(cells[1:], blocks, strict=True):
        assert cell.endswith(block.text.rstrip("\n"))
