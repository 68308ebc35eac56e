"""A row of the store, and how one is changed behind its back; read by processes that need no torch."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from train.ledger.store import RunKey

KEY = RunKey("experiment", task="t", data="1", config={"width": 16, "lr": 0.1}, seed=0, code="2")


def statement(text: str) -> Callable[[Path], None]:
    def execute(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            assert connection.execute(text).rowcount == 1
        connection.close()

    return execute
