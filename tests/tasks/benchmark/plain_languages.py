"""The languages, one word at a time: a part of `plain_generators`."""

import random
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache

from tasks.words import BOS, EOS, Example
from tests.tasks.benchmark.plain_answers import Letters


@dataclass(frozen=True)
class Reader:
    """A language read letter by letter: the state after a letter, None where no member goes on so."""

    alphabet: str
    start: Hashable
    step: Callable[[Hashable, str], Hashable | None]
    accepts: Callable[[Hashable], bool]


def table(alphabet: str, rows: dict[str, dict[str, str]], accepting: str) -> Reader:
    """States of one character; the first row is the start."""
    return Reader(alphabet, next(iter(rows)), lambda state, letter: rows[state].get(letter), lambda s: s in accepting)


def nested(opens: str, closes: str, deepest: float) -> Reader:
    def step(depth: int, letter: str) -> int | None:
        depth += 1 if letter == opens else -1
        return depth if 0 <= depth <= deepest else None

    return Reader(opens + closes, 0, step, lambda depth: depth == 0)


def two_kinds_of_brackets() -> Reader:
    def step(depths: tuple[int, int], letter: str) -> tuple[int, int] | None:
        round_, square = depths
        round_ += {"(": 1, ")": -1}.get(letter, 0)
        square += {"[": 1, "]": -1}.get(letter, 0)
        return (round_, square) if min(round_, square) >= 0 else None

    return Reader("()[]", (0, 0), step, lambda depths: depths == (0, 0))


def equal_blocks(letters: str) -> Reader:
    """The state: which block, how many letters of it are there, how many it gets (of the first: not known)."""

    def step(state: tuple[int, int, int], letter: str) -> tuple[int, int, int] | None:
        block, there, whole = state
        if block == 0 and letter == letters[0]:
            return 0, there + 1, 0
        if block == 0 and letter == letters[1] and there:
            return 1, 1, there
        if block and letter == letters[block] and there < whole:
            return block, there + 1, whole
        if block and there == whole and letters[block + 1 : block + 2] == letter:
            return block + 1, 1, whole
        return None

    return Reader(letters, (0, 0, 0), step, lambda s: s == (0, 0, 0) or (s[0] == len(letters) - 1 and s[1] == s[2]))


def prefix_expressions(arities: dict[str, int]) -> Reader:
    def step(wanted: int, letter: str) -> int | None:
        return wanted - 1 + arities[letter] if wanted else None

    return Reader("".join(arities), 1, step, lambda wanted: wanted == 0)


def modular(alphabet: str, modulus: int) -> Reader:
    """Letters in the order of the alphabet, round and round, a multiple of the modulus."""
    return Reader(
        alphabet,
        0,
        lambda place, letter: (place + 1) % modulus if alphabet[place % len(alphabet)] == letter else None,
        lambda place: place == 0,
    )


READERS = {
    "tomita1": table("01", {"s": {"1": "s"}}, "s"),
    "tomita2": modular("10", 2),
    "tomita3": table(
        "01",
        {
            "e": {"0": "e", "1": "o"},
            "o": {"0": "x", "1": "e"},
            "x": {"0": "y"},
            "y": {"0": "x", "1": "o"},
        },
        "eoy",
    ),
    "tomita4": table("01", {"n": {"0": "a", "1": "n"}, "a": {"0": "b", "1": "n"}, "b": {"1": "n"}}, "nab"),
    "tomita5": Reader(
        "01", (0, 0), lambda s, x: ((s[0] + (x == "0")) % 2, (s[1] + (x == "1")) % 2), lambda s: s == (0, 0)
    ),
    "tomita6": Reader("01", 0, lambda s, x: (s + (1 if x == "0" else -1)) % 3, lambda s: s == 0),
    "tomita7": table(
        "01",
        {"a": {"0": "a", "1": "b"}, "b": {"1": "b", "0": "c"}, "c": {"0": "c", "1": "d"}, "d": {"1": "d"}},
        "abcd",
    ),
    "d_2": nested("a", "b", 2),
    "d_3": nested("a", "b", 3),
    "d_4": nested("a", "b", 4),
    "d_12": nested("a", "b", 12),
    "aa_star": modular("a", 2),
    "aaaa_star": modular("a", 4),
    "abab_star": modular("ab", 4),
    "ab_star_d_bc_star": table("abcd", {"p": {"a": "p", "b": "p", "d": "q"}, "q": {"b": "q", "c": "q"}}, "q"),
    "aabbccddee": table(
        "abcde",
        {
            "-": {"a": "a"},
            "a": {"a": "a", "b": "b"},
            "b": {"b": "b", "c": "c"},
            "c": {"c": "c", "d": "d"},
            "d": {"d": "d", "e": "e"},
            "e": {"e": "e"},
        },
        "e",
    ),
    "012_star_0_2_star": table("012", {"n": {"0": "y", "1": "n", "2": "n"}, "y": {"0": "y", "1": "n", "2": "y"}}, "y"),
    "dyck1": nested("(", ")", float("inf")),
    "shuffle2": two_kinds_of_brackets(),
    "anbn": equal_blocks("ab"),
    "anbncn": equal_blocks("abc"),
    "anbncndn": equal_blocks("abcd"),
    "bool3": prefix_expressions({"0": 0, "1": 0, "u": 1, "v": 2, "t": 3}),
    "bool5": prefix_expressions({"0": 0, "1": 0, "u": 1, "v": 2, "t": 3, "q": 4, "p": 5}),
}


@cache
def completions(language: str, state: Hashable, letters: int) -> int:
    """How many words of that many letters lead from the state to acceptance."""
    reader = READERS[language]
    if letters == 0:
        return int(reader.accepts(state))
    after = [reader.step(state, letter) for letter in reader.alphabet]
    return sum(completions(language, to, letters - 1) for to in after if to is not None)


def member(rng: random.Random, language: str, length: int) -> Letters:
    reader, state, word = READERS[language], READERS[language].start, []
    for left in range(length - 1, -1, -1):
        after = [(letter, reader.step(state, letter)) for letter in reader.alphabet]
        ways = [0 if to is None else completions(language, to, left) for _, to in after]
        letter, state = rng.choices(after, ways)[0]
        word.append(letter)
    return word


def continuations(language: str, word: Letters) -> Example:
    reader, state = READERS[language], READERS[language].start
    targets = []
    for letter in [*word, None]:
        allowed = [a for a in reader.alphabet if state is not None and reader.step(state, a) is not None]
        if state is not None and reader.accepts(state):
            allowed.append(EOS)
        targets.append(tuple(allowed))
        if letter is not None and state is not None:
            state = reader.step(state, letter)
    return Example((BOS, *word), tuple(range(len(word) + 1)), tuple(targets))
