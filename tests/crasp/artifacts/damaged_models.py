"""Directories of compiled models, damaged at random: `verify` and `eval.measure` say so, and run nothing of them."""

import json
import shutil
import struct
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random

from crasp.__main__ import main
from tests.damaged_files import VALUES, asked, contents, damaged_bytes, damaged_file, damaged_json, kept_directory

TARGETS = {
    "gpt2": ["--target", "gpt2", "--max-length", "40"],
    "torch": ["--target", "torch", "--max-length", "40"],
    "limit": [],
}
SHORT = ("--longest", "30")  # else a claim of a billion tokens has words of tens of thousands tried
PROGRAMS = ("dyck1", "tomita4")
# Of what `verify` finds equal these may differ from what was compiled: its claims are compared by value, the card's
# title is free, and weights may be a few units in the last place off.
FREE = ("certificate.json", "README.md", "model.safetensors")


@cache
def good(program: str, target: str) -> Path:
    """A directory as `crasp compile` writes it."""
    directory = kept_directory() / "model"
    assert main(["compile", f"lib:{program}", "-o", str(directory), *TARGETS[target]]) == 0
    return directory


def check_case(number: int) -> str:
    """The outcome of the case of that number; AssertionError where something does not hold."""
    random = Random(f"model directory {number}")
    program, target = random.choice(PROGRAMS), random.choice(("gpt2", "gpt2", "gpt2", "torch", "limit"))
    with tempfile.TemporaryDirectory(prefix="crasp-fuzz-") as name:
        folder = Path(name)
        directory = Path(shutil.copytree(good(program, target), folder / "model"))
        for _ in range(random.choice((1, 1, 2, 3))):
            _damage(random, directory, folder / "ran")
        if random.random() < 0.6:
            _sign(directory)
        before = contents(folder)
        verified = asked("crasp.__main__", "verify", str(directory), "--exhaustive", "2", "--random", "3", *SHORT)
        outcome = f"verify {verified.status}"
        if verified.status == 0:
            _check_equal(directory, good(program, target), but=() if target == "gpt2" else ("program.crasp",))
        if target == "gpt2":
            asking = ["--task", program, "--model", str(directory), "-n", "4", "--lengths", "2-8"]
            outcome += f", measure {asked('eval.commands.measure', *asking).status}"
        assert not (folder / "ran").exists(), "what the directory brings was run"
        assert contents(folder) == before, "something was written"
    return outcome


def _check_equal(directory: Path, compiled: Path, *, but: tuple[str, ...]) -> None:
    """What `verify` calls right is what was compiled; a program's comments are in no file of some targets."""
    found, wanted = contents(directory), contents(compiled)
    assert found.keys() == wanted.keys(), f"other files: {sorted(found.keys() ^ wanted.keys())}"
    changed = [name for name in wanted if name not in (*FREE, *but) and found[name] != wanted[name]]
    assert not changed, f"called right, but changed: {changed}"


def _damage(random: Random, directory: Path, marker: Path) -> None:
    files = sorted(path for path in directory.iterdir() if path.is_file() and not path.is_symlink())
    if not files:
        return
    path = random.choice(files)
    match random.randrange(10):
        case 0:
            _bring_code(random, directory, marker)
        case 1:
            path.write_bytes(random.choice(files).read_bytes())
        case 2 | 3 if path.suffix == ".safetensors":
            _damage_header(random, path)
        case 2 | 3 | 4 | 5 | 6 if path.suffix == ".json":
            try:
                path.write_text(damaged_json(random, path.read_text("utf-8")), "utf-8")
            except (ValueError, RecursionError):  # it is no JSON any more, or too deep
                path.write_bytes(damaged_bytes(random, path.read_bytes()))
        case _:
            try:
                damaged_file(random, path)
            except (ValueError, RecursionError):
                path.write_bytes(b"")


def _damage_header(random: Random, path: Path) -> None:
    """A safetensors file whose header, still JSON, says something else of its tensors."""
    content = path.read_bytes()
    try:
        (size,) = struct.unpack("<Q", content[:8])
        header = damaged_json(random, content[8 : 8 + size].decode()).encode()
    except (ValueError, RecursionError, struct.error):
        return
    path.write_bytes(struct.pack("<Q", len(header)) + header + content[8 + size :])


def _bring_code(random: Random, directory: Path, marker: Path) -> None:
    """Code of the directory's own, and something that names it; run, it makes the marker."""
    (directory / "modeling_own.py").write_text(f"open({str(marker)!r}, 'w').close()\n", "utf-8")
    match random.randrange(3):
        case 0:
            pickle = b"cos\nsystem\n(S'touch " + str(marker).encode() + b"'\ntR."
            (directory / random.choice(("pytorch_model.bin", "model.pkl", "training_args.bin"))).write_bytes(pickle)
            if random.random() < 0.5:
                (directory / "model.safetensors").unlink(missing_ok=True)
        case 1:
            (directory / "adapter_config.json").write_text(
                json.dumps({"base_model_name_or_path": str(directory), "auto_mapping": random.choice(VALUES[:18])}),
                "utf-8",
            )
        case _:
            path = directory / random.choice(("config.json", "tokenizer_config.json", "generation_config.json"))
            names = {"AutoModelForCausalLM": "modeling_own.Own", "AutoConfig": "modeling_own.Own"}
            tokenizer = {"AutoTokenizer": ["modeling_own.Own", "modeling_own.Own"]}
            try:
                config = json.loads(path.read_text("utf-8")) if path.is_file() else {}
                config["auto_map"] = names | tokenizer
            except (ValueError, TypeError, RecursionError):
                return
            if path.is_file():
                path.write_text(json.dumps(config), "utf-8")


def _sign(directory: Path) -> None:
    """The certificate with the hashes of the files as they now are, as who means to deceive would write it."""
    path = directory / "certificate.json"
    if not path.is_file():
        return
    try:
        certificate = json.loads(path.read_text("utf-8"))
        for name in certificate["files"]:
            if (directory / name).is_file():
                certificate["files"][name] = sha256((directory / name).read_bytes()).hexdigest()
        certificate["program_sha256"] = certificate["files"]["program.crasp"]
        path.write_text(json.dumps(certificate), "utf-8")
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return
