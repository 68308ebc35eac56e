import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from crasp.artifacts.directory import FORMAT, ArtifactError, read_machine, write_directory, write_exact
from crasp.compiler.compiler import CompiledProgram, compile_program
from crasp.errors import Source
from crasp.text.big_integers import write_integer
from crasp.text.loader import read_program
from crasp.text.sources import load_source

FILES = ["certificate.json", "machine.json", "program.crasp"]


def write_machine(made: CompiledProgram, text: str, directory: Path, *, overwrite: bool = False) -> Mapping[str, Any]:
    """The exact machine, its text and its certificate, as a directory."""
    return write_directory(made, text, directory, FORMAT, lambda draft: write_exact(made, draft), overwrite=overwrite)


def compiled(name: str) -> tuple[CompiledProgram, str]:
    source = load_source(f"lib:{name}")
    return compile_program(read_program(source)), source.text


@pytest.mark.parametrize("name", ["dyck1", "tomita4", "abab_star", "binary_majority_interleave"])
def test_what_is_written_is_read_back(name: str, tmp_path: Path) -> None:
    made, text = compiled(name)
    certificate = write_machine(made, text, tmp_path / "new" / "dir")
    stored = read_machine(tmp_path / "new" / "dir")
    assert sorted(entry.name for entry in (tmp_path / "new" / "dir").iterdir()) == FILES
    assert [entry.name for entry in (tmp_path / "new").iterdir()] == ["dir"]
    assert (stored.machine, stored.coordinates, stored.text) == (made.machine, made.coordinates, text)
    assert stored.certificate == certificate
    for display, reading in stored.readings:
        line = next(d.line for d in made.program.definitions if d.display == display)
        assert reading in (made.booleans.get(line), made.counts.get(line))
    assert stored.readings


def test_the_certificate_holds_what_the_commands_page_lists(tmp_path: Path) -> None:
    made, text = compiled("tomita4")
    write_machine(made, text, tmp_path / "dir")
    certificate = json.loads((tmp_path / "dir" / "certificate.json").read_text())
    assert certificate["program_sha256"] == sha256(text.encode()).hexdigest()
    assert certificate["max_length"] is None
    assert "every length" in certificate["argument"]
    assert certificate["checked"] == {"read_back": True, "period": 1, "locality": 2}
    assert certificate["machine"] == {"layers": 2, "heads": 3, "width": 12, "units": 2}
    assert certificate["regularizer"]["positional"] == 32


def test_integers_of_any_size_survive(tmp_path: Path) -> None:
    text = f"alphabet a\naccept(i) := {write_integer(7**6000)} * #[j <= i] Q_a(j) > 5\n"
    made = compile_program(read_program(Source("huge", text)))
    write_machine(made, text, tmp_path / "dir")
    assert read_machine(tmp_path / "dir").machine == made.machine


def test_an_earlier_compilation_is_replaced(tmp_path: Path) -> None:
    write_machine(*compiled("dyck1"), tmp_path)
    made, text = compiled("tomita4")
    write_machine(made, text, tmp_path)
    assert read_machine(tmp_path).machine == made.machine


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(
        ArtifactError, match=r"holds something else \(letter.txt\); --force writes into it all the same"
    ):
        write_machine(*compiled("dyck1"), tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]
    write_machine(*compiled("dyck1"), tmp_path, overwrite=True)
    assert (tmp_path / "letter.txt").read_text() == "dear"
    assert read_machine(tmp_path).text == compiled("dyck1")[1]


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match="expected a directory, found a file"):
        write_machine(*compiled("dyck1"), tmp_path / "file")
    with pytest.raises(ArtifactError, match="cannot be written"):
        write_machine(*compiled("dyck1"), tmp_path / "file" / "below")


@pytest.mark.parametrize("name", FILES)
def test_a_directory_that_is_only_part_written_is_refused(name: str, tmp_path: Path) -> None:
    write_machine(*compiled("dyck1"), tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ArtifactError, match=f"holds no {name}"):
        read_machine(tmp_path)


@pytest.mark.parametrize("name", ["machine.json", "program.crasp"])
def test_a_changed_file_is_refused(name: str, tmp_path: Path) -> None:
    write_machine(*compiled("dyck1"), tmp_path)
    content = (tmp_path / name).read_text()
    (tmp_path / name).write_text(content.replace("(", "[", 1))
    with pytest.raises(ArtifactError, match=f"{name}: is not the file that certificate.json records"):
        read_machine(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("alphabet", ["(", "("]), "expected letters that differ"),
        (("positions", [[2, 99]]), "expected residues within 14 coordinates"),
        (("layers", [{}]), "'heads'"),
        (("outputs", [1, 2]), "expected a text, found 1"),
    ],
)
def test_a_machine_that_makes_no_sense_is_refused(change: tuple[str, object], message: str, tmp_path: Path) -> None:
    write_machine(*compiled("dyck1"), tmp_path)
    data = json.loads((tmp_path / "machine.json").read_text())
    data["machine"][change[0]] = change[1]
    (tmp_path / "machine.json").write_text(json.dumps(data))
    certificate = json.loads((tmp_path / "certificate.json").read_text())
    certificate["files"]["machine.json"] = sha256((tmp_path / "machine.json").read_bytes()).hexdigest()
    (tmp_path / "certificate.json").write_text(json.dumps(certificate))
    with pytest.raises(ArtifactError, match=f"expected a machine as `crasp compile` writes it: .*{message}"):
        read_machine(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [("not json", "expected JSON"), ("[]", "this is another one"), ('{"format": "gpt2"}', "this is another one")],
)
def test_a_foreign_certificate_is_refused(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "certificate.json").write_text(content)
    with pytest.raises(ArtifactError, match=message):
        read_machine(tmp_path)


def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="there is no such directory"):
        read_machine(tmp_path / "nowhere")
