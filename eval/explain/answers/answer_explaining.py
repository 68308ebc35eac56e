"""A model of a task with an answer explained: the program of its answers, how far it agrees, where they part."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crasp.errors import Source
from crasp.meaning.interpreter import Words
from crasp.meaning.ir import Program
from crasp.meaning.measures import measure
from crasp.text.loader import read_program
from eval.answering.answerers import TooLongError, UnfitError
from eval.explain.agreement import LEAST_WORDS, WORD_KINDS, RangeAgreement, WordAgreement
from eval.explain.answers.answer_road import (
    AnswerComparison,
    AnswerRoad,
    AnswerSubject,
    compare_answers,
    follow_answers,
)
from eval.explain.answers.answer_search import FoundAnswer
from eval.explain.answers.asked_answers import NOTHING, NextTokens, ProgramAnswers, TokenNumbers
from eval.explain.answers.questions import Questions, every_question, questions_of
from eval.explain.next_sets import AskedCost
from eval.explain.shortest_difference import Parting
from eval.explain.verdict import FARTHEST_TIMES, Described, ExplainLimits, Explanation
from eval.explain.word_walks import SetDifference
from eval.measuring.measurement import ranges_of
from tasks.task import Task

EVERY_WORD = 20_000  # all words of the task, shortest first, on which a difference is sought


@dataclass(frozen=True, kw_only=True)
class AnswerRequest(ExplainLimits):
    """What is asked: the model, the task whose words it is about, and the limits."""

    name: str
    answers: NextTokens
    task: Task
    mark: int
    every_word: int = EVERY_WORD


def explain_answers(request: AnswerRequest) -> Explanation:
    """What describes the model's answers, and how far; UnfitError where it cannot be asked about the words."""
    started = time.process_time()
    model = CountedAnswers(request.answers, AskedCost())
    subject = AnswerSubject(model, request.task, request.mark)
    title = f"What {Path(request.name).name} answers, read from its answers."
    trained_to, road = _followed(subject, request, title)
    programs = tuple(sorted(((_described(found), found) for found in road.programs), key=lambda each: each[0].size))
    best = programs[0][1] if programs else None
    agreement, unread, samples = _agreement(subject, best, request, trained_to)
    own = request.program
    return Explanation(
        model=request.name,
        task=request.task.shown,
        trained_to=trained_to,
        train_length=request.trained_to,
        ladder=None,
        programs=tuple(described for described, _ in programs),
        agreement=agreement,
        unread=unread,
        allowed=road.answered,
        typical_logit=None,
        parting=None if best is None else _parting(subject, best.text, best, request, samples),
        task_parting=None if own is None else _parting(subject, own, None, request, []),
        no_program=None,
        undecided=None,
        atoms_said=road.said,
        roads_said=_roads_said(subject, programs, trained_to, request),
        limits=f"at most {request.most_atoms} atoms",
        asked=model.cost.words,
        cpu_seconds=time.process_time() - started,
    )


@dataclass(frozen=True)
class CountedAnswers:
    """The same answers, and how many words were asked about."""

    source: NextTokens
    cost: AskedCost

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The tokens of words."""
        return self.source.alphabet

    def after(self, words: Words) -> TokenNumbers:
        """As `NextTokens.after`."""
        self.cost.words += len(words.lengths)
        return self.source.after(words)


def _followed(subject: AnswerSubject, request: AnswerRequest, title: str) -> tuple[int, AnswerRoad]:
    """The longest training word that the model can read with its answer, and the road; UnfitError where it is none."""
    trained_to = request.trained_to
    while True:
        try:
            road = follow_answers(
                subject, trained_to=trained_to, most_atoms=request.most_atoms, title=title, seed=request.seed
            )
        except TooLongError as error:
            if trained_to <= 4:
                raise UnfitError(str(error)) from None
            trained_to //= 2
            continue
        return trained_to, road


def _described(found: FoundAnswer) -> Described:
    measured = measure(read_program(Source("explained", found.text)))
    road = "one condition for all letters" if found.letter is not None else "a condition for each letter"
    return Described(found.text, road, measured.operations, measured.depth, measured.fragment)


def _program(subject: AnswerSubject, text: str | Program) -> ProgramAnswers:
    return ProgramAnswers(read_program(Source("explained", text)) if isinstance(text, str) else text, subject.alphabet)


def _agreement(
    subject: AnswerSubject, found: FoundAnswer | None, request: AnswerRequest, trained_to: int
) -> tuple[tuple[RangeAgreement, ...], tuple[tuple[int, int], ...], list["AnswerDifference"]]:
    if found is None:
        return (), (), []
    ranges = request.ranges or (
        *ranges_of(trained_to),
        ((FARTHEST_TIMES - 1) * trained_to + 1, FARTHEST_TIMES * trained_to),
    )
    if ranges[0] != (1, trained_to):
        ranges = ((1, trained_to), *ranges)
    program, agreements, unread, samples = _program(subject, found.text), [], [], []
    for lengths in ranges:
        asked = [questions_of(subject.task, kind, lengths, request.words, request.seed + 7) for kind in WORD_KINDS]
        if not any(len(each.sizes) for each in asked):  # the task has no words so long
            continue
        try:
            compared = [compare_answers(subject, program, found, each) for each in asked]
        except TooLongError:
            unread.append(lengths)
            continue
        parts = []
        for each, questions in zip(compared, asked, strict=True):
            differences = _differences(each, questions)
            samples += differences[:1]
            whole = len(questions.sizes) < min(request.words, LEAST_WORDS)
            first = differences[0].difference if differences else None
            parts.append(WordAgreement(int(each.agree.sum()), len(each.agree), len(each.agree), first, whole))
        agreements.append(RangeAgreement(lengths, parts[0], parts[1], lengths[0] > 3 * trained_to))
    return tuple(agreements), tuple(unread), samples


@dataclass(frozen=True)
class AnswerDifference:
    """A word and the answer up to where two part, and the length of the word as the task measures it."""

    size: int
    difference: SetDifference


def _differences(compared: AnswerComparison, questions: Questions) -> list[AnswerDifference]:
    """Where the model and the program part, the shortest words first."""
    found = []
    for row in np.flatnonzero(compared.places >= 0).tolist():
        word = tuple(compared.answers.words.tokens[row, : compared.places[row]].tolist())
        said = SetDifference(word, _mask(compared.model[row]), _mask(compared.program[row]))
        found.append(AnswerDifference(int(questions.sizes[row]), said))
    return sorted(found, key=lambda each: (each.size, each.difference.word))


def _mask(token: int) -> int:
    return 0 if token == NOTHING else 1 << int(token)


def _parting(
    subject: AnswerSubject,
    text: str | Program,
    found: FoundAnswer | None,
    request: AnswerRequest,
    samples: Sequence[AnswerDifference],
) -> Parting:
    """The shortest word where the model parts from a program: among all words while they are few, then the samples."""
    program, complete, known = _program(subject, text), 0, list(samples)
    questions, longest = every_question(subject.task, subject.alphabet, subject.mark, most_words=request.every_word)
    if found is None:
        drawn = [
            questions_of(subject.task, k, (1, request.trained_to), request.words, request.seed) for k in WORD_KINDS
        ]
        known += [d for each in drawn for d in _sought(subject, program, found, each)[:1]]
    if len(questions.sizes):
        every = _sought(subject, program, found, questions)
        known, complete = (every[:1] + known), longest
    best = min(known, key=lambda each: (each.size, each.difference.word), default=None)
    return Parting(
        subject.alphabet,
        None if best is None else best.difference,
        complete,
        asked=0 if best is None else best.size,
    )


def _sought(
    subject: AnswerSubject, program: ProgramAnswers, found: FoundAnswer | None, questions: Questions
) -> list[AnswerDifference]:
    """Where they part on these words, or on the shorter ones that the model can read."""
    while len(questions.sizes):
        try:
            return _differences(compare_answers(subject, program, found, questions), questions)
        except TooLongError:
            questions = questions.rows(np.flatnonzero(questions.sizes <= int(questions.sizes.max()) // 2))
    return []


def _roads_said(
    subject: AnswerSubject,
    programs: Sequence[tuple[Described, FoundAnswer]],
    trained_to: int,
    request: AnswerRequest,
) -> str:
    """Whether both programs answer the same to words of the training lengths."""
    if len(programs) < 2:
        return "only one gave a program" if programs else "neither gave a program"
    (_, one), (_, other) = programs
    second = AnswerSubject(_program(subject, other.text), subject.task, subject.mark)
    questions = [questions_of(subject.task, kind, (1, trained_to), request.words, request.seed) for kind in WORD_KINDS]
    same = all(compare_answers(second, _program(subject, one.text), one, each).agree.all() for each in questions)
    if same:
        return (
            f"their programs answer the same to {sum(len(q.sizes) for q in questions):,} words of the training lengths"
        )
    return "their programs answer otherwise to some words: both are given"
