"""The search for programs of a model's answers: right on short words at first, then refined by counterexamples."""

from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from crasp.errors import Source
from crasp.meaning.interpreter import Words
from crasp.meaning.ir import Program
from crasp.text.loader import read_program
from eval.explain.agreement import WORD_KINDS, WordKind
from eval.explain.answers.answer_search import FoundAnswer, KnownPlaces, family_answer, listed_answer
from eval.explain.answers.asked_answers import NOTHING, GivenAnswers, NextTokens, ProgramAnswers, answered
from eval.explain.answers.asked_in_time import AskedInTime
from eval.explain.answers.questions import Questions, joined_questions, questions_of
from eval.explain.answers.read_words import joined_places, places_of
from eval.explain.atom_choice import SearchEffort
from eval.explain.atoms import FAMILIES, AtomFamily
from eval.explain.verdict import LEAST_ANSWERED, fewer_than_needed
from tasks.drawing.randomness import generator
from tasks.ground.limited_process import OutOfTimeError
from tasks.task import Task

FIRST_LENGTHS = (6, 9, 12, 16)  # greatest lengths of the first words; the first that gives ENOUGH_FIRST words is taken
ENOUGH_FIRST = 60
FIRST_WORDS, TRIED_WORDS = 100, 150  # words of each kind, at first and to try a program on
ROUNDS = 12
MORE_WORDS = 20  # of the words that contradict a program, so many of the shortest and so many others are added
MOST_LISTED = 8  # the largest alphabet for which each token may have a condition of its own
LISTED_WORDS = 300  # the most words that such conditions have to fit


@dataclass(frozen=True)
class AnswerSubject:
    """A model, the task whose words it is asked about, and when the asking has to end.

    `mark` is the number of the token after which the answer begins. `until` is a moment of the monotonic clock, in
    seconds.
    """

    model: NextTokens
    task: Task
    mark: int
    until: float = inf

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The tokens of the words, including the mark."""
        return self.model.alphabet

    @property
    def effort(self) -> SearchEffort:
        """The effort of a new search, which has to end when the subject's time is up."""
        return SearchEffort(until=self.until)

    def answers_of(self, program: Program | str) -> AskedInTime:
        """The answers of a program, which is given as a value or as a text."""
        read = read_program(Source("explained", program)) if isinstance(program, str) else program
        return AskedInTime(ProgramAnswers(read, self.alphabet), self.until)

    def most(self, questions: Questions) -> int:
        """The number of tokens after which an answer to these words is cut off."""
        return 2 * int(questions.sizes.max(initial=0)) + 4


@dataclass(frozen=True)
class AnswerComparison:
    """Where a program and a model differ on each word.

    answers  the program's answers
    places   (words,)  the number of tokens after which they differ first, -1 if nowhere
    model    (words,)  what the model says there
    program  (words,)  what the program says there
    """

    answers: GivenAnswers
    places: NDArray[np.int64]
    model: NDArray[np.int64]
    program: NDArray[np.int64]

    @property
    def agree(self) -> NDArray[np.bool_]:
        """For each word whether the whole answers are the same, (words,)."""
        return np.asarray((self.places < 0) & self.answers.ended)


def compare_answers(
    subject: AnswerSubject, program: NextTokens, found: FoundAnswer | None, questions: Questions
) -> AnswerComparison:
    """Where the model's answers differ from a program's.

    They do not agree on a word to which the program's answer does not end.

    Args:
        subject: The model and its task.
        program: The program, which is asked for its answers.
        found: The program's conditions, if they are known; they only make it faster.
        questions: The words.
    """
    most = subject.most(questions)
    guess = None
    if found is not None:
        guess = found.guessed(questions.words, len(subject.alphabet), subject.mark, most=most)
    answers = answered(program, questions.words, most=most, guess=guess)
    said, own = subject.model.after(answers.words), program.after(answers.words)
    width = answers.words.tokens.shape[1]
    due = np.arange(width + 1) >= answers.starts[:, None]
    due &= np.arange(width + 1) <= answers.words.lengths[:, None]
    other = (said != own) & due
    places = np.where(other.any(axis=1), other.argmax(axis=1), -1)
    rows = np.arange(len(places))
    return AnswerComparison(answers, places, said[rows, places], own[rows, places])


@dataclass(frozen=True)
class AnswerRoad:
    """The programs in the order in which they were found, a report of the search, and the answers to short words.

    `unfinished` says that the time was up before all families had been tried, or before short words were answered.
    """

    programs: tuple[FoundAnswer, ...]
    said: str
    short: GivenAnswers
    unfinished: bool = False

    @property
    def answered(self) -> tuple[int, int]:
        """How many short words have an answer that ends and is not empty, and how many there are.

        The first number is 0 if all answers are the same.
        """
        short = self.short
        rows = zip(short.words.tokens.tolist(), short.starts.tolist(), short.sizes.tolist(), strict=True)
        different = len({tuple(row[start : start + size]) for row, start, size in rows})
        return int((short.ended & (short.sizes > 0)).sum()) if different > 1 else 0, len(short.sizes)


def follow_answers(subject: AnswerSubject, *, trained_to: int, most_atoms: int, title: str, seed: int) -> AnswerRoad:
    """The programs that are right on all training-length words that were tried, if there are any.

    If the subject's time is up, the programs that were found until then are returned.

    Args:
        subject: The model, its task, and when the search has to end.
        trained_to: The longest training word that the model can read.
        most_atoms: The greatest number of atoms in a condition.
        title: The first comment of a program.
        seed: Another seed draws other words.

    Raises:
        TooLongError: The words do not fit into the model.
    """
    first = joined_questions(*first_words(subject.task, trained_to, seed).values())
    try:
        short = answered(subject.model, first.words, most=subject.most(first))
    except OutOfTimeError:
        none = GivenAnswers(first.rows(np.arange(0)).words, np.zeros(0, np.int64), np.zeros(0, bool))
        return AnswerRoad((), "the time ran out before the model had answered short words", none, unfinished=True)
    if fewer_than_needed(*AnswerRoad((), "", short).answered, LEAST_ANSWERED):
        return AnswerRoad((), "the model does not answer", short)
    programs: list[FoundAnswer] = []
    said: list[str] = []
    try:
        _search_families(subject, short, trained_to, most_atoms, title, seed, programs, said)
    except OutOfTimeError:
        said.append("then the time ran out")
        return AnswerRoad(tuple(programs), "; ".join(said), short, unfinished=True)
    return AnswerRoad(tuple(programs), "; ".join(said), short)


def _search_families(
    subject: AnswerSubject,
    short: GivenAnswers,
    trained_to: int,
    most_atoms: int,
    title: str,
    seed: int,
    programs: list[FoundAnswer],
    said: list[str],
) -> None:
    """Append the programs to `programs`, and a remark on each family to `said`; OutOfTimeError when the time is up."""
    known = _known(subject, short)
    for family in FAMILIES:
        found, known, why = _in_family(subject, known, family, trained_to, most_atoms, title, seed)
        name = family.replace("_", " and ")
        if found is not None:
            programs.append(found)
            said.append(f"a condition for all letters, {name} atoms, {len(known.tokens):,} places")
            break
        said.append(f"all letters at once, {name}: {why}")
    if len(subject.alphabet) <= MOST_LISTED:
        for family in FAMILIES:
            listed, why = _listed(subject, short, family, trained_to, most_atoms, title, seed)
            name = family.replace("_", " and ")
            if listed is not None:
                programs.append(listed)
                said.append(f"a condition for each letter, {name} atoms")
                break
            said.append(f"each letter by itself, {name}: {why}")


def first_words(task: Task, trained_to: int, seed: int) -> dict[WordKind, Questions]:
    """The words of each kind that are asked about first: the shortest ones that are enough in number.

    They have at most as many letters as the first of FIRST_LENGTHS that gives ENOUGH_FIRST different words.

    Args:
        task: The task.
        trained_to: The longest training word; no word is longer.
        seed: Another seed draws other words.
    """
    for longest in FIRST_LENGTHS:
        lengths = (1, min(longest, trained_to))
        found = {kind: questions_of(task, kind, lengths, FIRST_WORDS, seed) for kind in WORD_KINDS}
        if len(joined_questions(*found.values()).sizes) >= ENOUGH_FIRST or lengths[1] == trained_to:
            break
    return found


def _in_family(
    subject: AnswerSubject,
    known: KnownPlaces,
    family: AtomFamily,
    trained_to: int,
    most_atoms: int,
    title: str,
    seed: int,
) -> tuple[FoundAnswer | None, KnownPlaces, str]:
    rng = generator("explain", f"answers {family}", (trained_to, trained_to), seed)
    for number in range(ROUNDS):
        found, why = family_answer(known, subject.alphabet, family, most_atoms, rng, title, subject.effort)
        if found is None:
            return None, known, why
        compared = _tried(subject, found, trained_to, seed + number)
        wrong = _contradictions(compared, rng)
        if not len(wrong):
            return found, known, ""
        known = known.with_places(_known_of(subject, compared, wrong))
    return None, known, f"after {ROUNDS} rounds there were still words on which it differs from the model"


def _tried(subject: AnswerSubject, found: FoundAnswer, trained_to: int, seed: int) -> AnswerComparison:
    """The comparison of the program with the model on words of the training lengths."""
    parts = [questions_of(subject.task, kind, (1, trained_to), TRIED_WORDS, seed) for kind in WORD_KINDS]
    return compare_answers(subject, subject.answers_of(found.text), found, joined_questions(*parts))


def _contradictions(compared: AnswerComparison, rng: np.random.Generator) -> NDArray[np.int64]:
    wrong = np.flatnonzero(~compared.agree)
    order = wrong[np.argsort(compared.answers.words.lengths[wrong], kind="stable")]
    return np.unique(np.concatenate([order[:MORE_WORDS], rng.permutation(order)[:MORE_WORDS]]))


def words_cut(compared: AnswerComparison, rows: NDArray[np.int64]) -> GivenAnswers:
    """The words cut where program and model differ; the answer before that place is the model's own."""
    answers = compared.answers
    lengths = np.where(compared.places[rows] >= 0, compared.places[rows], answers.words.lengths[rows])
    width = int(lengths.max(initial=0))
    tokens = np.where(np.arange(width) < lengths[:, None], answers.words.tokens[rows, :width], -1)
    return GivenAnswers(Words(tokens, lengths), answers.starts[rows], answers.ended[rows])


def _known(subject: AnswerSubject, answers: GivenAnswers) -> KnownPlaces:
    after = subject.model.after(answers.words)
    places, rows, positions = places_of(answers.words, answers.starts, len(subject.alphabet), subject.mark)
    return KnownPlaces(places, after[rows, positions], np.full(len(rows), NOTHING))


def _known_of(subject: AnswerSubject, compared: AnswerComparison, rows: NDArray[np.int64]) -> KnownPlaces:
    """The known places of these words up to the difference; the places of the differences come last."""
    cut = words_cut(compared, rows)
    known = _known(subject, cut)
    _, words, positions = places_of(cut.words, cut.starts, len(subject.alphabet), subject.mark)
    last = positions == compared.places[rows][words]
    wrong = np.where(last, compared.program[rows][words], NOTHING)
    rest, parted = np.flatnonzero(~last), np.flatnonzero(last)
    order = np.concatenate([rest[:: max(1, len(rest) // 400)], parted])
    return KnownPlaces(joined_places([known.places], [order]), known.tokens[order], wrong[order])


def _listed(
    subject: AnswerSubject,
    short: GivenAnswers,
    family: AtomFamily,
    trained_to: int,
    most_atoms: int,
    title: str,
    seed: int,
) -> tuple[FoundAnswer | None, str]:
    rng = generator("explain", f"listed answers {family}", (trained_to, trained_to), seed)
    answers = short
    for number in range(ROUNDS):
        tokens = subject.model.after(answers.words)
        found, why = listed_answer(
            answers, tokens, subject.alphabet, subject.mark, family, most_atoms, title, subject.effort
        )
        if found is None:
            return None, why
        compared = _tried(subject, found, trained_to, seed + number)
        wrong = _contradictions(compared, rng)
        if not len(wrong):
            return found, ""
        answers = joined_answers(answers, words_cut(compared, wrong))
        if len(answers.starts) > LISTED_WORDS:
            late = np.arange(len(answers.starts) - len(wrong), len(answers.starts))
            early = np.sort(rng.permutation(len(answers.starts) - len(wrong))[: LISTED_WORDS - len(wrong)])
            answers = chosen_rows(answers, np.concatenate([early, late]))
    return None, f"after {ROUNDS} rounds there were still words on which it differs from the model"


def joined_answers(one: GivenAnswers, other: GivenAnswers) -> GivenAnswers:
    """The answers of the first value followed by those of the second."""
    width = max(each.words.tokens.shape[1] for each in (one, other))
    tokens = [
        np.pad(each.words.tokens, ((0, 0), (0, width - each.words.tokens.shape[1])), constant_values=-1)
        for each in (one, other)
    ]
    lengths = np.concatenate([one.words.lengths, other.words.lengths])
    words = Words(np.concatenate(tokens), lengths)
    return GivenAnswers(words, np.concatenate([one.starts, other.starts]), np.concatenate([one.ended, other.ended]))


def chosen_rows(answers: GivenAnswers, rows: NDArray[np.int64]) -> GivenAnswers:
    """Some of the answers, by the numbers of their rows."""
    words = replace(answers.words, tokens=answers.words.tokens[rows], lengths=answers.words.lengths[rows])
    return GivenAnswers(words, answers.starts[rows], answers.ended[rows])
