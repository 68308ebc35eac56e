"""The finished runs of every kind, in one SQLite file. A run is in it once and wholly, or not at all.

Several processes may read and write at once. A run has a kind: "task" for the trainings of `train.ledger.ledger`, and a
name of its own for each experiment. A run's identity is a hash of all that decides its result. This is how an
experiment uses the store:

    store = Store(Path("runs"))
    key = RunKey("teacher-student", task="ssm", data="1", config={"width": 16}, seed=0, code="1")
    if store.find(key) is None:
        with store.claim([key]):
            store.finish(key, {"loss": 0.25})
    for run in store.runs("teacher-student"):
        print(run.key.seed, run.record["loss"])
"""

import fcntl
import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

LEDGER = "ledger.sqlite"
CLAIMS = ".claims"
SCHEMA_VERSION = 1
APPLICATION = 0x63724C67  # SQLite's application id, which marks the file as a ledger of this project
BUSY_SECONDS = 60.0  # how long a process waits for a lock of the file

TABLE = """CREATE TABLE run (
    identity TEXT PRIMARY KEY, kind TEXT NOT NULL, task TEXT NOT NULL, data TEXT NOT NULL, config TEXT NOT NULL,
    seed INTEGER NOT NULL, code TEXT NOT NULL, record TEXT NOT NULL, digest TEXT NOT NULL, finished TEXT NOT NULL
) STRICT"""
DAMAGED = "damaged"
COLUMNS = "kind, task, data, config, seed, code, record, digest, finished"

T = TypeVar("T")
StoredRow: TypeAlias = tuple[Any, ...]  # the rowid, the identity, and the values of COLUMNS


class LedgerError(OSError):
    """The ledger cannot be used; the message has the file and the reason."""


class ClaimedError(LedgerError):
    """Another process has claimed the run."""


@dataclass(frozen=True)
class RunKey:
    """All that decides the result of a run.

    Attributes:
        kind: The kind of run.
        task: The task's name.
        data: The version of the data.
        config: The configuration as JSON data.
        seed: The seed.
        code: The version of the code that trains and tests.
    """

    kind: str
    task: str
    data: str
    config: Mapping[str, Any]
    seed: int
    code: str

    @property
    def identity(self) -> str:
        """The run's name: 16 hexadecimal digits of a hash of all fields."""
        parts = {"kind": self.kind, "task": self.task, "data": self.data, "config": self.config}
        return _digest(parts | {"seed": self.seed, "code": self.code})


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        key: The run's key.
        record: The result as a JSON object.
        finished: When the run was finished: a UTC time in ISO format.
    """

    key: RunKey
    record: Mapping[str, Any]
    finished: str


@dataclass(frozen=True)
class Store:
    """The finished runs in the ledger under a directory.

    A row that differs from what was written (its digest tells) is named on standard error, moved to the table
    `damaged`, and not returned. Every method raises LedgerError where the file is damaged, belongs to another program,
    or cannot be written.
    """

    directory: Path

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self.directory / LEDGER

    def find(self, key: RunKey) -> Run | None:
        """Return the finished run, or None if there is none."""
        found = self._sound("identity = ?", key.identity)
        return found[0] if found else None

    def read(self, run: Run, read: Callable[[Mapping[str, Any]], T]) -> T | None:
        """Return what `read` makes of the run's record.

        If `read` raises ValueError, set the run aside and return None.
        """
        try:
            return read(run.record)
        except ValueError:
            self.set_aside(run.key)
            return None

    def finish(self, key: RunKey, record: Mapping[str, Any]) -> bool:
        """Add a finished run, and return True once it is on disk.

        If it is there already, change nothing and return False.
        """
        return self._add(key, record, datetime.now(UTC).isoformat(timespec="seconds"))

    def _add(self, key: RunKey, record: Mapping[str, Any], finished: str) -> bool:
        text = _text(record)
        values = (key.identity, key.kind, key.task, key.data, _text(key.config), key.seed, key.code, text)
        with self._writing() as connection:
            cursor = connection.execute(
                f"INSERT OR IGNORE INTO run (identity, {COLUMNS}) VALUES ({', '.join('?' * 10)})",
                (*values, _digest(text), finished),
            )
            return cursor.rowcount == 1

    def replace(self, key: RunKey, record: Mapping[str, Any]) -> None:
        """Replace the record of a finished run."""
        text = _text(record)
        with self._writing() as connection:
            values = (text, _digest(text), key.identity)
            connection.execute("UPDATE run SET record = ?, digest = ? WHERE identity = ?", values)

    def take(self, run: Run) -> bool:
        """Add a run of another ledger with its own time of finishing.

        If it is here already, change nothing and return False.
        """
        return self._add(run.key, run.record, run.finished)

    def forget(self, key: RunKey) -> None:
        """Delete a run, so that it can be done again."""
        with self._writing() as connection:
            connection.execute("DELETE FROM run WHERE identity = ?", (key.identity,))

    def set_aside(self, key: RunKey) -> None:
        """Move a run whose record cannot be read to the table `damaged`, and say so on standard error."""
        with self._reading() as connection:
            rows = _select(connection, "identity = ?", key.identity)
        self._set_aside(rows)

    def runs(self, kind: str) -> tuple[Run, ...]:
        """Return every finished run of the kind, by task, configuration and seed."""
        return self._sound("kind = ?", kind)

    def every(self) -> tuple[Run, ...]:
        """Return every finished run of every kind."""
        return self._sound("kind <> ?", "")

    @contextmanager
    def claim(self, keys: Sequence[RunKey]) -> Iterator[None]:
        """Keep other processes from claiming these runs until the block ends, or until this process dies.

        The caller must look up again within the block whether a run is finished.

        Raises:
            ClaimedError: Another process has claimed one of them.
        """
        with ExitStack() as stack:
            for key in sorted(keys, key=lambda each: each.identity):
                stack.enter_context(_locked(self.directory / CLAIMS / key.identity, key))
            yield

    def _sound(self, where: str, value: str) -> tuple[Run, ...]:
        """Return the runs whose rows are as they were written, and set the others aside."""
        with self._reading() as connection:
            found = [(row, _run(row)) for row in _select(connection, where, value)]
        damaged = [row for row, run in found if run is None]
        if damaged:
            self._set_aside(damaged)
        return tuple(run for _, run in found if run is not None)

    def _set_aside(self, damaged: Sequence[StoredRow]) -> None:
        done = f"set aside in the table `{DAMAGED}`; the run is repeated if no directory holds it"
        try:
            with self._writing() as connection:
                connection.execute(f"CREATE TABLE IF NOT EXISTS {DAMAGED} AS SELECT * FROM run WHERE FALSE")
                for row in damaged:
                    if row in _select(connection, "rowid = ?", row[0]):  # otherwise another process has moved it
                        connection.execute(f"INSERT INTO {DAMAGED} SELECT * FROM run WHERE rowid = ?", row[:1])
                        connection.execute("DELETE FROM run WHERE rowid = ?", row[:1])
        except LedgerError as error:
            done = f"left out, because it cannot be set aside: {error}"
        for _, identity, _, task, _, _, seed, *_ in damaged:
            said = f"{self.path}: damaged run: {identity} of {task} with seed {seed} is not as it was written"
            print(f"{said}; {done}", file=sys.stderr)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """Yield a connection to the ledger; None if there is no ledger yet. No file is made."""
        with _named(self.path):
            if not self.path.exists() or self.path.stat().st_size == 0:
                yield None
                return
            with closing(_connect(self.path, "rw")) as connection:
                yield connection if _checked(connection, self.path) else None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection within a transaction, which is committed when the block ends.

        Make the ledger if there is none.
        """
        with _named(self.path):
            self.directory.mkdir(parents=True, exist_ok=True)
            with closing(_connect(self.path, "rwc")) as connection:
                connection.execute("BEGIN IMMEDIATE")
                if not _checked(connection, self.path):
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                    connection.execute(TABLE)
                yield connection
                connection.execute("COMMIT")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # A rollback journal, not WAL: writes are rare, and a directory that cannot be written can still be read.
    address = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA synchronous = EXTRA")  # what is committed survives a power failure
    return connection


def _checked(connection: sqlite3.Connection, path: Path) -> bool:
    """Return whether the file holds a ledger; False if it is empty.

    Raise LedgerError if it is another program's or version's.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (application, version, tables) == (0, 0, 0):
        return False
    if application != APPLICATION:
        raise LedgerError(f"{path}: this is an SQLite file, but not a ledger of crasp-bench")
    if version != SCHEMA_VERSION:
        raise LedgerError(
            f"{path}: the ledger has version {version}, but this crasp-bench reads version {SCHEMA_VERSION}: use "
            "another directory, or the crasp-bench that wrote it"
        )
    return True


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the system into a LedgerError that names the file and what can be done."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise LedgerError(f"{path}: {error}; nothing was changed") from error
    except sqlite3.DatabaseError as error:
        raise LedgerError(
            f"{path}: damaged ledger: {error}; move it away; a new ledger then takes in the results of the run "
            "directories beside it"
        ) from error
    except LedgerError:
        raise
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror or error}; nothing was changed") from error


def _select(connection: sqlite3.Connection | None, where: str, value: object) -> list[StoredRow]:
    if connection is None:
        return []
    # Bytes that are not UTF-8 are kept, so that `_run` finds the damage.
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")
    order = "ORDER BY task, config, seed, code, data"
    return connection.execute(f"SELECT rowid, identity, {COLUMNS} FROM run WHERE {where} {order}", (value,)).fetchall()


def _run(row: StoredRow) -> Run | None:
    """Return the run of a row; None if the row differs from what was written."""
    _, identity, kind, task, data, config, seed, code, record, digest, finished = row
    try:
        run = Run(RunKey(kind, task, data, json.loads(config), seed, code), json.loads(record), finished)
        return run if run.key.identity == identity and _digest(record) == digest else None
    except (
        ValueError,
        TypeError,
        RecursionError,
    ):  # bad JSON, JSON that is nested too deeply, or bytes in place of text
        return None


def _digest(value: object) -> str:
    return hashlib.sha256(_text(value).encode()).hexdigest()[:16]


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


@contextmanager
def _locked(path: Path, key: RunKey) -> Iterator[None]:
    """Hold the lock of the file within the block. The system releases the lock if the process dies."""
    with _named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                owner = file.read().strip() or "another process"
                raise ClaimedError(f"{key.task} with seed {key.seed} is being trained by {owner}: {path}") from None
            if not _is_file(path, file.fileno()):  # its last owner deleted it between our open and our lock
                continue
            file.truncate(0)
            file.write(f"process {os.getpid()}")
            file.flush()
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return


def _is_file(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
