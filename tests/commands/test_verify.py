"""`python -m crasp verify`: equality is counted, a difference is shown, damage is named."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.loader import library_names


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    directory = tmp_path / "machine"
    assert main(["compile", "lib:tomita1", "-o", str(directory)]) == 0
    return directory


def swap_program(directory: Path, text: str) -> None:
    """Make the directory's program another one, as if it had been compiled wrongly."""
    path = directory / "certificate.json"
    certificate = json.loads(path.read_text())
    digest = sha256(text.encode()).hexdigest()
    certificate["program_sha256"] = certificate["files"]["program.crasp"] = digest
    (directory / "program.crasp").write_text(text)
    path.write_text(json.dumps(certificate))


LARGE = ("copy_unique", "copy_unique_ages", "count", "majority", "sort", "unique_bigram_copy", "unique_reverse")


@pytest.mark.parametrize("name", [name for name in library_names() if name not in LARGE])
def test_every_library_program_is_equal_to_its_machine(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", f"lib:{name}", "-o", str(tmp_path / "m")]) == 0
    capsys.readouterr()
    assert main(["verify", str(tmp_path / "m"), "--exhaustive", "4", "--random", "20", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["equal"]
    assert record["words"] > 20
    assert record["longest"] > 60


@pytest.mark.parametrize("name", ["copy_unique", "sort", "majority"])
def test_large_programs_are_equal_to_their_machines_on_random_words(name: str, tmp_path: Path) -> None:
    assert main(["compile", f"lib:{name}", "-o", str(tmp_path / "m")]) == 0
    assert main(["verify", str(tmp_path / "m"), "--exhaustive", "1", "--random", "3"]) == 0


def test_the_first_difference_is_shown_with_status_1(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (compiled / "program.crasp").read_text().replace("next[1](i)   := ", "next[1](i) := #[j <= i] true < 3 and ")
    assert "< 3 and" in text
    swap_program(compiled, text)
    capsys.readouterr()
    assert main(["verify", str(compiled), "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert not record["equal"]
    difference = {"word": ["1", "1", "1"], "position": 3, "output": "1", "program": False, "machine": True}
    assert record["difference"] == difference
    assert main(["verify", str(compiled)]) == 1
    assert 'on the word "1 1 1", at position 3, the output 1 does not hold in the program' in capsys.readouterr().out


def test_other_outputs_than_the_programs_are_refused(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swap_program(compiled, "alphabet 0 1\naccept(i) := true\n")
    assert main(["verify", str(compiled)]) == 2
    assert "are not the program's" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "phrase"),
    [
        (lambda d: (d / "certificate.json").unlink(), "holds no certificate.json"),
        (lambda d: (d / "machine.json").write_text("{}"), "changed or damaged"),
        (lambda d: (d / "program.crasp").write_text("alphabet a\n"), "changed or damaged"),
        (lambda d: (d / "certificate.json").write_text("{"), "certificate.json"),
        (lambda d: (d / "certificate.json").write_text('{"format": "other"}'), "expected the format"),
    ],
)
def test_a_damaged_or_foreign_directory_is_named(
    damage, phrase: str, compiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(compiled)
    capsys.readouterr()
    assert main(["verify", str(compiled)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err


def test_too_many_words_are_refused_before_they_are_made(compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(compiled), "--exhaustive", "40"]) == 2
    assert "more than 2,000,000 words" in capsys.readouterr().err


@pytest.fixture(scope="module")
def certified_to_trillions(tmp_path_factory: pytest.TempPathFactory) -> str:
    directory = str(tmp_path_factory.mktemp("torch") / "dyck1")
    assert main(["compile", "lib:dyck1", "-o", directory, "--target", "torch", "--dtype", "float64"]) == 0
    return directory


def test_random_words_stay_short_enough_to_be_run(
    certified_to_trillions: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crasp.verification.PAIRS", 10 * 700**2 // 3)
    assert main(["verify", certified_to_trillions, "--exhaustive", "3", "--random", "10", "--json"]) == 0
    assert 400 < json.loads(capsys.readouterr().out)["longest"] <= 700


def test_how_long_random_words_are_can_be_said(certified_to_trillions: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["verify", certified_to_trillions, "--exhaustive", "3", "--random", "5", "--longest"]
    assert main([*asked, "60", "--json"]) == 0
    assert 20 < json.loads(capsys.readouterr().out)["longest"] <= 60
    assert main([*asked, str(10**9)]) == 2
    assert "words of 1,048,576 tokens at most are tried" in capsys.readouterr().err
    assert main([*asked, str(10**18)]) == 2
    assert "certified for words of" in capsys.readouterr().err
