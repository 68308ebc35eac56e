"""Results as JSON lines, which `train.ledger.read_results` reads back: what is shipped with the project."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from train.ledger import key_of
from train.result import Result, result_to_json
from train.storage import replace_durably

NAME = "task.jsonl"


def export_results(results: Iterable[Result], directory: Path) -> Path:
    """Writes `task.jsonl` in place of the last one: a line a run, with its identity and configuration, in order."""
    path = directory / NAME
    temporary = path.with_name(f".{NAME}.{os.getpid()}")
    lines = [json.dumps({"run": key_of(result).identity} | result_to_json(result)) + "\n" for result in results]
    try:
        temporary.write_text("".join(lines), encoding="utf-8")
        replace_durably(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
