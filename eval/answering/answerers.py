"""What can be asked for its answers: programs, and compiled machines."""

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

ACCEPTS = "<accept>"  # the output of a compiled machine that says whether the word so far is accepted
TOKENS_AT_ONCE = 1 << 17  # tokens of the words that a machine reads together


class UnfitError(ValueError):
    """The thing cannot be asked about this task; the message says what is missing."""


class TooLongError(UnfitError):
    """The words are longer than it can read."""


class Answerer(Protocol):
    """Anything that can be judged on a batch of a task's words."""

    @property
    def name(self) -> str:
        """What tables call it."""

    @property
    def trained_to(self) -> int | None:
        """The longest word that it was trained on, where that is known."""

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether every judged position of each word is right, (words,); UnfitError where it cannot answer."""

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether each position is right, or not judged, (words, positions); UnfitError where it cannot answer."""


@dataclass(frozen=True)
class ProgramAnswerer:
    """A program, run by the interpreter: right where its next-token set is the task's.

    With an end marker it is asked for acceptance after one more token, that one.
    """

    name: str
    program: Program
    trained_to: int | None = None
    end_marker: str | None = None

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """Whether the program's next-token sets are the targets at every judged position, (words,).

        For a task of recognition, whether it accepts the members alone.
        """
        return np.asarray(self.right_at(task, batch).all(axis=1))

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """The same at each position, (words, positions)."""
        program = self.program
        if is_recognition(task):
            return _recognized(self.name, program.alphabet, self._accepts, task, batch)
        outputs = [EOS if token == END else token for token, _ in program.next]
        words = _words(program.alphabet, task, batch)
        columns = _columns(self.name, outputs, task)
        return _sets_right(run(program, words).next, columns, task, batch)

    def _accepts(self, words: Words) -> NDArray[np.bool_]:
        """What the program accepts; where it defines no `accept`, the words that it comes to, and lets end."""
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
    """A compiled machine: right where its positive outputs are the task's next-token set."""

    name: str
    alphabet: tuple[str, ...]
    machine: "Realization"
    trained_to: int | None = None

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """As `ProgramAnswerer.right`; TooLongError for words beyond the certified length."""
        return np.asarray(self.right_at(task, batch).all(axis=1))

    def right_at(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        """The same at each position, (words, positions)."""
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
        """The machine's answers, (words, positions, outputs), some words at a time."""
        longest = int(words.lengths.max(initial=0))
        most = self.machine.max_length
        if most is not None and longest > most:
            raise TooLongError(f"{self.name} is certified for words of {most} tokens at most, asked for {longest}")
        shape = (*words.tokens.shape[:1], words.tokens.shape[1] + 1, len(self.machine.outputs))
        found = np.zeros(shape, dtype=bool)
        order, step = np.argsort(words.lengths, kind="stable"), max(1, TOKENS_AT_ONCE // (longest + 1))
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            width = int(words.lengths[rows].max())
            found[rows, : width + 1] = self.machine.answers(words.tokens[rows, :width], words.lengths[rows])
        return found


def _ended(found: NDArray[np.bool_], letters: Sequence[int | None], end: int | None, words: Words) -> NDArray[np.bool_]:
    """Whether each letter of a word was allowed where it stands, and the end after the last: (words,).

    found    (words, positions, outputs); of these `letters` has the number of each token, `end` that of the end
    """
    if end is None:
        raise ValueError("it has neither an accept nor an end of words, by which it could recognise")
    rows = np.arange(len(words.lengths))
    ended = found[rows, words.lengths, end].copy()
    for token, output in enumerate(letters):
        here = words.tokens == token
        ended &= ~(here if output is None else here & ~found[:, :-1, output]).any(axis=1)
    return np.asarray(ended)


def _recognized(
    name: str, alphabet: Sequence[str], asked: Callable[[Words], NDArray[np.bool_]], task: Task, batch: Batch
) -> NDArray[np.bool_]:
    """Whether each verdict is right, at every judged position, for one answers it all: (words, positions)."""
    try:
        right = recognition_right(alphabet, asked, task, batch)
    except UnfitError:
        raise
    except ValueError as error:
        raise UnfitError(f"{name}: {error}") from None
    return np.asarray(right[:, None] | ~batch.judged)


def _columns(name: str, outputs: Sequence[str], task: Task) -> list[int]:
    """The task's output that each of the thing's is, in order."""
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
    """Whether the allowed next tokens are the targets, or that is not judged: (words, positions).

    allowed   (words, positions, outputs), the columns being the outputs' ids in the task's vocabulary
    """
    wanted = _target_sets(task, batch)  # (words, positions, vocabulary)
    found = np.zeros_like(wanted)
    found[:, :, columns] = allowed[:, : wanted.shape[1]]
    return np.asarray(~((found != wanted).any(axis=2) & batch.judged))


def _target_sets(task: Task, batch: Batch) -> NDArray[np.bool_]:
    """The allowed next tokens over the whole vocabulary, (words, positions, vocabulary)."""
    size = len(task.vocabulary)
    if task.format == "answer":
        return np.asarray(np.eye(size, dtype=bool)[batch.targets])
    sets = np.zeros((*batch.judged.shape, size), dtype=bool)
    sets[:, :, list(task.outputs)] = batch.targets
    return sets


def _words(alphabet: Sequence[str], task: Task, batch: Batch) -> Words:
    """What follows `<bos>`, the final `<eos>` left out, as words over the alphabet."""
    order = {token: number for number, token in enumerate(alphabet)}
    missing = [token for token in needed_tokens(task, batch) if token not in order and token not in (BOS, EOS)]
    if missing:
        raise UnfitError(f"the program's alphabet lacks tokens of {task.shown}: {' '.join(missing)}")
    numbers = np.array([order.get(token, -1) for token in task.vocabulary])
    tokens = numbers[batch.tokens[:, 1:]]
    ends = (task.vocabulary.index(EOS), task.vocabulary.index(PAD))
    return Words(tokens, (~np.isin(batch.tokens[:, 1:], ends)).sum(axis=1))


def needed_tokens(task: Task, batch: Batch) -> list[str]:
    """The tokens that the batch is read and answered with; `<sep>` where it occurs."""
    uses_sep = (batch.tokens == task.vocabulary.index(SEP)).any()
    return [*task.alphabet, BOS, EOS, *([SEP] if uses_sep else [])]
