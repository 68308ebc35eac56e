"""Checks certificates that no program of a family defines a language. It is independent of the decision on purpose.

It shares no code with the modules that decide and that make certificates. It reads plain data, minimises the automaton
anew, runs words, and adds rational numbers or polynomials. docs/regular.md, section 6, proves what it relies on.
"""

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from math import gcd
from typing import Any, TypeAlias

from crasp.regular.certificates.checker_polynomials import (
    CheckedPolynomial,
    added,
    cyclotomic,
    orders_of_roots,
    polynomial,
    product,
    rational,
    remainder,
    scaled,
)

CheckedVector: TypeAlias = dict[Hashable, CheckedPolynomial]


class RejectedError(Exception):
    """The certificate does not show what it claims. The message says where it fails."""


def check_certificate(language: Mapping[str, Any], certificate: Mapping[str, Any]) -> None:
    """Returns if the certificate shows that its family does not define the language.

    Args:
        language: A deterministic automaton of the language, as plain data with the keys `alphabet`, `delta` (a mapping
            state -> letter -> state), `start` and `finals`. A missing transition leads to a dead state.
        certificate: The certificate, as JSON data.

    Raises:
        RejectedError: The certificate does not show this, or is malformed.
    """
    try:
        part = _Part(language, certificate)
        kinds = {"rows": _check_rows, "differences": _check_differences}
        kinds[certificate["kind"]](part, certificate)
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError) as error:
        raise RejectedError(f"the certificate is malformed: {type(error).__name__} {error}") from None


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise RejectedError(message)


def _at(items: Sequence[Any], number: int) -> Any:
    """The item with this number. Any other value than a number from 0 to the last item's is rejected."""
    _require(isinstance(number, int) and 0 <= number < len(items), f"there is no number {number}")
    return items[number]


# --- the states that have to be told apart ---------------------------------------------------------------------


class _Part:
    """The component that the certificate is about. Its states are the blocks of the automaton, minimised here."""

    def __init__(self, language: Mapping[str, Any], certificate: Mapping[str, Any]) -> None:
        self.alphabet = list(language["alphabet"])
        self.family: str = certificate["family"]
        _require(self.family in ("plain", "local", "periodic", "periodic_local"), "there is no such family")
        self._read(language)
        self.block: dict[Any, int] = self._blocks(certificate["accept"], certificate["target"])
        self.states = [self.block[self._run(self.start, word)] for word in certificate["states"]]
        _require(len(set(self.states)) == len(self.states), "two words of the certificate lead to one state")
        _require(len(self.states) > 1, "there are not two states to be told apart")
        self.rows: dict[Hashable, dict[Any, Hashable]] = {}
        for s, row in self.delta.items():
            self.rows[self.block[s]] = {a: self.block[t] for a, t in row.items()}
        reached = self._reached(self.states[0], self.rows)
        backwards: dict[Hashable, dict[Any, Any]] = {}
        for state, row in self.rows.items():
            for letter, target in row.items():
                backwards.setdefault(target, {})[state, letter] = state
        self.inside = reached & self._reached(self.states[0], backwards)
        _require(set(self.states) <= self.inside, "the states are not in one component")

    def _read(self, language: Mapping[str, Any]) -> None:
        dead = ("dead",)  # no state of a language is a tuple
        delta = {s: {a: row.get(a, dead) for a in self.alphabet} for s, row in language["delta"].items()}
        named = {language["start"], *language["finals"], *(t for row in delta.values() for t in row.values()), dead}
        self.delta = {s: delta.get(s, dict.fromkeys(self.alphabet, dead)) for s in named | set(delta)}
        self.start = language["start"]
        self.finals = set(language["finals"])

    def _blocks(self, accept: str, target: str) -> dict[Any, int]:
        """The block of each state, where two states share a block if no word tells them apart.

        At the last letter only words of at least one letter count, and at an end marker all words.
        """
        answer = {state: state in self.finals for state in self.delta}
        if target == "next":
            live = set(self.finals)
            while more := {s for s, row in self.delta.items() if s not in live and live & set(row.values())}:
                live |= more
            answer = {s: tuple(t in live for t in row.values()) for s, row in self.delta.items()}  # type: ignore[misc]
        else:
            _require(target in ("membership", "state"), "there is no such target")
        _require(accept in ("last", "end"), "there is no such acceptance")
        if accept == "last":
            answer = {s: tuple(answer[t] for t in row.values()) for s, row in self.delta.items()}  # type: ignore[misc]
        return _refined(self.delta, answer)

    def _run(self, state: Any, word: Sequence[str]) -> Any:
        for letter in word:
            state = self.delta[state][letter]
        return state

    def run(self, state: Hashable, word: Sequence[str]) -> Hashable:
        """The state after a word, which must be in the component."""
        for letter in word:
            state = self.rows[state][letter]
        _require(state in self.inside, f"the word {' '.join(word)} leaves the component")
        return state

    def _reached(self, state: Hashable, rows: Mapping[Hashable, Mapping[Any, Any]]) -> set[Hashable]:
        found, waiting = {state}, [state]
        while waiting:
            fresh = set(rows.get(waiting.pop(), {}).values()) - found
            found |= fresh
            waiting += fresh
        return found

    def phases(self) -> dict[Hashable, int]:
        """The distance of each state of the component from its first state, modulo the common divisor of all loops."""
        distance: dict[Hashable, int] = {self.states[0]: 0}
        waiting: list[Hashable] = [self.states[0]]
        divisor = 0
        for state in waiting:  # grows while it is read
            for target in self.rows[state].values():
                if target in self.inside:
                    if target not in distance:
                        distance[target] = distance[state] + 1
                        waiting.append(target)
                    divisor = gcd(divisor, distance[state] + 1 - distance[target])
        return {state: place % divisor for state, place in distance.items()}


def _refined(delta: Mapping[Any, Mapping[str, Any]], colour: Mapping[Any, Hashable]) -> dict[Any, int]:
    """The coarsest partition that respects the colours and the letters, found by splitting until nothing splits."""
    names: dict[Hashable, int] = {}
    block = {state: names.setdefault(colour[state], len(names)) for state in delta}
    while True:
        names = {}
        finer = {
            state: names.setdefault((block[state], tuple(block[t] for t in row.values())), len(names))
            for state, row in delta.items()
        }
        if len(names) == len(set(block.values())):
            return finer
        block = finer


# --- counting, with or without residues: every potential is equal on each class ----------------------------------


def _check_rows(part: _Part, certificate: Mapping[str, Any]) -> None:
    """Checks that the potentials of the states in each class are equal, if a program knows of them only their class."""
    _require(part.family in ("plain", "periodic"), "rows say nothing about look-back")
    classes = [[_at(part.states, k) for k in group] for group in certificate["classes"]]
    members = [state for group in classes for state in group]
    _require(len(set(members)) == len(members), "a state is in two classes")
    _require(any(len(group) > 1 for group in classes), "no class has two states")
    of = {state: number for number, group in enumerate(classes) for state in group}
    if part.family == "periodic":
        phases = part.phases()
        _require(all(len({phases[s] for s in group}) == 1 for group in classes), "residues tell a class apart")
    shown = {frozenset((state,)) for state in members}
    for proof in certificate["proofs"]:
        p, q = (_at(part.states, k) for k in proof["pair"])
        _require(of[p] == of[q], "a proof is about states of two classes")
        _check_row_proof(part, of, proof, p, q)
        together = {group for group in shown if p in group or q in group}
        shown = (shown - together) | {frozenset().union(*together)}
    _require(shown == {frozenset(group) for group in classes}, "not all states of a class are shown to be alike")


def _check_row_proof(
    part: _Part, of: Mapping[Hashable, int], proof: Mapping[str, Any], p: Hashable, q: Hashable
) -> None:
    total = _sum_of_rows(part, of, proof["sum"])
    multiplier = polynomial(proof["multiplier"])
    _require(bool(multiplier), "a multiplier is zero")
    if part.family == "plain":
        _require(len(multiplier) == 1 and all(len(value) <= 1 for value in total.values()), "x has no place here")
    _require(total == {p: multiplier, q: scaled(multiplier, -1)}, "a sum of rows is not what it is said to be")
    left = set(orders_of_roots(multiplier))
    for exception in proof.get("exceptions", ()):
        order = exception["order"]
        _require(order in left, "an exception is for an order that is none of the multiplier's, or is repeated")
        modulus = cyclotomic(order)
        rest = {key: remainder(value, modulus) for key, value in _sum_of_rows(part, of, exception["sum"]).items()}
        factor = remainder(polynomial(exception["multiplier"]), modulus)
        _require(bool(factor), "the multiplier of an exception vanishes there")
        expected = {p: factor, q: scaled(factor, -1)}
        _require({k: v for k, v in rest.items() if v} == expected, "a sum of rows fails at a root of unity")
        left.remove(order)
    _require(not left, "nothing is shown for some roots of the multiplier")


def _sum_of_rows(part: _Part, of: Mapping[Hashable, int], terms: Sequence[Mapping[str, Any]]) -> CheckedVector:
    """The sum of multiples of rows.

    A row is the change of the potential by a letter at one state less that at another.
    """
    total: CheckedVector = {}
    one = (Fraction(1),)
    x = one if part.family == "plain" else (Fraction(0), Fraction(1))
    for term in terms:
        s, t = (_at(part.states, k) for k in term["states"])
        _require(of[s] == of[t], "a row is about states of two classes")
        factor = polynomial(term["times"])
        for state, value in (
            (part.run(s, [term["letter"]]), x),
            (s, scaled(one, -1)),
            (part.run(t, [term["letter"]]), scaled(x, -1)),
            (t, one),
        ):
            total[state] = added(total.get(state, ()), product(factor, value))
    return {state: value for state, value in total.items() if value}


# --- look-back: the difference of potentials is 0 on every pair --------------------------------------------------


def _check_differences(part: _Part, certificate: Mapping[str, Any]) -> None:
    """Checks that each pair has a loop, and that its difference is 0.

    Additivity may be used only for triples of these pairs.
    """
    _require(part.family in ("local", "periodic_local"), "differences are about look-back")
    phases = part.phases() if part.family == "periodic_local" else dict.fromkeys(part.inside, 0)
    loops: dict[tuple[Hashable, Hashable], int] = {}
    for pair in certificate["pairs"]:
        p, q = (_at(part.states, k) for k in pair["states"])
        _require(p != q and (p, q) not in loops, "a pair is repeated, or not of two states")
        _require(phases[p] == phases[q], "residues tell a pair apart")
        for word in pair["loops"]:
            _require(len(word) > 0 and part.run(p, word) == p and part.run(q, word) == q, "a loop does not return")
        divisor = gcd(*map(len, pair["loops"]))
        _require(divisor > 0, "a pair has no loop")
        loops[p, q] = loops[q, p] = divisor
    equations = [_equation(part, loops, equation) for equation in certificate["equations"]]
    shown = set()
    for proof in certificate["proofs"]:
        total: dict[Hashable, Fraction] = {}
        for number, times in proof["sum"]:
            for pair, value in _at(equations, number).items():
                total[pair] = total.get(pair, Fraction(0)) + rational(times) * value
        p, q = (_at(part.states, k) for k in proof["pair"])
        expected = _difference(p, q, 1)
        _require({k: v for k, v in total.items() if v} == expected, "a sum of equations is not what it is said to be")
        shown |= {(p, q), (q, p)}
    _require(len(loops) > 0 and shown == set(loops), "not every pair is shown to have difference 0")


def _equation(
    part: _Part, loops: Mapping[tuple[Hashable, Hashable], int], equation: Mapping[str, Any]
) -> dict[Hashable, Fraction]:
    """A form in the differences that is 0. The words that show this are run first."""
    if "move" in equation:
        (p, q), (r, s) = ([_at(part.states, k) for k in pair] for pair in equation["move"])
        word = equation["word"]
        _require((part.run(p, word), part.run(q, word)) == (r, s), "a move leads elsewhere")
        # Loops can be read before and after the word. If their divisor divides its length, the length of the whole
        # can be made a multiple of any modulus.
        divides = len(word) % gcd(loops[p, q], loops[r, s]) == 0
        _require(part.family == "local" or divides, "no repetition of loops makes the move's length fit every modulus")
        return _sum_of_differences((p, q, 1), (r, s, -1))
    if "merge" in equation:
        p, q = (_at(part.states, k) for k in equation["merge"])
        _require((p, q) in loops, "a merger is of no pair of the certificate")
        _require(part.run(p, equation["word"]) == part.run(q, equation["word"]), "a merger does not merge")
        return _sum_of_differences((p, q, 1))
    p, q, r = (_at(part.states, k) for k in equation["triple"])
    word = equation["loop"]
    _require(len(word) > 0 and all(part.run(s, word) == s for s in (p, q, r)), "a loop of a triple does not return")
    _require({(p, q), (q, r), (p, r)} <= set(loops), "a triple has a pair that is not of the certificate")
    return _sum_of_differences((p, q, 1), (q, r, 1), (p, r, -1))


def _difference(p: Hashable, q: Hashable, sign: int) -> dict[Hashable, Fraction]:
    """The difference D(p, q) as a form in one unknown for each unordered pair."""
    first, second = sorted((p, q), key=repr)
    return {(first, second): Fraction(sign if (p, q) == (first, second) else -sign)}


def _sum_of_differences(*terms: tuple[Hashable, Hashable, int]) -> dict[Hashable, Fraction]:
    total: dict[Hashable, Fraction] = {}
    for p, q, sign in terms:
        for pair, value in _difference(p, q, sign).items():
            total[pair] = total.get(pair, Fraction(0)) + value
    return total
