"""Files damaged at random, and the commands that are given them: what they may and may not do."""

import atexit
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

SECONDS = 60  # that a command may take
DEEP = "put what is deep here"
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    -1,
    0,
    1,
    2,
    3.5,
    10**9,
    10**30,
    1e308,
    float("nan"),
    float("-inf"),
    "",
    "two",
    "1",
    "../x",
    "\ud800",
    [],
    [17],
    [[1, 2], [3, "x"]],
    {},
    {"a": 1},
    DEEP,
)


class HangError(BaseException):  # no Exception: nothing between may take it for one of its own
    """A command took longer than it may."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


def asked(module: str, *arguments: str) -> Ended:
    """The command run in this process; AssertionError unless it ends in time with status 0, 1 or 2 and says why."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    err.reconfigure(errors="backslashreplace")
    with in_time(), redirect_stdout(out), redirect_stderr(err):
        status = import_module(module).main(list(arguments))
    told = []
    for stream in (out, err):
        stream.flush()
        told.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    ended = Ended(status, *told)
    line = " ".join((module, *arguments))
    assert status in (0, 1, 2), f"{line}: status {status}\n{ended.err[-2000:]}"
    assert "Traceback" not in ended.out + ended.err, f"{line}: a traceback\n{ended.err[-2000:]}"
    assert status == 0 or ended.out or ended.err, f"{line}: status {status} without a word"
    assert len(ended.err) < 100_000, f"{line}: {len(ended.err)} characters of messages"
    return ended


@contextmanager
def in_time() -> Iterator[None]:
    """AssertionError where what is done takes more than SECONDS."""

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise HangError

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    except HangError:
        raise AssertionError(f"not ended after {SECONDS} s") from None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def kept_directory() -> Path:
    """A new directory that is gone when this process ends."""
    made = tempfile.mkdtemp(prefix="crasp-fuzz-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def contents(directory: Path) -> dict[str, str]:
    """What a directory holds, by path: the hash of a file, the kind of anything else."""
    found = {}
    for path in sorted(directory.rglob("*")):
        known = path.is_file() and not path.is_symlink()
        found[str(path.relative_to(directory))] = sha256(path.read_bytes()).hexdigest() if known else "no file"
    return found


# --- damage --------------------------------------------------------------------------------------------------


def damaged_bytes(random: Random, content: bytes) -> bytes:
    """Bytes that are flipped, cut, doubled, gone, or others."""
    at, to = sorted(random.randrange(len(content) + 1) for _ in range(2))
    match random.randrange(7):
        case 0:
            return content[:at]
        case 1:
            return content[at:]
        case 2:
            return content[:at] + content[at:to] + content[at:]
        case 3:
            return b""
        case 4:
            return random.randbytes(random.randrange(1, 200))
        case 5:
            return content + random.choice((b"\0", b"\n", b"{", b"x" * 1000, b"\xff"))
        case _:
            flipped = bytearray(content)
            for _ in range(random.choice((1, 1, 2, 10))):
                if flipped:
                    flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
            return bytes(flipped)


def damaged_json(random: Random, text: str, *, deep: int = 3000) -> str:
    """A JSON text with a value of another kind, a key that is missing or more: still JSON, mostly."""
    value = json.loads(text)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        value = _changed(random, value)
    changed = json.dumps(value, ensure_ascii=random.random() < 0.5)
    return changed.replace(json.dumps(DEEP), "[" * deep + "]" * deep).encode("utf-8", "replace").decode("utf-8")


def _changed(random: Random, value: Any) -> Any:
    """The value with one place in it changed, the deeper the likelier by the number of places."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.15:
        return random.choice(VALUES)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = random.choice(keys)
    made = dict(value) if isinstance(value, dict) else list(value)
    match random.randrange(10):
        case 0:
            del made[key]  # type: ignore[arg-type]
        case 1 if isinstance(made, dict):
            made[random.choice(("unknown", "", str(key).upper()))] = random.choice(VALUES)
        case 1:
            made.insert(0, random.choice(VALUES))  # type: ignore[union-attr]
        case 2:
            made[key] = random.choice(VALUES)
        case 3:
            other = random.choice(keys)
            made[key], made[other] = made[other], made[key]
        case _:
            made[key] = _changed(random, made[key])
    return made


def damaged_file(random: Random, path: Path) -> None:
    """The file changed, or something else in its place."""
    content = path.read_bytes()
    match random.randrange(12):
        case 0:
            path.unlink()
        case 1:
            path.unlink()
            path.mkdir()
        case 2:
            path.unlink()
            os.mkfifo(path)
        case 3:
            path.unlink()
            path.symlink_to(random.choice((path, path.parent.parent / "nowhere", Path("/dev/zero"), Path("/dev/null"))))
        case 4 | 5 | 6 | 7 | 8 if path.suffix in (".json", ".jsonl"):
            path.write_text(damaged_json(random, content.decode()) if path.suffix == ".json" else "", "utf-8")
        case _:
            path.write_bytes(damaged_bytes(random, content))


def rounds(check: Callable[[int], str], first: int, count: int | None, seconds: float | None) -> int:
    """The command line of the fuzz programs: cases from a number on, their outcomes counted; 1 where one failed."""
    found, started, number = Counter[str](), time.monotonic(), first
    while (count is None or number < first + count) and (seconds is None or time.monotonic() - started < seconds):
        try:
            found[check(number)] += 1
        except Exception:  # whatever it is, it is what is looked for
            found["failed"] += 1
            print(f"case {number}:\n{traceback.format_exc(limit=-4)}", file=sys.stderr, flush=True)
        number += 1
    for outcome, times in sorted(found.items()):
        print(f"{times:>7} {outcome}")
    print(f"cases {first} to {number - 1}, {time.monotonic() - started:.0f} s; to go on: --first {number}")
    return int(found["failed"] > 0)
