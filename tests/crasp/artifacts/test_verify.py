"""`python -m crasp verify`: equality is counted, a difference is shown, damage is named."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from crasp.__main__ import main
from crasp.text.sources import library_names
from tests.cases import few


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


@pytest.mark.parametrize("name", few(["copy_unique", "sort", "majority"], also=("majority",)))
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


@pytest.mark.parametrize("name", ["machine.json", "program.crasp"])
def test_a_file_that_was_changed_is_named_with_status_1(
    name: str, compiled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (compiled / name).write_text("{}")
    capsys.readouterr()
    assert main(["verify", str(compiled)]) == 1
    captured = capsys.readouterr()
    assert f"{name}: is not the file that certificate.json records; it was changed or damaged" in captured.out
    assert captured.err == ""


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
    monkeypatch.setattr("crasp.artifacts.verify.RANDOM_PAIRS", 10 * 700**2 // 3)
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


# --- what a certificate claims -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models") / "tomita1"
    assert main(["compile", "lib:tomita1", "-o", str(directory), "--target", "gpt2", "--max-length", "60"]) == 0
    return directory


def copied(directory: Path, to: Path) -> Path:
    return Path(shutil.copytree(directory, to / "copy"))


def change_certificate(directory: Path, **changes: Any) -> None:
    path = directory / "certificate.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def rewrite(directory: Path, name: str, content: bytes) -> None:
    """Change a file and its hash, as who means to deceive would."""
    (directory / name).write_bytes(content)
    files = json.loads((directory / "certificate.json").read_text())["files"]
    change_certificate(directory, files=files | {name: sha256(content).hexdigest()})


def change_weight(directory: Path) -> None:
    """One weight, in the last place where it does nothing to the answers on short words."""
    from safetensors.numpy import load_file, save

    arrays = load_file(directory / "model.safetensors")
    arrays["transformer.wpe.weight"][-1, 0] += 1e-3
    rewrite(directory, "model.safetensors", save(arrays, {"format": "pt"}))


def change_config(directory: Path, **changes: Any) -> None:
    config = json.loads((directory / "config.json").read_text()) | changes
    rewrite(directory, "config.json", json.dumps(config).encode())


CLAIMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a larger length": (lambda d: change_certificate(d, max_length=61), "config.json: differs from the file"),
    "a length that nothing certifies": (lambda d: change_certificate(d, max_length=10**6 - 1), "cannot be certified"),
    "other numbers": (lambda d: change_certificate(d, dtype="float64"), "differs from the file that compiling"),
    "no numbers that there are": (lambda d: change_certificate(d, dtype="float8"), "cannot be certified"),
    "another argument": (lambda d: change_certificate(d, argument="It is right at every length."), "argument is"),
    "another machine": (lambda d: change_certificate(d, machine={"layers": 1}), "machine is"),
    "a smaller margin of error": (lambda d: change_certificate(d, margin=0.999999), "margin is 0.999999"),
    "more than there is": (lambda d: change_certificate(d, proved=True), "proved is true"),
    "another program's hash": (lambda d: change_certificate(d, program_sha256="0" * 64), "program_sha256"),
    "a file's hash": (lambda d: (d / "config.json").write_text("{}"), "config.json: is not the file"),
    "a missing file": (lambda d: (d / "tokenizer.json").unlink(), "holds no tokenizer.json"),
    "an extra file": (lambda d: (d / "adapter_config.json").write_text("{}"), "is not among the files"),
    "a recorded extra file": (lambda d: rewrite(d, "notes.txt", b"more"), "it is not a file of the model"),
    "a weight": (change_weight, "model.safetensors: differs from the file that compiling the program gives"),
    "the tokenizer's words": (
        lambda d: rewrite(d, "tokenizer_config.json", (d / "tokenizer_config.json").read_bytes() + b" "),
        "tokenizer_config.json: differs from the file",
    ),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_that_the_weights_do_not_bear_is_named_with_status_1(
    claim: str, gpt2: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change, phrase = CLAIMS[claim]
    directory = copied(gpt2, tmp_path)
    change(directory)
    capsys.readouterr()
    assert main(["verify", str(directory), "--exhaustive", "3", "--random", "3", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert any(phrase in broken for broken in record["claims"]["broken"]), record["claims"]["broken"]


def test_what_was_compiled_bears_its_claims(gpt2: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["verify", str(gpt2), "--exhaustive", "3", "--random", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["claims"] == {"checked": True, "broken": []}
    assert main(["verify", str(gpt2), "--exhaustive", "3", "--random", "3"]) == 0
    assert "its certificate holds" in capsys.readouterr().out
    assert main(["verify", str(gpt2), "--exhaustive", "3", "--random", "3", "--words-only", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["claims"] == {"checked": False, "broken": []}


@pytest.mark.parametrize("target", [["--dtype", "float32"], ["--target", "torch"], []])
def test_the_claims_of_other_targets_are_checked_too(target: list[str], tmp_path: Path) -> None:
    directory = tmp_path / "d"
    assert main(["compile", "lib:tomita4", "-o", str(directory), *target]) == 0
    asked = ["verify", str(directory), "--exhaustive", "2", "--random", "2", "--longest", "30"]
    assert main(asked) == 0
    change_certificate(directory, argument="because")
    assert main(asked) == 1


def test_a_claim_of_a_billion_tokens_that_the_weights_do_not_bear_is_an_honest_no(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "d"
    float64 = ["--dtype", "float64", "--max-length", "40"]
    assert main(["compile", "lib:tomita4", "-o", str(directory), *float64]) == 0
    change_certificate(directory, max_length=10**9)
    capsys.readouterr()
    bounded = ["--exhaustive", "1", "--random", "20", "--longest", "60"]
    assert main(["verify", str(directory), *bounded, "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["equal"]
    assert 1 < record["longest"] <= 60
    assert any("base is 41" in broken for broken in record["claims"]["broken"])


# --- what is no claim but nonsense -------------------------------------------------------------------------------

DEEP = "[" * 100_000 + "]" * 100_000
NONSENSE: dict[str, Callable[[Path], object]] = {
    "a certificate that is nested deeply": lambda d: (d / "certificate.json").write_text(DEEP),
    "a certificate that is a list": lambda d: (d / "certificate.json").write_text("[]"),
    "a length that is a text": lambda d: change_certificate(d, max_length="60"),
    "a length that is true": lambda d: change_certificate(d, max_length=True),
    "numbers that are a list": lambda d: change_certificate(d, dtype=["float32"]),
    "files that are a list": lambda d: change_certificate(d, files=["program.crasp"]),
    "a file elsewhere": lambda d: change_certificate(d, files={"../x": "0", "program.crasp": "0"}),
    "a hash that is a number": lambda d: change_certificate(d, files={"program.crasp": 3}),
    "outputs that are a number": lambda d: change_config(d, crasp_bench={"outputs": 3, "max_length": 5}),
    "a config that is nested deeply": lambda d: rewrite(d, "config.json", DEEP.encode()),
    "layers that are a text": lambda d: change_config(d, n_layer="two"),
    "a billion layers": lambda d: change_config(d, n_layer=10**9),
    "a billion letters": lambda d: change_config(d, vocab_size=10**9),
    "a width that is a list": lambda d: change_config(d, n_embd=[17]),
    "a tokenizer that is nested deeply": lambda d: rewrite(d, "tokenizer.json", DEEP.encode()),
    "an alphabet larger than the machine's": lambda d: rewrite(
        d, "program.crasp", (d / "program.crasp").read_bytes().replace(b"alphabet 0 1", b"alphabet 0 1 2")
    ),
    "a program that is no text": lambda d: rewrite(d, "program.crasp", b"\xff\xfe"),
    "weights that are none": lambda d: rewrite(d, "model.safetensors", b"damaged"),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_refused_with_a_message(
    nonsense: str, gpt2: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = copied(gpt2, tmp_path)
    NONSENSE[nonsense](directory)
    digest = json.loads((directory / "certificate.json").read_text()) if "certificate" not in nonsense else {}
    if isinstance(digest, dict) and isinstance(digest.get("files"), dict):
        change_certificate(directory, program_sha256=digest["files"]["program.crasp"])
    capsys.readouterr()
    assert main(["verify", str(directory), "--exhaustive", "2", "--random", "2"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") < 6
    assert "Traceback" not in captured.err


@pytest.mark.parametrize("program", ["alphabet a\naccept(i) := Q_a(i)\n", "alphabet a b\naccept(i) := Q_a(i)\n"])
def test_all_words_to_a_length_that_takes_for_ever_are_refused_at_once(
    program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.crasp").write_text(program)
    assert main(["compile", str(tmp_path / "p.crasp"), "-o", str(tmp_path / "d")]) == 0
    for length in ("1000000", "1000000000000"):
        assert main(["verify", str(tmp_path / "d"), "--exhaustive", length]) == 2
        assert f"--exhaustive {length}: there are more than" in capsys.readouterr().err
    assert main(["verify", str(tmp_path / "d"), "--random", str(10**15)]) == 2
