"""Keeps the LALR tables that Lark makes from grammar.lark, because making them takes longer than the rest of `check`.

The tables are stored beside the grammar, with the grammar's text and the version of Lark. They are used only if both
are unchanged. `make grammar` writes them anew.
"""

import json
from pathlib import Path
from typing import Any

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

TABLES = Path(__file__).parent / "grammar_tables.json"


def tables_text(grammar: str, parser: lark.Lark) -> str:
    """The tables of the grammar's parser as JSON text."""
    data, memo = parser.memo_serialize([TerminalDef, Rule])
    data["options"] |= {"postlex": None, "transformer": None}  # objects cannot be stored: `kept_parser` takes them
    kept = {"lark": lark.__version__, "grammar": grammar, "data": data, "memo": memo}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n"


def kept_parser(grammar: str, **options: Any) -> lark.Lark | None:
    """The grammar's parser, made from the stored tables.

    Returns:
        The parser, or None where there are no tables, or only those of another grammar or another version of Lark.
    """
    try:
        kept = json.loads(TABLES.read_bytes())
    except (OSError, ValueError):
        return None
    if (kept["lark"], kept["grammar"]) != (lark.__version__, grammar):
        return None
    tables = kept["data"]["parser"]["parser"]
    tables["states"] = _by_number(tables["states"])
    made: lark.Lark = lark.Lark._load_from_dict(kept["data"], _by_number(kept["memo"]), **options)  # type: ignore[no-untyped-call]
    return made


def _by_number(kept: dict[str, Any]) -> dict[int, Any]:
    """The mapping with its keys as integers, which JSON can only store as strings."""
    return {int(number): value for number, value in kept.items()}
