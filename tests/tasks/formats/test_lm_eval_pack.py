"""Task packs of lm-evaluation-harness: what is in them, and a run of the harness beside `eval.measure`.

The run takes minutes and needs the extra `lm-eval`: `make test-lm-eval`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crasp.__main__ import main as crasp_main
from eval.commands.measure import main as measure_main
from tasks.__main__ import main
from tasks.formats.dataset import ExportError, write_dataset
from tasks.registry import get_task
from tasks.samples.named_words import Split
from train.__main__ import main as train_main

NAME, WORDS, RANGES = "binary_majority", "60", ("1-20", "21-40")
EXPORT = ["export", NAME, "--format", "lm-eval", "--lengths", ",".join(RANGES), "-n", WORDS, "--out"]


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def config_in(file: Path) -> dict[str, Any]:
    """The values of a file whose lines are `key: JSON`, which YAML contains."""
    pairs = (line.split(": ", 1) for line in file.read_text(encoding="utf-8").splitlines())
    return {key: json.loads(value) for key, value in pairs}


def test_a_pack_is_yaml_and_lines_with_a_task_for_each_range_and_stratum(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    assert main([*EXPORT, str(pack)]) == 0
    assert {file.suffix for file in pack.rglob("*") if file.is_file()} == {".yaml", ".jsonl", ".md"}
    configs = [config_in(file) for file in pack.glob("*.yaml")]
    strata = ("uniform", "sticky", "pairs")
    groups = {config["group"]: set(config["task"]) for config in configs if "group" in config}
    assert groups == {
        "crasp_binary_majority": {"crasp_binary_majority_1_20", "crasp_binary_majority_21_40"},
        **{
            f"crasp_binary_majority_{each}": {f"crasp_binary_majority_{each}_{stratum}" for stratum in strata}
            for each in ("1_20", "21_40")
        },
    }
    tasks = {config["task"]: config for config in configs if "group" not in config}
    assert set(tasks) == set.union(*groups.values()) - set(groups)
    words = 0
    for config in tasks.values():
        file = pack / config["dataset_kwargs"]["data_files"]["test"]
        words += len(rows(file))
        assert {config["task"].rpartition("_")[2]} == {row["stratum"] for row in rows(file)}
    assert words == 2 * int(WORDS)


@pytest.mark.parametrize("name", ["binary_majority", "sort", "addition", "tomita4:recognition", "copy_unique"])
def test_a_text_and_its_continuation_are_the_word_and_its_right_answer(name: str, tmp_path: Path) -> None:
    write_dataset(get_task(name), (Split("test", (1, 20), 30),), tmp_path / "pack", "lm-eval")
    for file in (tmp_path / "pack" / "data").iterdir():
        for row in rows(file):
            assert row["continuation"] == "".join(f" {target}" for (target,) in row["targets"])
            assert row["continuation"].endswith(" <eos>")
            asked = len(row["context"].split(" "))
            assert ["<bos>", *row["context"].split(" ")] == row["tokens"][: asked + 1]
            whole = (row["context"] + row["continuation"]).split(" ")
            assert whole[: len(row["tokens"]) - 1] == row["tokens"][1:]


def test_the_card_says_how_it_is_run_and_lists_the_files_of_the_words(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    assert main([*EXPORT, str(pack)]) == 0
    text = (pack / "README.md").read_text(encoding="utf-8")
    assert "lm_eval --model hf --model_args pretrained=MODEL --tasks crasp_binary_majority --include_path ." in text
    (listed,) = (line for line in text.split("---")[1].splitlines() if line.startswith("    path: "))
    paths = json.loads(listed.removeprefix("    path: "))
    assert sorted(paths) == sorted(str(each.relative_to(pack)) for each in pack.glob("data/*"))


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["dyck1"], "--recognition asks whether a word belongs to the language"),
        (["sort", "--split", "train", "--split", "test"], "writes one split, found 2: train test"),
    ],
    ids=["no answer", "two splits"],
)
def test_what_the_harness_cannot_ask_is_refused_and_nothing_is_written(
    arguments: list[str], phrase: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", *arguments, "--format", "lm-eval", "--out", str(tmp_path / "pack")]) == 2
    assert phrase in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_does_not_follow_its_question_is_refused() -> None:
    from tasks.formats.lm_eval_pack import asked

    row = {"tokens": ["<bos>", "a", "<sep>", "b"], "judged": [2, 3], "targets": [["a"], ["<eos>"]]}
    with pytest.raises(ValueError, match="not what follows the question"):
        asked(row)
    assert issubclass(ExportError, ValueError)


# --- a run of the harness ------------------------------------------------------------------------------------

needs_harness = pytest.mark.skipif("CRASP_LM_EVAL" not in os.environ, reason="minutes: make test-lm-eval")


@pytest.fixture(scope="module")
def directories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A compiled model, and one trained so little that it errs."""
    folder = tmp_path_factory.mktemp("models")
    compiled = folder / "compiled"
    arguments = ["compile", f"lib:{NAME}", "-o", str(compiled), "--target", "gpt2", "--max-length", "64"]
    assert crasp_main(arguments) == 0
    shape = (
        "--layers 1 --heads 1 --width 16 --batch-size 32 --lr 0.003 --max-steps 100 --train-length 20 --max-length 60"
    )
    assert train_main(["--task", NAME, *shape.split(), "--seeds", "0", "--out", str(folder / "runs")]) == 0
    (config,) = (folder / "runs").rglob("model.safetensors")
    return {"compiled": compiled, "trained": config.parent}


@needs_harness
@pytest.mark.parametrize("which", ["compiled", "trained"])
def test_the_harness_finds_the_accuracies_that_measure_finds(
    which: str, directories: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack, model = tmp_path / "pack", directories[which]
    assert main([*EXPORT, str(pack)]) == 0
    capsys.readouterr()
    lengths = ["--lengths", ",".join(RANGES), "-n", WORDS, "--json"]
    assert measure_main(["--task", NAME, "--model", str(model), *lengths]) == 0
    bins = json.loads(capsys.readouterr().out)["bins"]
    results = harness(pack, model, tmp_path)
    wanted: dict[str, float] = {}
    for each, lengths_name in zip(bins, ("1_20", "21_40"), strict=True):
        wanted[f"crasp_{NAME}_{lengths_name}"] = each["correct"] / each["total"]
        for stratum, counts in each["strata"].items():
            wanted[f"crasp_{NAME}_{lengths_name}_{stratum}"] = counts["correct"] / counts["total"]
    assert {name: results[name]["acc,none"] for name in wanted} == pytest.approx(wanted)
    assert all(share == 1 for share in wanted.values()) == (which == "compiled")


def harness(pack: Path, model: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """The results of a run of lm_eval on the pack, by task and group."""
    command = [sys.executable, "-m", "lm_eval", "--model", "hf", "--model_args", f"pretrained={model}"]
    command += ["--tasks", f"crasp_{NAME}", "--include_path", ".", "--output_path", str(folder / "out")]
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hf")}
    run = subprocess.run([*command, "--device", "cpu"], cwd=pack, env=offline, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    (file,) = (folder / "out").rglob("results_*.json")
    found: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return {**found["results"], **found.get("groups", {})}
