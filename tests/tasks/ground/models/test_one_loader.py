"""One loader of models in the whole project, which runs nothing of a directory: at every entrance."""

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crasp.__main__ import main as crasp
from eval.__main__ import main as evaluate
from limit_transformer.norms.trained_model import WeightsError, read_weights
from tests.tasks.ground.models.stock_models import name_own_code, save_model

ROOT = Path(__file__).parents[4]
PACKAGES = ("crasp", "limit_transformer", "tasks", "train", "eval", "benchmarks")
LOADERS = {ROOT / "tasks" / "ground" / "models" / name for name in ("causal_model.py", "model_directory.py")}
# What reads a directory of others; safe_open of this project's own checkpoints and of headers reads numbers alone.
READS = re.compile(r"\.from_pretrained\(|torch\.load\(|\bload_file\(|pickle\.load|\bpipeline\(")
OWN = {
    ROOT / "crasp" / "artifacts" / "model_card.py": 2,  # two lines of the card's example
    ROOT / "limit_transformer" / "floating" / "torch_directory.py": 1,  # the compiled module's two files
    ROOT / "train" / "ledger" / "trained_card.py": 2,  # two lines of the card's example
    ROOT / "train" / "architectures" / "directory.py": 1,  # numbers alone, for a module that a person's own code makes
    ROOT / "benchmarks" / "trainer_peer.py": 1,  # the directory that the benchmark has just written
}
REFUSAL = "names code of the directory to run (auto_map): it is not loaded"
FILES = ("config.json", "tokenizer_config.json", "generation_config.json")


def test_no_other_module_reads_model_directories() -> None:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path not in LOADERS:
                assert len(READS.findall(path.read_text(encoding="utf-8"))) == OWN.get(path, 0), path


def test_the_loader_never_trusts_what_is_remote() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in LOADERS)
    calls = len(re.findall(r"\.from_(pretrained|config)\(", text))
    assert calls == len(re.findall(r"trust_remote_code=False", text)) == 4
    assert "trust_remote_code=True" not in text


def test_the_loader_is_imported_without_torch_and_transformers() -> None:
    code = (
        "import sys, tasks.ground.models.causal_model; print({'torch', 'transformers', 'safetensors'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "set()"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("compiled") / "gpt2"
    assert crasp(["compile", "lib:tomita1", "-o", str(directory), "--target", "gpt2", "--max-length", "20"]) == 0
    return directory


@pytest.fixture(params=FILES)
def harmful(compiled: Path, tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """A compiled directory that names a module of its own, with that in its certificate; and what it would touch."""
    directory = Path(shutil.copytree(compiled, tmp_path / "model"))
    touched = name_own_code(directory, request.param)
    certify_anew(directory)
    return directory, touched


def certify_anew(directory: Path) -> None:
    """Let the certificate record the files as they are, as whoever changed them would."""
    import json
    from hashlib import sha256

    path = directory / "certificate.json"
    certificate = json.loads(path.read_text())
    names = [entry.name for entry in directory.iterdir() if entry.name != "certificate.json"]
    certificate["files"] = {name: sha256((directory / name).read_bytes()).hexdigest() for name in names}
    path.write_text(json.dumps(certificate))


COMMANDS: dict[str, Callable[[str], int]] = {
    "crasp verify": lambda model: crasp(["verify", model]),
    "eval.measure": lambda model: evaluate(["measure", "--task", "tomita1", "--model", model]),
    "eval.measure --vocab": lambda model: evaluate(
        ["measure", "--task", "tomita1", "--model", model, "--vocab", f"{model}/../vocab.txt"]
    ),
    "eval.report": lambda model: evaluate(["report", "--task", "tomita1", "--model", model]),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs_nothing_of_a_directory_and_asks_nothing(
    command: str,
    harmful: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory, touched = harmful
    (directory.parent / "vocab.txt").write_text("0\n1\n<bos>\n<eos>\n<pad>\n<accept>\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * 10))
    assert COMMANDS[command](str(directory)) == 2
    captured = capsys.readouterr()
    assert (captured.out, REFUSAL in captured.err) == ("", True)
    assert sys.stdin.read() == "y\n" * 10
    assert not touched.exists()


def test_a_directory_without_a_certificate_is_asked_nothing_either(
    harmful: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    directory, touched = harmful
    (directory / "certificate.json").unlink()
    assert evaluate(["measure", "--task", "tomita1", "--model", str(directory)]) == 2
    assert REFUSAL in capsys.readouterr().err
    assert not touched.exists()


def test_the_terms_of_the_regulariser_run_nothing(harmful: tuple[Path, Path]) -> None:
    directory, touched = harmful
    with pytest.raises(WeightsError, match="names code of the directory to run"):
        read_weights(directory)
    assert evaluate(["terms", "--model", str(directory)]) == 2
    assert not touched.exists()


def test_a_module_that_nothing_names_is_left_alone(tmp_path: Path) -> None:
    directory = save_model("gpt2", tmp_path / "model")
    (directory / "modeling_gpt2.py").write_text("raise SystemExit\n")
    from tasks.ground.models.causal_model import load_causal_model

    assert load_causal_model(directory).outputs == 9
