"""Decides what one argument is taken for: a task, a regular expression, an automaton's file or a program.

The rules are, in this order:

1. `lib:NAME` is a program of the library.
2. A text that ends in .crasp names a program's file; one that ends in .json or .att names an automaton's file.
3. The name of a benchmark task is that task.
4. A text with a character that no name has, such as `(`, `*` or `|`, is a regular expression.

An argument is refused if it is a task's name or an expression and also the name of a file here, or a file with another
ending, or a plain name that no task has. The last may be a misspelt task or an expression of one word.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crasp.text.sources import LIBRARY
from tasks.ground.console import RefusedError

SubjectOption = Literal["task", "program", "regex", "dfa"]
IN_WORDS: dict[SubjectOption, str] = {
    "task": "a task of the benchmark",
    "program": "a program",
    "regex": "a regular expression",
    "dfa": "an automaton's file",
}
ENDINGS: dict[str, SubjectOption] = {".crasp": "program", ".json": "dfa", ".att": "dfa"}
NAME = r"[\w:/~-]*"  # the characters of tasks' and files' names; an expression of these alone is a single word


@dataclass(frozen=True)
class TakenSubject:
    """The option that an argument stands for, and the option's value, which is the argument."""

    option: SubjectOption
    value: str

    @property
    def in_words(self) -> str:
        """A note that says what the argument was taken for, and which option says so explicitly."""
        return f"note: {self.value} is taken for {IN_WORDS[self.option]} (--{self.option})"


def taken_for(text: str) -> TakenSubject:
    """Return what the argument is taken for.

    Raises:
        RefusedError: It is ambiguous; the message names the options.
    """
    if text.startswith(LIBRARY):
        return TakenSubject("program", text)
    ending = ENDINGS.get(Path(text).suffix)
    if ending is not None:
        return TakenSubject(ending, text)
    is_name = re.fullmatch(NAME, text) is not None
    found: SubjectOption | None = "regex" if not is_name else "task" if _is_task(text) else None
    if _is_file(text):
        options = ("--program", "--dfa") if found is None else (f"--{found}", "--program", "--dfa")
        raise RefusedError(f"{text}: {_of_a_file(found)}: say {', '.join(options[:-1])} or {options[-1]}")
    if found is None:
        raise RefusedError(_of_a_name(text))
    return TakenSubject(found, text)


def _is_task(text: str) -> bool:
    from tasks.languages.task_origin import SUFFIX
    from tasks.registry import TASKS  # imported here, because it takes a while

    return text.removesuffix(SUFFIX) in TASKS


def _is_file(text: str) -> bool:
    try:
        return bool(text) and Path(text).is_file()
    except (OSError, ValueError):  # the text is longer than a file's name may be, or has a null byte
        return False


def _of_a_file(found: SubjectOption | None) -> str:
    if found is None:
        return "the file's ending does not say what it is"
    return f"this is {IN_WORDS[found]}, and a file here has the same name"


def _of_a_name(text: str) -> str:
    if not text:
        return "the subject is the empty text: say --regex '' for the language of the empty word"
    from tasks.registry import UnknownTask

    near = UnknownTask(text).near
    hint = f"; the nearest task is {near[0]}" if near else ""
    return (
        f"{text}: there is no task and no file of this name{hint}; "
        f"say --regex {text} for an expression, --program or --dfa for a file, --task for a task"
    )
