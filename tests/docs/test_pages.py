"""Every block of every page of the documentation: run, or marked with the reason why not."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cases import few
from tests.docs.page_blocks import (
    DOCS,
    LANGUAGES,
    Block,
    blocks_of,
    check_understood,
    commands_in,
    is_shown_by,
    run_block,
)

PAGES = sorted(DOCS.glob("*.md"))
BLOCKS = {page.name: list(blocks_of(page)) for page in PAGES}
SLOW_TOO = os.environ.get("CRASP_DOCS") == "1"
RUN = {"sh", "python"}
# Of these pages `make test-docs` runs the blocks.
DEAR = ("commands.md", "explain.md", "howto_checkpoint.md", "howto_own_tasks.md", "howto_teaching.md", "languages.md")
DEAR = (*DEAR, "tutorial.md")


def runs(block: Block) -> bool:
    """Whether this run of the tests runs the block."""
    return block.language in RUN and (block.mark is None or (SLOW_TOO and block.mark == "slow"))


RUNNING = [name for name, blocks in BLOCKS.items() if any(map(runs, blocks))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_says_what_it_is(page: Path) -> None:
    assert page.read_text(encoding="utf-8").count("\n```") == 2 * len(BLOCKS[page.name])
    assert [block.place for block in BLOCKS[page.name] if block.language not in LANGUAGES] == []
    assert [block.place for block in BLOCKS[page.name] if block.mark and block.language not in RUN] == []


@pytest.mark.parametrize("name", few(RUNNING, also=[name for name in RUNNING if name not in DEAR]))
def test_the_blocks_of_a_page_run_one_after_the_other(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    namespace: dict[str, Any] = {"__name__": "__main__"}
    printed: str | None = None
    for block in BLOCKS[name]:
        if block.title is not None:
            Path(block.title).write_text(block.text, encoding="utf-8")
        elif runs(block):
            try:
                printed = run_block(block, namespace)
            except AssertionError as error:
                pytest.fail(f"{error}\n{capsys.readouterr().err}")
            continue
        elif block.language == "text" and printed is not None:
            assert is_shown_by(printed, block.text), f"{block.place}: expected what was printed:\n{printed}"
        printed = None


@pytest.mark.parametrize("name", [name for name, blocks in BLOCKS.items() if any(block.mark for block in blocks)])
def test_the_commands_that_are_not_run_are_understood(name: str) -> None:
    for block in BLOCKS[name]:
        if block.mark is not None and block.language == "sh":
            for words in commands_in(block):
                check_understood(words)
        elif block.mark is not None:
            compile(block.text, block.place, "exec")


def test_few_blocks_are_left_out() -> None:
    marked = [block for blocks in BLOCKS.values() for block in blocks if block.mark is not None]
    run = [block for blocks in BLOCKS.values() for block in blocks if block.language in RUN and block.mark is None]
    assert len(marked) < len(run) / 2, [block.place for block in marked]


@pytest.mark.parametrize(
    ("printed", "shown", "same"),
    [
        ("a\nb  \n", "a\nb\n", True),
        ("a\nb\n", "a\n", False),
        ("a\nb\nc\n", "a\n...\nc\n", True),
        ("a\nc\n", "a\n...\nc\n", True),
        ("a\nb\n", "...\n", True),
        ("a.\n", "a,\n", False),
        ("b\nc\n", "a\n...\n", False),
    ],
)
def test_what_is_shown_is_what_is_printed(printed: str, shown: str, same: bool) -> None:
    assert is_shown_by(printed, shown) is same
