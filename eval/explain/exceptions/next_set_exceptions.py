"""A program of atoms that a model follows on all but a few words of the training lengths, if none is right on all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.words import joined
from eval.answering.answerers import TooLongError
from eval.answering.membership import Flags
from eval.explain.atom_choice import SearchEffort
from eval.explain.atom_program import program_of
from eval.explain.atom_road import (
    AtomSubject,
    FitWords,
    TriedProgram,
    differences,
    first_words,
    found_program,
    tried_words,
)
from eval.explain.atoms import FAMILIES, AtomFamily
from eval.explain.exceptions.part_search import MORE_WORDS, PART_LOOKS, PoolRows, search_parts
from eval.explain.exceptions.set_aside import SetAside
from eval.explain.next_sets import ProgramSets
from tasks.drawing.randomness import generator

KEPT_WORDS = 5 * MORE_WORDS  # of other words that contradict a candidate, at most so many of each kind are kept


@dataclass(frozen=True)
class LooseRoad:
    """The program that was found, None if every candidate contradicts too many words; `said` reports the search.

    `aside` says how many words of each kind the program contradicts. `spent` says that the search ended because it had
    looked at atoms as often as it may.
    """

    text: str | None
    said: str
    aside: SetAside | None = None
    spent: bool = False


@dataclass
class NextSetPool:
    """Words of the training lengths with the model's masks after their prefixes; `kinds` has the kind of each."""

    subject: AtomSubject
    family: AtomFamily
    effort: SearchEffort
    rng: np.random.Generator
    fit: FitWords
    kinds: NDArray[np.str_]

    @property
    def size(self) -> int:
        """How many words there are."""
        return len(self.kinds)

    def search(self, rows: PoolRows) -> TriedProgram | None:
        """A program that is right on these words, if one is found."""
        return found_program(self.subject, self.fit.rows(rows), self.family, self.effort)[0]

    def cost(self, found: TriedProgram) -> int:
        """The size of a program's conditions."""
        return found.size

    def contradicts(self, found: TriedProgram) -> tuple[Flags, SetAside]:
        """Which words a program is wrong on, and how many of the words that were there from the beginning."""
        other = differences(ProgramSets(program_of(found.text)), self.fit)
        return np.asarray(other.any(axis=1)), _counted(self.fit, other, self.kinds)

    def try_others(self, found: TriedProgram) -> SetAside:
        """On how many of newly drawn words a program is wrong; some of these are added to the pool, as kind `other`."""
        subject, program = self.subject, ProgramSets(program_of(found.text))
        parts = tried_words(program, subject.model, subject.task, self.rng, subject.trained_to)
        if "typical" not in parts:  # without a task, typical words are the uniform walks
            parts["typical"] = parts.pop("walks")
        aside = SetAside((0, 0), (0, 0))
        for kind, words in parts.items():
            fit = FitWords(words, subject.model.masks(words))
            other = differences(program, fit)
            aside = aside.with_others(_counted(fit, other, np.full(len(words.lengths), kind)))
            wrong = self.rng.permutation(np.flatnonzero(other.any(axis=1)))[:KEPT_WORDS]
            if len(wrong):
                kept = fit.rows(wrong)
                self.fit = self.fit.with_words(kept.words, kept.masks)
                self.kinds = np.concatenate([self.kinds, np.full(len(wrong), "other")])
        return aside


def follow_with_exceptions(
    subject: AtomSubject, seed: int, begun: Sequence[TriedProgram] = (), most_looks: int = PART_LOOKS
) -> LooseRoad:
    """The program of the first family that has one which contradicts few words, with the number of these words.

    Args:
        subject: The model, its task and the bounds.
        seed: Another seed draws other words.
        begun: Programs that the search for an exact one found on its way; they are candidates too.
        most_looks: How many looks at atoms all families together may take.
    """
    lengths = (subject.trained_to, subject.trained_to)
    rng = generator("explain", "exceptions", lengths, seed)
    try:  # the same words as in the exact search, which found no program that is right on all of them
        same = generator("explain", "atoms", lengths, seed)
        parts = first_words(subject.model, subject.task, same, subject.trained_to)
        words = joined(*parts.values())
        fit = FitWords(words, subject.model.masks(words))
    except TooLongError as error:
        return LooseRoad(None, str(error))
    kinds = np.concatenate([np.full(len(part.lengths), kind) for kind, part in parts.items()])
    effort = SearchEffort(most_looks)
    for family in FAMILIES:
        own = [program for program in begun if program.family == family]
        found = search_parts(NextSetPool(subject, family, effort, rng, fit, kinds), rng, own)
        if found is not None:
            program, aside = found
            said = f"one of {family.replace('_', ' and ')} atoms that contradicts few words; {aside.in_words}"
            return LooseRoad(program.text, said, aside, effort.spent)
    ended = f" within {most_looks:,} looks at atoms, the bound of that search" if effort.spent else ""
    return LooseRoad(None, f"nor one that contradicts few words{ended}", spent=effort.spent)


def _counted(fit: FitWords, other: Flags, kinds: NDArray[np.str_]) -> SetAside:
    """On how many words of each kind program and model differ.

    Walks count as stress words. A short word counts only if they agree on all its proper prefixes.
    """
    parts = other.any(axis=1)
    last = other.argmax(axis=1) == fit.words.lengths
    chosen = {
        "typical": kinds == "typical",
        "stress": (kinds == "stress") | (kinds == "walks"),
        "short": kinds == "short",
    }
    counts = {kind: int((parts & rows & (last | (kind != "short"))).sum()) for kind, rows in chosen.items()}
    return SetAside(**{kind: (counts[kind], int(rows.sum())) for kind, rows in chosen.items()})
