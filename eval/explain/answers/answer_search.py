"""Conditions for an answer that are right at every known place: one for all letters together, and one for the end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words
from eval.answering.membership import Flags
from eval.explain.answers.answer_text import answer_program, listed_program
from eval.explain.answers.asked_answers import GivenAnswers
from eval.explain.answers.letter_atoms import (
    HERE,
    LETTER,
    MARK,
    MOST_TURNS,
    LetterAtom,
    TruthOfLetters,
    above_current,
    letter_atoms,
    place_atoms,
    truth_with,
)
from eval.explain.answers.read_words import AnswerPlaces, WordReader, joined_places
from eval.explain.atom_choice import AtomCondition, AtomTable, SearchEffort, choose
from eval.explain.atoms import MADE_LOOKS, Atom, AtomFamily, AtomSource, atoms_of, distinct

MOST_PLACES = 1_200  # the most places that a condition has to fit
ALL_LETTERS = 12  # in an alphabet of at most so many tokens, every letter is considered at every place
SOME_LETTERS = 14  # otherwise so many letters that occur are considered, and those that come or were wrongly said

ReadValues: TypeAlias = Callable[[TruthOfLetters], Flags]


@dataclass(frozen=True)
class KnownPlaces:
    """Places of answers, and the token that comes at each of them.

    `wrong` is a token that a hypothesis wrongly said at the place, NOTHING if none did.
    """

    places: AnswerPlaces
    tokens: NDArray[np.int64]
    wrong: NDArray[np.int64]

    def with_places(self, other: "KnownPlaces") -> "KnownPlaces":
        """These places followed by others."""
        return KnownPlaces(
            joined_places([self.places, other.places]),
            np.concatenate([self.tokens, other.tokens]),
            np.concatenate([self.wrong, other.wrong]),
        )

    def some(self, rng: np.random.Generator) -> "KnownPlaces":
        """At most MOST_PLACES of the places: the last ones and a random choice of the others.

        The last places are those that contradicted a hypothesis.
        """
        number = len(self.tokens)
        if number <= MOST_PLACES:
            return self
        late = number - MOST_PLACES // 2
        chosen = np.concatenate([np.sort(rng.permutation(late)[: MOST_PLACES // 2]), np.arange(late, number)])
        return KnownPlaces(self.places.rows(chosen), self.tokens[chosen], self.wrong[chosen])


@dataclass(frozen=True)
class FoundAnswer:
    """A program of an answer with its conditions, by which answers are guessed quickly.

    Both conditions are None if each letter has a condition of its own.
    """

    text: str
    letter: AtomCondition | None = None
    end: AtomCondition | None = None
    letter_atoms: tuple[LetterAtom, ...] = ()
    end_atoms: tuple[LetterAtom, ...] = ()

    def guessed(self, questions: Words, letters: int, mark: int, *, most: int) -> GivenAnswers | None:
        """The answers that the conditions give; None if there are no conditions for all letters.

        This is faster than the interpreter, which still decides what the answers are.

        Args:
            questions: The words with their mark.
            letters: The number of tokens of the alphabet.
            mark: The number of the mark.
            most: The greatest number of tokens of an answer.
        """
        if self.letter is None or self.end is None:
            return None
        number = len(questions.lengths)
        width = questions.tokens.shape[1]
        tokens = np.full((number, width + most), -1, dtype=np.int64)
        tokens[:, :width] = questions.tokens
        reader = WordReader(number, letters, mark)
        for position in range(width):
            rows = np.flatnonzero(questions.lengths > position)
            reader.read(rows, tokens[rows, position])
        lengths, rows = questions.lengths.copy(), np.arange(number)
        for _ in range(most):
            here = reader.places(rows)
            said = holds(self.letter, self.letter_atoms, here)
            said[:, mark] = False
            ended = holds(self.end, self.end_atoms, here)[:, 0]
            going = (said.sum(axis=1) == 1) & ~ended
            rows, letter = rows[going], said.argmax(axis=1)[going]
            if not len(rows):
                break
            tokens[rows, lengths[rows]] = letter
            lengths[rows] += 1
            reader.read(rows, letter)
        return GivenAnswers(Words(tokens, lengths), questions.lengths, np.zeros(number, dtype=bool))


def holds(condition: AtomCondition, atoms: Sequence[LetterAtom], places: AnswerPlaces) -> TruthOfLetters:
    """Where the condition holds, (places, letters)."""
    shape = (len(places.last), places.letters)
    if condition.constant is not None:
        return np.full(shape, condition.constant)
    if condition.split is not None:
        assert condition.when is not None
        assert condition.otherwise is not None
        here = atoms[condition.split].values(places)
        return np.where(here, holds(condition.when, atoms, places), holds(condition.otherwise, atoms, places))
    found = np.full(shape, not condition.disjunction)
    for literal in condition.literals:
        values = atoms[literal.atom].values(places) ^ literal.negated
        found = found | values if condition.disjunction else found & values
    return np.asarray(found)


def family_answer(
    known: KnownPlaces,
    alphabet: tuple[str, ...],
    family: AtomFamily,
    most_atoms: int,
    rng: np.random.Generator,
    title: str,
    effort: SearchEffort | None = None,
) -> tuple[FoundAnswer | None, str]:
    """A program whose letters all share one condition, or None and the reason why there is none.

    Args:
        known: The places where the conditions have to be right.
        alphabet: The tokens, including the mark.
        family: The family of the atoms.
        most_atoms: The greatest number of atoms in a conjunction or disjunction.
        rng: The source of randomness, for the choice of places and letters.
        title: The first comment of the program.
        effort: How long the search may be; unlimited by default.

    Raises:
        OutOfTimeError: The time is up.
        OutOfLooksError: The effort is spent.
    """
    some, mark, effort = known.some(rng), known.places.mark, effort or SearchEffort()
    atoms, of_place = letter_atoms(len(alphabet), family), place_atoms(family)
    any_above = [_some_letter(atom) for atom in above_current()]
    mine = [*of_place, *atoms, *any_above]
    rows, columns = _pairs_of(some, rng)
    wanted = some.tokens[rows] == columns
    kept, condition = _chosen(mine, some.places, lambda v: _at(v, rows, columns), wanted, most_atoms, effort)
    if condition is None:
        return None, f"no condition of a letter among {kept:,} atoms at {len(rows):,} places and letters"
    ends = [*of_place, *_of_the_end(atoms)]
    ended = some.tokens == len(alphabet)
    kept, end = _chosen(ends, some.places, lambda v: v[:, 0], ended, most_atoms, effort)
    if end is None:
        return None, f"no condition of the end among {kept:,} atoms at {len(ended):,} places"
    written = [
        [Atom(atom.text, atom.negation, atom.size, np.zeros(0, dtype=bool)) for atom in each] for each in (mine, ends)
    ]
    text = answer_program(alphabet, mark, condition, end, (written[0], written[1]), title)
    return FoundAnswer(text, condition, end, tuple(mine), tuple(ends)), ""


def _at(values: TruthOfLetters, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Flags:
    return np.asarray(values[rows, 0] if values.shape[1] == 1 else values[rows, columns])


def _chosen(
    atoms: Sequence[LetterAtom],
    places: AnswerPlaces,
    read: ReadValues,
    wanted: Flags,
    most_atoms: int,
    effort: SearchEffort,
) -> tuple[int, AtomCondition | None]:
    """The number of different atoms, and a condition that refers to the atoms by number; None if none is found."""
    seen: set[bytes] = set()
    numbers, rows = [], []
    for number, atom in enumerate(atoms):
        effort.add(MADE_LOOKS)
        values = read(atom.values(places))
        if values.all() or not values.any():
            continue
        key = np.packbits(values ^ values[0]).tobytes()
        if key not in seen:
            seen.add(key)
            numbers.append(number)
            rows.append(values)
    if not rows:
        same = wanted.all() or not wanted.any()
        return 0, AtomCondition(1, constant=bool(wanted.all())) if same else None
    values = np.array(rows)
    packed = np.packbits(np.concatenate([values, wanted[None]]), axis=0)
    _, first = np.unique(packed, axis=1, return_index=True)
    sizes = np.array([atoms[number].size for number in numbers], dtype=np.int64)
    table = AtomTable(values[:, first], sizes, effort)
    guards = _guards(atoms, numbers)
    found = choose(table, wanted[first], most_atoms=most_atoms) or _by_turns(table, wanted[first], guards, most_atoms)
    return len(numbers), None if found is None else _renumbered(found, numbers)


def _guards(atoms: Sequence[LetterAtom], numbers: Sequence[int]) -> list[int]:
    """The numbers of the atoms that say which token of the answer is due, the first token first."""
    turns = [f"Q[{MARK}]({HERE})", *(f"answered({HERE}) = {turn}" for turn in range(2, MOST_TURNS))]
    places = {atoms[number].text: place for place, number in enumerate(numbers)}
    return [places[turn] for turn in turns if turn in places]


def _by_turns(table: AtomTable, wanted: Flags, guards: Sequence[int], most_atoms: int) -> AtomCondition | None:
    """A condition with a case for the first token, the second, and so on, and a last one; None if a case has none."""
    if not wanted.any():
        return AtomCondition(1, constant=False)
    if not guards:
        return choose(table, wanted, most_atoms=most_atoms, depth=0)
    here = table.values[guards[0]]
    when = choose(table.at(here), wanted[here], most_atoms=most_atoms, depth=1)
    otherwise = None if when is None else _by_turns(table.at(~here), wanted[~here], guards[1:], most_atoms)
    if when is None or otherwise is None:
        return None
    size = int(table.sizes[guards[0]]) + when.size + otherwise.size + 3
    return AtomCondition(size, split=guards[0], when=when, otherwise=otherwise)


def _renumbered(condition: AtomCondition, numbers: Sequence[int]) -> AtomCondition:
    return replace(
        condition,
        literals=tuple(replace(each, atom=numbers[each.atom]) for each in condition.literals),
        split=None if condition.split is None else numbers[condition.split],
        when=None if condition.when is None else _renumbered(condition.when, numbers),
        otherwise=None if condition.otherwise is None else _renumbered(condition.otherwise, numbers),
    )


def _pairs_of(known: KnownPlaces, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which letters are considered at which places, as row and column numbers.

    In a small alphabet these are all letters. Otherwise they are the letters that come or were wrongly said, their
    neighbours in the alphabet, and a random choice that prefers letters which occur.
    """
    places, letters = known.places, known.places.letters
    looked = np.ones((len(known.tokens), letters), dtype=bool)
    if letters > ALL_LETTERS:
        chance = rng.random(looked.shape) + (places.number > 0)
        looked = chance >= np.sort(chance, axis=1)[:, -min(SOME_LETTERS, letters), None]
        for offset in (-1, 0, 1):
            for near in (known.tokens, places.last):
                here = (near >= 0) & (near + offset >= 0) & (near + offset < letters)
                looked[np.flatnonzero(here), near[here] + offset] = True
        wrong = (known.wrong >= 0) & (known.wrong < letters)
        looked[np.flatnonzero(wrong), known.wrong[wrong]] = True
    looked[:, places.mark] = False
    rows, columns = np.nonzero(looked)
    return rows, columns


def _some_letter(atom: LetterAtom) -> LetterAtom:
    """The atom that says that the condition holds for some letter."""
    text = f"any[s in LETTERS] ({atom.text.replace(LETTER, 's')})"
    return LetterAtom(text, f"not {text}", atom.size + 2, lambda p: _of_some(atom.values(p), p.mark))


def _of_some(values: TruthOfLetters, mark: int) -> TruthOfLetters:
    return np.asarray(np.delete(values, mark, axis=1).max(axis=1, keepdims=True))


def _of_the_end(atoms: Sequence[LetterAtom]) -> Iterator[LetterAtom]:
    """Atoms that say that a condition holds for some letter, for the letter here, or for the mark."""
    for atom in atoms:
        yield _some_letter(atom)
        text = f"any[s in LETTERS] (Q[s]({HERE}) and ({atom.text.replace(LETTER, 's')}))"
        yield LetterAtom(text, f"not {text}", atom.size + 4, truth_with(_of_current, atom))
        text, negation = (each.replace(LETTER, MARK) for each in (atom.text, atom.negation))
        yield LetterAtom(text, negation, atom.size, truth_with(_of_mark, atom))


def _of_current(places: AnswerPlaces, atom: LetterAtom) -> TruthOfLetters:
    here = atom.values(places)[np.arange(len(places.last)), places.last] & (places.last != places.mark)
    return np.asarray(here[:, None])


def _of_mark(places: AnswerPlaces, atom: LetterAtom) -> TruthOfLetters:
    return np.asarray(atom.values(places)[:, places.mark, None])


def listed_answer(
    words: GivenAnswers,
    tokens: NDArray[np.int64],
    alphabet: tuple[str, ...],
    mark: int,
    family: AtomFamily,
    most_atoms: int,
    title: str,
    effort: SearchEffort | None = None,
) -> tuple[FoundAnswer | None, str]:
    """A program with a condition for each token, or None and the reason why there is none.

    The atoms are those of the next-sets road.

    Args:
        words: The words with their answers.
        tokens: The number of the token after each prefix where one is due, NOTHING elsewhere, (words, positions
            0..longest).
        alphabet: The tokens, including the mark.
        mark: The number of the mark.
        family: The family of the atoms.
        most_atoms: The greatest number of atoms in a conjunction or disjunction.
        title: The first comment of the program.
        effort: How long the search may be; unlimited by default.

    Raises:
        OutOfTimeError: The time is up.
        OutOfLooksError: The effort is spent.
    """
    width, effort = words.words.tokens.shape[1], effort or SearchEffort()
    positions = np.arange(width + 1)
    due = (positions >= words.starts[:, None]) & (positions <= words.words.lengths[:, None])
    atoms = atoms_of(AtomSource(alphabet, words.words, due), family).atoms
    effort.add(MADE_LOOKS * len(atoms))
    kept = distinct(atoms, due)
    table = AtomTable(kept[1], np.array([atom.size for atom in kept[0]], dtype=np.int64), effort)
    conditions = []
    for number, token in enumerate((*alphabet, "<eos>")):
        found = choose(table, tokens[due] == number, most_atoms=most_atoms)
        if found is None:
            return None, f"none for {token} among {len(kept[0]):,} atoms at {int(due.sum()):,} places"
        conditions.append(found)
    return FoundAnswer(listed_program(alphabet, mark, conditions, kept[0], title)), ""
