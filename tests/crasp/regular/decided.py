"""Whether what the project decides of one language is right: by running the program, by checking the certificates."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.errors import Source
from crasp.meaning.interpreter import Words, trace
from crasp.meaning.measures import measure
from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.moore_machine import Accept, Target
from crasp.regular.certificates.adversarial_words import adversarial_pair
from crasp.regular.certificates.checker import check_certificate
from crasp.regular.families.family import FAMILIES, FRAGMENTS, Family, includes
from crasp.regular.verdict import Asked, LanguageVerdict, proofs, verdict_of, with_proof
from crasp.text.loader import read_program
from tests.crasp.regular.expressions import Table
from tests.crasp.regular.languages import Language, language

QUESTIONS: tuple[tuple[Accept, Target], ...] = (
    ("last", "membership"),
    ("end", "membership"),
    ("last", "state"),
    ("end", "state"),
    ("last", "next"),
)
SHORT, LONG, LONGEST = 600, 20, 100  # words of each kind that a program is run on, letters of the long ones
Array: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """A language and what is asked of it."""

    number: int
    language: Language
    accept: Accept
    target: Target

    def __str__(self) -> str:
        given = self.language
        return f"{self.number} ({given.shape}, {self.target}, {self.accept}): {given.text}"


def case(number: int) -> Case:
    """The case of this number, always the same."""
    rng = random.Random(f"decide/{number}")
    return Case(number, language(rng), *QUESTIONS[number % len(QUESTIONS)])


def proved(automaton: Automaton, *, accept: Accept = "last", target: Target = "membership") -> LanguageVerdict:
    """The verdict with its program and its certificates, all of them checked, however long it takes."""
    asked = Asked(automaton, accept, target)
    verdict = verdict_of(asked)
    for proof in proofs(asked, verdict.families):
        verdict = with_proof(verdict, proof)
    return replace(verdict, status="written") if verdict.status == "not asked" else verdict


def decided(asked: Case) -> str:
    """Decides the case and says how it came out; AssertionError where something that was said is wrong."""
    table = asked.language.table
    automaton = asked.language.build()
    _assert_equal(automaton, table)
    verdict = proved(automaton, accept=asked.accept, target=asked.target)
    for family in FAMILIES:
        assert not verdict.families[family] or all(verdict.families[f] for f in FAMILIES if includes(f, family))
    for certificate in verdict.certificates.values():
        check_certificate(_plain(table), certificate)
    refuted = {f for f in FAMILIES for g in verdict.certificates if includes(g, f)}
    assert not any(verdict.families[family] for family in refuted)
    if refuted and asked.target == "membership":
        _assert_told_apart(asked, automaton, sorted(refuted))
    if verdict.witness is not None:
        assert verdict.witness.family == verdict.families.smallest
        assert_right(verdict, table, random.Random(f"words/{asked.number}"))
    smallest = verdict.families.smallest
    missing = [f for f in FAMILIES if not verdict.families[f] and f not in refuted]
    if smallest is not None and verdict.witness is None:
        return f"{FRAGMENTS[smallest]}, program too large"
    if missing:
        return f"{FRAGMENTS[smallest] if smallest else 'none'}, certificate too large"
    return "none, certified" if smallest is None else f"{FRAGMENTS[smallest]}, program run"


def _plain(table: Table) -> dict[str, object]:
    delta = {s: dict(zip(table.alphabet, row, strict=True)) for s, row in enumerate(table.rows)}
    finals = [s for s, accepting in enumerate(table.accepting) if accepting]
    return {"alphabet": list(table.alphabet), "delta": delta, "start": 0, "finals": finals}


def _assert_equal(automaton: Automaton, table: Table) -> None:
    """The project reads the language as the table has it: no word leads to different answers."""
    assert automaton.alphabet == table.alphabet
    seen, waiting = {(0, 0)}, [(0, 0)]
    while waiting:
        s, t = waiting.pop()
        assert automaton.outputs[s] == table.accepting[t]
        fresh = {*zip(automaton.successors[s], table.rows[t], strict=True)} - seen
        seen |= fresh
        waiting += fresh


def _assert_told_apart(asked: Case, automaton: Automaton, refuted: Sequence[Family]) -> None:
    """Of two adversarial words one is a member and the other one is not."""
    rng, table = random.Random(f"adversary/{asked.number}"), asked.language.table
    pair = adversarial_pair(automaton, rng.choice(refuted), rng.randint(1, 12), accept=asked.accept)
    for word, member in ((pair.member, True), (pair.other, False)):
        state = 0
        for letter in word:
            state = table.rows[state][table.alphabet.index(letter)]
        assert table.accepting[state] == member


# --- programs --------------------------------------------------------------------------------------------------


def assert_right(verdict: LanguageVerdict, table: Table, rng: random.Random) -> None:
    """The program lies in its family and answers as the table after every letter of many words."""
    assert verdict.witness is not None
    program = read_program(Source("witness", verdict.witness.program))
    measures = measure(program)
    assert verdict.witness.modulus % measures.period == 0
    assert measures.window <= verdict.witness.lookback
    assert measures.fragment in [FRAGMENTS[f] for f in FAMILIES if includes(verdict.witness.family, f)]
    at = {definition.display: definition.line for definition in program.definitions}
    for words in (_short_words(table), _long_words(table, rng)):
        states, places = _followed(verdict.automaton.successors, words), _followed(table.rows, words)
        asked = words
        if verdict.accept == "end":
            ended = np.full((len(words.lengths), words.tokens.shape[1] + 1), -1)
            ended[:, :-1] = words.tokens
            ended[np.arange(len(ended)), words.lengths] = len(table.alphabet)
            asked = Words(ended, words.lengths + 1)
        lines = trace(program, asked).lines
        inside = np.arange(asked.tokens.shape[1] + 1) <= asked.lengths[:, None]
        for name, answers in _answers(verdict, table).items():
            given, right = lines[at[name]], answers[states, places]
            if verdict.accept == "end":
                right = np.column_stack([np.zeros(len(right), bool), right])
                right &= np.arange(right.shape[1]) == asked.lengths[:, None]
            for row, position in np.argwhere((given != right) & inside)[:1]:
                word = " ".join(program.alphabet[a] for a in asked.tokens[row, :position])
                raise AssertionError(f"{name} after `{word}`: {given[row, position]}")


def _followed(rows: Sequence[Sequence[int]], words: Words) -> Array:
    """(words, 1 + letters): the state after each letter."""
    steps, states = np.array(rows), np.zeros((len(words.lengths), words.tokens.shape[1] + 1), dtype=np.int64)
    for position, letters in enumerate(words.tokens.T):
        states[:, position + 1] = steps[states[:, position], letters]
    return states


def _answers(verdict: LanguageVerdict, table: Table) -> dict[str, NDArray[np.bool_]]:
    """What each output shall say, (states of the automaton, states of the table)."""
    states, live = len(verdict.automaton.outputs), np.array(table.live)
    everywhere = np.ones((states, 1), dtype=bool)
    membership = {"accept": everywhere & np.array(table.accepting)}
    match verdict.target:
        case "membership":
            return membership
        case "state":
            numbers = np.arange(states)[:, None] & ~np.zeros(len(table.rows), dtype=int)
            return {f"state_{q}": numbers == q for q in range(states)} | membership
        case "next":
            follows = live[np.array(table.rows)]  # (states of the table, letters)
            return {f"next[{a}]": everywhere & follows[:, k] for k, a in enumerate(table.alphabet)}


def _short_words(table: Table) -> Words:
    """All words to some length."""
    letters, longest = range(len(table.alphabet)), 1
    while longest < LONGEST and len(letters) ** (longest + 1) <= SHORT:
        longest += 1
    return _encoded([[*word] for n in range(longest + 1) for word in product(letters, repeat=n)])


def _long_words(table: Table, rng: random.Random) -> Words:
    """Random walks that seldom die, walks with loops repeated many times, and all beginnings of some."""
    words = [_walk(table, rng, rng.randint(1, LONGEST)) for _ in range(LONG)]
    words += [_pumped(table, rng, rng.randint(1, LONGEST)) for _ in range(LONG)]
    walk, pumped = _walk(table, rng, LONGEST), _pumped(table, rng, LONGEST)
    return _encoded([*words, *(word[:n] for word in (walk, pumped) for n in range(LONGEST + 1))])


def _encoded(words: Sequence[Sequence[int]]) -> Words:
    tokens = np.full((len(words), max(map(len, words))), -1)
    for row, word in enumerate(words):
        tokens[row, : len(word)] = word
    return Words(tokens, np.array([len(word) for word in words]))


def _walk(table: Table, rng: random.Random, length: int, start: int = 0) -> list[int]:
    """A random word of this length; letters after which no member follows are rare."""
    live, state, word = table.live, start, list[int]()
    careless = rng.random() * 4 / length
    for _ in range(length):
        row = table.rows[state]
        good = [a for a in range(len(row)) if live[row[a]]]
        word.append(rng.choice(good) if good and rng.random() > careless else rng.randrange(len(row)))
        state = row[word[-1]]
    return word


def _pumped(table: Table, rng: random.Random, length: int) -> list[int]:
    """Walks, each repeated some times from where it was found."""
    word, state = list[int](), 0
    while len(word) < length:
        repeated = _walk(table, rng, rng.randint(1, 6), state) * rng.choice([1, 1, 2, 3, 10, 30])
        word += repeated
        for letter in repeated:
            state = table.rows[state][letter]
    return word[:length]
