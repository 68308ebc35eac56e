"""Results and ledgers, damaged at random: what is unreadable is named, what is sound is shown, kept and merged."""

import json
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from shutil import copytree
from typing import Any

from tasks.languages.task_origin import Origin
from tests.damaged_files import asked, damaged_bytes, damaged_file, damaged_json, kept_directory
from tests.train.ledger.test_ledger import RESULT, write_model
from train.ledger.export import export_results
from train.ledger.ledger import Ledger, key_of
from train.ledger.result import Result
from train.ledger.store import _digest as digest_of

FORMATS = ("text", "markdown", "csv", "json")
OWN = Origin(kind="regex", name="mine", text="(ab)*", chosen=True)
PROGRAM = Origin(kind="program", name="mine too", text="alphabet a b\naccept(i) := #[j <= i] Q_a(j) = 2\n", chosen=True)
TASKS = (("dyck1", None), ("parity", None), ("program_0123456789", PROGRAM), ("regular_0123456789", OWN))  # as exported


@cache
def good() -> Path:
    """A directory with `runs`, a ledger, and `results`, what it exports."""
    folder = kept_directory()
    ledger = Ledger(folder / "runs", shipped=None)
    for name, origin in TASKS:
        for seed in (0, 1):
            config = replace(RESULT.config, task=name)
            ledger.record(replace(RESULT, config=config, seed=seed, origin=origin), write_model)
    (folder / "results").mkdir()
    export_results(ledger.results(), folder / "results")
    return folder


def check_case(number: int) -> str:
    """The outcome of the case of that number; AssertionError where something does not hold."""
    random = Random(f"results {number}")
    with tempfile.TemporaryDirectory(prefix="crasp-fuzz-") as name:
        folder = Path(copytree(good(), Path(name) / "given"))
        return _check_results(random, folder) if random.random() < 0.5 else _check_ledger(random, folder)


# --- exported results ----------------------------------------------------------------------------------------


def _check_results(random: Random, folder: Path) -> str:
    path = folder / "results" / "task.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    sound = set(range(len(lines)))
    if random.random() < 0.2:
        damaged_file(random, path)
        sound = set()
    else:
        for _ in range(random.choice((1, 2, 4))):
            place = random.randrange(len(lines))
            sound.discard(place)
            lines[place] = _damaged_line(random, lines[place])
        path.write_bytes(b"".join(lines))
    format_ = random.choice(FORMATS if random.random() < 0.9 else ("html",))
    board = asked("eval.commands.leaderboard", "--from", str(folder / "results"), "--format", format_)
    assert board.status == 0 or not sound, f"sound lines were refused: {board.err[-500:]}"
    for place in sound if board.status == 0 and format_ in ("text", "markdown") else ():
        task, origin = TASKS[place // 2]
        shown = task if origin is None else origin.name
        assert shown in board.out, f"{shown} is not shown, and its line is sound: {board.err[-500:]}"
    other = random.choice(("published", "protocols"))
    extra = ["--from", str(folder / "results")]
    return f"results: {board.status}, {other} {asked(f'eval.commands.{other}', *extra).status}"


def _damaged_line(random: Random, line: bytes) -> bytes:
    text = line.rstrip(b"\n")
    if random.random() < 0.75:
        try:
            return damaged_json(random, text.decode()).encode() + b"\n"
        except (ValueError, RecursionError):
            return b"\n"
    return damaged_bytes(random, text).replace(b"\n", b" ") + b"\n"


# --- ledgers -------------------------------------------------------------------------------------------------


def _check_ledger(random: Random, folder: Path) -> str:
    runs = folder / "runs"
    sound = {key_of(result).identity: result for result in Ledger(runs, shipped=None).results()}
    for _ in range(random.choice((1, 1, 2, 4))):
        match random.randrange(6):
            case 0:
                damaged_file(random, runs / "ledger.sqlite") if (runs / "ledger.sqlite").is_file() else None
                sound.clear()
            case 1 | 2:
                _damage_directory(random, runs, sound)
            case _:
                _damage_row(random, runs, sound)
    merged = asked("train.__main__", "merge", str(runs), "--out", str(folder / "merged"))
    exported = asked("train.__main__", "export", "--runs", str(runs), "--out", str(folder / "exported"))
    board = asked(
        "eval.commands.leaderboard", "--suite", "found", "--runs", str(runs), "--format", random.choice(FORMATS)
    )
    if exported.status == 0:
        held = (folder / "exported" / "task.jsonl").read_text("utf-8")
        lost = [identity for identity in sound if identity not in held]
        assert not lost, f"sound runs are not exported: {lost}\n{exported.err[-500:]}"
    assert exported.status == 0 or not sound, f"sound runs were refused: {exported.err[-500:]}"
    return f"ledger: merge {merged.status}, export {exported.status}, leaderboard {board.status}"


def _damage_row(random: Random, runs: Path, sound: dict[str, Result]) -> None:
    """A value of a row that is another; half of the time its digests are made to fit, so that it looks sound."""
    try:
        with closing(sqlite3.connect(runs / "ledger.sqlite")) as connection, connection:
            rows = connection.execute("SELECT rowid, identity, record FROM run").fetchall()
            if not rows:
                return
            row, identity, record = random.choice(rows)
            sound.pop(identity, None)
            if random.random() < 0.6:
                changed = damaged_json(random, record, deep=500)
                connection.execute(
                    "UPDATE run SET record = ?, digest = ? WHERE rowid = ?", (changed, digest_of(changed), row)
                )
                return
            column = random.choice(("identity", "kind", "task", "data", "config", "seed", "code", "digest", "finished"))
            value: Any = random.choice((None, "", "x", b"\xff\xfe", 7, -1.5, "{}", "[" * 5000, "NaN"))
            connection.execute(f"UPDATE OR IGNORE run SET {column} = ? WHERE rowid = ?", (value, row))
    except (sqlite3.Error, ValueError, TypeError, RecursionError):
        return


def _damage_directory(random: Random, runs: Path, sound: dict[str, Result]) -> None:
    """A file of a run's directory, which its row may outlive or not."""
    directories = sorted(path for path in runs.iterdir() if path.is_dir())
    directory = random.choice(directories)
    files = sorted(path for path in directory.iterdir() if path.is_file() and not path.is_symlink())
    if not files:
        return
    path = random.choice(files)
    try:
        if path.name == "result.json" and random.random() < 0.7:
            value = json.loads(path.read_text("utf-8"))
            path.write_text(damaged_json(random, json.dumps(value)), "utf-8")
        else:
            damaged_file(random, path)
    except (ValueError, RecursionError):
        path.write_bytes(b"")
    if random.random() < 0.5:  # as a kill leaves it: a directory without a row
        identity = directory.name[-16:]
        sound.pop(identity, None)
        try:
            with closing(sqlite3.connect(runs / "ledger.sqlite")) as connection, connection:
                connection.execute("DELETE FROM run WHERE identity = ?", (identity,))
        except sqlite3.Error:
            return
