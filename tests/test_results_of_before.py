"""Results and ledgers of before are read: one line of each form that was ever written, as the code of then wrote it.

A line here is never changed. Where a form of results changes, a line of the new one is added.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.compiled_start.records import record_from_json
from eval.teacher.outcome import outcome_from_json, outcome_to_json
from train.architectures.result import architecture_result_from_json, architecture_result_to_json
from train.ledger.ledger import Ledger
from train.ledger.result import result_from_json, result_to_json
from train.ledger.store import Store
from train.model.config import config_from_json

LINES = Path(__file__).with_name("results_of_before")
READ_AND_WRITTEN: dict[str, Callable[[Any], Any]] = {
    "task.jsonl": lambda value: result_to_json(result_from_json(value)),
    "smallest.jsonl": lambda value: result_to_json(result_from_json(value)),
    "architecture.jsonl": lambda value: architecture_result_to_json(architecture_result_from_json(value)),
    "models.jsonl": lambda value: record_from_json(value).to_json(),
    "paper.jsonl": lambda value: outcome_to_json(outcome_from_json(value)),
}
# The ledger's table and the names of the runs of task.jsonl, as the first version of the store wrote them.
TABLE = """CREATE TABLE run (
    identity TEXT PRIMARY KEY, kind TEXT NOT NULL, task TEXT NOT NULL, data TEXT NOT NULL, config TEXT NOT NULL,
    seed INTEGER NOT NULL, code TEXT NOT NULL, record TEXT NOT NULL, digest TEXT NOT NULL, finished TEXT NOT NULL
) STRICT"""
NAMES = (
    *("f586c88cd4e29c69", "9e7bd82e22c00ea7", "35b39fd327f20f20", "931235789e54e117", "9537dba59141770b"),
    *("d27bcd31ea55893d", "2ba6b1a943fcee45", "af40d85205f21a7b", "f2e2f13da0096ef9"),
)


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (LINES / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", READ_AND_WRITTEN)
def test_a_line_of_before_is_read_and_nothing_of_it_is_lost(name: str) -> None:
    for line in lines(name):
        again = json.loads(json.dumps(READ_AND_WRITTEN[name](line)))
        line.pop("run", None)  # its name, which an export adds
        if "config" in line:  # which may have more fields now
            line["config"] = {**again["config"], **line["config"]}
        assert {key: again.get(key) for key in line} == line


def test_a_ledger_of_before_is_read_and_its_runs_are_found_by_their_names(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as ledger:
        ledger.execute("PRAGMA application_id = 1668435047")
        ledger.execute("PRAGMA user_version = 1")
        ledger.execute(TABLE)
        for name, line in zip(NAMES, lines("task.jsonl"), strict=True):
            config, record = (
                json.dumps(each, sort_keys=True, separators=(",", ":")) for each in (line["config"], line)
            )
            said = line["versions"]
            digest = hashlib.sha256(json.dumps(record).encode()).hexdigest()[:16]
            row = (name, "task", line["task"], said["data"], config, line["seed"], said["training"], record, digest, "")
            ledger.execute(f"INSERT INTO run VALUES ({', '.join('?' * 10)})", row)
    ledger.close()
    store, found = Store(tmp_path), Ledger(tmp_path, shipped=None)
    assert {run.key.identity for run in store.runs("task")} == set(NAMES)
    now = [line for line in lines("task.jsonl") if line["versions"]["data"] == "2"]
    assert found.outdated() == len(NAMES) - len(now)
    assert len(found.results()) == len(now)
    for line in now:
        assert found.find(config_from_json(line["config"]), line["seed"]) == result_from_json(line)
