"""Rows of the ledger that are not as they were written: named, set aside, and no hindrance to the others."""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.train.ledger.rows import KEY, statement
from tests.train.small import FIRST, small
from train.ledger.ledger import Ledger
from train.ledger.store import Store
from train.running.engine import Options, train


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


def overwritten(old: bytes, new: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        before = path.read_bytes()
        assert before.count(old) == 1
        path.write_bytes(before.replace(old, new))

    return write


ROW_DAMAGE = {
    "record": statement("UPDATE run SET record = replace(record, '0.25', '0.26') WHERE seed = 0"),
    "no record": statement("UPDATE run SET record = '' WHERE seed = 0"),
    "digest": statement("UPDATE run SET digest = '' WHERE seed = 0"),
    "configuration": statement("UPDATE run SET config = replace(config, '16', '17') WHERE seed = 0"),
    "deep record": statement("UPDATE run SET record = replace(hex(zeroblob(50000)), '0', '[') WHERE seed = 0"),
    "no configuration": statement("UPDATE run SET config = '{' WHERE seed = 0"),
    "seed": statement("UPDATE run SET seed = 9 WHERE seed = 0"),
    "byte": overwritten(b'"loss":0.25', b'"loss":0.24'),
    "no text": overwritten(b'"loss":0.25', b'"lo\xff\xfe":0.25'),
}


def damaged_rows(store: Store) -> list[str]:
    with sqlite3.connect(store.path) as connection:
        rows = connection.execute("SELECT identity FROM damaged").fetchall()
    connection.close()
    return [identity for (identity,) in rows]


@pytest.mark.parametrize("damage", ROW_DAMAGE.values(), ids=ROW_DAMAGE.keys())
@pytest.mark.parametrize("by", ["find", "runs"])
def test_a_damaged_row_is_named_set_aside_and_not_found_and_the_others_are(
    store: Store, damage: Callable[[Path], None], by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(KEY, seed=1)
    store.finish(KEY, {"loss": 0.25})
    store.finish(other, {"loss": 0.5})
    damage(store.path)
    if by == "find":
        assert store.find(KEY) is None
    found = store.find(other)
    assert found is not None
    assert [run.key for run in store.runs("experiment")] == [other]
    message = capsys.readouterr().err
    assert message.startswith(f"{store.path}: damaged run: {KEY.identity} of t with seed ")
    assert message.count("\n") == 1
    assert damaged_rows(store) == [KEY.identity]
    assert store.finish(KEY, {"loss": 0.75})  # done again
    again = store.find(KEY)
    assert again is not None
    assert again.record == {"loss": 0.75}
    assert capsys.readouterr().err == ""


def test_a_row_with_another_identity_is_damaged_and_its_run_is_not_done(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.finish(KEY, {"loss": 0.25})
    statement("UPDATE run SET identity = '0123456789abcdef'")(store.path)
    assert store.find(KEY) is None
    assert store.runs("experiment") == ()
    assert "damaged run: 0123456789abcdef of t with seed 0" in capsys.readouterr().err
    assert damaged_rows(store) == ["0123456789abcdef"]


@pytest.mark.parametrize("gone", [False, True], ids=["with its directory", "without"])
def test_a_training_whose_row_is_damaged_is_taken_from_its_directory_or_done_again(
    gone: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, config = Ledger(tmp_path, shipped=None), small()
    results = train(FIRST, config, [0, 1], ledger, Options())
    statement("UPDATE run SET record = replace(record, '\"steps\":', '\"steps\":1') WHERE seed = 0")(ledger.store.path)
    path = ledger.path(config, 0)
    if gone:
        shutil.rmtree(path)
    assert ledger.results() == results[gone:]
    assert f"damaged run: {path.name[-16:]} of first with seed 0 is not as it was written" in capsys.readouterr().err
    assert ledger.find(config, 0) == (None if gone else results[0])
    (again,) = train(FIRST, config, [0], ledger, Options())
    assert again.bins == results[0].bins
    assert (again == results[0]) is not gone
    assert ledger.results() == (again, results[1])
    assert capsys.readouterr().err == ""
