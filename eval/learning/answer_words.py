"""Learns a program for a task with an answer: it answers as the task's labels say, or as a model does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from crasp.errors import CraspError, Source
from crasp.meaning.interpreter import Words
from crasp.meaning.measures import measure
from crasp.text.loader import read_program
from eval.answering.answerers import UnfitError
from eval.answering.loading import load_answerer
from eval.explain.agreement import WORD_KINDS
from eval.explain.answers.answer_road import AnswerSubject, compare_answers, follow_answers
from eval.explain.answers.asked_answers import NOTHING, AskedAnswers, NextTokens, ProgramAnswers, TokenNumbers
from eval.explain.answers.questions import questions_of, tokens_of
from tasks.ground.console import RefusedError
from tasks.ground.files import LoadError
from tasks.registry import UnknownTask, get_task
from tasks.task import Task
from tasks.words import EOS

LEARNT_LENGTH, CONFIRMED_LENGTH = 50, 120  # the most letters of words to learn from, and of words that confirm
CONFIRMING_WORDS = 400  # how many words of each kind confirm a program
MOST_ATOMS = 4


@dataclass(frozen=True)
class TaskAnswers:
    """A source of answers: what comes after each prefix of a word with its answer, by the task's own labels.

    Attributes:
        task: The task.
        alphabet: Its letters.
        mark: The number of the letter after which the answer begins.
        known: Answers that were computed before, by question.
    """

    task: Task
    alphabet: tuple[str, ...]
    mark: int
    known: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)

    def after(self, words: Words) -> TokenNumbers:
        """Return the number of the token that comes after each prefix, as `NextTokens.after` does.

        Nothing comes after a wrong answer, nor in a word that has no answer.
        """
        found = np.full((len(words.lengths), words.tokens.shape[1] + 1), NOTHING, dtype=np.int64)
        for row, (word, length) in enumerate(zip(words.tokens.tolist(), words.lengths.tolist(), strict=True)):
            if self.mark not in word[:length]:
                continue
            start = word.index(self.mark) + 1
            answer = self._answer(tuple(word[:start]))
            for place in range(start, length + 1):
                said = place - start
                if said >= len(answer) or tuple(word[start:place]) != answer[:said]:
                    break
                found[row, place] = answer[said]
        return found

    def _answer(self, question: tuple[int, ...]) -> tuple[int, ...]:
        """Return the answer's letters and the end token by number; empty if the question has no answer."""
        if question not in self.known:
            tokens = [self.alphabet[k] for k in question]
            places = {token: number for number, token in enumerate((*self.alphabet, EOS))}
            try:
                targets = self.task.label(tuple(tokens[:-1] if self.task.separator else tokens)).targets
            except ValueError:
                targets = ()
            self.known[question] = tuple(places[token] for (token,) in targets)
        return self.known[question]


@dataclass(frozen=True)
class LearntAnswers:
    """What was learnt of a task with an answer.

    Attributes:
        text: The program; None if none was found.
        operations: How many operations it has.
        words: On how many words it was confirmed.
        longest: The length of the longest of these words.
        said: How the search went.
    """

    text: str | None
    operations: int
    words: int
    longest: int
    said: str


def is_answer_task(name: str | None) -> bool:
    """Return whether there is a task of this name and it has answers."""
    try:
        return name is not None and get_task(name).format == "answer"
    except UnknownTask:
        return False


def learn_answers(
    name: str, model: str | None, vocabulary: Path | None, seed: int, told: Callable[[str], None]
) -> LearntAnswers:
    """Return the shortest program found that answers as the task says, or as a model does.

    A program is only returned if it answers rightly on all words that are drawn to confirm it, uniform ones and others.
    These have up to 120 letters, or the model's training length.

    Args:
        name: The task's name.
        model: A model whose answers are learnt in place of the task's; None for the task's.
        vocabulary: A file with the names of the model's outputs, if it has no tokenizer.
        seed: Decides which words are drawn.
        told: Called with a line on how the search went.

    Raises:
        RefusedError: The model cannot be asked about the task's words.
    """
    task = get_task(name)
    tokens, mark = tokens_of(task)
    try:
        source: NextTokens = TaskAnswers(task, tokens, mark)
        trained_to = LEARNT_LENGTH
        if model is not None:
            answerer = load_answerer(model, vocabulary)
            source = AskedAnswers(answerer, tokens, name)
            trained_to = answerer.trained_to or LEARNT_LENGTH
        subject = AnswerSubject(source, task, mark)
        road = follow_answers(subject, trained_to=trained_to, most_atoms=MOST_ATOMS, title="", seed=seed)
        told(road.said)
        longest = CONFIRMED_LENGTH if model is None else trained_to
        drawn = [questions_of(task, kind, (1, longest), CONFIRMING_WORDS, seed + 1) for kind in WORD_KINDS]
        drawn = [each for each in drawn if len(each.sizes)]
        for found in sorted(road.programs, key=lambda each: operations_of(each.text)):
            program = ProgramAnswers(read_program(Source("the learnt program", found.text)), tokens)
            if all(compare_answers(subject, program, found, each).agree.all() for each in drawn):
                words, most = (sum(len(d.sizes) for d in drawn), max(int(d.sizes.max()) for d in drawn))
                return LearntAnswers(found.text, operations_of(found.text), words, most, road.said)
    except (UnfitError, LoadError, CraspError) as error:
        raise RefusedError(str(error)) from None
    return LearntAnswers(None, 0, sum(len(d.sizes) for d in drawn), longest, road.said)


def operations_of(text: str) -> int:
    """Return how many operations the program has, with shared parts counted once."""
    return measure(read_program(Source("the learnt program", text))).operations


def answers_record(found: LearntAnswers, seconds: float) -> dict[str, Any]:
    """Return what was learnt as JSON data, with the fields of `crasp learn`.

    `size` and `operations` both count operations, and no size is excluded.
    """
    agrees = {"words": found.words, "prefixes": 0, "longest": found.longest} if found.text is not None else None
    return {
        "program": found.text,
        "size": found.operations,
        "operations": found.operations,
        "excluded_below": 1,
        "complete": False,
        "equivalent": None,
        "agrees": agrees or {"words": 0, "prefixes": 0, "longest": 0},
        "seconds": round(seconds, 2),
        "stopped": None,
        "outputs": [],
        "said": found.said,
    }


def answers_heading(found: LearntAnswers) -> list[str]:
    """Return comment lines to stand above the program."""
    return [
        f"// {found.operations:,} operations with sharing; answers as it was told on {found.words:,} words, to length "
        f"{found.longest}",
        "// not proved minimal: no size is excluded; letters that can be exchanged have one line",
    ]
