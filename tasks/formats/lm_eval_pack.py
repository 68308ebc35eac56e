"""A task pack for lm-evaluation-harness: YAML and JSON lines, without code.

Only a task with an answer can be asked this way. The harness asks whether each token of the one right continuation of a
text is the model's greatest logit, which is what `eval.measure` asks too. It does not see the logits themselves, so it
cannot say which tokens a model allows next.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.data_version import DATA_VERSION
from tasks.task import Task

DATA = "data"  # the folder of the words, beside the YAML files
ACCURACY = {"metric": "acc", "aggregation": "mean", "higher_is_better": True}
SUMMED = {"metric": "acc", "aggregation": "mean", "weight_by_size": True}


def why_no_pack(task: Task, names: Sequence[str]) -> str | None:
    """Return why the words of these splits cannot be a pack; None if they can."""
    if task.format != "answer":
        return (
            f"{task.name} asks which tokens may follow every prefix, and lm-evaluation-harness cannot ask this; "
            "--recognition asks whether a word belongs to the language, and it can ask that"
        )
    return None if len(names) == 1 else f"--format lm-eval writes one split, found {len(names)}: {' '.join(names)}"


def write_pack(task: Task, parts: Iterator[list[dict[str, Any]]], directory: Path) -> dict[str, list[str]]:
    """Write the pack into a directory that exists.

    Args:
        task: A task for which `why_no_pack` returns None.
        parts: The rows of the dataset; each row gets its text and its right continuation in addition.
        directory: The directory of the pack.

    Returns:
        The files of the words for each range of lengths, relative to the directory.
    """
    (directory / DATA).mkdir()
    found: dict[str, dict[str | None, Path]] = {}
    for rows in parts:
        for row in rows:
            files = found.setdefault(row["lengths"], {})
            file = files.setdefault(row["stratum"], _data_file(directory, row))
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps({**asked(row), **row}, ensure_ascii=False) + "\n")
    groups = [_write_range(task, lengths, files, directory) for lengths, files in found.items()]
    _write_yaml(directory, {"group": _name(task), "task": groups, "metadata": {"version": DATA_VERSION}})
    return {lengths: [f"{DATA}/{file.name}" for file in files.values()] for lengths, files in found.items()}


def asked(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the text that the model is asked about, `context`, and its one right `continuation`.

    Tokens are separated by spaces. The harness puts nothing between the two texts, so the continuation begins with a
    space.

    Raises:
        ValueError: The tokens after the first judged position are not the answer.
    """
    first = row["judged"][0]
    answer = [target for (target,) in row["targets"]]
    if row["tokens"][first + 1 :] != answer[: len(row["tokens"]) - first - 1]:
        raise ValueError(f"the answer is not what follows the question: {' '.join(row['tokens'])}")
    return {"context": " ".join(row["tokens"][1 : first + 1]), "continuation": "".join(f" {token}" for token in answer)}


def _write_range(task: Task, lengths: str, files: Mapping[str | None, Path], directory: Path) -> str:
    """Write a task for each stratum of a range of lengths, and a group of them; return the name of the group.

    Words without strata make a single task, whose name is returned.
    """
    name = f"{_name(task)}_{lengths.replace('-', '_')}"
    members = []
    for stratum, file in files.items():
        member = name if stratum is None else f"{name}_{stratum}"
        members.append(member)
        _write_yaml(
            directory,
            {
                "task": member,
                "dataset_path": "json",
                "dataset_kwargs": {"data_files": {"test": f"{DATA}/{file.name}"}},
                "test_split": "test",
                "output_type": "loglikelihood",
                "doc_to_text": "context",
                "doc_to_target": "continuation",
                "metric_list": [ACCURACY],
                "metadata": {"version": DATA_VERSION},
            },
        )
    if members != [name]:
        group = {"group": name, "task": members, "aggregate_metric_list": [SUMMED]}
        _write_yaml(directory, {**group, "metadata": {"version": DATA_VERSION}})
    return name


def _data_file(directory: Path, row: Mapping[str, Any]) -> Path:
    stratum = "" if row["stratum"] is None else f"_{row['stratum']}"
    return directory / DATA / f"{row['lengths']}{stratum}.jsonl"


def _name(task: Task) -> str:
    return f"crasp_{re.sub(r'[^0-9A-Za-z]+', '_', task.name).strip('_') or 'task'}"


def _write_yaml(directory: Path, config: Mapping[str, Any]) -> None:
    """Write the YAML file named like the task or group; each value is written as JSON, which is also YAML."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in config.items()]
    name = config.get("task") if isinstance(config.get("task"), str) else config["group"]
    (directory / f"{name}.yaml").write_text("".join(lines), encoding="utf-8")


def how_to_run(task: Task) -> list[str]:
    """Return the lines of the card that say how the pack is run."""
    name = _name(task)
    return [
        "",
        "Beside the columns above, each line has `context`, the text that is asked about, and `continuation`, its "
        "right answer.",
        "",
        "## Running it",
        "",
        "This folder is a task pack of lm-evaluation-harness: YAML and JSON lines, no code. Its paths are relative, "
        "so run it inside this folder.",
        "",
        "```",
        f"lm_eval --model hf --model_args pretrained=MODEL --tasks {name} --include_path .",
        "```",
        "",
        f"`{name}` has a group for each range of lengths, and where words have strata a task for each. `acc` is "
        "the share of words for which each token of the answer, the end included, has the model's greatest logit. The "
        "model's tokenizer must read each of the words' tokens, which white space separates, as one token, and put its "
        "begin token first.",
    ]
