"""Answerers that need no model: programs, and compiled machines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words, accepts, run
from crasp.meaning.ir import EOS as END
from crasp.meaning.ir import Program
from eval.answering.recognition_answers import is_recognition, recognition_right
from tasks.task import Task
from tasks.words import BOS, EOS, PAD, SEP, Batch

if TYPE_CHECKING:
    from limit_transformer.machine.answers import Realization

ACCEPTS = "<accept>"  # the output of a compiled machine that says whether the prefix is accepted
TOKENS_AT_ONCE = 1 << 17  # tokens of the words that a machine reads together


class UnfitError(ValueError):
    """An answerer cannot be asked about this task; the message says what is missing."""


class TooLongError(UnfitError):
    """The words are longer than the answerer can read."""


class Answerer(Protocol):
    """Anything that can be judged on a batch of a task's words."""

    @property
    def name(self) -> str:
        """The name of the answerer in tables."""

    @property
    def trained_to(self) -> int | None:
        """The longest word that it was trained on, if that is known."""

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """For each word whether all of its judged positions are right, (words,).

        Raises:
            UnfitError: The answerer cannot answer about the task.
        """

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """For each position whether it is right or not judged, (words, positions).

        Raises:
            UnfitError: The answerer cannot answer about the task.
        """


@dataclass(frozen=True)
class ProgramAnswerer:
    """A program, run by the interpreter; it is right where its set of allowed next tokens is the task's.

    With an `end_marker`, the program is asked for acceptance after this token has been appended to the word.
    """

    name: str
    program: Program
    trained_to: int | None = None
    end_marker: str | None = None

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """For each word whether the program's next-token sets are the targets at every judged position, (words,).

        In a recognition task, a word is right if the program accepts exactly the members.
        """
        return np.asarray(self.right_at(task, batch).all(axis=1))

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """For each position whether it is right or not judged, (words, positions)."""
        program = self.program
        if is_recognition(task):
            return _recognized(self.name, program.alphabet, self._accepts, task, batch)
        outputs = [EOS if token == END else token for token, _ in program.next]
        words = _words(program.alphabet, task, batch)
        columns = _columns(self.name, outputs, task)
        return _sets_right(run(program, words).next, columns, task, batch)

    def _accepts(self, words: Words) -> NDArray[np.bool_]:
        """Which words the program accepts.

        If it defines no `accept`, these are the words whose letters it allows one after the other, and which it lets
        end.
        """
        if self.end_marker is not None:
            words = _followed_by(self.program.alphabet.index(self.end_marker), words)
        if self.program.accept is not None:
            return accepts(self.program, words)
        found = run(self.program, words).next
        outputs = {token: number for number, (token, _) in enumerate(self.program.next)}
        return _ended(found, [outputs.get(token) for token in self.program.alphabet], outputs.get(END), words)


def _followed_by(token: int, words: Words) -> Words:
    rows, width = words.tokens.shape
    longer = np.full((rows, width + 1), -1, dtype=words.tokens.dtype)
    longer[:, :width] = words.tokens
    longer[np.arange(rows), words.lengths] = token
    return Words(longer, words.lengths + 1)


@dataclass(frozen=True)
class MachineAnswerer:
    """A compiled machine; it is right where its set of positive outputs is the task's set of allowed next tokens."""

    name: str
    alphabet: tuple[str, ...]
    machine: "Realization"
    trained_to: int | None = None

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """For each word whether all of its judged positions are right, (words,), as `ProgramAnswerer.right`.

        Raises:
            TooLongError: A word is longer than the certified length.
        """
        return np.asarray(self.right_at(task, batch).all(axis=1))

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """For each position whether it is right or not judged, (words, positions)."""
        if is_recognition(task):
            return _recognized(self.name, self.alphabet, self._accepts, task, batch)
        outputs = [output for output in self.machine.outputs if output != ACCEPTS]
        words = _words(self.alphabet, task, batch)
        columns = _columns(self.name, outputs, task)
        found = self.asked(words)
        places = [self.machine.outputs.index(output) for output in outputs]
        return _sets_right(found[:, :, places], columns, task, batch)

    def _accepts(self, words: Words) -> NDArray[np.bool_]:
        outputs = {token: number for number, token in enumerate(self.machine.outputs)}
        found = self.asked(words)
        if ACCEPTS in outputs:
            return np.asarray(found[np.arange(len(words.lengths)), words.lengths, outputs[ACCEPTS]])
        return _ended(found, [outputs.get(token) for token in self.alphabet], outputs.get(EOS), words)

    def asked(self, words: Words) -> NDArray[np.bool_]:
        """The machine's answers, (words, positions, outputs).

        Raises:
            TooLongError: A word is longer than the certified length.
        """
        longest = int(words.lengths.max(initial=0))
        most = self.machine.max_length
        if most is not None and longest > most:
            raise TooLongError(
                f"{self.name} is certified for words of at most {most} tokens, not for words of {longest}"
            )
        shape = (*words.tokens.shape[:1], words.tokens.shape[1] + 1, len(self.machine.outputs))
        found = np.zeros(shape, dtype=bool)
        order, step = np.argsort(words.lengths, kind="stable"), max(1, TOKENS_AT_ONCE // (longest + 1))
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            width = int(words.lengths[rows].max())
            found[rows, : width + 1] = self.machine.answers(words.tokens[rows, :width], words.lengths[rows])
        return found


def _ended(found: NDArray[np.bool_], letters: Sequence[int | None], end: int | None, words: Words) -> NDArray[np.bool_]:
    """For each word whether each letter was allowed where it stands and the end was allowed after the last, (words,).

    found    (words, positions, outputs)
    letters  the output that stands for each token, None if there is none
    end      the output that stands for the end, None if there is none
    """
    if end is None:
        raise ValueError("it defines neither accept nor next[eos], so it cannot recognise words")
    rows = np.arange(len(words.lengths))
    ended = found[rows, words.lengths, end].copy()
    for token, output in enumerate(letters):
        here = words.tokens == token
        ended &= ~(here if output is None else here & ~found[:, :-1, output]).any(axis=1)
    return np.asarray(ended)


def _recognized(
    name: str, alphabet: Sequence[str], asked: Callable[[Words], NDArray[np.bool_]], task: Task, batch: Batch
) -> NDArray[np.bool_]:
    """Whether the verdict on each word is right, (words, positions); one verdict counts at all judged positions."""
    try:
        right = recognition_right(alphabet, asked, task, batch)
    except UnfitError:
        raise
    except ValueError as error:
        raise UnfitError(f"{name}: {error}") from None
    return np.asarray(right[:, None] | ~batch.judged)


def _columns(name: str, outputs: Sequence[str], task: Task) -> list[int]:
    """For each output its number in the task's vocabulary."""
    if not outputs:
        raise UnfitError(
            f"{name} defines no next[...], and {task.shown} is judged by which letters may follow; for a regular "
            "language or a program, --recognition judges whether each word is accepted"
        )
    unknown = [output for output in outputs if output not in task.vocabulary]
    if unknown:
        raise UnfitError(f"{name} predicts tokens that {task.shown} lacks: {' '.join(unknown)}")
    return [task.vocabulary.index(output) for output in outputs]


def _sets_right(allowed: NDArray[np.bool_], columns: list[int], task: Task, batch: Batch) -> NDArray[np.bool_]:
    """For each position whether the allowed next tokens are the targets or it is not judged, (words, positions).

    allowed  (words, positions, outputs)
    columns  for each of these outputs its number in the task's vocabulary
    """
    wanted = _target_sets(task, batch)  # (words, positions, vocabulary)
    found = np.zeros_like(wanted)
    found[:, :, columns] = allowed[:, : wanted.shape[1]]
    return np.asarray(~((found != wanted).any(axis=2) & batch.judged))


def _target_sets(task: Task, batch: Batch) -> NDArray[np.bool_]:
    """The target sets of next tokens as flags over the whole vocabulary, (words, positions, vocabulary)."""
    size = len(task.vocabulary)
    if task.format == "answer":
        return np.asarray(np.eye(size, dtype=bool)[batch.targets])
    sets = np.zeros((*batch.judged.shape, size), dtype=bool)
    sets[:, :, list(task.outputs)] = batch.targets
    return sets


def _words(alphabet: Sequence[str], task: Task, batch: Batch) -> Words:
    """The words of a batch over the answerer's alphabet, without `<bos>` and the final `<eos>`."""
    order = {token: number for number, token in enumerate(alphabet)}
    missing = [token for token in needed_tokens(task, batch) if token not in order and token not in (BOS, EOS)]
    if missing:
        raise UnfitError(f"the program's alphabet lacks tokens of {task.shown}: {' '.join(missing)}")
    numbers = np.array([order.get(token, -1) for token in task.vocabulary])
    tokens = numbers[batch.tokens[:, 1:]]
    ends = (task.vocabulary.index(EOS), task.vocabulary.index(PAD))
    return Words(tokens, (~np.isin(batch.tokens[:, 1:], ends)).sum(axis=1))


def needed_tokens(task: Task, batch: Batch) -> list[str]:
    """The tokens that reading and answering the batch needs; `<sep>` is one of them only if it occurs."""
    uses_sep = (batch.tokens == task.vocabulary.index(SEP)).any()
    return [*task.alphabet, BOS, EOS, *([SEP] if uses_sep else [])]
