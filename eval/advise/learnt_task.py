"""The task that labelled words define: that of the shortest program that agrees with them."""

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typer

from crasp.learning.labelled_prefixes import ACCEPT, LabelledWords, read_labelled_words
from crasp.learning.learning import LearntProgram, learn_program
from crasp.learning.output_search import LABELS_A_NODE
from eval.subjects.asked_task import task_of_subject
from tasks.ground.automata.automaton import counted
from tasks.ground.console import RefusedError, print_json
from tasks.ground.files import LoadError
from tasks.task import Task

LEARNT_FAMILIES = "plain", "local", "periodic", "periodic_local"
LEARNT_NODES = 16  # programs of up to so many nodes are enumerated


@dataclass(frozen=True)
class LearntTask:
    """The task of a program that was learnt from labelled words.

    Attributes:
        task: The task.
        text: The program's text.
        words: How many labelled prefixes the program agrees with.
        minimal: Whether no shorter program agrees with them.
    """

    task: Task
    text: str
    words: int
    minimal: bool

    def record(self) -> dict[str, Any]:
        """Return what was learnt as JSON data."""
        return {"program": self.text, "agrees": self.words, "minimal": self.minimal}


def learnt_task(path: Path, seconds: float, *, as_json: bool) -> LearntTask:
    """Return the task of the shortest program that agrees with the words of a file.

    Args:
        path: A file of labelled words.
        seconds: How long the program is looked for.
        as_json: Whether the reason for finding none is printed as JSON.

    Raises:
        RefusedError: The file cannot be read, or its words have no labels of acceptance.
        Exit: With status 1, if no program was found, or there are too few labels to trust it.
    """
    try:
        labelled = read_labelled_words(str(path))
    except LoadError as error:
        raise RefusedError(str(error)) from None
    if ACCEPT not in labelled.labels:
        raise RefusedError(f'{path}: expected "accept" or "prefixes" for each word, found "next"')
    found = learn_program(
        labelled,
        LEARNT_FAMILIES,
        seconds=seconds,
        most=LEARNT_NODES,
        told=lambda line: print(line, file=sys.stderr),
    )
    if found.text is None or found.prefixes < LABELS_A_NODE * found.size:
        _cannot_tell(path, labelled, found, as_json=as_json)
        raise typer.Exit(1)
    with TemporaryDirectory() as folder:
        file = Path(folder) / f"learnt-from-{path.stem}.crasp"
        file.write_text(found.text, encoding="utf-8")
        task = task_of_subject(None, program=str(file))
    return LearntTask(task, found.text, found.prefixes, found.minimal)


def _cannot_tell(path: Path, labelled: LabelledWords, found: LearntProgram, *, as_json: bool) -> None:
    labels = labelled.labels[ACCEPT]
    members = sum(labels.values())
    longest = max(len(word) for word in labelled.words)
    which = f"no program of up to {counted(found.excluded, 'node')} agrees with them"
    if found.text is not None:
        size = counted(found.size, "node")
        which = f"a program of {size} agrees with them, but so do many others, because there are so few labels"
    because = (
        f"{path} has {len(labels):,} labelled prefixes, of which {members:,} {'is' if members == 1 else 'are'} "
        f"accepted. Its words have up to {counted(longest, 'letter')}. They do not show which language is meant: "
        f"{which}. Give more words, or the language: an expression, an automaton or a program."
    )
    for warning in found.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if as_json:
        print_json(
            {"words": len(labelled.words), "accepted": members, "longest": longest, "advised": None, "because": because}
        )
    else:
        print(because)
