"""What is written is whole or as it was, never takes the place of a device, and leaves nothing behind."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tasks.ground.files import check_writable, draft_of, replace_bytes, replace_text
from tests.cases import few


def test_a_file_is_replaced_with_its_permissions_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("before")
    file.chmod(0o640)
    replace_text(file, "after\n")
    assert file.read_bytes() == b"after\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("page")
    replace_text(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "page").read_text() == "text"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    check_writable(pipe)
    replace_text(pipe, "through the pipe")
    reader.join(10)
    assert read == [b"through the pipe"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_device_is_written_to_and_stays_a_device() -> None:
    check_writable(Path("/dev/null"))
    replace_bytes(Path("/dev/null"), b"x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    with pytest.raises(OSError, match="/dev/full: cannot be written: no space left on device"):
        replace_text(Path("/dev/full"), "x")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


@pytest.mark.parametrize(
    "arguments",
    few(
        [
            ["crasp", "trace", "lib:dyck1", "()", "--html"],
            ["crasp", "compile", "lib:dyck1", "-o", "{out}/model", "--html"],
            ["eval.leaderboard", "--from", "results/exceptions", "--format", "html", "--out"],
        ],
        also=[["crasp", "trace", "lib:dyck1", "()", "--html"]],
    ),
    ids=lambda arguments: arguments[0] + " " + arguments[1],
)
def test_a_page_goes_to_a_device_or_a_pipe_and_a_full_one_is_status_2(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", *(each.format(out=tmp_path) for each in arguments)]
    through = subprocess.run([*command, "/dev/stderr"], capture_output=True, check=False)
    assert (through.returncode, b"<html" in through.stderr) == (0, True)
    full = subprocess.run([*command, "/dev/full"], capture_output=True, check=False)
    assert full.returncode == 2
    assert full.stderr.endswith(b"/dev/full: cannot be written: no space left on device\n")
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def killed_writer(target: Path) -> Path:
    """A process that was killed in the middle of a draft of the target; the draft."""
    script = (
        "import sys, time; from pathlib import Path; from tasks.ground.files import draft_of\n"
        "with draft_of(Path(sys.argv[1])) as draft:\n"
        "    (draft / 'half').write_text('x'); print(draft, flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    draft = Path(process.stdout.readline().strip())
    process.kill()
    process.wait()
    process.stdout.close()
    assert draft.is_dir()
    return draft


def test_the_next_writer_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    target = tmp_path / "model"
    left, other = killed_writer(target), killed_writer(tmp_path / "another")
    with draft_of(target):
        assert not left.exists()
        assert other.exists(), "the draft of another target is not this writer's to judge"


def test_a_draft_in_use_is_left_alone(tmp_path: Path) -> None:
    with draft_of(tmp_path / "model") as first:
        (first / "half").write_text("x")
        with draft_of(tmp_path / "model"):
            assert (first / "half").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "page"
    file.write_text("before")

    def failing(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(OSError, match="page: cannot be written: no space left on device"):
        replace_text(file, "after")
    assert file.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["page"]


def test_no_message_is_made_of_the_reason_alone_which_an_error_may_lack() -> None:
    root = Path(__file__).parents[3]
    packages = ("crasp", "limit_transformer", "tasks", "train", "eval")
    found = [p for name in packages for p in (root / name).rglob("*.py") if "{error.strerror}" in p.read_text("utf-8")]
    assert found == []
