"""The parser's tables, made once from grammar.lark: making them takes longer than all else that `check` does.

They are kept beside the grammar, with its text and Lark's version: where either is another one, they are not used.
`make grammar` writes them anew.
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
    data["options"] |= {"postlex": None, "transformer": None}  # objects: `kept_parser` is given them
    kept = {"lark": lark.__version__, "grammar": grammar, "data": data, "memo": memo}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True) + "\n"


def kept_parser(grammar: str, **options: Any) -> lark.Lark | None:
    """The grammar's parser from the tables that are kept; None where they are not this grammar's and this Lark's."""
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
    """JSON has texts for keys."""
    return {int(number): value for number, value in kept.items()}
