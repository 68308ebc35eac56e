"""What a node sends and the driver keeps of unfinished units; test_cluster.py has a real cluster."""

import time
from pathlib import Path

import pytest

from train.sweep.cluster_node import SENDING_SHARE, Files, Keeper, sender


def test_the_keeper_has_the_latest_of_every_file_and_tells_what_is_new_once() -> None:
    keeper = Keeper()
    keeper.begin(3, {".checkpoints/a": b"0"})
    assert keeper.news() == {}  # the driver has it
    keeper.keep(3, {".checkpoints/a": b"1"})
    keeper.say(3, {"step": 1})
    keeper.keep(3, {"run/result.json": b"{}"})
    keeper.keep(3, {".checkpoints/a": b"2"})
    files = {".checkpoints/a": b"2", "run/result.json": b"{}"}
    assert keeper.files(3) == files
    assert keeper.news() == {3: (files, {"step": 1})}
    assert keeper.news() == {}
    keeper.keep(3, {".checkpoints/a": b"3"})
    assert keeper.news() == {3: ({".checkpoints/a": b"3"}, None)}
    assert keeper.files(3) == files | {".checkpoints/a": b"3"}
    keeper.end(3)
    with pytest.raises(KeyError):
        keeper.files(3)


def test_every_finished_run_is_sent_and_checkpoints_no_oftener_than_their_share_of_the_time_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, took = 100.0, 2.0
    sent: list[tuple[float, Files]] = []

    def send(files: Files) -> None:
        nonlocal clock
        sent.append((clock, files))
        clock += took

    monkeypatch.setattr(time, "monotonic", lambda: clock)
    run, checkpoint = tmp_path / "run", tmp_path / ".checkpoints" / "a"
    for directory in (run, checkpoint.parent):
        directory.mkdir()
    (run / "result.json").write_bytes(b"{}")
    checkpoint.write_bytes(b"weights")
    keep = sender(tmp_path, send)
    while clock < 190:
        keep(checkpoint)
        clock += 1
    assert [files for _, files in sent] == [{".checkpoints/a": b"weights"}] * len(sent)
    assert [at for at, _ in sent] == [100.0 + turn * (took + took / SENDING_SHARE) for turn in range(3)]
    keep(run)
    keep(run)
    assert [files for _, files in sent[3:]] == [{"run/result.json": b"{}"}] * 2
