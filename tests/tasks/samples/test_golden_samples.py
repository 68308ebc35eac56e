"""A few words of every task, written down: a change of what is drawn is seen, and changes the version of the data.

`python -m tests.tasks.samples.test_golden_samples` writes them down anew, with their digest as that of the version.
For a new task that is all: the words of the others are what they were, and so is the version. A change of words that
is meant needs a new version first: raise `tasks.data_version.DATA_VERSION` by one. The digests of old versions stay.
"""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from eval.subjects.program_task import program_task
from tasks.data_version import DATA_VERSION
from tasks.drawing.randomness import generator
from tasks.given_tasks import task_named_or_given
from tasks.registry import TASKS, get_task
from tasks.samples.word_arrays import examples_of
from tasks.task import Task
from tests.cases import few

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


@pytest.mark.parametrize("name", few(NAMES, also=[name for name in NAMES if name != "lib:shuffle2"]))
def test_samples_are_those_written_down(name: str) -> None:
    assert read(GOLDEN)[name] == golden(name)


def test_the_version_of_the_data_is_that_of_the_samples_written_down() -> None:
    versions = read(VERSIONS)
    assert list(versions) == [str(number) for number in range(1, DATA_VERSION + 1)]
    assert versions[str(DATA_VERSION)] == digest(read(GOLDEN))


def test_every_version_of_the_data_has_samples_of_its_own() -> None:
    digests = read(VERSIONS).values()
    assert len(set(digests)) == len(digests)


def changed_samples(before: dict[str, object], samples: dict[str, object]) -> list[str]:
    """The names whose samples are others than before, or gone; a name that is new is no change."""
    return [name for name, sample in before.items() if samples.get(name) != sample]


def test_a_new_task_changes_no_version_and_another_word_or_a_task_that_is_gone_does() -> None:
    before: dict[str, object] = {"dyck1": "()", "tomita1": "11"}
    assert changed_samples(before, before | {"new": "a"}) == []
    assert changed_samples(before, before | {"dyck1": "(())"}) == ["dyck1"]
    assert changed_samples(before, {"dyck1": "()"}) == ["tomita1"]


def write_down() -> int:
    """Write the samples and the version's digest; 1 where a sample changed and the version did not."""
    samples: dict[str, object] = {name: golden(name) for name in NAMES}
    before, versions = read(GOLDEN), read(VERSIONS)
    changed = changed_samples(before, samples)
    if changed and versions.get(str(DATA_VERSION)) == digest(before):
        print(
            f"the words of {', '.join(changed)} are not those of version {DATA_VERSION} of the data; where the change "
            "is meant, raise tasks.data_version.DATA_VERSION",
            file=sys.stderr,
        )
        return 1
    versions[str(DATA_VERSION)] = digest(samples)
    GOLDEN.write_text(json.dumps(samples, indent=1) + "\n", encoding="utf-8")
    VERSIONS.write_text(json.dumps(versions, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(write_down())
