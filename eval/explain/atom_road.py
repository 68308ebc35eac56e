"""The second road: atoms that are right at every point, for each output, refined by words where the model disagrees.

The points are the prefixes of typical words, of walks along what the model allows, and of all short words. Where the
program that comes out and the model part on other words of the training lengths, those words are added.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from crasp.meaning.words import joined
from eval.answering.answerers import TooLongError
from eval.answering.membership import Flags
from eval.explain.atom_choice import AtomCondition, AtomTable, choose
from eval.explain.atom_program import ChosenConditions, program_of, program_text
from eval.explain.atoms import FAMILIES, Atom, AtomFamily, AtomSource, atoms_of, distinct
from eval.explain.next_sets import DEAD, Masks, NextSets, ProgramSets, with_dead
from eval.explain.word_walks import all_short_words, stress_walks, task_words, uniform_walks
from tasks.drawing.randomness import generator
from tasks.task import Task

TYPICAL_WORDS, STRESS_WORDS, SHORT_WORDS = 120, 80, 300
TRIED_WORDS = 300  # of each kind that a program is tried on
TRIED_SHORT_WORDS = 4_000
ROUNDS = 6
LIVE_ATOMS = 4  # conditions that together say which prefixes are live


@dataclass(frozen=True)
class AtomRoad:
    """The program that came out, in which family; None where none is right, `said` says how it went."""

    text: str | None
    family: AtomFamily | None
    said: str


@dataclass(frozen=True)
class FitWords:
    """Words to fit, and the model's masks after their prefixes."""

    words: Words
    masks: Masks

    def with_words(self, words: Words, masks: Masks) -> "FitWords":
        """Those and these."""
        both = joined(self.words, words)
        width = both.tokens.shape[1] + 1
        padded = [
            np.pad(each, ((0, 0), (0, width - each.shape[1])), constant_values=DEAD) for each in (self.masks, masks)
        ]
        return FitWords(both, np.concatenate(padded))

    def rows(self, rows: NDArray[np.int64]) -> "FitWords":
        """Some of them."""
        return FitWords(Words(self.words.tokens[rows], self.words.lengths[rows]), self.masks[rows])

    @property
    def inside(self) -> NDArray[np.bool_]:
        """The prefixes, (words, positions): each is a point once."""
        width = self.masks.shape[1]
        inside = np.arange(width) <= self.words.lengths[:, None]
        seen: set[bytes] = set()
        tokens = self.words.tokens.astype(np.int8)
        for row, length in enumerate(self.words.lengths.tolist()):
            for place in range(length + 1):
                key = tokens[row, :place].tobytes()
                inside[row, place] = key not in seen
                seen.add(key)
        return np.asarray(inside)


def follow_atoms(
    model: NextSets, task: Task | None, *, trained_to: int, most_atoms: int, title: str, seed: int = 0
) -> AtomRoad:
    """The first family of atoms that has a program right on all words of the training lengths that were tried."""
    rng = generator("explain", "atoms", (trained_to, trained_to), seed)
    try:
        words = joined(*first_words(model, task, rng, trained_to).values())
        fit = FitWords(words, model.masks(words))
    except TooLongError as error:
        return AtomRoad(None, None, str(error))
    tried: list[str] = []
    for family in FAMILIES:
        text, fit, why = _in_family(model, task, fit, family, rng, trained_to, most_atoms, title)
        if text is not None:
            kind = family.replace("_", " and ")
            return AtomRoad(text, family, f"a program of {kind} atoms, right at all {_points(fit):,} points{why}")
        tried.append(f"{family.replace('_', ' and ')}: {why}")
    return AtomRoad(None, None, f"no program of at most {most_atoms} atoms an output ({'; '.join(tried)})")


def _points(fit: FitWords) -> int:
    return int((fit.inside & (fit.masks != DEAD)).sum())


def _in_family(
    model: NextSets,
    task: Task | None,
    fit: FitWords,
    family: AtomFamily,
    rng: np.random.Generator,
    trained_to: int,
    most_atoms: int,
    title: str,
) -> tuple[str | None, FitWords, str]:
    for _ in range(ROUNDS):
        chosen, why = chosen_conditions(model.alphabet, fit, family, most_atoms)
        if chosen is None:
            return None, fit, why
        text = program_text(chosen, title)
        program = ProgramSets(program_of(text))
        words = joined(*tried_words(program, model, task, rng, trained_to).values())
        tried = FitWords(words, model.masks(words))
        wrong = np.flatnonzero(differences(program, tried).any(axis=1))
        if not len(wrong):
            return text, fit, why
        order = wrong[np.argsort(words.lengths[wrong], kind="stable")]
        more = tried.rows(np.unique(np.concatenate([order[:20], rng.permutation(order)[:20]])))
        fit = fit.with_words(more.words, more.masks)
    return None, fit, f"after {ROUNDS} rounds there were still words on which it differs from the model"


def differences(program: ProgramSets, fit: FitWords) -> Flags:
    """After which prefixes the program allows another set than the model, or anything after a forbidden letter."""
    said = program.said(fit.words)
    inside = np.arange(said.shape[1]) <= fit.words.lengths[:, None]
    revived = (fit.masks == DEAD) & (said != 0) & inside
    return np.asarray((fit.masks != with_dead(said, fit.words)) | revived)


def first_words(model: NextSets, task: Task | None, rng: np.random.Generator, trained_to: int) -> dict[str, Words]:
    """The words that a program has to be right on from the beginning, by kind."""
    parts = {
        "short": all_short_words(len(model.alphabet), most_words=SHORT_WORDS, longest=trained_to),
        "stress": stress_walks(model, rng, np.full(STRESS_WORDS, trained_to)),
    }
    typical = _typical(task, rng, trained_to, TYPICAL_WORDS)
    return {
        **parts,
        "typical": uniform_walks(model, rng, np.full(TYPICAL_WORDS, trained_to)) if typical is None else typical,
    }


def _typical(task: Task | None, rng: np.random.Generator, trained_to: int, number: int) -> Words | None:
    if task is None:
        return None
    try:
        return task_words(task, rng, (1, trained_to), number)
    except ValueError:
        return None


def tried_words(
    program: NextSets, model: NextSets, task: Task | None, rng: np.random.Generator, trained_to: int
) -> dict[str, Words]:
    """Other words of the training lengths: all short ones, walks along the program, words of the task if it has any."""
    lengths = np.full(TRIED_WORDS, trained_to)
    walks, stress = uniform_walks(program, rng, lengths), stress_walks(program, rng, lengths)
    short = all_short_words(len(model.alphabet), most_words=TRIED_SHORT_WORDS, longest=trained_to)
    parts = {"short": short, "walks": walks, "stress": stress}
    typical = _typical(task, rng, trained_to, TRIED_WORDS)
    return parts if typical is None else {**parts, "typical": typical}


def chosen_conditions(
    alphabet: tuple[str, ...], fit: FitWords, family: AtomFamily, most_atoms: int
) -> tuple[ChosenConditions | None, str]:
    """Conditions that are right at every point, else None; and what is to be said of the search."""
    inside = fit.inside
    live = inside & (fit.masks != DEAD)
    ends = live & (fit.masks >> len(alphabet) & 1 == 1)
    found_atoms = atoms_of(AtomSource(alphabet, fit.words, live, ends), family)
    atoms = found_atoms.atoms
    cut = f"; there are too many {', '.join(found_atoms.cut)} to try all" if found_atoms.cut else ""
    kept, table = _table(atoms, live)
    masks, alike = fit.masks[live], _alike(table)
    found: list[AtomCondition] = []
    for bit in range(len(alphabet) + 1):
        wanted = masks >> bit & 1 == 1
        condition = choose(table, wanted, most_atoms=most_atoms) if _told_apart(alike, wanted) else None
        if condition is None:
            token = (*alphabet, "<eos>")[bit]
            return None, f"none for {token} among {len(kept):,} atoms at {len(wanted):,} points{cut}"
        found.append(condition)
    every, whole = _table(atoms, inside)
    alive = choose(whole, fit.masks[inside] != DEAD, most_atoms=LIVE_ATOMS, depth=0)
    first = int(fit.masks[0, 0])
    return _merged(alphabet, kept, found, every, alive, first), cut


def _alike(table: AtomTable) -> NDArray[np.int64]:
    """A number for each point, the same for points that no atom tells apart."""
    packed = np.ascontiguousarray(np.packbits(table.values, axis=0).T)
    if not packed.size:
        return np.zeros(len(packed), dtype=np.int64)
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    return np.asarray(np.unique(rows, return_inverse=True)[1])


def _told_apart(alike: NDArray[np.int64], wanted: Flags) -> bool:
    """Whether points that are wanted otherwise are told apart by some atom: else there is nothing to search for."""
    times = np.bincount(alike[wanted], minlength=int(alike.max(initial=0)) + 1)
    return not times[alike[~wanted]].any()


def _table(atoms: Sequence[Atom], points: NDArray[np.bool_]) -> tuple[list[Atom], AtomTable]:
    kept, values = distinct(atoms, points)
    return kept, AtomTable(values, np.array([atom.size for atom in kept], dtype=np.int64))


def _merged(
    alphabet: tuple[str, ...],
    kept: list[Atom],
    found: list[AtomCondition],
    every: list[Atom],
    alive: AtomCondition | None,
    first: int,
) -> ChosenConditions:
    """The conditions over one list of atoms."""
    shifted = None if alive is None else _shifted(alive, len(kept))
    return ChosenConditions(alphabet, (*kept, *every), tuple(found), first, shifted)


def _shifted(condition: AtomCondition, by: int) -> AtomCondition:
    from dataclasses import replace

    literals: Any = tuple(replace(each, atom=each.atom + by) for each in condition.literals)
    return replace(condition, literals=literals)
