"""Small conditions on a prefix, enumerated: letters, sums of counts, events, lags and residues, cheap ones first.

An atom's size is that of its formula as a tree: a letter, a residue and `true` are 1, a count is 1 and its body, a lag
2 and its body, a comparison 1, its counts, 1 for each coefficient of 2 and 1 for a constant that is not 0.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise, product
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.learning.least_conjunction import equal_sums
from crasp.meaning.interpreter import Words
from crasp.spelling import is_bare, spell_token
from eval.answering.membership import Flags

LetterCounts: TypeAlias = NDArray[np.int64]  # (words, positions 0..longest)
AtomFamily: TypeAlias = Literal["plain", "local", "periodic", "periodic_local"]

FAMILIES: tuple[AtomFamily, ...] = ("plain", "local", "periodic", "periodic_local")
CONSTANTS = range(-3, 4)  # that sums are compared with
MOST_LEVELS = 14  # values of a sum that has so few are all compared with
MODULI = (2, 3, 4)
LAGS = (1, 2)
MOST_FACTOR, MOST_EQUAL_SUMS = 9, 6  # of sums that are the same wherever a word may end
MADE_LOOKS = 50  # as which the making of an atom's values counts, where looks at atoms are counted
MOST_SUMS = 700  # sums of counts, the cheap ones first
MOST_VALUES = 200_000_000  # of all atoms of a kind together, a byte each: a large alphabet has more triples than memory


PLACES = "".join(chr(0xE000 + depth) for depth in range(6))  # stand in texts for the position, and those counted inside
HERE, THERE = PLACES[0], PLACES[1]
_INWARDS = str.maketrans({ord(one): other for one, other in pairwise(PLACES)})


@dataclass(frozen=True)
class Atom:
    """One condition: how it and its negation are written, with `PLACES` for positions; its size; where it holds."""

    text: str
    negation: str
    size: int
    values: Flags

    def at(self, position: str, *, negated: bool = False) -> str:
        """The condition, or its negation, at a position."""
        names = position + "ijklmnop".replace(position, "")
        places = {ord(place): name for place, name in zip(PLACES, names, strict=False)}
        return (self.negation if negated else self.text).translate(places)


@dataclass(frozen=True)
class AtomSource:
    """The words, and at which of their prefixes (words, positions) sums show the levels that they can have.

    `ends` are the prefixes where a word may end: sums that are the same at all of them are atoms too.
    """

    alphabet: tuple[str, ...]
    words: Words
    live: Flags
    ends: Flags | None = None

    @property
    def letters(self) -> tuple[Atom, ...]:
        """The atoms that say which letter stands here."""
        shape = (len(self.words.lengths), self.words.tokens.shape[1] + 1)
        found = []
        for number, letter in enumerate(self.alphabet):
            values = np.zeros(shape, dtype=bool)
            values[:, 1:] = self.words.tokens == number
            text = f"{letter_sign(letter)}({HERE})"
            found.append(Atom(text, f"not {text}", 1, values))
        return tuple(found)


def letter_sign(letter: str) -> str:
    """What is true where the letter stands, without the position."""
    return f"Q_{letter}" if is_bare(letter) else f"Q[{spell_token(letter)}]"


def counted(values: Flags) -> LetterCounts:
    """How often it holds at the positions 1 to here."""
    sums = np.zeros(values.shape, dtype=np.int64)
    sums[:, 1:] = values[:, 1:].cumsum(axis=1)
    return sums


def before(values: Flags, lag: int) -> Flags:
    """Whether it held at the position so many back, which is none before 1."""
    found = np.zeros_like(values)
    if lag < values.shape[1] - 1:
        found[:, lag + 1 :] = values[:, 1:-lag]
    return found


@dataclass(frozen=True)
class FoundAtoms:
    """Atoms, cheap ones first, and the kinds of which there were too many to try all."""

    atoms: tuple[Atom, ...]
    cut: tuple[str, ...]


def atoms_of(source: AtomSource, family: AtomFamily) -> FoundAtoms:
    """The atoms of the family, those of smaller families among them; of each kind as many as there is memory for."""
    letters = source.letters
    most = max(1, MOST_VALUES // letters[0].values.size)
    found, cut = list(letters), []

    def take(kind: str, atoms: Iterable[Atom]) -> list[Atom]:
        some = list(islice(atoms, most + 1))
        if len(some) > most:
            cut.append(kind)
        found.extend(some[:most])
        return some[:most]

    sums = take("sums", _sums(source, letters))
    take("events", _events(letters, sums))
    if "local" in family:
        take("factors", _lags(letters))
    if "periodic" in family:
        take("residues", _residues(letters))
    return FoundAtoms(tuple(sorted(found, key=lambda atom: atom.size)), tuple(cut))


def _sums(source: AtomSource, letters: tuple[Atom, ...]) -> Iterator[Atom]:
    """Sums of counts of letters, and of all positions, compared with constants."""
    counts = [counted(letter.values) for letter in letters]
    names = [f"number[{spell_token(letter)}]({HERE})" for letter in source.alphabet]
    length = np.broadcast_to(np.arange(counts[0].shape[1]), counts[0].shape)
    if len(letters) > 1:
        counts, names = [*counts, length], [*names, f"position({HERE})"]
    rows = _coefficient_rows(len(counts), len(letters) > 1)
    rows += [row for row in _same_at_ends(source, counts[: len(letters)]) if row not in rows]
    for coefficients in rows:
        used = [(c, k) for k, c in enumerate(coefficients) if c]
        values = sum((c * counts[k] for c, k in used), start=np.zeros_like(counts[0]))
        text = _sum_text([(c, names[k]) for c, k in used])
        size = 1 + sum(1 + abs(c) for c, _ in used)
        levels = np.unique(values[source.live])
        constants = set(CONSTANTS) if len(used) > 1 else set(range(4))
        if len(levels) <= MOST_LEVELS:
            constants |= set(levels.tolist())
        for constant in sorted(constants, key=lambda c: (abs(c), c)):
            cost = size + (constant != 0)
            yield Atom(f"{text} = {constant}", f"{text} != {constant}", cost, values == constant)
            if len(levels) > 2:
                above, below = _sides(text, constant, single=len(used) == 1)
                yield Atom(above, below, cost, values > constant)


def _same_at_ends(source: AtomSource, counts: list[LetterCounts]) -> list[tuple[int, ...]]:
    """Coefficients of sums of the letters that are the same wherever a word may end, few and small ones."""
    if source.ends is None or int(source.ends.sum()) <= len(counts):
        return []
    found = equal_sums(np.array([count[source.ends] for count in counts]))
    small = [row for row in found if max(map(abs, row)) <= MOST_FACTOR and sum(c != 0 for c in row) > 1]
    return [(*row, 0) if len(counts) > 1 else row for row in small[:MOST_EQUAL_SUMS]]


def _sides(text: str, constant: int, *, single: bool) -> tuple[str, str]:
    """That a sum is greater than a constant, and that it is not, as one would write it."""
    if constant == -1:
        return f"{text} >= 0", f"{text} < 0"
    return f"{text} > {constant}", f"{text} = {constant}" if single and constant == 0 else f"{text} <= {constant}"


_SIGNS: dict[int, list[tuple[int, ...]]] = {
    1: [(1,)],
    2: [(1, -1), (1, 1), (1, -2), (2, -1)],
    3: list(product((1,), (1, -1), (1, -1))),
}


def _coefficient_rows(number: int, with_length: bool) -> list[tuple[int, ...]]:
    """Coefficients of sums, the first one positive, cheap sums first; the length goes with one other count at most."""
    rows: list[tuple[int, ...]] = []
    for places in (*combinations(range(number), 1), *combinations(range(number), 2), *combinations(range(number), 3)):
        if with_length and number - 1 in places and len(places) > 2:
            continue
        for chosen in _SIGNS[len(places)]:
            row = [0] * number
            for place, c in zip(places, chosen, strict=True):
                row[place] = c
            rows.append(tuple(row))
    return sorted(rows, key=lambda row: sum(1 + (abs(c) == 2) for c in row if c))[:MOST_SUMS]


def _sum_text(terms: list[tuple[int, str]]) -> str:
    parts: list[str] = []
    for c, name in terms:
        sign = ("- " if c < 0 else "") if not parts else (" - " if c < 0 else " + ")
        parts.append(f"{sign}{abs(c)} * {name}" if abs(c) > 1 else f"{sign}{name}")
    return "".join(parts)


def ever(body: Atom, *, negated: bool = False) -> Atom:
    """Whether it has held at a position so far; with `negated`, whether it has once not held."""
    values = counted(~body.values if negated else body.values) > 0
    text = f"#[{THERE} <= {HERE}] ({inwards(body, negated=negated)})"
    return Atom(f"{text} > 0", f"{text} = 0", body.size + 2, values)


def inwards(body: Atom, *, negated: bool = False) -> str:
    """The condition at a position that is counted."""
    return (body.negation if negated else body.text).translate(_INWARDS)


def both(one: Atom, other: Atom) -> Atom:
    """Whether both hold."""
    text = f"({one.text} and {other.text})"
    return Atom(text, f"not {text}", 1 + one.size + other.size, one.values & other.values)


def _events(letters: tuple[Atom, ...], sums: list[Atom]) -> Iterator[Atom]:
    """What has happened: a sum was so, a letter came when a sum was so, letters came in an order."""
    cheap = (atom for atom in sums if atom.size <= 7)
    yield from (event for atom in cheap for event in (ever(atom), ever(atom, negated=True)))
    single = [atom for atom in sums if atom.size <= 4]
    yield from (ever(both(letter, atom)) for letter in letters for atom in single)
    chains = [(letter, 1) for letter in letters]
    for _ in range(3 if len(letters) <= 3 else 1):
        chains = [
            (both(letter, ever(chain)), depth + 1)
            for chain, depth in chains
            for letter in letters
            if depth < 4 and len(chains) <= 100
        ]
        yield from (ever(chain) for chain, _ in chains)


def _lags(letters: tuple[Atom, ...]) -> Iterator[Atom]:
    """The letters before, factors of two and three letters here, whether and how often they have occurred."""
    back = {(k, lag): _lagged(letter, lag) for k, letter in enumerate(letters) for lag in LAGS}
    pairs = [both(letter, back[k, 1]) for letter in letters for k in range(len(letters))]
    yield from (*back.values(), *pairs)
    yield from (ever(pair) for pair in pairs)
    for pair in pairs:
        times = counted(pair.values)
        text = f"#[{THERE} <= {HERE}] {inwards(pair)}"
        yield from (Atom(f"{text} > {c}", f"{text} <= {c}", pair.size + 3, times > c) for c in (1, 2))
        yield from (Atom(f"{text} = {c}", f"{text} != {c}", pair.size + 3, times == c) for c in (1, 2))
    for pair, k in product(pairs, range(len(letters))):
        triple = both(pair, back[k, 2])
        yield from (triple, ever(triple))


def _lagged(letter: Atom, lag: int) -> Atom:
    """Whether the letter stood so many positions back."""
    text = f"#[{THERE} <= {HERE}, {THERE} = {HERE} - {lag}] {inwards(letter)}"
    return Atom(f"{text} = 1", f"{text} = 0", 2 + letter.size, before(letter.values, lag))


def _residues(letters: tuple[Atom, ...]) -> Iterator[Atom]:
    """The position's residue, and whether a letter has occurred at one."""
    for modulus in MODULI:
        for residue in range(modulus):
            values = np.broadcast_to(
                np.arange(letters[0].values.shape[1]) % modulus == residue, letters[0].values.shape
            )
            text = f"{HERE} % {modulus} = {residue}"
            here = Atom(text, f"not {text}", 1, values)
            events = [both(letter, here) for letter in letters]
            yield from (here, *events, *(ever(event) for event in events))


def distinct(atoms: Sequence[Atom], chosen: NDArray[np.bool_]) -> tuple[list[Atom], Flags]:
    """The first atom of each value at the chosen points, up to its complement, and the values: (atoms, points)."""
    seen: set[bytes] = set()
    kept, rows = [], []
    for atom in atoms:
        values = atom.values[chosen]
        key = np.packbits(values ^ values[0]).tobytes()
        if key in seen or values.all() or not values.any():
            continue
        seen.add(key)
        kept.append(atom)
        rows.append(values)
    shape = (0, int(chosen.sum()))
    return kept, np.array(rows, dtype=bool) if rows else np.zeros(shape, dtype=bool)
