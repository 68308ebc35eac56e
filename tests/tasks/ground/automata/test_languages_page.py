"""docs/languages.md: its tables and files are right. Its commands are run by tests/docs/."""

import re
from pathlib import Path

import pytest

from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.regex import automaton_of_regex, parse_regex
from tasks.ground.automata.tokens import NOT_LETTERS

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "languages.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(.*)\n((?:(?!```).*\n)*)```$", PAGE, re.MULTILINE)
FILES = {kind.split('"')[1]: text for kind, text in BLOCKS if " title=" in kind}
ROWS = re.findall(r"^\| `(.+)` \| .* \| (?:`(.*)`)? ?\| `(.*)` \|$", PAGE, re.MULTILINE)


def test_the_page_has_examples() -> None:
    assert len(FILES) == 6
    assert len(ROWS) == 19
    assert "docs/languages.md" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("regex", "member", "other"), ROWS, ids=[row[0] for row in ROWS])
def test_the_table_of_expressions_is_right(regex: str, member: str, other: str) -> None:
    automaton = automaton_of_regex(parse_regex(regex.replace(r"\|", "|")))
    assert automaton.outputs[automaton.run(member)]
    assert not automaton.outputs[automaton.run(other)]


@pytest.mark.parametrize(
    ("name", "members", "others"),
    [
        ("even.json", ["", "aba"], ["a"]),
        ("even.att", ["", "aba"], ["a"]),
        ("nfa.json", ["a", "ab", "bba"], ["", "b", "abb"]),
        ("machine.json", ["", "10c gum", "5c 5c gum"], ["5c", "gum"]),
        ("objects.json", ["a", "aba"], ["", "ab"]),
        ("loop.att", ["", "word other"], ["word", "other word"]),
    ],
)
def test_the_files_hold_what_is_said(name: str, members: list[str], others: list[str], tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(FILES[name], encoding="utf-8")
    automaton = read_language(LanguageText(dfa=str(file))).automaton

    def accepts(word: str) -> bool:
        split = word.split() if " " in word or len(automaton.alphabet[0]) > 1 else list(word)
        return bool(automaton.outputs[automaton.run(split)])

    assert [accepts(word) for word in members] == [True] * len(members)
    assert [accepts(word) for word in others] == [False] * len(others)


def test_the_tokens_that_are_kept_are_named() -> None:
    assert all(f"`{token}`" in PAGE for token in NOT_LETTERS)
