"""Any program as a task, whose labels are the program's.

A program over an alphabet with `<sep>` gives answers: the word stands before `<sep>`, and its answer is what the
program then allows, one token at a time. Any other next-token program is judged at every position by the tokens that it
allows. A program that only accepts is a task of recognition.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crasp.errors import Source
from crasp.meaning.interpreter import Words, accepts, encode
from crasp.meaning.ir import Program
from crasp.text.formatter import format_text
from crasp.text.loader import read_program
from crasp.text.sources import LIBRARY, load_source
from eval.answering.balanced_words import Vocabulary, describe, draw_balanced, draw_members, few_of_each, vocabulary
from eval.answering.membership import continuation_goal, recognition_goal, verdict_goals
from eval.answering.program_answers import allowed_outputs, answers, draw_found, letter_numbers, letters_of
from eval.answering.word_edits import random_letters
from eval.prediction.program_prediction import predict_source
from tasks.asking.answer import answer_batch, answer_label
from tasks.asking.recognition import ACCEPT, REJECT, SUFFIX, VERDICTS
from tasks.drawing.lengths import check_request, inside
from tasks.drawing.mixture import Drawn as DrawnAnswers
from tasks.drawing.randomness import generator
from tasks.language_tasks import check_free
from tasks.languages.members import check_letters, continuation_label, targets_of
from tasks.languages.task_origin import Origin
from tasks.task import ENCODINGS, Task, TheoryRecord
from tasks.words import BOS, PAD, SEP, SPECIAL, Batch, Example, Sampler, Word

SHORT_LENGTHS = (3, 6)  # the lengths of example words
MOST_VERDICTS = 8  # words are balanced over the answers of a program if it answers with one of so many tokens at most


def program_task(file: str, *, recognize: bool = False, name: str | None = None) -> Task:
    """Return the task of the program in a file or in the library.

    Args:
        file: The program's file, or `lib:NAME`.
        recognize: Whether the task is to accept or reject words, which a program that only accepts is asked in any
            case.
        name: What the task is called; by default the file's name.

    Returns:
        The task. Programs of equal texts have equal names, and so equal words.

    Raises:
        LoadError: There is no such file.
        CraspError: It holds no program.
        ValueError: The program cannot be asked in this way.
    """
    own = file if file.startswith(LIBRARY) else Path(file).stem
    if name is not None:
        check_free(name)
    called = own + SUFFIX * recognize if name is None else name
    return task_of_source(load_source(file), called, recognize=recognize, chosen=name is not None)


def task_of_source(source: Source, called: str, *, recognize: bool = False, chosen: bool = False) -> Task:
    """Return the task of a program's text.

    Args:
        source: The program's text and name.
        called: What the task is called.
        recognize: Whether the task is to accept or reject words.
        chosen: Whether a user chose the task's name.

    Raises:
        CraspError: The text is no program.
        ValueError: The program cannot be asked in this way.
    """
    program = read_program(source)
    recognize = recognize or not program.next
    name = f"program_{hashlib.sha256(format_text(source).encode()).hexdigest()[:10]}" + SUFFIX * recognize
    if recognize:
        kind = _recognition(name, source.name, program)
    elif SEP in program.alphabet:
        kind = _answers(name, program)
    else:
        kind = _continuations(name, program)
    summary = "\n".join([f"{kind.summary} The program is {source.name}.", *_examples(kind)])
    predictions = {encoding: predict_source(source, encoding) for encoding in ENCODINGS}
    return Task(
        name=name,
        title=source.name + ", recognition" * recognize,
        summary=summary,
        family="Program",
        alphabet=kind.alphabet,
        format=kind.format,
        sample=kind.sample,
        label=kind.label,
        theory={e: TheoryRecord(p.verdict, p.because, p.reference, p.standing) for e, p in predictions.items()},
        program=None,
        published={},
        source=source.name,
        origin=Origin(kind="program", name=called, text=source.text, recognition=recognize, chosen=chosen),
        found=kind.found,
    )


@dataclass(frozen=True)
class _WayToAsk:
    """What differs between the three ways to ask a program."""

    summary: str
    alphabet: tuple[str, ...]
    format: Literal["answer", "continuations"]
    sample: Sampler
    label: Callable[[Word], Example]
    examples: Callable[[], list[Word]]
    found: Callable[[tuple[int, int]], str] | None = None


def _examples(kind: _WayToAsk) -> list[str]:
    """Return two words with what is right after them; fewer if no short words are found."""
    lines = []
    for word in kind.examples():
        *answer, last = kind.label(word).targets
        right = last if kind.format == "continuations" else tuple(token for (token,) in answer)
        lines.append(f"{' '.join(word)} -> {' '.join(right)}")
    return lines


def _spelt(program: Program, words: Words) -> list[Word]:
    rows = zip(words.tokens, words.lengths, strict=True)
    return [tuple(program.alphabet[token] for token in row[:length]) for row, length in rows]


# --- what may follow ----------------------------------------------------------------------------------------


def _continuations(name: str, program: Program) -> _WayToAsk:
    alphabet = program.alphabet
    words_of = vocabulary(name, continuation_goal(program), range(len(alphabet)))

    def targets(word: Word) -> tuple[Word, ...]:
        words = encode(alphabet, [word])
        (allowed,) = allowed_outputs(program, words.tokens, words.lengths).tolist()
        return tuple(targets_of(alphabet, tuple(letters), end=end) for *letters, end in allowed)

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        words, _, strata = draw_balanced(words_of, rng, lengths, size, one_sided=True)
        ids = [*range(len(alphabet)), len(alphabet) + SPECIAL.index(PAD)]  # -1 stands for <pad>
        bos = np.full((size, 1), len(alphabet) + SPECIAL.index(BOS))
        tokens = np.concatenate([bos, np.array(ids)[words.tokens]], axis=1)
        judged = inside(words.lengths + 1, tokens.shape[1])
        allowed = allowed_outputs(program, words.tokens, words.lengths)
        return Batch(tokens, judged, allowed & judged[:, :, None], words.lengths, strata)

    return _WayToAsk(
        "What the program allows next, after each prefix of a word that it allows. Words that may end and words that "
        "may not are equally likely at each length that was found to have both.",
        alphabet,
        "continuations",
        sample,
        continuation_label(alphabet, targets),
        lambda: _spelt(program, few_of_each(words_of, SHORT_LENGTHS)),
        lambda lengths: describe(words_of, lengths),
    )


# --- answers ------------------------------------------------------------------------------------------------


def _answers(name: str, program: Program) -> _WayToAsk:
    alphabet, letters = letters_of(program), letter_numbers(program)
    numbers = np.array([alphabet.index(token) if token != SEP else -1 for token in program.alphabet])
    verdicts = _verdicts(name, program)

    def answer(word: Word) -> Word:
        check_letters(word, alphabet)
        words = encode(program.alphabet, [word])
        said, (right,) = answers(program, Words(words.tokens.astype(np.int64), words.lengths))
        if not right:
            raise ValueError(f"the program has no answer: it allows no token, or several, after {' '.join(word)!r}")
        return tuple(program.alphabet[token] for token in said.tokens[0, : said.lengths[0]])

    def draw(rng: np.random.Generator, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        words = random_letters(letters, rng, chosen)
        if verdicts:  # half of the words are drawn by their answers
            which = np.floor(2 * len(verdicts) * rng.random(len(chosen))).astype(np.int64)
            for number, members in enumerate(verdicts):
                rows = np.flatnonzero(which == number)
                words = words.with_rows(rows, draw_members(members, rng, chosen[rows]))
        return words.tokens, answers(program, words)[1]

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        words = draw_found(rng, lengths, size, draw)
        said, _ = answers(program, words)
        spoken = numbers[said.tokens[inside(said.lengths, said.tokens.shape[1])]]
        return answer_batch(alphabet, words.lengths, DrawnAnswers(numbers[words.tokens], spoken, said.lengths))

    def examples() -> list[Word]:
        try:
            rng = generator(name, "examples", SHORT_LENGTHS, 0)
            plain = draw_found(
                rng, SHORT_LENGTHS, 2, lambda rng, chosen: _answered(program, random_letters(letters, rng, chosen))
            )
        except ValueError:
            return []
        return _spelt(program, plain)

    return _WayToAsk(
        "The program's answer: what it allows after the word and <sep>, one token at a time. Letters are drawn evenly; "
        "words to which it has no answer are left out. Where each answer is one of a few tokens, these are balanced.",
        alphabet,
        "answer",
        sample,
        answer_label(answer),
        examples,
    )


def _answered(program: Program, words: Words) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    return words.tokens, answers(program, words)[1]


def _verdicts(name: str, program: Program) -> tuple[Vocabulary, ...]:
    """Return, for each token, the words that are answered with it.

    It is empty if answers are longer than a token, or if there are too many of them.
    """
    goals = verdict_goals(program, program.alphabet.index(SEP))
    rng = generator(name, "verdicts", SHORT_LENGTHS, 0)
    words = random_letters(letter_numbers(program), rng, np.full(100, SHORT_LENGTHS[1]))
    said, right = answers(program, words)
    if not 2 <= len(goals) <= MOST_VERDICTS or said.lengths[right].max(initial=0) > 1:
        return ()
    letters = letter_numbers(program).tolist()
    return tuple(vocabulary(f"{name}-{number}", goal, letters) for number, goal in enumerate(goals))


# --- acceptance ---------------------------------------------------------------------------------------------


def _recognition(name: str, file: str, program: Program) -> _WayToAsk:
    if program.accept is None:
        raise ValueError(f"{file}: the program defines no accept, so there is nothing to recognise")
    if set(VERDICTS) & set(program.alphabet):
        raise ValueError(f"{file}: the alphabet holds {ACCEPT} or {REJECT}, which recognition uses as answers")
    alphabet = program.alphabet + VERDICTS
    words_of = vocabulary(name, recognition_goal(program), letter_numbers(program).tolist())

    def verdict(word: Word) -> Word:
        check_letters(word, program.alphabet)
        return (ACCEPT if accepts(program, encode(program.alphabet, [word]))[0] else REJECT,)

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        words, member, strata = draw_balanced(words_of, rng, lengths, size, one_sided=False)
        verdicts = np.where(member, len(alphabet) - 2, len(alphabet) - 1)
        drawn = DrawnAnswers(words.tokens, verdicts, np.ones(size, dtype=int))
        return answer_batch(alphabet, words.lengths, drawn, strata=strata)

    return _WayToAsk(
        "Whether the program accepts the word. Members and non-members are equally likely at each length that was "
        "found to have both: random words, words in which letters repeat themselves, words made of members.",
        alphabet,
        "answer",
        sample,
        answer_label(verdict),
        lambda: _spelt(program, few_of_each(words_of, SHORT_LENGTHS)),
        lambda lengths: describe(words_of, lengths),
    )
