"""The fenced blocks of the documentation's pages, and what is run of them.

A page's blocks are run in order, in one empty folder. The word after the fence says what a block is:

- `sh`: a command a line, `crasp-bench ...`, `python -m ...` or `make ...` (there must be such a target).
- `python`: run, in one namespace for the whole page.
- with `title="NAME"`, in any language: a file, written into the folder.
- `text` right after a block that is run: what that block prints. A line `...` stands for any lines.
- `text` elsewhere, `crasp`, `toml`, `json`: shown alone.

A comment on the line before the fence marks the few that the quick tests do not run. `<!-- slow: WHY -->` marks what
`make test-docs` runs. `<!-- not run: WHY -->` marks what no test runs. Of both it is tested that they are understood.
"""

import contextlib
import io
import re
import runpy
import shlex
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eval.door.command_line import door_command, main

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LANGUAGES = {"sh", "python", "text", "crasp", "toml", "json", "att"}
FENCED = re.compile(
    r"^(?:<!-- (?P<mark>slow|not run): (?P<why>.+) -->\n+)?^```(?P<info>.*)\n(?P<text>(?:(?!```).*\n)*)```$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, the file that it is, and why the quick tests leave it out."""

    page: str
    line: int
    language: str
    text: str
    title: str | None = None
    mark: Literal["slow", "not run"] | None = None
    why: str | None = None

    @property
    def place(self) -> str:
        """Where it stands, as PAGE:LINE."""
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    """The blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for found in FENCED.finditer(text):
        language, _, rest = found["info"].partition(" ")
        title = re.fullmatch(r'title="(.+)"', rest)
        assert title or not rest, f'{page.name}: ```{found["info"]}: expected a language, and title="NAME" for a file'
        line = text.count("\n", 0, found.start("info")) + 1
        name = title[1] if title else None
        yield Block(page.name, line, language, found["text"], name, found["mark"], found["why"])  # type: ignore[arg-type]


def commands_in(block: Block) -> list[list[str]]:
    """The commands of an `sh` block; a backslash at the end of a line goes on with the next one."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def run_command(words: list[str]) -> int:
    """Run one command in this process; its exit status."""
    match words:
        case ["crasp-bench", *arguments]:
            return main(arguments)
        case ["python", "-m", module, *arguments]:
            return _run_module(module, arguments)
        case ["make", target, *_]:
            return 0 if re.search(rf"^{re.escape(target)}:", (ROOT / "Makefile").read_text(), re.MULTILINE) else 2
    raise AssertionError(f"{shlex.join(words)}: expected crasp-bench, python -m or make")


def _run_module(module: str, arguments: list[str]) -> int:
    before, sys.argv = sys.argv, [module, *arguments]
    try:
        with warnings.catch_warnings():  # that the module is imported already is no fault here
            warnings.filterwarnings("ignore", "'.*' found in sys.modules", RuntimeWarning)
            runpy.run_module(module, run_name="__main__")
    except SystemExit as left:
        return int(left.code or 0)
    finally:
        sys.argv = before
    return 0


def check_understood(words: list[str]) -> None:
    """Raise where a command does not understand its arguments, or none of ours is named; nothing is run."""
    if words[0] == "crasp-bench":
        door_command(words[1]).make_context(words[1], words[2:])
    else:
        assert words[0] == "make", f"{shlex.join(words)}: expected crasp-bench or make where a block is not run"
        assert run_command(words) == 0, f"{shlex.join(words)}: the Makefile has no such target"


def run_block(block: Block, namespace: dict[str, Any]) -> str:
    """Run a block; what it printed on standard output."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        if block.language == "python":
            exec(compile(block.text, block.place, "exec"), namespace)
        else:
            for words in commands_in(block):
                status = run_command(words)
                assert status == 0, f"{block.place}: {shlex.join(words)}: status {status}"
    return said.getvalue()


def is_shown_by(printed: str, shown: str) -> bool:
    """Whether a text is what was printed. A line `...` stands for any lines; blanks at ends of lines do not count."""
    parts = re.split(r"^\.\.\.\n", _trimmed(shown), flags=re.MULTILINE)
    pattern = r"(?:.*\n)*?".join(map(re.escape, parts))
    return re.fullmatch(pattern, _trimmed(printed)) is not None


def _trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.strip("\n").splitlines())
