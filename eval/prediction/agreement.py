"""Whether a program computes a task: its next-token sets against the task's own labels."""

from itertools import islice, product

from crasp.meaning.ir import Program
from eval.answering.answerers import ProgramAnswerer
from eval.answering.recognition_answers import is_recognition
from eval.prediction.prediction import Agreement
from tasks.drawing.randomness import generator
from tasks.ground.automata.language import Language
from tasks.language_tasks import task_of_language
from tasks.samples.word_arrays import batch_of, examples_of
from tasks.task import Task
from tasks.words import Example

EXHAUSTIVE_WORDS = 400  # all words are tried up to the length at which there are more of them than this
SAMPLED_WORDS = 100  # further words, of lengths to 150
FEWER_SAMPLED_WORDS, LARGE_LINES = 30, 2_000  # ... for a program of so many lines: a prediction takes under a second
LONGEST_LENGTH = 150


def compare(answerer: ProgramAnswerer, task: Task) -> Agreement:
    """The program against the task's labels on all short words and on sampled ones of lengths to 150."""
    short, reached = _all_short(task)
    number = SAMPLED_WORDS if len(answerer.program.lines) < LARGE_LINES else FEWER_SAMPLED_WORDS
    sampled = task.sample(generator(task.name, "agreement", (1, LONGEST_LENGTH), 0), (1, LONGEST_LENGTH), number)
    words, longest, difference = 0, 0, None
    for batch in (batch_of(task, short), sampled):
        right = answerer.right(task, batch)
        words += len(right)
        longest = max(longest, int(batch.lengths.max(initial=0)))
        if difference is None and not right.all():
            row = int((~right).argmax())
            difference = examples_of(task, batch)[row].tokens
    return Agreement(words, reached, longest, difference)


def compare_recognition(name: str, program: Program, end_marker: str | None, language: Language) -> Agreement | None:
    """A written program against the labels of its language, which are made apart from the decision.

    None where no words can be drawn: of an automaton that is too large, of no word at all.
    """
    try:
        task = task_of_language(language, recognize=True)
        return compare(ProgramAnswerer(name, program, end_marker=end_marker), task)
    except ValueError:
        return None


def _all_short(task: Task) -> tuple[list[Example], int]:
    """Every word that has a label, shortest first, to the length that can be had whole, and that length."""
    found: list[Example] = []
    reached = 0
    alphabet = task.alphabet[:-2] if is_recognition(task) else task.alphabet  # the verdicts are in no word
    for length in range(0 if task.format == "continuations" else 1, LONGEST_LENGTH):
        if len(found) + len(alphabet) ** length > EXHAUSTIVE_WORDS:
            break
        for letters in islice(product(alphabet, repeat=length), EXHAUSTIVE_WORDS):
            try:
                found.append(task.label(letters))
            except ValueError:
                continue  # a tie, a letter of the answer: the task has no answer for it
        reached = length
    return found, reached
