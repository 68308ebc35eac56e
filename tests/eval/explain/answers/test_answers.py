"""Tasks with an answer: what is found of programs whose nature is known, and of models that are none."""

from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from benchmarks.bench_explain import compiled, same_answers
from crasp.errors import Source
from crasp.meaning.interpreter import Words
from crasp.text.loader import load_program, read_program
from eval.answering.answerers import ProgramAnswerer, TooLongError
from eval.answering.models import load_model
from eval.explain.answers.answer_explaining import AnswerRequest, explain_answers
from eval.explain.answers.asked_answers import AskedAnswers, NextTokens, TokenNumbers, answered
from eval.explain.answers.questions import every_question, tokens_of
from eval.explain.explaining import own_program
from eval.explain.verdict import RANGE_LEFT_OUT, Explanation, lines_of
from eval.subjects.program_task import task_of_source
from tasks.registry import get_task
from tasks.task import Task
from tests.cases import few


def explained(task: Task, model: NextTokens | None = None, *, program: str | None = None, to: int = 8) -> Explanation:
    tokens, mark = tokens_of(task)
    name = f"lib:{task.program}" if program is None else program
    asked = model or AskedAnswers(ProgramAnswerer(name, load_program(name)), tokens)
    return explain_answers(
        AnswerRequest(
            name="it",
            answers=asked,
            task=task,
            mark=mark,
            program=own_program(task),
            words=100,
            trained_to=to,
            every_word=300,
        )
    )


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("binary_majority", "number"),
        ("majority", "all[t in {a..z} if t != s] number[t](i) < number[s](i)"),
        pytest.param("sort", "not any[t in {0..149} if t < s]", marks=pytest.mark.long),
        pytest.param("copy_unique", "age[s](i) = length(i) + 1", marks=pytest.mark.long),
        pytest.param("unique_reverse", "age[s](i) = 2 * answered(i)", marks=pytest.mark.long),
    ],
)
def test_a_program_that_answers_is_explained_by_a_line_for_all_letters(name: str, holds: str) -> None:
    task = get_task(name)
    program = "lib:copy_unique_ages" if name == "copy_unique" else None
    found = explained(replace(task, program=None), program=program or f"lib:{name}")
    assert found.verdict == "explained"
    assert found.program is not None
    assert holds in found.program.text
    assert found.parting is not None
    assert found.parting.difference is None
    assert found.ladder is None
    assert found.record()["machine"] is None
    assert lines_of(found)[-1] == "verdict: explained"


@pytest.mark.long
def test_three_interleaved_answers_have_a_condition_each() -> None:
    found = explained(get_task("binary_majority_interleave"), to=15)
    assert (found.verdict, found.program and found.program.fragment) == ("explained", "C-RASP[periodic]")


OWN = {
    "the last letter": """alphabet a b c "<sep>"
next[s](i) := Q["<sep>"](i) and #[j <= i, j = i - 1] Q[s](j) = 1 for s in {a, b, c}
next[eos](i) := #[j <= i] Q["<sep>"](j) > 0 and not Q["<sep>"](i)
""",
    "letters that are no answers": """alphabet a b y n "<sep>"
next[y](i) := Q["<sep>"](i) and #[j <= i] Q_a(j) >= 2 * #[j <= i] Q_b(j)
next[n](i) := Q["<sep>"](i) and #[j <= i] Q_a(j) < 2 * #[j <= i] Q_b(j)
next[eos](i) := Q_y(i) or Q_n(i)
""",
    "sorted, with letters that come again": """alphabet a b c "<sep>"
asked(i) := #[j <= i] Q["<sep>"](j) > 0
w[s](i) := #[j <= i] (Q[s](j) and not asked(j)) > #[j <= i] (Q[s](j) and asked(j)) for s in {a, b, c}
next[s](i) := asked(i) and w[s](i) and not any[t in {a, b, c} if t < s] w[t](i) for s in {a, b, c}
next[eos](i) := asked(i) and not any[t in {a, b, c}] w[t](i)
""",
}


@pytest.mark.parametrize("which", few(OWN, also=("letters that are no answers",)))
def test_programs_that_nobody_has_seen_are_explained(which: str, tmp_path: Path) -> None:
    file = tmp_path / "own.crasp"
    file.write_text(OWN[which], encoding="utf-8")
    found = explained(task_of_source(Source("own", OWN[which]), "own"), program=str(file))
    assert found.verdict == "explained"


@dataclass(frozen=True)
class Other:
    """A model that answers by a program, and otherwise past some number of tokens; it may have a last position."""

    source: NextTokens
    past: int = 10**6
    positions: int = 10**6

    @property
    def alphabet(self) -> tuple[str, ...]:
        return self.source.alphabet

    def after(self, words: Words) -> TokenNumbers:
        if words.lengths.max(initial=0) > self.positions:
            raise TooLongError(f"it has {self.positions} positions")
        found = self.source.after(words)
        found[:, self.past :] = 0
        return found


def majority() -> tuple[Task, AskedAnswers]:
    task = get_task("binary_majority")
    answerer = ProgramAnswerer("it", load_program("lib:binary_majority"))
    return task, AskedAnswers(answerer, tokens_of(task)[0])


def test_a_model_that_changes_past_a_length_is_explained_to_it() -> None:
    task, answers = majority()
    found = explained(task, Other(answers, past=21), to=10)
    assert found.verdict == "explained to length 18"
    assert found.task_parting is not None
    assert found.parting is not None
    assert found.parting.length == 19, "its answer's second token is the 21st"
    assert found.parting.record() is not None


def test_lengths_that_the_model_cannot_read_are_named() -> None:
    task, answers = majority()
    found = explained(task, Other(answers, positions=25), to=10)
    assert (found.verdict, found.unread) == ("explained to length 20", ((21, 30), (51, 60)))


@dataclass(frozen=True)
class Hashed:
    """Answers at random, by the word; or always the same."""

    alphabet: tuple[str, ...]
    same: bool = False

    def after(self, words: Words) -> TokenNumbers:
        places = np.arange(1, words.tokens.shape[1] + 1)
        sums = np.zeros((len(words.lengths), words.tokens.shape[1] + 1), dtype=np.int64)
        if not self.same:
            sums[:, 1:] = ((words.tokens + 2) * places**3 % 1009).cumsum(axis=1) * 2654435761 % 65537
        ended = np.zeros_like(sums, dtype=bool)
        ended[:, 1:] = words.tokens != words.tokens.max(initial=0)
        asked = np.zeros_like(ended)
        asked[:, 1:] = (words.tokens == len(self.alphabet) - 1).cumsum(axis=1) > 0
        return np.where(asked & ended, len(self.alphabet), sums % (len(self.alphabet) - 1))


def test_a_model_that_answers_at_random_has_no_program_and_one_that_answers_the_same_is_vacuous() -> None:
    task = get_task("majority")
    tokens, _ = tokens_of(task)
    found = explained(task, Hashed(tokens))
    assert found.program is None
    assert found.verdict.startswith("no program of at most 4 atoms")
    assert explained(task, Hashed(tokens, same=True)).verdict == "vacuous"


def test_no_program_copies_what_comes_again_and_labels_are_not_looked_at() -> None:
    task = get_task("copy_repeat")

    def after(words: Words) -> TokenNumbers:
        found = np.full((len(words.lengths), words.tokens.shape[1] + 1), 3, dtype=np.int64)
        for row, (word, length) in enumerate(zip(words.tokens.tolist(), words.lengths.tolist(), strict=True)):
            asked = word.index(2)
            for place in range(asked + 1, length + 1):
                due = place - asked - 1
                found[row, place] = word[due] if due < asked else 3
        return found

    model = Given(tokens_of(task)[0], after)
    assert explained(task, model, to=12).program is None
    batch = task.sample(np.random.default_rng(0), (1, 4), 4)
    assert (answered(model, Words(batch.tokens[:0], batch.lengths[:0]), most=3).sizes == 0).all()


@dataclass(frozen=True)
class Given:
    alphabet: tuple[str, ...]
    after: object


@pytest.mark.long
@pytest.mark.parametrize("name", ["binary_majority", "repeat_letter", "sort", "majority"])
def test_a_compiled_program_s_gpt2_is_explained_by_an_equal_program(name: str, tmp_path: Path) -> None:
    task = get_task(name)
    model = AskedAnswers(load_model(compiled(name, tmp_path)), tokens_of(task)[0])
    found = explained(task, model, to=60 if name == "repeat_letter" else 10)
    assert found.verdict == "explained"
    assert same_answers(found, name, task)


def test_what_is_found_reads_as_a_program_of_the_same_words() -> None:
    found = explained(get_task("binary_majority"))
    assert found.program is not None
    assert read_program(Source("found", found.program.text)).alphabet == ("0", "1", "<sep>")


@dataclass
class Slow:
    """A model that takes its time over each word, and knows how many it was asked about."""

    source: NextTokens
    seconds: float
    asked: int = 0

    @property
    def alphabet(self) -> tuple[str, ...]:
        return self.source.alphabet

    def after(self, words: Words) -> TokenNumbers:
        self.asked += len(words.lengths)
        sleep(self.seconds * len(words.lengths))
        return self.source.after(words)


@pytest.mark.parametrize("each", [0.0005, 0.005])
def test_the_seconds_are_kept_and_what_is_known_by_then_is_reported(each: float) -> None:
    task, answers = majority()
    model = Slow(answers, each)
    _, mark = tokens_of(task)
    request = AnswerRequest(
        name="it", answers=model, task=task, mark=mark, program=own_program(task), words=500, trained_to=50, seconds=3.0
    )
    begun = monotonic()
    found = explain_answers(request)
    assert monotonic() - begun < 3.0 + 600 * each + 2, "a few words, and what the machine's other work takes"
    assert found.out_of_time
    assert found.record()["out_of_time"] == list(found.out_of_time)
    assert any("the time ran out (--seconds)" in line for line in lines_of(found))
    read = not any(part.startswith(RANGE_LEFT_OUT) for part in found.out_of_time)
    assert read or found.verdict != "explained", "a range that was not read is not explained"
    if each == 0.005:
        assert (found.verdict, found.program) == ("out of time", None), "no family was searched to its end"


def test_a_program_whose_longer_words_were_not_read_in_time_is_explained_to_what_was_read() -> None:
    task, answers = majority()
    found = explained(task, answers)
    cut = replace(found, agreement=found.agreement[:2], out_of_time=("lengths 17-24", "lengths 41-48"))
    assert (found.verdict, found.out_of_time, cut.verdict) == ("explained", (), "explained to length 16")
    assert replace(found, out_of_time=("lengths 97-144",)).verdict == f"explained to length {found.read_to}"
    assert replace(found, agreement=(), out_of_time=("lengths 1-8",)).verdict == "out of time"


def test_the_empty_word_is_no_difference_for_no_range_of_lengths_has_it() -> None:
    task = get_task("unique_reverse")
    questions, longest = every_question(task, *tokens_of(task), most_words=4_000)
    assert longest >= 1
    assert int(questions.sizes.min()) == 1
