"""Whether a program computes a task: a comparison of its next-token sets with the task's own labels."""

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

EXHAUSTIVE_WORDS = 400  # all words are tried up to the last length to which there are at most so many
SAMPLED_WORDS = 100  # further words, of lengths up to LONGEST_LENGTH
# A program of at least LARGE_LINES lines is tried on fewer words, so that a prediction takes less than a second.
FEWER_SAMPLED_WORDS, LARGE_LINES = 30, 2_000
LONGEST_LENGTH = 150


def compare(answerer: ProgramAnswerer, task: Task) -> Agreement:
    """The comparison of a program with the task's labels, on all short words and on sampled words of lengths up to 150.

    Raises:
        UnfitError: The program cannot answer about the task.
    """
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
    """The comparison of a program with the labels of its language, which are computed independently of the decision.

    None if no words can be drawn, because the automaton is too large or the language is empty.

    Args:
        name: What the program is called.
        program: The program.
        end_marker: A token that is appended to each word before the program is asked.
        language: The language.
    """
    try:
        task = task_of_language(language, recognize=True)
        return compare(ProgramAnswerer(name, program, end_marker=end_marker), task)
    except ValueError:
        return None


def _all_short(task: Task) -> tuple[list[Example], int]:
    """All words that have a label, the shortest first, and the length up to which they are complete."""
    found: list[Example] = []
    reached = 0
    alphabet = task.alphabet[:-2] if is_recognition(task) else task.alphabet  # no word contains a verdict
    for length in range(0 if task.format == "continuations" else 1, LONGEST_LENGTH):
        if len(found) + len(alphabet) ** length > EXHAUSTIVE_WORDS:
            break
        for letters in islice(product(alphabet, repeat=length), EXHAUSTIVE_WORDS):
            try:
                found.append(task.label(letters))
            except ValueError:
                continue  # the task has no answer for this word, for example because of a tie
        reached = length
    return found, reached
