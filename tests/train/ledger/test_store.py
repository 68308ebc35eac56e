"""The store of runs: whole or absent, once, whoever is killed or writes beside it; what cannot be used is said."""

import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.processes import started
from tests.train.ledger.rows import KEY, statement
from train.ledger.store import SCHEMA_VERSION, ClaimedError, LedgerError, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


def test_a_run_is_found_as_it_was_finished(store: Store) -> None:
    assert store.find(KEY) is None
    assert not store.directory.exists()
    assert store.finish(KEY, {"loss": 0.25, "name": "é"})
    found = store.find(KEY)
    assert found is not None
    assert (found.key, found.record) == (KEY, {"loss": 0.25, "name": "é"})
    assert found.finished.endswith("+00:00")


@pytest.mark.parametrize(
    "change",
    [{"kind": "x"}, {"task": "x"}, {"data": "9"}, {"config": {"width": 17, "lr": 0.1}}, {"seed": 1}, {"code": "9"}],
    ids=lambda change: next(iter(change)),
)
def test_each_part_of_the_key_makes_another_run(store: Store, change: dict[str, object]) -> None:
    store.finish(KEY, {"loss": 0.25})
    other = replace(KEY, **change)  # type: ignore[arg-type]
    assert other.identity != KEY.identity
    assert store.find(other) is None
    assert store.finish(other, {"loss": 0.5})
    assert store.find(KEY) != store.find(other)


def test_the_order_of_a_configurations_fields_does_not_matter(store: Store) -> None:
    store.finish(KEY, {})
    assert store.find(replace(KEY, config={"lr": 0.1, "width": 16})) is not None


def test_a_run_is_finished_once(store: Store) -> None:
    assert store.finish(KEY, {"loss": 1})
    assert not store.finish(KEY, {"loss": 2})
    assert [run.record for run in store.runs("experiment")] == [{"loss": 1}]


def test_runs_come_by_kind_in_order(store: Store) -> None:
    keys = [replace(KEY, seed=seed, task=task) for task in "ba" for seed in (10, 9)]
    for key in (*keys, replace(KEY, kind="other")):
        store.finish(key, {})
    assert [(run.key.task, run.key.seed) for run in store.runs("experiment")] == [
        ("a", 9),
        ("a", 10),
        ("b", 9),
        ("b", 10),
    ]
    assert len(store.runs("other")) == 1
    assert store.runs("none") == ()


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.train.ledger.rows import KEY
from train.ledger.store import Store
store = Store(Path(sys.argv[1]))
for seed in range(40):
    if store.finish(replace(KEY, seed=seed), {"by": int(sys.argv[2])}):
        print(seed, flush=True)
"""


def writer(store: Store, name: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(store.directory), str(name)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_that_write_at_once_lose_nothing_and_finish_each_run_once(store: Store) -> None:
    said = {}
    processes = [writer(store, name) for name in range(3)]
    for name, process in enumerate(processes):
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        said[name] = {int(line) for line in out.split()}
    found = {run.key.seed: run.record["by"] for run in store.runs("experiment")}
    assert sorted(found) == list(range(40))
    assert {name: {seed for seed, by in found.items() if by == name} for name in said} == said


def test_a_killed_writer_loses_nothing_that_it_has_reported(store: Store) -> None:
    with writer(store, 7) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(10)]
        process.send_signal(signal.SIGKILL)
        said += [int(line) for line in process.stdout if line.endswith("\n")]
    found = [run.key.seed for run in store.runs("experiment")]
    assert set(said) <= set(found)
    assert len(found) == len(set(found)) <= len(said) + 1
    assert store.finish(replace(KEY, seed=100), {})


HOLDER = """
import sys, time
from pathlib import Path
from tests.train.ledger.rows import KEY
from train.ledger.store import Store
with Store(Path(sys.argv[1])).claim([KEY]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_run_is_claimed_by_one_process_until_that_ends_however_it_ends(store: Store) -> None:
    with started([sys.executable, "-c", HOLDER, str(store.directory)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(ClaimedError, match=f"t with seed 0 is being trained by process {process.pid}"):
            store.claim([replace(KEY, seed=1), KEY]).__enter__()
        with store.claim([replace(KEY, seed=1)]):  # the refused claim holds nothing
            pass
        process.kill()
        process.wait()
        with store.claim([KEY]):
            pass
    assert not list((store.directory / ".claims").iterdir())


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
    connection.close()


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.write_bytes(b"x" * 5000), "damaged ledger: file is not a database; move it away"),
        (lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192), "damaged ledger"),
        (foreign, "this is an SQLite file, but not a ledger of crasp-bench"),
        (newer, f"the ledger has version {SCHEMA_VERSION + 1}, but this crasp-bench reads version {SCHEMA_VERSION}"),
    ],
    ids=["no database", "pages overwritten", "foreign", "newer"],
)
def test_a_ledger_that_cannot_be_used_is_named_and_left_as_it_is(
    store: Store, damage: Callable[[Path], None], message: str
) -> None:
    store.finish(KEY, {"loss": 0.25})
    damage(store.path)
    before = store.path.read_bytes()
    with pytest.raises(LedgerError, match=message) as raised:
        store.find(KEY)
    assert str(store.path) in str(raised.value)
    with pytest.raises(LedgerError, match=message):
        store.finish(replace(KEY, seed=1), {})
    assert store.path.read_bytes() == before


def test_an_empty_file_as_a_kill_leaves_it_is_a_new_ledger(store: Store) -> None:
    store.directory.mkdir()
    store.path.touch()
    assert store.find(KEY) is None
    assert store.finish(KEY, {})


FILLS = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from tests.train.ledger.rows import KEY
from train.ledger.store import LedgerError, Store
store = Store(Path(sys.argv[1]))
store.finish(KEY, {})
resource.setrlimit(resource.RLIMIT_FSIZE, (store.path.stat().st_size + 4096,) * 2)
try:
    store.finish(replace(KEY, seed=1), {"long": "x" * 100_000})
except LedgerError as error:
    print(error)
"""


def test_where_there_is_no_space_the_run_is_not_recorded_and_the_rest_is_whole(store: Store) -> None:
    command = [sys.executable, "-c", FILLS, str(store.directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{store.path}: ")
    assert done.stdout.endswith("nothing was changed\n")
    assert [run.key for run in store.runs("experiment")] == [KEY]
    assert store.finish(replace(KEY, seed=1), {})


def test_a_place_that_cannot_be_written_is_named() -> None:
    with pytest.raises(LedgerError, match=r"/proc/nowhere/ledger\.sqlite: No such file or directory"):
        Store(Path("/proc/nowhere")).finish(KEY, {})


READER = """
import os, sys
from dataclasses import replace
from pathlib import Path
from tests.train.ledger.rows import KEY
from train.ledger.store import LedgerError, Store
store = Store(Path(sys.argv[1]))
os.chdir(sys.argv[1])
if os.geteuid() == 0:  # the superuser writes everywhere
    os.setuid(65534)
assert Store(Path(".")).find(KEY) is not None
assert [run.key for run in Store(Path(".")).runs("experiment")] == [KEY]
try:
    Store(Path(".")).finish(replace(KEY, seed=1), {})
except LedgerError as error:
    print(error)
"""


def test_a_directory_that_cannot_be_written_can_be_read_and_what_is_damaged_there_is_left_out() -> None:
    with tempfile.TemporaryDirectory() as name:
        for seed in (0, 2):
            Store(Path(name)).finish(replace(KEY, seed=seed), {})
        statement("UPDATE run SET record = '[]' WHERE seed = 2")(Path(name) / "ledger.sqlite")
        (Path(name) / "ledger.sqlite").chmod(0o444)
        Path(name).chmod(0o555)
        done = subprocess.run([sys.executable, "-c", READER, name], capture_output=True, text=True, check=True)
        Path(name).chmod(0o700)
    assert "ledger.sqlite: attempt to write a readonly database; nothing was changed" in done.stdout
    left = (
        "ledger.sqlite: damaged run: {} of t with seed 2 is not as it was written; left out, because it cannot be set "
        "aside"
    )
    assert left.format(replace(KEY, seed=2).identity) in done.stderr
