"""Small conditions on a letter at the place where a token is due, and on the place itself, the smaller ones first.

A condition on a letter has one text for all letters, which becomes a line for a whole family. The size of a condition
is roughly its number of operations.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from eval.explain.answers.read_words import AnswerPlaces
from eval.explain.atoms import MODULI, PLACES, AtomFamily

HERE, LETTER, MARK = PLACES[0], "\ue100", "\ue101"  # placeholders in texts for the position, the letter and the mark
OTHER = "t"  # the index variable of texts that speak of all letters
CONSTANTS = range(-2, 4)
MOST_TURNS = 7  # conditions on which token of the answer is due go up to this number
# The names of numbers in programs, and the fields of AnswerPlaces that have their values.
UNITS = {"number": "number", "in_word": "inside", "said": "said", "age": "age"}
TURNS = ((0, 0), (1, 0), (0, 1), (0, 2), (1, 1))  # multiples of the word's length and of the positions from the mark on
MOST_RELATED = 20  # the largest alphabet for which conditions on which letter has followed which are made

TruthOfLetters = NDArray[np.bool_]  # (places, letters), or (places, 1) for conditions on the place alone
LetterTruth = Callable[[AnswerPlaces], TruthOfLetters]
NumbersOfLetters = Callable[[AnswerPlaces], NDArray[np.int16]]


@dataclass(frozen=True)
class LetterAtom:
    """A condition on a letter or on the place: its text and that of its negation, its size, and where it holds."""

    text: str
    negation: str
    size: int
    values: LetterTruth


def letter_atoms(letters: int, family: AtomFamily) -> list[LetterAtom]:
    """The conditions on a letter, by size.

    Args:
        letters: The number of tokens of the alphabet.
        family: A local family also looks at the previous letter and at which letters have followed which.
    """
    found = [*_sums(), *_extremes(family), *_ordered(), *_current()]
    if "local" in family:
        found += _back()
        found += _pairs(letters) if letters <= MOST_RELATED else []
    return sorted(found, key=lambda atom: atom.size)


def place_atoms(family: AtomFamily) -> list[LetterAtom]:
    """The conditions on the place alone; first those that say which token of the answer is due."""
    turns = [_atom(f"Q[{MARK}]({HERE})", 1, lambda p: (p.last == p.mark)[:, None])]
    for c in range(1, MOST_TURNS):
        turns += _comparisons(f"answered({HERE})", 1, 0, 0, c, lambda p: p.asked[:, None])
    found = []
    for turn, (a, b), c in product((1, 2), ((1, 0), (2, 0)), CONSTANTS):
        found += _comparisons(f"answered({HERE})", turn, a, b, c, lambda p: p.asked[:, None])
    for c in (1, 2, 3):
        found += _comparisons(f"length({HERE})", 1, 0, 0, c, lambda p: p.length[:, None])
    if "periodic" in family:
        for modulus in MODULI:
            for residue in range(modulus):
                found.append(_residue(modulus, residue))
    return [*turns, *sorted(found, key=lambda atom: atom.size)]


def truth_with(values: Callable[..., TruthOfLetters], *given: object) -> LetterTruth:
    """A function of places that calls `values` with them and with the further arguments that are given here."""
    return lambda places: np.asarray(values(places, *given), dtype=bool)


def _residue(modulus: int, residue: int) -> LetterAtom:
    return _atom(f"{HERE} % {modulus} = {residue}", 1, lambda p: ((p.length + p.asked) % modulus == residue)[:, None])


def _atom(text: str, size: int, values: LetterTruth, negation: str | None = None) -> LetterAtom:
    return LetterAtom(text, f"not ({text})" if negation is None else negation, size, values)


def _comparisons(name: str, turn: int, a: int, b: int, c: int, values: NumbersOfLetters) -> list[LetterAtom]:
    """The atoms that say that `turn` times the number equals, or exceeds, a * length + b * answered + c."""

    def compare(relation: np.ufunc) -> LetterTruth:
        return lambda p: np.asarray(relation(turn * values(p), (a * p.length + b * p.asked + c)[:, None]), dtype=bool)

    left = name if turn == 1 else f"{turn} * {name}"
    right = _sum(((a, f"length({HERE})"), (b, f"answered({HERE})")), c)
    size = 1 + sum((1 + (k > 1)) * (k > 0) for k in (a, b)) + (turn > 1) + (c != 0)
    return [
        LetterAtom(f"{left} = {right}", f"{left} != {right}", size, compare(np.equal)),
        LetterAtom(f"{left} > {right}", f"{left} <= {right}", size, compare(np.greater)),
    ]


def _sum(terms: tuple[tuple[int, str], ...], constant: int) -> str:
    parts = [name if k == 1 else f"{k} * {name}" for k, name in terms if k]
    if not parts:
        return str(constant)
    text = " + ".join(parts)
    return text if not constant else f"{text} {'+' if constant > 0 else '-'} {abs(constant)}"


def _field(name: str) -> NumbersOfLetters:
    return lambda p: getattr(p, name)


def _sums() -> Iterator[LetterAtom]:
    """Comparisons of a letter's numbers with constants, with lengths, and with each other.

    The lengths are that of the word and the number of positions since the mark.
    """
    for unit, field in UNITS.items():
        for turn, (a, b), c in product((1, 2), TURNS, CONSTANTS):
            if (a, b) == (0, 0) and (turn > 1 or c < 0 or unit == "age"):
                continue
            yield from _comparisons(f"{unit}[{LETTER}]({HERE})", turn, a, b, c, _field(field))
    text = f"in_word[{LETTER}]({HERE}) > said[{LETTER}]({HERE})"
    yield _atom(text, 3, lambda p: p.inside > p.said, text.replace(">", "<="))
    text = f"in_word[{LETTER}]({HERE}) = said[{LETTER}]({HERE})"
    yield _atom(text, 3, lambda p: p.inside == p.said, text.replace("=", "!="))


def _others(values: NDArray[np.int16], mark: int, worst: int) -> NDArray[np.int16]:
    """For each letter the greatest value of any other letter, (places, letters).

    The mark counts as having the value `worst`.
    """
    rest = values.copy()
    rest[:, mark] = worst
    order = np.sort(rest, axis=1)
    top = order[:, -1:]
    second = order[:, -2:-1] if rest.shape[1] > 1 else np.full_like(top, worst)
    return np.where((rest == top) & ((rest == top).sum(axis=1) == 1)[:, None], second, top)


LOW, HIGH = -20_000, 20_000


def _extremes(family: AtomFamily) -> Iterator[LetterAtom]:
    """Atoms that say that no other letter has so many, or so few, or so few among the letters that occur."""
    units = [(unit, _field(field)) for unit, field in UNITS.items()]
    if "periodic" in family:
        units += [(f"in_word_{r}_of_{m}", _at_residue(m, r)) for m in MODULI for r in range(m)]
    for unit, values in units:
        mine, theirs = f"{unit}[{LETTER}]({HERE})", f"{unit}[{OTHER}]({HERE})"
        letters = f"all[{OTHER} in LETTERS if {OTHER} != {LETTER}]"
        for relation, sign, compare in (
            ("<", 1, np.greater),
            (">", -1, np.greater),
            ("<=", 1, np.greater_equal),
            (">=", -1, np.greater_equal),
        ):
            yield _atom(f"{letters} {theirs} {relation} {mine}", 5, truth_with(_extreme, values, sign, compare))
        least = f"{mine} > 0 and {letters} ({theirs} = 0 or {theirs} > {mine})"
        yield _atom(least, 8, truth_with(_least_of_some, values))


def _extreme(places: AnswerPlaces, values: NumbersOfLetters, sign: int, compare: np.ufunc) -> TruthOfLetters:
    mine = sign * values(places)
    return np.asarray(compare(mine, _others(mine, places.mark, LOW)), dtype=bool)


def _least_of_some(places: AnswerPlaces, values: NumbersOfLetters) -> TruthOfLetters:
    mine = values(places)
    some = np.where(mine > 0, mine, HIGH - 1).astype(np.int16)
    return np.asarray((mine > 0) & (mine < -_others(-some, places.mark, LOW)))


def _at_residue(modulus: int, residue: int) -> NumbersOfLetters:
    first = sum(m for m in MODULI if m < modulus)
    return lambda p: p.residues[:, first + residue]


def _base() -> list[LetterAtom]:
    """The conditions by which letters are selected; the least or the greatest such letter may be the answer."""
    inside, said = f"in_word[{LETTER}]({HERE})", f"said[{LETTER}]({HERE})"
    return [
        *(_atom(f"number[{LETTER}]({HERE}) = {c}", 2, truth_with(lambda p, c: p.number == c, c)) for c in (0, 1, 2, 3)),
        *(_atom(f"{inside} > {c}", 2, truth_with(lambda p, c: p.inside > c, c)) for c in (0, 1, 2)),
        *(_atom(f"{inside} = {c}", 2, truth_with(lambda p, c: p.inside == c, c)) for c in (0, 1, 2)),
        _atom(f"{inside} > {said}", 3, lambda p: p.inside > p.said),
        _atom(f"({inside} > 0 and {said} = 0)", 5, lambda p: (p.inside > 0) & (p.said == 0)),
        *(
            _atom(
                f"all[u in LETTERS] {unit}[u]({HERE}) <= {unit}[{LETTER}]({HERE})",
                5,
                truth_with(_no_less_than_any, field),
            )
            for unit, field in (("number", "number"), ("in_word", "inside"))
        ),
    ]


def _no_less_than_any(places: AnswerPlaces, field: str) -> TruthOfLetters:
    values = getattr(places, field)
    return np.asarray(values >= np.delete(values, places.mark, axis=1).max(axis=1)[:, None])


def above_current() -> list[LetterAtom]:
    """Atoms that say that the letter comes after the current letter in the alphabet, or before it.

    Each occurs alone, and together with each condition that selects letters.
    """
    above = _atom(f"above[{LETTER}]({HERE})", 2, lambda p: _beside(p) > 0)
    under = _atom(f"under[{LETTER}]({HERE})", 2, lambda p: _beside(p) < 0)
    found = [above, under]
    for side, base in product((above, under), _base()):
        text = f"({side.text} and {base.text})"
        found.append(_atom(text, side.size + base.size + 1, truth_with(_both_hold, side, base)))
    return found


def _both_hold(places: AnswerPlaces, one: LetterAtom, other: LetterAtom) -> TruthOfLetters:
    return one.values(places) & other.values(places)


def _beside(places: AnswerPlaces) -> NDArray[np.int64]:
    """How far each letter comes after the current letter in the alphabet, (places, letters).

    It is 0 for the mark, and for all letters where the current token is the mark.
    """
    far = np.arange(places.letters) - places.last[:, None]
    far[places.last == places.mark] = 0
    far[:, places.mark] = 0
    return np.asarray(far)


def _ordered() -> Iterator[LetterAtom]:
    """Atoms that say that the letter is the least, or the greatest, for which a condition holds."""
    for base in (*_base(), *above_current()):
        for sign, step in (("<", 1), (">", -1)):
            other = base.text.replace(LETTER, OTHER)
            text = f"{base.text} and not any[{OTHER} in LETTERS if {OTHER} {sign} {LETTER}] {_wrapped(other)}"
            yield _atom(text, base.size + 4, truth_with(lambda p, b, s: _first(b.values(p), p.mark, s), base, step))


def _wrapped(text: str) -> str:
    return text if text.startswith("(") else f"({text})"


def _first(values: TruthOfLetters, mark: int, step: int) -> TruthOfLetters:
    """Where the condition holds for a letter and for no letter before it, or with step -1 for none after it.

    The mark does not count.
    """
    others = values.copy()
    others[:, mark] = False
    before = (others[:, ::step].cumsum(axis=1) - others[:, ::step])[:, ::step]
    return np.asarray(values & (before == 0))


def _current() -> Iterator[LetterAtom]:
    yield _atom(f"Q[{LETTER}]({HERE})", 1, lambda p: np.arange(p.letters) == p.last[:, None])
    yield from above_current()


def _back() -> Iterator[LetterAtom]:
    text = f"#[j <= {HERE}, j = {HERE} - 1] Q[{LETTER}](j)"
    yield _atom(f"{text} = 1", 3, lambda p: np.arange(p.letters) == p.back[:, None], f"{text} = 0")


def _pairs(letters: int) -> Iterator[LetterAtom]:
    """Atoms about pairs of letters that occurred next to each other.

    They say that the letter has once followed the current one, or preceded it, or since when it has followed some
    letter.
    """
    follows = f"any[{OTHER} in alphabet] (Q[{OTHER}]({HERE}) and follows[{OTHER}, {LETTER}]({HERE}))"
    yield _atom(follows, 6 + letters, _following)
    precedes = f"any[{OTHER} in alphabet] (Q[{OTHER}]({HERE}) and follows[{LETTER}, {OTHER}]({HERE}))"
    yield _atom(precedes, 6 + letters, _preceding)
    for (a, b), c in product(TURNS[1:], CONSTANTS):
        right = _sum(((a, f"length({HERE})"), (b, f"answered({HERE})")), c)
        text = f"any[{OTHER} in LETTERS] follows_since[{OTHER}, {LETTER}]({HERE}) = {right}"
        yield _atom(text, 8 + 2 * letters, truth_with(_since, a, b, c))


def _following(places: AnswerPlaces) -> TruthOfLetters:
    assert places.follows is not None
    return places.follows[np.arange(len(places.last)), places.last]


def _preceding(places: AnswerPlaces) -> TruthOfLetters:
    assert places.follows is not None
    return places.follows[np.arange(len(places.last)), :, places.last]


def _since(places: AnswerPlaces, a: int, b: int, c: int) -> TruthOfLetters:
    assert places.pair_age is not None
    wanted = (a * places.length + b * places.asked + c)[:, None, None]
    return np.asarray((np.delete(places.pair_age, places.mark, axis=1) == wanted).any(axis=1))
