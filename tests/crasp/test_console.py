"""How every command ends: a closed pipe, a full disk, an output that lacks a letter, an input that is no text."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.text.sources import LARGEST_FILE_BYTES
from tasks.ground.files import LONGEST_LINE_BYTES
from tests.cases import few

LISTS = ("crasp list", "tasks list", "eval.predict --task dyck1", "train --help")


def python(command: str, **how: object) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-m", *command.split()], stderr=subprocess.PIPE, check=False, **how)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("command", few(LISTS, also=LISTS[1:3]))
def test_a_command_whose_reader_goes_away_ends_in_silence(command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = python(command, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", few(LISTS, also=LISTS[1:3]))
def test_a_full_disk_is_said_with_status_2(command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = python(command, stdout=full)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert b"no space left" in done.stderr.lower()


@pytest.fixture
def accented(tmp_path: Path) -> Path:
    file = tmp_path / "p.crasp"
    file.write_text("alphabet a é  // ∧\naccept(i) := Q[é](i)\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_the_output_cannot_show_is_escaped(encoding: str, accented: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["trace", str(accented), "aé"]) == 0
    assert main(["fmt", str(accented), "--check"]) == 1
    before = len(out.buffer.getvalue())  # type: ignore[attr-defined]
    assert main(["check", str(accented), "--json"]) == 0
    written = out.buffer.getvalue()  # type: ignore[attr-defined]
    assert json.loads(written[before:].decode(encoding))["alphabet"] == ["a", "é"]
    assert ("é".encode(encoding) if encoding != "ascii" else rb"\xe9") in written


def given(monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    monkeypatch.setattr(sys, "stdin", None if content is None else io.TextIOWrapper(io.BytesIO(content), "ascii"))


def test_a_formatted_program_is_utf_8_whatever_the_terminal(accented: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    given(monkeypatch, accented.read_bytes())
    assert main(["fmt", "-"]) == 0
    assert "alphabet a é  // ∧" in out.buffer.getvalue().decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("command", "content", "message"),
    [
        (["fmt", "-"], None, "standard input: cannot be read: it is closed"),
        (["fmt", "-"], b"alphabet a\xff", "-:1:11: expected UTF-8 text"),
        (["fmt", "-"], b" " * (LARGEST_FILE_BYTES + 1), "standard input: the file is longer than 4,194,304 bytes"),
        (["run", "lib:dyck1", "--input", "-"], None, "standard input: cannot be read: it is closed"),
        (["run", "lib:dyck1", "--input", "-"], b"()\n(\xff", "standard input:2: expected UTF-8 text"),
        (
            ["run", "lib:dyck1", "--input", "-"],
            b"\n" + b"(" * (LONGEST_LINE_BYTES + 1),
            "standard input:2: the line is longer",
        ),
        (["decide", "--input", "-"], None, "standard input: cannot be read: it is closed"),
    ],
)
def test_standard_input_is_checked_as_files_are(
    command: list[str],
    content: bytes | None,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given(monkeypatch, content)
    assert main(command) == 2
    captured = capsys.readouterr()
    assert captured.out == ("accept\n" if content and content[:1] in b"(\n" else "")  # the good line before the bad
    assert captured.err.startswith(message)


def test_words_are_read_after_a_byte_order_mark_and_with_any_line_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words").write_bytes(b"\xef\xbb\xbf()\r\n)(\r(())\n\n(")
    assert main(["run", "lib:dyck1", "--input", str(tmp_path / "words")]) == 0
    assert capsys.readouterr().out.split() == ["accept", "reject", "accept", "accept", "reject"]


@pytest.mark.parametrize("command", [["trace", "lib:dyck1", "()"], ["compile", "lib:dyck1", "-o", "{}/made"]])
@pytest.mark.parametrize("place", ["nowhere/x.html", "."])
def test_a_page_that_cannot_be_written_is_named_as_given_and_nothing_else_is_written(
    command: list[str], place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = str(tmp_path / place)
    assert main([*(part.format(tmp_path) for part in command), "--html", page]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"{page}: cannot be written: ")
    assert list(tmp_path.iterdir()) == []
