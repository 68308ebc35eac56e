"""`python -m crasp compile`: the directory it writes, the page, and how it refuses."""

import json
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.artifact import read_machine
from crasp.compiler import compile_program
from crasp.loader import load_program, load_source


def test_the_directory_holds_machine_program_and_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", "lib:dyck1", "-o", str(tmp_path / "dyck"), "--json"]) == 0
    certificate = json.loads(capsys.readouterr().out)
    assert certificate["machine"]["layers"] == 2
    assert {"program_sha256", "max_length", "dtype", "argument", "checked", "machine", "regularizer"} <= set(
        certificate
    )
    stored = read_machine(tmp_path / "dyck")
    assert stored.machine == compile_program(load_program("lib:dyck1")).machine
    assert stored.text == load_source("lib:dyck1").text


def test_the_summary_names_layers_heads_width_and_length(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", "lib:tomita4", "-o", str(tmp_path / "t")]) == 0
    text = capsys.readouterr().out
    assert "2 layers, 3 heads, width 12" in text
    assert "any length, exactly" in text


def test_the_page_shows_every_layer_head_unit_and_exact_values(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert main(["compile", "lib:tomita4", "-o", str(tmp_path / "t"), "--html", str(page), "--word", "0100010"]) == 0
    text = page.read_text(encoding="utf-8")
    for part in (
        "<h2>Layer 1</h2>",
        "<h2>Layer 2</h2>",
        "Head lag 1",
        "Head lag 2",
        "Head uniform",
        "share runs",
        "1/8",
    ):
        assert part in text, part
    assert "http" not in text
    assert "<script" not in text
    # The weights of the uniform head on the eight tokens read, the last query's.
    assert text.count(">0.12</td>") >= 8


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["lib:dyck1"], "Missing option"),
        (["lib:dyck1", "-o", "{}/d", "--word", "()"], "goes with --html"),
        (["lib:dyck1", "-o", "{}/d", "--html", "{}/p.html", "--word", "(x"], "--word: position 2"),
        (["lib:dyck1", "-o", "{}/d", "--html", "{}/p.html", "--word", "(" * 41], "at most 40 tokens"),
        (["lib:dyck1", "-o", "{}"], "holds something else"),
        (["lib:dyck1", "-o", "{}/kept"], "expected a directory, found a file"),
        (["lib:dyc1", "-o", "{}/d"], "the nearest is lib:dyck1"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_refusal_writes_nothing(
    arguments: list[str], phrase: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kept").write_text("mine")
    assert main(["compile", *(a.format(tmp_path) for a in arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("kept", "mine")]
