"""Every command that reads files, given what is no file of its kind: status 2, a short message, nothing written."""

import itertools
import os
import threading
import time
from importlib import import_module
from pathlib import Path

import pytest

from tasks.ground import files
from tasks.ground.console import BAD_INPUT, DONE, NO
from train.ledger import SHIPPED

# A command's module and its arguments; {file} is what is wrong, {out} is where nothing may be written, {few} results.
READS_A_FILE = {
    "check": ("crasp.__main__", "check {file}"),
    "check --json": ("crasp.__main__", "check {file} --json"),
    "run": ("crasp.__main__", "run {file} a"),
    "run --input": ("crasp.__main__", "run lib:dyck1 --input {file}"),
    "fmt": ("crasp.__main__", "fmt {file}"),
    "trace": ("crasp.__main__", "trace {file} a --html {out}"),
    "compile": ("crasp.__main__", "compile {file} -o {out}"),
    "decide --dfa": ("crasp.__main__", "decide --dfa {file}"),
    "decide --program": ("crasp.__main__", "decide --program {file}"),
    "decide --input": ("crasp.__main__", "decide --input {file} --witness-seconds 0"),
    "learn --words": ("crasp.__main__", "learn --words {file} --seconds 1"),
    "learn --check": ("crasp.__main__", "learn --check {file}"),
    "decide --check": ("crasp.__main__", "decide --regex ab --check {file}"),
    "import": ("crasp.__main__", "import {file} -o {out}"),
    "tasks show": ("tasks.__main__", "show --dfa {file}"),
    "tasks sample": ("tasks.__main__", "sample --dfa {file}"),
    "tasks export": ("tasks.__main__", "export --dfa {file} --out {out}"),
    "train": ("train.__main__", "--dfa {file} --out {out}"),
    "train sweep": ("train.__main__", "sweep {file} --out {out}"),
    "train teacher-student": ("train.__main__", "teacher-student --suite {file} --out {out}"),
    "eval.predict --program": ("eval.commands.predict", "--program {file}"),
    "eval.predict --dfa": ("eval.commands.predict", "--dfa {file}"),
    "eval.measure --program": ("eval.commands.measure", "--program {file} --model lib:dyck1"),
    "eval.measure --dfa": ("eval.commands.measure", "--dfa {file} --model lib:dyck1"),
    "eval.measure --vocab": ("eval.commands.measure", "--task dyck1 --model {model} --vocab {file}"),
    "eval.measure --model": ("eval.commands.measure", "--task dyck1 --model {file}"),
    "eval.report --model": ("eval.commands.report", "--model {file} --out {out}"),
    "eval.words show": ("eval.commands.words", "show --program {file}"),
    "eval.words sample": ("eval.commands.words", "sample --program {file}"),
    "eval.words export": ("eval.commands.words", "export --program {file} --out {out}"),
    "eval.words train": ("eval.commands.words", "train --program {file} --out {out}"),
    "eval.teacher": ("eval.teacher.command", "--suite {file} --runs {out}"),
    "eval.readme": ("eval.commands.readme", "--file {file} --figure {out} --from {few}"),
}
READS_A_DIRECTORY = {
    "verify": ("crasp.__main__", "verify {file}"),
    "train export": ("train.__main__", "export --runs {file} --out {out}"),
    "train merge": ("train.__main__", "merge {file} --out {out}"),
    "eval.terms": ("eval.commands.regularizer_terms", "--model {file}"),
    "eval.leaderboard --from": ("eval.commands.leaderboard", "--from {file} --out {out}"),
    "eval.published --from": ("eval.commands.published", "--from {file} --out {out}"),
    "eval.protocols --from": ("eval.commands.protocols", "--from {file} --out {out}"),
    "eval.readme --from": ("eval.commands.readme", "--check --from {file} --file {out} --figure {out}"),
}
COMMANDS = READS_A_FILE | READS_A_DIRECTORY

DEEP = 20_000


def contents(deep: int) -> dict[str, bytes]:
    """What stands in a file, by name, some of it nested so deeply."""
    return {
        "an empty file": b"",
        "rubbish": bytes(itertools.chain(range(256), range(0, 256, 3))) * 40,
        "JSON nested deeply": b"[" * deep + b"]" * deep,
        "JSON objects nested deeply": b'{"a":' * deep + b"1" + b"}" * deep,
        "TOML nested deeply": b"a = " + b"[" * deep + b"]" * deep,
        "a TOML key of many parts": b"a" + b".a" * deep + b" = 1",
        "parentheses nested deeply": b"(" * deep + b"a" + b")" * deep,
        "a number that is none": b"NaN",
        "a huge integer": b"9" * 100_000,
        "null": b"null",
        "values of other types": b'{"alphabet": 3, "states": {"a": NaN}, "format": [], "transitions": "x"}',
        "tables of other types": b"grid = 3\nexperiment = [1]\ndefaults = nan\n",
    }


NAMES = {
    "a null byte in the name": "a\0b",
    "a name that is too long": "n" * 5_000,
    "a path of thousands of parts": "/".join(["d"] * 5_000),
    "a path of a thousand parts": "/".join(["d"] * 1_000),
    "a name that is no text": "x\udcff",
    "a file that is not there": "nowhere",
}
PLACES = ("a directory", "a pipe without a writer", "a link to itself", "a file without permission")
# What is a file of that kind after all, or an empty one: read, and answered honestly.
LINES = ("an empty file", "a TOML key of many parts", "parentheses nested deeply", "a number that is none", "null")
LINES = (*LINES, "tables of other types")
TRANSITIONS = ("TOML nested deeply", "a TOML key of many parts", "tables of other types")  # three words a line
READ = {
    ("run --input", "an empty file"): DONE,
    **{("decide --input", kind): DONE for kind in LINES},
    **{(name, kind): DONE for name in ("decide --dfa", "eval.predict --dfa") for kind in TRANSITIONS},
    **{(name, "a directory"): DONE for name in READS_A_DIRECTORY if name.split()[-1] in ("merge", "--from")},
    ("eval.protocols --from", "a directory"): BAD_INPUT,
    ("eval.readme --from", "a directory"): BAD_INPUT,
    ("decide --check", "values of other types"): NO,
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PIPE_SECONDS", 0.01)


def given(kind: str, folder: Path, deep: int = 1_000) -> str:
    """The name of what the command gets instead of a file."""
    path = folder / "given"
    if kind in NAMES:
        return f"{folder}/{NAMES[kind]}"
    if kind == "a directory":
        path.mkdir()
    elif kind == "a pipe without a writer":
        os.mkfifo(path)
    elif kind == "a link to itself":
        path.symlink_to(path)
    elif kind == "a file without permission":
        path.write_bytes(b"")
        path.chmod(0)
    else:
        path.write_bytes(contents(deep)[kind])
    return str(path)


def refused(name: str, kind: str, folder: Path, capsys: pytest.CaptureFixture[str], *, deep: int = 1_000) -> list[str]:
    """What is not as it should be when the command is run, each in a few words."""
    folder.mkdir()
    (folder / "model").mkdir()
    module, line = COMMANDS[name]
    file = given(kind, folder, deep)
    places = {"file": file, "out": folder / "out", "model": folder / "model", "few": SHIPPED / "bf16"}
    arguments = [word.format(**places) for word in line.split()]
    before = time.process_time()
    status = import_module(module).main(arguments)
    took = time.process_time() - before
    told = capsys.readouterr()
    expected = READ.get((name, kind), BAD_INPUT)
    wrong = [] if status == expected else [f"status {status}: {told.err[:300]}"]
    if "Traceback" in told.err + told.out:
        wrong.append("a traceback")
    if took > 5:
        wrong.append(f"{took:.1f} s")
    if expected == BAD_INPUT:
        if "--json" not in line and "--input" not in line and told.out:
            wrong.append(f"output: {told.out[:100]}")
        if not (told.err or told.out):
            wrong.append("no message")
        if len(told.err) > (2_000 if kind in NAMES or kind in PLACES else 50_000):
            wrong.append(f"a message of {len(told.err)} characters")
        if (folder / "out").exists():
            wrong.append("something was written")
    return [f"{name}, {kind}: {each}" for each in wrong]


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_no_file_of_the_kind_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [*contents(0), *NAMES, *PLACES[: -1 if os.geteuid() == 0 else None]]
    wrong = [each for place, kind in enumerate(kinds) for each in refused(name, kind, tmp_path / str(place), capsys)]
    assert wrong == []


@pytest.mark.parametrize(
    "name", ["decide --dfa", "decide --check", "tasks show", "train sweep", "train teacher-student"]
)
def test_what_is_nested_a_hundred_thousand_deep_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place, kind in enumerate(("JSON nested deeply", "TOML nested deeply", "a TOML key of many parts")):
        assert refused(name, kind, tmp_path / str(place), capsys, deep=100_000) == []


def test_a_pipe_with_a_writer_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = "alphabet a\naccept(i) := true\n"
    writer = threading.Thread(target=lambda: pipe.write_text(text))
    writer.start()
    files.PIPE_SECONDS = 5.0
    assert import_module("crasp.__main__").main(["run", str(pipe), "a"]) == DONE
    writer.join()
    assert capsys.readouterr().out == "accept\n"


@pytest.mark.parametrize(
    ("name", "member"), [("verify", "certificate.json"), ("eval.leaderboard --from", "task.jsonl")]
)
def test_a_pipe_inside_a_directory_is_no_file_of_it(
    name: str, member: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / member)
    module, line = COMMANDS[name]
    arguments = [word.format(file=tmp_path, out=tmp_path / "out") for word in line.split()]
    assert import_module(module).main(arguments) == BAD_INPUT
    assert "it is no regular file" in capsys.readouterr().err
