"""The languages of the library's programs, defined a second time: by expressions, grammars and plain search.

Nothing here counts the way the programs do. A language is given by its members up to a length; what may follow
a prefix is then read off them.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Word = tuple[str, ...]
END = "eos"


@dataclass(frozen=True)
class Language:
    """A language to be compared on all words up to a length.

    `members(length)` are all members up to that length. A prefix of n tokens that can be completed can be
    completed with `completion(n)` more.
    """

    alphabet: Word
    longest: int
    members: Callable[[int], Iterator[Word]]
    completion: Callable[[int], int]


def all_words(alphabet: Word, longest: int) -> Iterator[Word]:
    """Every word over the alphabet up to a length, the shorter ones first."""
    for length in range(longest + 1):
        yield from itertools.product(alphabet, repeat=length)


def continuations(language: Language) -> dict[Word, frozenset[str]]:
    """What may follow each prefix of a member; a prefix that is absent is dead."""
    horizon = max(n + language.completion(n) for n in range(language.longest + 2))
    follows: dict[Word, set[str]] = {}
    for member in language.members(horizon):
        for length, token in enumerate((*member, END)):
            if length <= language.longest:
                follows.setdefault(member[:length], set()).add(token)
    return {prefix: frozenset(tokens) for prefix, tokens in follows.items()}


def matching(alphabet: Word, expression: str) -> Callable[[int], Iterator[Word]]:
    """All words that a regular expression matches whole."""
    pattern = re.compile(expression)
    return lambda longest: (word for word in all_words(alphabet, longest) if pattern.fullmatch("".join(word)))


def nested(depth: int) -> str:
    """D_n = (a D_(n-1) b)*, as an expression."""
    return f"(?:a{nested(depth - 1)}b)*" if depth else ""


def without(alphabet: Word, factor: str) -> Callable[[int], Iterator[Word]]:
    return lambda longest: (word for word in all_words(alphabet, longest) if factor not in "".join(word))


def blocks(letters: str) -> Callable[[int], Iterator[Word]]:
    """One block of each letter, in order, none empty."""

    def members(longest: int) -> Iterator[Word]:
        for lengths in itertools.product(range(1, longest + 1), repeat=len(letters)):
            if sum(lengths) <= longest:
                yield tuple("".join(letter * n for letter, n in zip(letters, lengths, strict=True)))

    return members


def equal_blocks(letters: str) -> Callable[[int], Iterator[Word]]:
    def members(longest: int) -> Iterator[Word]:
        for n in range(longest // len(letters) + 1):
            yield tuple("".join(letter * n for letter in letters))

    return members


def balanced(pair: str) -> Callable[[int], Iterator[Word]]:
    """Balanced brackets: insert a pair anywhere, again and again."""

    def members(longest: int) -> Iterator[Word]:
        level = {""}
        for _ in range(0, longest + 1, 2):
            yield from map(tuple, level)
            level = {word[:at] + pair + word[at:] for word in level for at in range(len(word) + 1)}

    return members


def at_most(tokens: int) -> Callable[[int], int]:
    return lambda _: tokens


def times(factor: int) -> Callable[[int], int]:
    return lambda n: factor * n


LANGUAGES = {
    "tomita1": Language(("0", "1"), 10, matching(("0", "1"), "1*"), at_most(0)),
    "tomita2": Language(("0", "1"), 10, matching(("0", "1"), "(10)*"), at_most(1)),
    "tomita4": Language(("0", "1"), 12, without(("0", "1"), "000"), at_most(0)),
    "tomita7": Language(("0", "1"), 12, matching(("0", "1"), "0*1*0*1*"), at_most(0)),
    "d_2": Language(("a", "b"), 10, matching(("a", "b"), nested(2)), at_most(2)),
    "d_3": Language(("a", "b"), 10, matching(("a", "b"), nested(3)), at_most(3)),
    "d_4": Language(("a", "b"), 10, matching(("a", "b"), nested(4)), at_most(4)),
    "d_12": Language(("a", "b"), 8, matching(("a", "b"), nested(12)), times(1)),
    "aa_star": Language(("a",), 30, matching(("a",), "(aa)*"), at_most(1)),
    "aaaa_star": Language(("a",), 30, matching(("a",), "(aaaa)*"), at_most(3)),
    "abab_star": Language(("a", "b"), 10, matching(("a", "b"), "(abab)*"), at_most(3)),
    "ab_star_d_bc_star": Language(tuple("abcd"), 6, matching(tuple("abcd"), "[ab]*d[bc]*"), at_most(1)),
    "aabbccddee": Language(tuple("abcde"), 6, blocks("abcde"), at_most(5)),
    "anbn": Language(tuple("ab"), 12, equal_blocks("ab"), times(1)),
    "anbncn": Language(tuple("abc"), 8, equal_blocks("abc"), times(2)),
    "anbncndn": Language(tuple("abcd"), 7, equal_blocks("abcd"), times(3)),
    "dyck1": Language(("(", ")"), 8, balanced("()"), times(1)),
}
