"""The public functions of the package: `import tasks` gives them."""

from collections.abc import Sequence
from pathlib import Path

from tasks.given_tasks import task_named_or_given
from tasks.ground.automata.language_text import given_text
from tasks.registry import TASKS
from tasks.samples.named_words import Split, batches
from tasks.samples.word_arrays import examples_of
from tasks.task import Task
from tasks.words import Example

__all__ = ["get", "names", "sample"]


def names() -> tuple[str, ...]:
    """The names of the benchmark's tasks, in the order of `python -m tasks list`.

    Example:
        >>> names()[:3]
        ('binary_majority', 'binary_majority_interleave', 'majority')
    """
    return tuple(TASKS)


def get(
    name: str | None = None,
    *,
    regex: str | None = None,
    dfa: str | Path | None = None,
    alphabet: str | Sequence[str] | None = None,
    ands: Sequence[str] = (),
    nots: Sequence[str] = (),
    recognize: bool = False,
) -> Task:
    """Return a task of the benchmark, or the task of a regular language that is given.

    Args:
        name: The name of a task. Exactly one of `name`, `regex` and `dfa` is given.
        regex: A regular expression in the dialect of `--regex`.
        dfa: The path of an automaton's file, in any format that the commands read.
        alphabet: The tokens of the language; by default the letters that occur in it.
        ands: Regular expressions that each word also has to match.
        nots: Regular expressions that no word may match.
        recognize: True: each word is labelled as accepted or rejected. False: the labels say which tokens may follow
            each prefix.

    Returns:
        The task: its alphabet, its sampler `sample`, its labels `label`, and what the theory says of it.

    Raises:
        UnknownTask: No task has this name; the message suggests similar names.
        ValueError: Any other fault of the arguments; the message names it.

    Example:
        >>> get("dyck1").alphabet
        ('(', ')')
        >>> get(regex="(ab)*").label(("a", "b")).targets
        (('a', '<eos>'), ('b',), ('a', '<eos>'))
    """
    text = given_text(regex, dfa, alphabet, ands, nots)
    return task_named_or_given(
        name,
        regex=text.regex,
        dfa=text.dfa,
        alphabet=text.alphabet,
        ands=text.ands,
        nots=text.nots,
        recognize=recognize,
    )


def sample(
    task: Task | str, *, lengths: tuple[int, int] = (1, 50), number: int = 5, seed: int = 0
) -> tuple[Example, ...]:
    """Return labelled words of a task; the same arguments give the same words on every machine.

    Args:
        task: A task, or the name of one.
        lengths: The shortest and the longest length, both included.
        number: The number of words.
        seed: Different seeds draw different words.

    Returns:
        The words. Each has its judged positions, and the tokens that are right after each of these positions.

    Raises:
        UnknownTask: No task has this name.
        ValueError: The task has no words of these lengths.

    Example:
        >>> [word] = sample("parity", lengths=(4, 4), number=1)
        >>> len(word.tokens), len(word.judged)
        (8, 2)
    """
    chosen = get(task) if isinstance(task, str) else task
    parts = batches(chosen, Split("sample", lengths, number, seed))
    return tuple(example for part in parts for example in examples_of(chosen, part))
