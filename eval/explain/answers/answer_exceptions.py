"""A program of answers that a model follows on all but few words, where none is right on all of them."""

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

KEPT_WORDS = 5 * MORE_WORDS  # of others that contradict a candidate, so many are kept of each kind


@dataclass
class AnswerPool:
    """Words with the model's answers.

    tokens  (words, positions 0..longest)  what the model says after each prefix
    wrong   (words,)  what a candidate said at the end of a word that is cut where it was wrong, else NOTHING
    kinds   (words,)  typical, stress, or other
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
        """The program that is right on these words."""
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
        """The program's operations."""
        return measure(read_program(Source("explained", found.text))).operations

    def contradicts(self, found: FoundAnswer) -> tuple[Flags, SetAside]:
        """Which words a program is wrong on; how many of those that were there from the beginning."""
        said = self.subject.answers_of(found.text).after(self.answers.words)
        places = np.arange(said.shape[1])
        due = (places >= self.answers.starts[:, None]) & (places <= self.answers.words.lengths[:, None])
        parts = np.asarray(((said != self.tokens) & due).any(axis=1))
        return parts, SetAside(*(_counted(parts[self.kinds == kind]) for kind in WORD_KINDS))

    def try_others(self, found: FoundAnswer) -> SetAside:
        """How many of other words it is wrong on."""
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
    """The program of the first family that has one which contradicts few words, how many, and what is said of it.

    OutOfTimeError when the subject's time is up.
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
