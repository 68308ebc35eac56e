"""The library: what `import tasks` gives."""

from collections.abc import Sequence
from pathlib import Path

from tasks.given_tasks import task_named_or_given
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
    """A task of the benchmark, or of any regular language.

    Args:
        name: A task's name. One of it, `regex` and `dfa` is given.
        regex: A regular expression in the usual dialect.
        dfa: An automaton's file, of any format that the commands read.
        alphabet: The language's tokens; without it the letters that occur.
        ands: Expressions that the words also match.
        nots: Expressions that the words must not match.
        recognize: Label each word as accepted or rejected, instead of saying what may follow.

    Returns:
        The task: its alphabet, its sampler `sample`, its labels `label`, and what the theory says of it.

    Raises:
        UnknownTask: No task has this name; the message has names like it.
        ValueError: All else that is wrong; the message says what.

    Example:
        >>> get("dyck1").alphabet
        ('(', ')')
        >>> get(regex="(ab)*").label(("a", "b")).targets
        (('a', '<eos>'), ('b',), ('a', '<eos>'))
    """
    tokens = alphabet if alphabet is None or isinstance(alphabet, str) else " ".join(alphabet)
    file = None if dfa is None else str(dfa)
    return task_named_or_given(name, regex=regex, dfa=file, alphabet=tokens, ands=ands, nots=nots, recognize=recognize)


def sample(
    task: Task | str, *, lengths: tuple[int, int] = (1, 50), number: int = 5, seed: int = 0
) -> tuple[Example, ...]:
    """Labelled words of a task, the same on every machine.

    Args:
        task: A task, or the name of one.
        lengths: The shortest and the longest word.
        number: How many words.
        seed: Another seed draws other words.

    Returns:
        The words with the positions that are judged, and the tokens that are right after each.

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
