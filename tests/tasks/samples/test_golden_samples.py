"""A few words of every task, written down: a change of what is drawn is seen, and changes the version of the data.

A change that is meant: raise `tasks.version.DATA_VERSION` by one, then run `python -m
tests.tasks.samples.test_golden_samples`. It writes the words down anew, and their digest as that of the new version;
the digests of old versions stay.
"""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from eval.subjects.program_task import program_task
from tasks.drawing.randomness import generator
from tasks.given_tasks import task_named_or_given
from tasks.registry import TASKS, get_task
from tasks.samples.batch import examples_of
from tasks.task import Task
from tasks.version import DATA_VERSION

GOLDEN = Path(__file__).with_name("golden_samples.json")
VERSIONS = Path(__file__).with_name("golden_versions.json")
SHOWN, HASHED = (5, 12), (101, 150)
RECOGNITION = "dyck1:recognition", "tomita4:recognition", "anbn:recognition", "bool3:recognition"
REGEX = "a(b|c)*a?"
PROGRAMS = "lib:shuffle2", "lib:majority"
NAMES = (*TASKS, *RECOGNITION, REGEX, *PROGRAMS)


def task_of(name: str) -> Task:
    if name == REGEX:
        return task_named_or_given(regex=REGEX)
    return program_task(name) if name in PROGRAMS else get_task(name)


def golden(name: str) -> dict[str, object]:
    """Two short words, spelled out, and a hash of 64 long ones with their labels."""
    task = task_of(name)
    short = examples_of(task, task.sample(generator(name, "golden", SHOWN, 0), SHOWN, 2))
    long = examples_of(task, task.sample(generator(name, "golden", HASHED, 0), HASHED, 64))
    text = json.dumps([[example.tokens, example.judged, example.targets] for example in long])
    return {
        "words": [" ".join(example.tokens) for example in short],
        "targets": [" ".join("|".join(targets) for targets in example.targets) for example in short],
        "long": hashlib.sha256(text.encode()).hexdigest(),
    }


def digest(samples: dict[str, object]) -> str:
    """A hash of all that is written down."""
    return hashlib.sha256(json.dumps(samples, sort_keys=True).encode()).hexdigest()


def read(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_those_written_down(name: str) -> None:
    assert read(GOLDEN)[name] == golden(name)


def test_the_version_of_the_data_is_that_of_the_samples_written_down() -> None:
    versions = read(VERSIONS)
    assert list(versions) == [str(number) for number in range(1, DATA_VERSION + 1)]
    assert versions[str(DATA_VERSION)] == digest(read(GOLDEN))


def test_every_version_of_the_data_has_samples_of_its_own() -> None:
    digests = read(VERSIONS).values()
    assert len(set(digests)) == len(digests)


def write_down() -> int:
    """Write the samples and the version's digest; 1 where the samples changed and the version did not."""
    samples: dict[str, object] = {name: golden(name) for name in NAMES}
    versions = read(VERSIONS) if VERSIONS.exists() else {}
    if versions.setdefault(str(DATA_VERSION), digest(samples)) != digest(samples):
        print(f"the samples are not those of version {DATA_VERSION}: raise tasks.version.DATA_VERSION", file=sys.stderr)
        return 1
    GOLDEN.write_text(json.dumps(samples, indent=1) + "\n", encoding="utf-8")
    VERSIONS.write_text(json.dumps(versions, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(write_down())
