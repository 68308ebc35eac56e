"""Models whose answers are those of a program but for a few words."""

import pytest

from crasp.text.loader import load_program
from eval.answering.answerers import ProgramAnswerer
from eval.explain.answers.answer_explaining import AnswerRequest, explain_answers
from eval.explain.answers.asked_answers import AskedAnswers
from eval.explain.answers.questions import tokens_of
from eval.explain.verdict import Explanation, lines_of
from tasks.registry import get_task
from tests.cases import few
from tests.eval.explain.flawed_models import FlawedAnswers


def explained(name: str, share: float, seed: int) -> Explanation:
    task = get_task(name)
    tokens, mark = tokens_of(task)
    model = FlawedAnswers(AskedAnswers(ProgramAnswerer("it", load_program(f"lib:{name}")), tokens), share, seed, mark)
    return explain_answers(
        AnswerRequest(name="it", answers=model, task=task, mark=mark, trained_to=50, words=300, every_word=300)
    )


@pytest.mark.parametrize(
    ("name", "seed"),
    few([("binary_majority", 0), ("binary_majority", 1), ("repeat_letter", 0), ("majority", 0)], 2, rows=True),
)
def test_a_model_that_errs_on_few_words_is_explained_and_says_how_many_are_set_aside(name: str, seed: int) -> None:
    found = explained(name, 0.005, seed)
    assert found.verdict == "explained"
    if found.set_aside is not None:
        assert found.set_aside.few
        assert any("set aside" in line for line in lines_of(found))


def test_a_model_that_errs_on_three_words_of_a_hundred_is_not_explained() -> None:
    found = explained("binary_majority", 0.03, 0)
    assert (found.verdict, found.program, found.set_aside) == ("no program of at most 4 atoms", None, None)
