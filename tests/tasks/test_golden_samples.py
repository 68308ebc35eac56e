"""A few words of every task, written down: a change of what is drawn is seen.

A change that is meant is written down anew with `python tests/tasks/test_golden_samples.py`.
"""

import hashlib
import json
from pathlib import Path

import pytest

from tasks.batch import examples_of
from tasks.randomness import generator
from tasks.registry import TASKS, get_task

GOLDEN = Path(__file__).with_name("golden_samples.json")
SHOWN, HASHED = (5, 12), (101, 150)


def golden(name: str) -> dict[str, object]:
    """Two short words, spelled out, and a hash of 64 long ones with their labels."""
    task = get_task(name)
    short = examples_of(task, task.sample(generator(name, "golden", SHOWN, 0), SHOWN, 2))
    long = examples_of(task, task.sample(generator(name, "golden", HASHED, 0), HASHED, 64))
    text = json.dumps([[example.tokens, example.judged, example.targets] for example in long])
    return {
        "words": [" ".join(example.tokens) for example in short],
        "targets": [" ".join("|".join(targets) for targets in example.targets) for example in short],
        "long": hashlib.sha256(text.encode()).hexdigest(),
    }


@pytest.mark.parametrize("name", TASKS)
def test_samples_are_those_written_down(name: str) -> None:
    assert json.loads(GOLDEN.read_text(encoding="utf-8"))[name] == golden(name)


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps({name: golden(name) for name in TASKS}, indent=1) + "\n", encoding="utf-8")
