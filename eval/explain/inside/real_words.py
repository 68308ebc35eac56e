"""The words on which a model is looked into: typical words of the training lengths, with the model's own answers."""

from contextlib import suppress

from crasp.meaning.interpreter import Words
from eval.answering.answerers import TooLongError
from eval.explain.agreement import Trial
from eval.explain.answers.asked_answers import NextTokens, answered
from eval.explain.answers.questions import questions_of
from eval.explain.inside.looking import LEAST_WORDS, MOST_WORDS
from eval.explain.next_sets import NextSets, words_of
from tasks.task import Task

LONGEST_LETTERS = 150  # the longest word that is looked at, since attention grows with the square of the length


def typical_words(sets: NextSets, task: Task | None, trained_to: int, seed: int) -> Words:
    """Typical words of a task, or of what a model allows if there is no task.

    They are from the longer half of the training lengths if that has enough different words.
    """
    for lengths in _ranges(trained_to):
        found = Trial(task, MOST_WORDS, seed).drawn("typical", sets, lengths)
        if len(found.lengths) >= 2 * LEAST_WORDS:
            break
    return found


def answered_words(source: NextTokens, task: Task, trained_to: int, seed: int) -> Words:
    """Typical words of a task with an answer, each followed by the model's answer; shorter ones if these do not fit."""
    longest = trained_to
    while longest:
        for lengths in _ranges(longest):
            questions = questions_of(task, "typical", lengths, MOST_WORDS, seed)
            if len(questions.sizes) >= 2 * LEAST_WORDS:
                break
        with suppress(TooLongError):
            return answered(source, questions.words, most=2 * lengths[1] + 4).words
        longest //= 2
    return words_of([])


def _ranges(trained_to: int) -> tuple[tuple[int, int], ...]:
    longest = min(trained_to, LONGEST_LETTERS)
    return (max(1, longest // 2), longest), (1, longest)
