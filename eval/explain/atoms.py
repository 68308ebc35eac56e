"""Atoms, small conditions on a prefix, enumerated by size: letters, sums of counts, events, lags and residues.

The size of an atom is that of its formula as a tree. A letter, a residue and `true` have size 1. A count has size 1
plus its body, and a lag 2 plus its body. A comparison has size 1 plus its counts, plus what its coefficients exceed 1
by, plus 1 if its constant is not 0.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, pairwise, product
from math import gcd
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
CONSTANTS = range(-3, 4)  # the constants that sums are compared with
MOST_LEVELS = 14  # if a sum takes at most so many values, it is compared with each of them
MODULI = (2, 3, 4)
LAGS = (1, 2)
MOST_FACTOR, MOST_EQUAL_SUMS = 9, 6  # largest coefficient and number of the sums that are the same at all ends of words
MOST_WEIGHT = 5  # the largest coefficient in a sum that is chosen for what it tells of an output
MOST_WEIGHED = 4  # up to this many letters such sums are tried, and factors are compared with each other
WEIGHTS = [(a, b) for a, b in product(range(1, MOST_WEIGHT + 1), repeat=2) if gcd(a, b) == 1]
MADE_LOOKS = 50  # computing the values of an atom counts as so many looks at atoms
MOST_SUMS = 700  # sums of counts, the cheap ones first
MOST_VALUES = 200_000_000  # values of all atoms of one kind, a byte each: triples of a large alphabet exceed the memory


# Placeholders in the texts of atoms: the first for the position of the atom, the others for positions counted inside.
PLACES = "".join(chr(0xE000 + depth) for depth in range(6))
HERE, THERE = PLACES[0], PLACES[1]
_INWARDS = str.maketrans({ord(one): other for one, other in pairwise(PLACES)})


@dataclass(frozen=True)
class Atom:
    """One condition: its text and that of its negation, its size, and where it holds, (words, positions).

    The texts have the characters of `PLACES` instead of the names of positions.
    """

    text: str
    negation: str
    size: int
    values: Flags

    def at(self, position: str, *, negated: bool = False) -> str:
        """The text of the condition, or of its negation, at the position with this name."""
        names = position + "ijklmnop".replace(position, "")
        places = {ord(place): name for place, name in zip(PLACES, names, strict=False)}
        return (self.negation if negated else self.text).translate(places)


@dataclass(frozen=True)
class AtomSource:
    """The words on which atoms are evaluated, and flags of their prefixes, (words, positions).

    `live` are the prefixes at which the values of a sum are collected, to be compared with. `ends` are the prefixes
    where a word may end: a sum that has the same value at all of them gives further atoms. `outputs` are, for each
    token, the live prefixes after which it is allowed: the sums that tell most of them give further atoms too.
    """

    alphabet: tuple[str, ...]
    words: Words
    live: Flags
    ends: Flags | None = None
    outputs: tuple[Flags, ...] = ()

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
    """The predicate that is true where the letter stands, without its position, such as `Q_a`."""
    return f"Q_{letter}" if is_bare(letter) else f"Q[{spell_token(letter)}]"


def counted(values: Flags) -> LetterCounts:
    """How often the flags hold from position 1 to this one, (words, positions); position 0 is the empty prefix."""
    sums = np.zeros(values.shape, dtype=np.int64)
    sums[:, 1:] = values[:, 1:].cumsum(axis=1)
    return sums


def before(values: Flags, lag: int) -> Flags:
    """Whether the flags held `lag` positions back; false if there is no such position."""
    found = np.zeros_like(values)
    if lag < values.shape[1] - 1:
        found[:, lag + 1 :] = values[:, 1:-lag]
    return found


@dataclass(frozen=True)
class FoundAtoms:
    """Atoms by size, the cheapest first, and the kinds that have too many atoms to try all of them."""

    atoms: tuple[Atom, ...]
    cut: tuple[str, ...]


def atoms_of(source: AtomSource, family: AtomFamily) -> FoundAtoms:
    """The atoms of a family, including those of the smaller families; of each kind as many as fit into memory.

    Args:
        source: The words and prefixes on which the atoms are evaluated.
        family: A plain family has letters, sums and events; a local one also has factors, a periodic one residues.
    """
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
    take("bounds", _telling_sums(source, letters))
    take("events", _events(letters, sums))
    if "local" in family:
        take("factors", _lags(letters))
    if "periodic" in family:
        take("residues", _residues(letters))
    return FoundAtoms(tuple(sorted(found, key=lambda atom: atom.size)), tuple(cut))


def _sums(source: AtomSource, letters: tuple[Atom, ...]) -> Iterator[Atom]:
    """Sums of letter counts, and of the position, compared with constants."""
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


def _telling_sums(source: AtomSource, letters: tuple[Atom, ...]) -> Iterator[Atom]:
    """Counts and sums of two of them against the bound past which an output is never, or always, allowed.

    Of each kind it is the sum that tells most prefixes apart, whatever its bound. Coefficients go up to MOST_WEIGHT.
    """
    if not source.outputs or len(letters) > MOST_WEIGHED:
        return
    counts = np.array([counted(letter.values)[source.live] for letter in letters], dtype=np.int32)  # (letters, points)
    rows: list[tuple[tuple[int, int], ...]] = [((1, k),) for k in range(len(letters))]
    for k, other in combinations(range(len(letters)), 2):
        rows += [((a, k), (sign * b, other)) for a, b in WEIGHTS for sign in (-1, 1)]
    rows.sort(key=lambda row: sum(1 + abs(c) for c, _ in row))
    sums = np.array([sum(c * counts[k] for c, k in row) for row in rows])
    told: set[tuple[tuple[tuple[int, int], ...], int]] = set()
    for allowed in source.outputs:
        for wanted in (allowed[source.live], ~allowed[source.live]):
            if not wanted.any() or wanted.all():
                continue
            least, greatest = sums[:, wanted].min(axis=1), sums[:, wanted].max(axis=1)
            for bounds, excluded in ((least - 1, sums < least[:, None]), (greatest, sums > greatest[:, None])):
                times = excluded.sum(axis=1)
                best = int(times.argmax())
                if times[best]:
                    told.add((rows[best], int(bounds[best])))
    chosen = {row for row, _ in told}
    for number, row in enumerate(rows):  # what is past all live prefixes says that one is dead
        if row in chosen:
            told |= {(row, int(sums[number].min()) - 1), (row, int(sums[number].max()))}
    for row, bound in sorted(told):
        text = _sum_text([(c, f"number[{spell_token(source.alphabet[k])}]({HERE})") for c, k in row])
        values = sum((c * counted(letters[k].values) for c, k in row), start=np.zeros((), np.int64))
        above, below = _sides(text, bound, single=len(row) == 1)
        atom = Atom(above, below, 1 + sum(1 + abs(c) for c, _ in row) + (bound != 0), values > bound)
        yield from (atom, ever(atom), ever(atom, negated=True))


def _same_at_ends(source: AtomSource, counts: list[LetterCounts]) -> list[tuple[int, ...]]:
    """Coefficients of a few sums of letter counts that have the same value wherever a word may end; all are small."""
    if source.ends is None or int(source.ends.sum()) <= len(counts):
        return []
    found = equal_sums(np.array([count[source.ends] for count in counts]))
    small = [row for row in found if max(map(abs, row)) <= MOST_FACTOR and sum(c != 0 for c in row) > 1]
    return [(*row, 0) if len(counts) > 1 else row for row in small[:MOST_EQUAL_SUMS]]


def _sides(text: str, constant: int, *, single: bool) -> tuple[str, str]:
    """The texts of "the sum is greater than the constant" and of its negation, as one would write them."""
    if constant == -1:
        return f"{text} >= 0", f"{text} < 0"
    return f"{text} > {constant}", f"{text} = {constant}" if single and constant == 0 else f"{text} <= {constant}"


_SIGNS: dict[int, list[tuple[int, ...]]] = {
    1: [(1,)],
    2: [(1, -1), (1, 1), (1, -2), (2, -1)],
    3: list(product((1,), (1, -1), (1, -1))),
}


def _coefficient_rows(number: int, with_length: bool) -> list[tuple[int, ...]]:
    """Coefficients of sums of up to three counts, the cheap sums first; the first coefficient is positive.

    The position, which is the last count if `with_length`, is combined with at most one other count.
    """
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
    """The atom that says whether the body has held at some position so far; with `negated`, whether it has failed."""
    values = counted(~body.values if negated else body.values) > 0
    text = f"#[{THERE} <= {HERE}] ({inwards(body, negated=negated)})"
    return Atom(f"{text} > 0", f"{text} = 0", body.size + 2, values)


def inwards(body: Atom, *, negated: bool = False) -> str:
    """The text of the condition, or its negation, at a counted position instead of the current one."""
    return (body.negation if negated else body.text).translate(_INWARDS)


def both(one: Atom, other: Atom) -> Atom:
    """The conjunction of two atoms."""
    text = f"({one.text} and {other.text})"
    return Atom(text, f"not {text}", 1 + one.size + other.size, one.values & other.values)


def _events(letters: tuple[Atom, ...], sums: list[Atom]) -> Iterator[Atom]:
    """What has happened so far.

    A comparison of a sum held or failed at some position, a letter came where such a comparison held, or letters came
    in a certain order.
    """
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
    """The letters one and two positions back, and factors of two and three letters.

    A factor may end here, may have occurred, or (for two letters) may have occurred so often.
    """
    back = {(k, lag): _lagged(letter, lag) for k, letter in enumerate(letters) for lag in LAGS}
    pairs = [both(letter, back[k, 1]) for letter in letters for k in range(len(letters))]
    yield from (*back.values(), *pairs)
    yield from (ever(pair) for pair in pairs)
    for pair in pairs:
        times = counted(pair.values)
        text = f"#[{THERE} <= {HERE}] {inwards(pair)}"
        yield from (Atom(f"{text} > {c}", f"{text} <= {c}", pair.size + 3, times > c) for c in (1, 2))
        yield from (Atom(f"{text} = {c}", f"{text} != {c}", pair.size + 3, times == c) for c in (1, 2))
    if len(letters) <= MOST_WEIGHED:
        yield from _factor_differences(pairs)
    for pair, k in product(pairs, range(len(letters))):
        triple = both(pair, back[k, 2])
        yield from (triple, ever(triple))


def _factor_differences(pairs: list[Atom]) -> Iterator[Atom]:
    """Of two factors of two letters, whether one has occurred more often than the other, or both equally often."""
    for one, other in combinations(pairs, 2):
        less = counted(one.values) - counted(other.values)
        text = " - ".join(f"#[{THERE} <= {HERE}] {inwards(pair)}" for pair in (one, other))
        size = 3 + one.size + other.size
        yield Atom(f"{text} = 0", f"{text} != 0", size, less == 0)
        yield Atom(f"{text} > 0", f"{text} <= 0", size, less > 0)
        yield Atom(f"{text} < 0", f"{text} >= 0", size, less < 0)


def _lagged(letter: Atom, lag: int) -> Atom:
    """The atom that says whether the letter stood `lag` positions back."""
    text = f"#[{THERE} <= {HERE}, {THERE} = {HERE} - {lag}] {inwards(letter)}"
    return Atom(f"{text} = 1", f"{text} = 0", 2 + letter.size, before(letter.values, lag))


def _residues(letters: tuple[Atom, ...]) -> Iterator[Atom]:
    """The residue of the position, which letter stands at which residue, and whether that letter has occurred at it."""
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
    """The first of all atoms with the same values at the chosen points, and these values, (atoms, points).

    Complementary values count as the same. Atoms that are constant at the points are left out.
    """
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
