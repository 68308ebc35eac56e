"""Any program as a task: its labels are the program's.

A program over an alphabet with `<sep>` answers: the word is what comes before `<sep>`, its answer what the program then
allows, one token at a time. Any other next-token program is judged at every position by the tokens that it allows. A
program that only accepts is judged there by whether the word may end; any letter may follow.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crasp.formatter import format_text
from crasp.interpreter import accepts, encode
from crasp.ir import Program
from crasp.loader import load_source, read_program
from eval.prediction import ENCODINGS, predict_program
from eval.program_words import (
    DrawnTokens,
    allowed_outputs,
    answers,
    draw_found,
    draw_recognized,
    letters_of,
    random_letters,
    walks,
)
from tasks.answer import answer_batch, answer_label
from tasks.continuation import check_letters, continuation_label, targets_of
from tasks.lengths import check_request, inside
from tasks.mixture import Drawn as DrawnAnswers
from tasks.randomness import generator
from tasks.recognition import ACCEPT, REJECT, SUFFIX, VERDICTS
from tasks.task import BOS, PAD, SEP, SPECIAL, Batch, Example, Sampler, Task, TheoryRecord, Word

SHORT = (3, 6)  # letters of an example


def program_task(file: str, *, recognize: bool = False) -> Task:
    """The task of the program in a file, or `lib:NAME`; with `recognize`, whether it accepts a word.

    Programs of equal texts have equal names, and so equal words. LoadError and CraspError where there is no program,
    ValueError where it cannot be asked so.
    """
    source = load_source(file)
    program = read_program(source)
    name = f"program_{hashlib.sha256(format_text(source).encode()).hexdigest()[:10]}" + SUFFIX * recognize
    if recognize:
        kind = _recognition(file, program)
    elif SEP in program.alphabet and program.next:
        kind = _answers(program)
    else:
        kind = _continuations(program)
    summary = "\n".join([f"{kind.summary} The program is {file}.", *_examples(name, kind)])
    predictions = {encoding: predict_program(file, encoding) for encoding in ENCODINGS}
    return Task(
        name=name,
        title=file + ", recognition" * recognize,
        summary=summary,
        family="Program",
        alphabet=kind.alphabet,
        format=kind.format,
        sample=kind.sample,
        label=kind.label,
        theory={e: TheoryRecord(p.verdict, p.because, p.reference, p.standing) for e, p in predictions.items()},
        program=None,
        published={},
        source=file,
    )


@dataclass(frozen=True)
class _Kind:
    """What differs between the ways to ask a program."""

    summary: str
    alphabet: tuple[str, ...]
    format: Literal["answer", "continuations"]
    sample: Sampler
    label: Callable[[Word], Example]


def _examples(name: str, kind: _Kind) -> list[str]:
    """Two words with what is right after them; none where no short word is found."""
    rng = generator(name, "examples", SHORT, 0)
    try:
        batch = kind.sample(rng, SHORT, 2)
    except ValueError:
        return []
    vocabulary = np.array([*kind.alphabet, *SPECIAL])
    words = [tuple(vocabulary[row[1 : n + 1]].tolist()) for row, n in zip(batch.tokens, batch.lengths, strict=True)]
    lines = []
    for word in words:
        *answer, last = kind.label(word).targets
        right = last if kind.format == "continuations" else tuple(token for (token,) in answer)
        lines.append(f"{' '.join(word)} -> {' '.join(right)}")
    return lines


# --- what may follow ----------------------------------------------------------------------------------------


def _continuations(program: Program) -> _Kind:
    alphabet = program.alphabet

    def targets(word: Word) -> tuple[Word, ...]:
        words = encode(alphabet, [word])
        (allowed,) = allowed_outputs(program, words.tokens, words.lengths).tolist()
        return tuple(targets_of(alphabet, tuple(letters), end=end) for *letters, end in allowed)

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        words = draw_found(rng, lengths, size, lambda rng, chosen: walks(program, rng, chosen))
        ids = [*range(len(alphabet)), len(alphabet) + SPECIAL.index(PAD)]  # -1 stands for <pad>
        bos = np.full((size, 1), len(alphabet) + SPECIAL.index(BOS))
        tokens = np.concatenate([bos, np.array(ids)[words.tokens]], axis=1)
        judged = inside(words.lengths + 1, tokens.shape[1])
        allowed = allowed_outputs(program, words.tokens, words.lengths)
        return Batch(tokens, judged, allowed & judged[:, :, None], words.lengths)

    what = "What the program allows next" if program.next else "Whether the program accepts, any letter being allowed"
    return _Kind(
        f"{what}, after each prefix of a word whose letters are drawn evenly among those allowed.",
        alphabet,
        "continuations",
        sample,
        continuation_label(alphabet, targets),
    )


# --- answers ------------------------------------------------------------------------------------------------


def _answers(program: Program) -> _Kind:
    alphabet = letters_of(program)
    numbers = np.array([alphabet.index(token) if token != SEP else -1 for token in program.alphabet])

    def answer(word: Word) -> Word:
        check_letters(word, alphabet)
        words = encode(program.alphabet, [word])
        said, (right,) = answers(program, DrawnTokens(words.tokens.astype(np.int64), words.lengths))
        if not right:
            raise ValueError(f"the program has no answer: it allows no token, or several, after {' '.join(word)!r}")
        return tuple(program.alphabet[token] for token in said.tokens[0, : said.lengths[0]])

    def draw(rng: np.random.Generator, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        tokens = random_letters(program, rng, chosen)
        return tokens, answers(program, DrawnTokens(tokens, chosen))[1]

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        words = draw_found(rng, lengths, size, draw)
        said, _ = answers(program, words)
        letters = numbers[said.tokens[inside(said.lengths, said.tokens.shape[1])]]
        return answer_batch(alphabet, words.lengths, DrawnAnswers(numbers[words.tokens], letters, said.lengths))

    return _Kind(
        "The program's answer: what it allows after the word and <sep>, one token at a time. Letters are drawn evenly; "
        "words to which it has no answer are left out.",
        alphabet,
        "answer",
        sample,
        answer_label(answer),
    )


# --- acceptance ---------------------------------------------------------------------------------------------


def _recognition(file: str, program: Program) -> _Kind:
    if program.accept is None:
        raise ValueError(f"{file}: the program defines no accept, so there is nothing to recognise")
    if set(VERDICTS) & set(program.alphabet):
        raise ValueError(f"{file}: the alphabet holds {ACCEPT} or {REJECT}, which recognition answers with")
    alphabet = program.alphabet + VERDICTS

    def verdict(word: Word) -> Word:
        check_letters(word, program.alphabet)
        return (ACCEPT if accepts(program, encode(program.alphabet, [word]))[0] else REJECT,)

    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        words, member = draw_recognized(program, rng, lengths, size)
        verdicts = np.where(member, len(alphabet) - 2, len(alphabet) - 1)
        return answer_batch(alphabet, words.lengths, DrawnAnswers(words.tokens, verdicts, np.ones(size, dtype=int)))

    return _Kind(
        "Whether the program accepts the word. Members and non-members are equally likely at each length that was "
        "found to have both, among words of even letters, words along what the program allows, and edited ones.",
        alphabet,
        "answer",
        sample,
        answer_label(verdict),
    )
