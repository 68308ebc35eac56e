"""Of a key that an object has twice one value would be lost: it is refused in every JSON that people bring."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crasp.__main__ import main as crasp
from eval.__main__ import main as evaluate
from tasks.ground.json_text import RepeatedKeyError, read_json_text
from train.__main__ import main as train

ROOT = Path(__file__).parents[3]
PACKAGES = ("crasp", "limit_transformer", "tasks", "train", "eval")
READS = re.compile(r"\bjson\.loads?\b")
OWN = {  # what the project itself has just written, or ships
    "tasks/ground/json_text.py": 1,  # the reader itself
    "crasp/text/grammar_tables.py": 1,
    "crasp/artifacts/certificate_claims.py": 1,
    "train/sweep/suite_training.py": 1,
    "train/sweep/worker.py": 1,
    "train/sweep/cluster.py": 1,
    "train/ledger/store.py": 2,  # columns of the database, each with a digest
    "train/running/checkpoint.py": 2,
    "train/architectures/specification.py": 1,  # a round trip
    "train/architectures/directory.py": 1,
    "eval/board/exception_causes.py": 1,
    "eval/probe/reference_cards.py": 1,
}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a": 1, "a": 1}', "a"),
        ('[{"x": {"y z": [0, {"b": 1, "c": 2, "b": 3}]}}]', '[0].x["y z"][1].b'),
        ('{"a": {"b": 1, "b": 2}, "a": 3}', "a"),
    ],
)
def test_a_repeated_key_is_refused_with_its_path(text: str, path: str) -> None:
    with pytest.raises(RepeatedKeyError, match=re.escape(f"`{path}` is given twice")):
        read_json_text(text)


def test_any_other_text_is_read_as_python_reads_it() -> None:
    for value in ({"a": [{"a": 1}, {"a": 2}], "b": {"a": None}}, [1, "x", 2.5, True], "a", {}):
        assert read_json_text(json.dumps(value)) == value
        assert read_json_text(json.dumps(value).encode()) == value


def test_no_other_module_reads_json_that_people_bring() -> None:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if calls := len(READS.findall(path.read_text(encoding="utf-8"))):
                found[str(path.relative_to(ROOT))] = calls
    assert found == OWN


def repeat(path: Path, key: str) -> None:
    """Give the key a second time, with another value, at the beginning of the first object that has it."""
    text = path.read_text(encoding="utf-8")
    assert f'"{key}"' in text
    path.write_text(text.replace(f'"{key}"', f'"{key}": "other", "{key}"', 1), encoding="utf-8")


def words(folder: Path) -> int:
    (folder / "words.jsonl").write_text(
        '{"word": "ab", "accept": true, "accept": false}\n{"word": "a", "accept": false}\n'
    )
    return crasp(["learn", "--words", str(folder / "words.jsonl"), "--seconds", "1"])


def certificate(folder: Path) -> int:
    (folder / "said.json").write_text('{"certificate": {"kind": "plain", "kind": "local"}}')
    return crasp(["decide", "--regex", "(aa)*", "--check", str(folder / "said.json")])


def exclusion(folder: Path) -> int:
    (folder / "excluded.json").write_text('{"certificates": [1], "certificates": [2]}')
    return crasp(["learn", "--check", str(folder / "excluded.json")])


def compiled(key: str, name: str) -> Callable[[Path], int]:
    def read(folder: Path) -> int:
        assert crasp(["compile", "lib:tomita1", "-o", str(folder / "compiled")]) == 0
        repeat(folder / "compiled" / name, key)
        return crasp(["verify", str(folder / "compiled")])

    return read


def model(key: str, name: str) -> Callable[[Path], int]:
    def read(folder: Path) -> int:
        directory = str(folder / "model")
        assert crasp(["compile", "lib:tomita1", "-o", directory, "--target", "gpt2", "--max-length", "20"]) == 0
        (folder / "model" / "certificate.json").unlink()
        repeat(folder / "model" / name, key)
        return evaluate(["measure", "--task", "tomita1", "--model", directory, "--lengths", "1-10", "-n", "4"])

    return read


def architecture(folder: Path) -> int:
    (folder / "config.json").write_text('{"model_type": "llama", "hidden_size": 16, "hidden_size": 32}')
    return train(["--task", "tomita1", "--architecture", str(folder / "config.json"), "--out", str(folder / "out")])


def architecture_field(folder: Path) -> int:
    given = 'llama:rope_parameters={"rope_type": "default", "rope_type": "linear"}'
    return train(["--task", "tomita1", "--architecture", given, "--out", str(folder / "out")])


BROUGHT: dict[str, tuple[Callable[[Path], int], str]] = {
    "labelled words": (words, "words.jsonl, line 1: `accept` is given twice"),
    "a certificate": (certificate, "said.json: `certificate.kind` is given twice"),
    "a certificate of exclusion": (exclusion, "excluded.json: `certificates` is given twice"),
    "a compiled program's certificate": (compiled("format", "certificate.json"), "`format` is given twice"),
    "a model's configuration": (model("n_layer", "config.json"), "config.json: `n_layer` is given twice"),
    "a model's tokenizer": (model("model", "tokenizer.json"), "tokenizer.json: `model` is given twice"),
    "an architecture": (architecture, "config.json: `hidden_size` is given twice"),
    "a field of an architecture": (architecture_field, "rope_parameters: `rope_type` is given twice"),
}


@pytest.mark.parametrize("kind", BROUGHT)
def test_a_command_names_the_repeated_key(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command, message = BROUGHT[kind]
    assert command(tmp_path) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert not (tmp_path / "out").exists()


def test_a_result_with_a_repeated_key_is_named_and_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "results" / "bf16", tmp_path / "given")
    repeat(tmp_path / "given" / "task.jsonl", "steps")
    evaluate(["leaderboard", "--suite", "found", "--from", str(tmp_path / "given"), "--format", "csv"])
    assert "task.jsonl:1: unreadable result: `steps` is given twice" in capsys.readouterr().err
