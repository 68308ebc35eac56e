"""A program whose answers a model gives to all but a few words, if no program is right on all of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.errors import Source
from crasp.meaning.measures import measure
from crasp.text.loader import read_program
from eval.answering.membership import Flags
from eval.explain.agreement import WORD_KINDS
from eval.explain.answers.answer_road import (
    MOST_LISTED,
    TRIED_WORDS,
    AnswerSubject,
    chosen_rows,
    compare_answers,
    first_words,
    joined_answers,
    words_cut,
)
from eval.explain.answers.answer_search import FoundAnswer, KnownPlaces, family_answer, listed_answer
from eval.explain.answers.asked_answers import NOTHING, GivenAnswers, TokenNumbers, answered
from eval.explain.answers.questions import questions_of
from eval.explain.answers.read_words import joined_places, places_of
from eval.explain.atom_choice import SearchEffort
from eval.explain.atoms import FAMILIES, AtomFamily
from eval.explain.exceptions.part_search import MORE_WORDS, PART_LOOKS, PoolRows, search_parts
from eval.explain.exceptions.set_aside import SetAside
from tasks.drawing.randomness import generator

KEPT_WORDS = 5 * MORE_WORDS  # of other words that contradict a candidate, at most so many of each kind are kept


@dataclass
class AnswerPool:
    """Words with the model's answers, on some of which a candidate has to be right.

    tokens  (words, positions 0..longest)  what the model says after each prefix
    wrong   (words,)  what a candidate said at the end of a word that was cut where it was wrong, else NOTHING
    kinds   (words,)  typical, stress, or other

    With `listed`, each letter has a condition of its own; otherwise all letters share one.
    """

    subject: AnswerSubject
    family: AtomFamily
    listed: bool
    trained_to: int
    most_atoms: int
    title: str
    rng: np.random.Generator
    answers: GivenAnswers
    tokens: TokenNumbers
    wrong: NDArray[np.int64]
    effort: SearchEffort
    kinds: NDArray[np.str_]

    @property
    def size(self) -> int:
        """How many words there are."""
        return len(self.kinds)

    def search(self, rows: PoolRows) -> FoundAnswer | None:
        """A program that is right on these words, if one is found."""
        alphabet, mark = self.subject.alphabet, self.subject.mark
        answers, tokens = chosen_rows(self.answers, rows), self.tokens[rows]
        if self.listed:
            return listed_answer(
                answers, tokens, alphabet, mark, self.family, self.most_atoms, self.title, self.effort
            )[0]
        places, words, positions = places_of(answers.words, answers.starts, len(alphabet), mark)
        last = positions == answers.words.lengths[words]
        wrong = np.where(last, self.wrong[rows][words], NOTHING)
        order = np.argsort(wrong != NOTHING, kind="stable")
        known = KnownPlaces(joined_places([places], [order]), tokens[words, positions][order], wrong[order])
        return family_answer(known, alphabet, self.family, self.most_atoms, self.rng, self.title, self.effort)[0]

    def cost(self, found: FoundAnswer) -> int:
        """The number of operations of the program."""
        return measure(read_program(Source("explained", found.text))).operations

    def contradicts(self, found: FoundAnswer) -> tuple[Flags, SetAside]:
        """Which words a program is wrong on, and how many of the words that were there from the beginning."""
        said = self.subject.answers_of(found.text).after(self.answers.words)
        places = np.arange(said.shape[1])
        due = (places >= self.answers.starts[:, None]) & (places <= self.answers.words.lengths[:, None])
        parts = np.asarray(((said != self.tokens) & due).any(axis=1))
        return parts, SetAside(*(_counted(parts[self.kinds == kind]) for kind in WORD_KINDS))

    def try_others(self, found: FoundAnswer) -> SetAside:
        """On how many newly drawn words a program is wrong; some of these are added to the pool, as kind `other`."""
        counts = []
        for kind in WORD_KINDS:
            seed = int(self.rng.integers(1 << 30))
            questions = questions_of(self.subject.task, kind, (1, self.trained_to), TRIED_WORDS, seed)
            compared = compare_answers(self.subject, self.subject.answers_of(found.text), found, questions)
            counts.append(_counted(~compared.agree))
            rows = self.rng.permutation(np.flatnonzero(compared.places >= 0))[:KEPT_WORDS]
            if len(rows):
                self._keep(words_cut(compared, rows), compared.program[rows])
        return SetAside(*counts)

    def _keep(self, answers: GivenAnswers, wrong: NDArray[np.int64]) -> None:
        self.answers = joined_answers(self.answers, answers)
        self.tokens = self.subject.model.after(self.answers.words)
        self.wrong = np.concatenate([self.wrong, wrong])
        self.kinds = np.concatenate([self.kinds, np.full(len(wrong), "other")])


def answer_with_exceptions(
    subject: AnswerSubject, *, trained_to: int, most_atoms: int, title: str, seed: int
) -> tuple[FoundAnswer, SetAside, str] | None:
    """The program of the first family that has one which contradicts only few words; None if no family has one.

    Args:
        subject: The model, its task, and when the search has to end.
        trained_to: The longest training word that the model can read.
        most_atoms: The greatest number of atoms in a condition.
        title: The first comment of the program.
        seed: Another seed draws other words.

    Returns:
        The program, how many words of each kind it contradicts, and a remark on it for the report.

    Raises:
        OutOfTimeError: The subject's time is up.
        TooLongError: The words do not fit into the model.
    """
    rng = generator("explain", "answers with exceptions", (trained_to, trained_to), seed)
    parts = first_words(subject.task, trained_to, seed)
    given = [answered(subject.model, part.words, most=subject.most(part)) for part in parts.values()]
    answers = joined_answers(*given)
    kinds = np.concatenate([np.full(len(part.sizes), kind) for kind, part in parts.items()])
    tokens = subject.model.after(answers.words)
    wrong = np.full(len(kinds), NOTHING)
    effort = SearchEffort(PART_LOOKS, subject.until)
    for listed in (False, True) if len(subject.alphabet) <= MOST_LISTED else (False,):
        for family in FAMILIES:
            pool = AnswerPool(
                subject, family, listed, trained_to, most_atoms, title, rng, answers, tokens, wrong, effort, kinds
            )
            found = search_parts(pool, rng)
            if found is not None:
                how = "a condition for each letter" if listed else "a condition for all letters"
                said = f"{how}, {family.replace('_', ' and ')} atoms, that contradicts few words; {found[1].in_words}"
                return *found, said
    return None


def _counted(parts: Flags) -> tuple[int, int]:
    return int(parts.sum()), len(parts)
