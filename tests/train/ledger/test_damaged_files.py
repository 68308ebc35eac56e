"""Files that are damaged or in a directory that cannot be written: named, and no hindrance to the others."""

from pathlib import Path

import pytest

from tests.train.small import FIRST, small
from train.ledger.damaged_files import read_json_lines
from train.ledger.ledger import Ledger
from train.running.engine import Options, train


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe", b"{", b"[" * 100_000, b'{"other": 1}', b"[1]", b'"\xe2\x80\xa8'],
    ids=lambda line: str(line[:8]),
)
def test_a_line_that_cannot_be_read_is_named_and_the_others_are_read(
    line: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(b'{"run": 1}\n' + line + b'\n{"run": "\xe2\x80\xa8"}\n')  # a line separator ends no line
    assert list(read_json_lines(path, lambda value: value["run"])) == [1, "\u2028"]
    message = capsys.readouterr().err
    assert message.startswith(f"{path}:2: unreadable result: ")
    assert message.count("\n") == 1


def test_a_damaged_run_in_a_directory_that_cannot_be_written_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger, config = Ledger(tmp_path, shipped=None), small()
    results = train(FIRST, config, [0, 1], ledger, Options())
    ledger.store.path.unlink()
    path = ledger.path(config, 0)
    (path / "config.json").unlink()

    def refuse(self: Path, _: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "rename", refuse)
    assert ledger.results() == results[1:]
    why = "damaged run: missing config.json; left out, because it cannot be set aside: Permission denied"
    assert capsys.readouterr().err == f"{path}: {why}\n"

    def refuse_in_words(_: Path, __: Path) -> None:
        raise OSError("not now")

    monkeypatch.setattr(Path, "rename", refuse_in_words)
    ledger.results()
    assert capsys.readouterr().err.endswith("cannot be set aside: not now\n")
