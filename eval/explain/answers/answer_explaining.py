"""The explanation of one model of a task with an answer: the program of its answers, the agreement, the differences."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import TypeVar

import numpy as np

from crasp.errors import Source
from crasp.meaning.ir import Program
from crasp.meaning.measures import measure
from crasp.text.loader import read_program
from eval.answering.answerers import TooLongError, UnfitError
from eval.explain.agreement import LEAST_WORDS, WORD_KINDS, RangeAgreement, WordAgreement
from eval.explain.answers.answer_exceptions import answer_with_exceptions
from eval.explain.answers.answer_road import (
    AnswerComparison,
    AnswerRoad,
    AnswerSubject,
    compare_answers,
    follow_answers,
)
from eval.explain.answers.answer_search import FoundAnswer
from eval.explain.answers.asked_answers import NOTHING, NextTokens
from eval.explain.answers.asked_in_time import AskedInTime
from eval.explain.answers.questions import Questions, every_question, questions_of
from eval.explain.exceptions.set_aside import SetAside
from eval.explain.next_sets import AskedCost
from eval.explain.shortest_difference import Parting
from eval.explain.verdict import (
    FARTHEST_TIMES,
    LEAST_ANSWERED,
    RANGE_LEFT_OUT,
    SEARCH,
    Described,
    ExplainLimits,
    Explanation,
    fewer_than_needed,
)
from eval.explain.word_walks import SetDifference
from eval.measuring.measurement import ranges_of
from tasks.ground.limited_process import OutOfTimeError, check_time
from tasks.task import Task

AskedT = TypeVar("AskedT")

COMPARISON = "the comparison of both programs"
ANSWER_SECONDS = 600.0  # the time for the whole explanation
SEARCH_SHARE = 0.6  # the greatest share of this time that the search for a program may take
EVERY_WORD = 20_000  # a difference is sought on at most so many words of the task, the shortest first


@dataclass(frozen=True, kw_only=True)
class AnswerRequest(ExplainLimits):
    """What is asked: the model by its answers, the task, and the limits.

    `mark` is the number of the token after which the answer begins. `every_word` is the number of words of the task on
    which the shortest difference is sought. `seconds` limit the whole explanation, and a part of them is kept for
    measuring what was found.
    """

    name: str
    answers: NextTokens
    task: Task
    mark: int
    every_word: int = EVERY_WORD
    seconds: float = inf


def explain_answers(request: AnswerRequest) -> Explanation:
    """What program describes the model's answers, and up to which length.

    If the time is up, what was found until then is returned, and `out_of_time` says what was left out.

    Args:
        request: The model, its task and the limits.

    Raises:
        UnfitError: The model cannot read short words with their answers.
    """
    started, begun, cut = time.process_time(), time.monotonic(), _TimeCut()
    cost = AskedCost()
    search, subject = (
        AnswerSubject(AskedInTime(request.answers, until, cost), request.task, request.mark, until)
        for until in (begun + SEARCH_SHARE * request.seconds, begun + request.seconds)
    )
    title = f"What {Path(request.name).name} answers, read from its answers."
    trained_to, road = _followed(search, request, title)
    loose = None
    if road.unfinished:
        cut.parts.append(SEARCH)
    elif not road.programs:
        loose = cut.asked(SEARCH, lambda: _with_exceptions(search, road, request, trained_to, title))
    if loose is not None:
        road = replace(road, programs=(loose[0],), said=f"{road.said}; {loose[2]}")
    programs = tuple(sorted(((_described(found), found) for found in road.programs), key=lambda each: each[0].size))
    best = programs[0][1] if programs else None
    agreement, unread, samples = _agreement(subject, best, request, trained_to, cut)
    if loose is not None and agreement and not (agreement[0].typical_holds and agreement[0].stress_holds):
        programs, best, agreement, unread, samples, loose = (), None, (), (), [], None
        road = replace(
            road, said=f"{road.said}; it does not describe words that were not tried before, and so it is dropped"
        )
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
        parting=None if best is None else _parting(subject, best.text, best, request, samples, cut),
        task_parting=None if own is None else _parting(subject, own, None, request, [], cut),
        no_program=None,
        undecided=None,
        atoms_said=road.said,
        roads_said=cut.asked(COMPARISON, lambda: _roads_said(subject, programs, trained_to, request))
        or "both gave a program, but the programs were not compared",
        limits=f"at most {request.most_atoms} atoms",
        asked=cost.words,
        cpu_seconds=time.process_time() - started,
        set_aside=None if loose is None else loose[1],
        out_of_time=tuple(cut.parts),
    )


@dataclass
class _TimeCut:
    """The parts that were left out because the time was up."""

    parts: list[str] = field(default_factory=list)

    def asked(self, part: str, ask: Callable[[], AskedT]) -> AskedT | None:
        """The result of `ask`; if the time is up, None, and the part is noted as left out."""
        try:
            return ask()
        except OutOfTimeError:
            self.parts.append(part)
            return None


def _with_exceptions(
    subject: AnswerSubject, road: AnswerRoad, request: AnswerRequest, trained_to: int, title: str
) -> tuple[FoundAnswer, SetAside, str] | None:
    """A program that contradicts few words, if there is one; None also if the model hardly answers."""
    if fewer_than_needed(*road.answered, LEAST_ANSWERED):
        return None
    try:
        return answer_with_exceptions(
            subject, trained_to=trained_to, most_atoms=request.most_atoms, title=title, seed=request.seed
        )
    except TooLongError:
        return None


def _followed(subject: AnswerSubject, request: AnswerRequest, title: str) -> tuple[int, AnswerRoad]:
    """The longest training word that the model can read with its answer, and what the search on such words gave.

    The length is found by halving; UnfitError if the model cannot read words of four letters either.
    """
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


def _agreement(
    subject: AnswerSubject, found: FoundAnswer | None, request: AnswerRequest, trained_to: int, cut: _TimeCut
) -> tuple[tuple[RangeAgreement, ...], tuple[tuple[int, int], ...], list["AnswerDifference"]]:
    if found is None:
        return (), (), []
    ranges = request.ranges or (
        *ranges_of(trained_to),
        ((FARTHEST_TIMES - 1) * trained_to + 1, FARTHEST_TIMES * trained_to),
    )
    if ranges[0] != (1, trained_to):
        ranges = ((1, trained_to), *ranges)
    program, agreements, unread, samples = subject.answers_of(found.text), [], [], []
    for lengths in ranges:
        try:
            check_time(subject.until)
            asked = [questions_of(subject.task, kind, lengths, request.words, request.seed + 7) for kind in WORD_KINDS]
            if not any(len(each.sizes) for each in asked):  # the task has no words so long
                continue
            compared = [compare_answers(subject, program, found, each) for each in asked]
        except TooLongError:
            unread.append(lengths)
            continue
        except OutOfTimeError:
            cut.parts.append(f"{RANGE_LEFT_OUT}{lengths[0]}-{lengths[1]}")
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
    """A word with its answer up to the difference, and the length of the word as the task measures it."""

    size: int
    difference: SetDifference


def _differences(compared: AnswerComparison, questions: Questions) -> list[AnswerDifference]:
    """The differences between model and program on these words, the shortest words first."""
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
    cut: _TimeCut,
) -> Parting:
    """The shortest difference between the model and a program, among all short words of the task and the samples.

    `found` is None for the task's own program; for that one samples are drawn here.
    """
    whose = "the task's own program" if found is None else "the program"
    program, known = subject.answers_of(text), list(samples)

    def seek() -> int:
        check_time(subject.until)
        questions, longest = every_question(subject.task, subject.alphabet, subject.mark, most_words=request.every_word)
        if found is None:
            lengths = (1, request.trained_to)
            drawn = [questions_of(subject.task, k, lengths, request.words, request.seed) for k in WORD_KINDS]
            known.extend(d for each in drawn for d in _sought(subject, program, found, each)[:1])
        if not len(questions.sizes):
            return 0
        known[:0] = _sought(subject, program, found, questions)[:1]
        return longest

    complete = cut.asked(f"all words where {whose} may part", seek) or 0
    best = min(known, key=lambda each: (each.size, each.difference.word), default=None)
    return Parting(
        subject.alphabet,
        None if best is None else best.difference,
        complete,
        asked=0 if best is None else best.size,
    )


def _sought(
    subject: AnswerSubject, program: NextTokens, found: FoundAnswer | None, questions: Questions
) -> list[AnswerDifference]:
    """The differences on these words, or on the shorter ones among them that the model can read."""
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
    """A sentence on whether both programs give the same answers to words of the training lengths."""
    if len(programs) < 2:
        return "only one gave a program" if programs else "neither gave a program"
    (_, one), (_, other) = programs
    second = AnswerSubject(subject.answers_of(other.text), subject.task, subject.mark, subject.until)
    questions = [questions_of(subject.task, kind, (1, trained_to), request.words, request.seed) for kind in WORD_KINDS]
    same = all(compare_answers(second, subject.answers_of(one.text), one, each).agree.all() for each in questions)
    if same:
        return f"their programs agree on {sum(len(q.sizes) for q in questions):,} words of the training lengths"
    return "their programs give different answers to some words: both programs are given"
