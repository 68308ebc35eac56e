"""What `show` reports, made cheap for tests of other things that it prints."""

import pytest

from tasks.samples.difficulty import difficulties
from tasks.samples.repeated_words import Repeats, repeats
from tasks.task import Task


@pytest.fixture(scope="session")
def repeats_of() -> dict[str, Repeats]:
    """Tasks' repeated words, by the task's name, as far as they were counted: they are drawn from 64,000."""
    return {}


@pytest.fixture
def few_words(monkeypatch: pytest.MonkeyPatch, repeats_of: dict[str, Repeats]) -> None:
    """The report asks about a few words of one range, and counts a task's repeated words once in all."""

    def counted(task: Task) -> Repeats:
        if task.name not in repeats_of:
            repeats_of[task.name] = repeats(task)
        return repeats_of[task.name]

    monkeypatch.setattr(
        "tasks.commands.words_commands.difficulties", lambda task: difficulties(task, [(1, 50)], tried=20)
    )
    monkeypatch.setattr("tasks.commands.words_commands.repeats", counted)
