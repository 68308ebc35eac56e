"""The second road: for each output a condition over atoms that is right at every point, refined by counterexamples.

The points are the prefixes of typical words, of walks along what the model allows, and of all short words. If the
program that comes out differs from the model on other words of the training lengths, some of those words are added.
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
from eval.explain.atom_choice import AtomCondition, AtomTable, OutOfLooksError, SearchEffort, choose
from eval.explain.atom_program import ChosenConditions, program_of, program_text
from eval.explain.atoms import FAMILIES, MADE_LOOKS, Atom, AtomFamily, AtomSource, atoms_of, distinct
from eval.explain.next_sets import DEAD, Masks, NextSets, ProgramSets, with_dead
from eval.explain.word_walks import all_short_words, stress_walks, task_words, uniform_walks
from tasks.drawing.randomness import generator
from tasks.task import Task

TYPICAL_WORDS, STRESS_WORDS, SHORT_WORDS = 120, 80, 300
TRIED_WORDS = 300  # words of each kind that a program is tried on
TRIED_SHORT_WORDS = 4_000
ROUNDS = 6
MOST_LOOKS = 30_000_000  # looks at atoms, in all families and rounds together
LIVE_ATOMS = 4  # the greatest number of atoms in the condition that says which prefixes are live


@dataclass(frozen=True)
class AtomSubject:
    """The model, its task if it has one, and the bounds of the search.

    `trained_to` is the longest training word that the model can read. `title` is the first comment of a program.
    """

    model: NextSets
    task: Task | None
    trained_to: int
    most_atoms: int
    title: str


@dataclass(frozen=True)
class TriedProgram:
    """The text of a program, the total size of its conditions, and the family of its atoms."""

    text: str
    size: int
    family: AtomFamily


@dataclass(frozen=True)
class AtomRoad:
    """The program that was found, None if none is right everywhere; `said` reports how the search went.

    `contradicted` are programs that were found on the way and that other words contradicted. `spent` says that the
    search ended because it had looked at atoms as often as it may.
    """

    text: str | None
    said: str
    contradicted: tuple[TriedProgram, ...] = ()
    spent: bool = False


@dataclass(frozen=True)
class FitWords:
    """Words that a program has to fit, with the model's mask after each of their prefixes."""

    words: Words
    masks: Masks

    def with_words(self, words: Words, masks: Masks) -> "FitWords":
        """These words followed by others."""
        both = joined(self.words, words)
        width = both.tokens.shape[1] + 1
        padded = [
            np.pad(each, ((0, 0), (0, width - each.shape[1])), constant_values=DEAD) for each in (self.masks, masks)
        ]
        return FitWords(both, np.concatenate(padded))

    def rows(self, rows: NDArray[np.int64]) -> "FitWords":
        """Some of the words, by their row numbers."""
        return FitWords(Words(self.words.tokens[rows], self.words.lengths[rows]), self.masks[rows])

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which positions are points, (words, positions): each different prefix counts at its first occurrence."""
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


def follow_atoms(subject: AtomSubject, *, seed: int = 0, most_looks: int = MOST_LOOKS) -> AtomRoad:
    """The program of the first family with one that agrees with the model on all words that were tried.

    These are words of the training lengths. A model that cannot read them, or a search that reaches its bound, gives a
    road without a program.

    Args:
        subject: The model, its task and the bounds.
        seed: Another seed draws other words.
        most_looks: How many looks at atoms all families together may take.
    """
    rng = generator("explain", "atoms", (subject.trained_to, subject.trained_to), seed)
    try:
        words = joined(*first_words(subject.model, subject.task, rng, subject.trained_to).values())
        fit = FitWords(words, subject.model.masks(words))
    except TooLongError as error:
        return AtomRoad(None, str(error))
    effort, passed, tried = SearchEffort(most_looks), list[TriedProgram](), list[str]()
    for family in FAMILIES:
        kind = family.replace("_", " and ")
        try:
            found, fit, why = _in_family(subject, fit, family, rng, effort, passed)
        except OutOfLooksError:
            tried.append(f"{kind}: the search ended after {most_looks:,} looks at atoms, its bound")
            break
        if found is not None:
            return AtomRoad(found.text, f"a program of {kind} atoms, right at all {_points(fit):,} points{why}")
        tried.append(f"{kind}: {why}")
    said = f"no program of at most {subject.most_atoms} atoms an output ({'; '.join(tried)})"
    return AtomRoad(None, said, tuple(passed), effort.spent)


def _points(fit: FitWords) -> int:
    return int((fit.inside & (fit.masks != DEAD)).sum())


def _in_family(
    subject: AtomSubject,
    fit: FitWords,
    family: AtomFamily,
    rng: np.random.Generator,
    effort: SearchEffort,
    passed: list[TriedProgram],
) -> tuple[TriedProgram | None, FitWords, str]:
    """The program of one family or None, the words that were fitted in the end, and a remark on the search.

    Programs that other words contradict are appended to `passed`.
    """
    for _ in range(ROUNDS):
        found, why = found_program(subject, fit, family, effort)
        if found is None:
            return None, fit, why
        program = ProgramSets(program_of(found.text))
        words = joined(*tried_words(program, subject.model, subject.task, rng, subject.trained_to).values())
        tried = FitWords(words, subject.model.masks(words))
        wrong = np.flatnonzero(differences(program, tried).any(axis=1))
        if not len(wrong):
            return found, fit, why
        passed.append(found)
        order = wrong[np.argsort(words.lengths[wrong], kind="stable")]
        more = tried.rows(np.unique(np.concatenate([order[:20], rng.permutation(order)[:20]])))
        fit = fit.with_words(more.words, more.masks)
    return None, fit, f"after {ROUNDS} rounds there were still words on which it differs from the model"


def found_program(
    subject: AtomSubject, fit: FitWords, family: AtomFamily, effort: SearchEffort
) -> tuple[TriedProgram | None, str]:
    """A program that is right at every point of `fit`, or None, and a remark on the search.

    Raises:
        OutOfLooksError: The effort is spent.
    """
    chosen, why = _chosen_conditions(subject.model.alphabet, fit, family, subject.most_atoms, effort)
    return None if chosen is None else TriedProgram(program_text(chosen, subject.title), chosen.size, family), why


def differences(program: ProgramSets, fit: FitWords) -> Flags:
    """After which prefixes program and model differ, (words, positions).

    A program also differs if it allows anything after a letter that the model forbade.
    """
    said = program.said(fit.words)
    inside = np.arange(said.shape[1]) <= fit.words.lengths[:, None]
    revived = (fit.masks == DEAD) & (said != 0) & inside
    return np.asarray((fit.masks != with_dead(said, fit.words)) | revived)


def first_words(model: NextSets, task: Task | None, rng: np.random.Generator, trained_to: int) -> dict[str, Words]:
    """The words that a program has to fit from the beginning, by kind: `short`, `stress` and `typical`."""
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
    """Other words of the training lengths on which a program is tried, by kind.

    `short` are all words of few letters; `walks` and `stress` are walks along what the program allows. `typical` are
    words of the task's sampler; the entry is missing if there is no task or it has no words of these lengths.
    """
    lengths = np.full(TRIED_WORDS, trained_to)
    walks, stress = uniform_walks(program, rng, lengths), stress_walks(program, rng, lengths)
    short = all_short_words(len(model.alphabet), most_words=TRIED_SHORT_WORDS, longest=trained_to)
    parts = {"short": short, "walks": walks, "stress": stress}
    typical = _typical(task, rng, trained_to, TRIED_WORDS)
    return parts if typical is None else {**parts, "typical": typical}


def _chosen_conditions(
    alphabet: tuple[str, ...], fit: FitWords, family: AtomFamily, most_atoms: int, effort: SearchEffort
) -> tuple[ChosenConditions | None, str]:
    """Conditions that are right at every point, or None, and a remark on the search."""
    inside = fit.inside
    live = inside & (fit.masks != DEAD)
    ends = live & (fit.masks >> len(alphabet) & 1 == 1)
    outputs = tuple(live & (fit.masks >> bit & 1 == 1) for bit in range(len(alphabet) + 1))
    found_atoms = atoms_of(AtomSource(alphabet, fit.words, live, ends, outputs), family)
    atoms = found_atoms.atoms
    effort.add(MADE_LOOKS * len(atoms))
    cut = f"; there are too many {', '.join(found_atoms.cut)} to try all" if found_atoms.cut else ""
    kept, table = _table(atoms, live, effort)
    masks, alike = fit.masks[live], _alike(table)
    found: list[AtomCondition] = []
    for bit in range(len(alphabet) + 1):
        wanted = masks >> bit & 1 == 1
        condition = choose(table, wanted, most_atoms=most_atoms) if _told_apart(alike, wanted) else None
        if condition is None:
            token = (*alphabet, "<eos>")[bit]
            return None, f"none for {token} among {len(kept):,} atoms at {len(wanted):,} points{cut}"
        found.append(condition)
    every, whole = _table(atoms, inside, effort)
    alive = choose(whole, fit.masks[inside] != DEAD, most_atoms=LIVE_ATOMS, depth=0)
    first = int(fit.masks[0, 0])
    return _merged(alphabet, kept, found, every, alive, first), cut


def _alike(table: AtomTable) -> NDArray[np.int64]:
    """A number for each point; two points have the same number if no atom tells them apart."""
    packed = np.ascontiguousarray(np.packbits(table.values, axis=0).T)
    if not packed.size:
        return np.zeros(len(packed), dtype=np.int64)
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    return np.asarray(np.unique(rows, return_inverse=True)[1])


def _told_apart(alike: NDArray[np.int64], wanted: Flags) -> bool:
    """Whether some atom tells apart any two points with different wanted values; otherwise no condition can exist."""
    times = np.bincount(alike[wanted], minlength=int(alike.max(initial=0)) + 1)
    return not times[alike[~wanted]].any()


def _table(atoms: Sequence[Atom], points: NDArray[np.bool_], effort: SearchEffort) -> tuple[list[Atom], AtomTable]:
    kept, values = distinct(atoms, points)
    return kept, AtomTable(values, np.array([atom.size for atom in kept], dtype=np.int64), effort)


def _merged(
    alphabet: tuple[str, ...],
    kept: list[Atom],
    found: list[AtomCondition],
    every: list[Atom],
    alive: AtomCondition | None,
    first: int,
) -> ChosenConditions:
    """The conditions of the outputs and of `live`, renumbered over one joint list of atoms."""
    shifted = None if alive is None else _shifted(alive, len(kept))
    return ChosenConditions(alphabet, (*kept, *every), tuple(found), first, shifted)


def _shifted(condition: AtomCondition, by: int) -> AtomCondition:
    from dataclasses import replace

    literals: Any = tuple(replace(each, atom=each.atom + by) for each in condition.literals)
    return replace(condition, literals=literals)
