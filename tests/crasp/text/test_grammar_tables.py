"""The parser's tables that are kept: those of the grammar as it is, and never used for another."""

import json
import re
from pathlib import Path

import pytest

from crasp.errors import Source
from crasp.spelling import RESERVED
from crasp.text import grammar_tables, parser
from crasp.text.grammar_tables import TABLES, kept_parser
from crasp.text.loader import read_program
from crasp.text.sources import library_names, load_source

GRAMMAR = parser.GRAMMAR.read_text(encoding="utf-8")


def test_another_grammar_or_another_lark_has_no_kept_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept_parser(GRAMMAR) is not None, "the grammar or Lark has changed: run `make grammar`"
    assert kept_parser(GRAMMAR + "\n") is None
    other = tmp_path / "tables.json"
    other.write_text(json.dumps(json.loads(TABLES.read_text(encoding="utf-8")) | {"lark": "0.0"}), encoding="utf-8")
    monkeypatch.setattr(grammar_tables, "TABLES", other)
    assert kept_parser(GRAMMAR) is None
    monkeypatch.setattr(grammar_tables, "TABLES", tmp_path / "none")
    assert kept_parser(GRAMMAR) is None


def test_every_word_of_the_grammar_is_reserved() -> None:
    assert set(re.findall(r'^[A-Z]+: "([a-zA-Z]+)"$', GRAMMAR, re.MULTILINE)) == RESERVED


def test_programs_are_read_alike_with_kept_and_with_new_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [load_source(f"lib:{name}") for name in library_names()] + [Source("x", "alphabet a\naccept(i) := )")]
    kept = [_read(source) for source in sources]
    monkeypatch.setattr(parser, "kept_parser", lambda *_, **__: None)
    parser._lark.cache_clear()
    assert [_read(source) for source in sources] == kept
    parser._lark.cache_clear()


def _read(source: Source) -> str:
    try:
        return repr(read_program(source))
    except Exception as error:
        return str(error)
