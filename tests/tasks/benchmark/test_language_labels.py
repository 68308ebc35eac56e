"""The labels of the languages against a second, naive definition of each, on all short words."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, combinations_with_replacement, groupby, pairwise, product

import pytest

from tasks.registry import TASKS, get_task
from tasks.words import BOS, EOS
from tests.cases import few


@dataclass(frozen=True)
class Naive:
    """Membership by a direct predicate; from any prefix of a member, `extension` more letters reach one.

    With `fillers`, letters of these alone do.
    """

    member: Callable[[str], bool]
    extension: int
    longest: int = 9
    ordered: bool = False  # the letters of members never step back
    fillers: str = ""


def matches(pattern: str) -> Callable[[str], bool]:
    return lambda word: re.fullmatch(pattern, word) is not None


def no_odd_ones_then_odd_zeros(word: str) -> bool:
    runs = [(letter, len(list(run))) for letter, run in groupby(word)]
    return not any(first == "1" and ones % 2 and zeros % 2 for (first, ones), (_, zeros) in pairwise(runs))


def balanced(opens: str, closes: str, *, deepest: float = float("inf")) -> Callable[[str], bool]:
    def member(word: str) -> bool:
        steps = {opens: 1, closes: -1}
        depths = list(accumulate((steps[letter] for letter in word), initial=0))
        return depths[-1] == 0 and min(depths) >= 0 and max(depths) <= deepest

    return member


def in_turn(word: str) -> bool:
    return all(letter == "ab"[place % 2] for place, letter in enumerate(word))


def without_pairs(word: str, *pairs: str) -> str:
    """What is left when neighbours that match are taken out, again and again."""
    while any(pair in word for pair in pairs):
        for pair in pairs:
            word = word.replace(pair, "")
    return word


def balanced_by_themselves(word: str) -> bool:
    kinds = ("()", "[]")
    return not any(without_pairs("".join(x for x in word if x in kind), kind) for kind in kinds)


def equal_blocks(letters: str) -> Callable[[str], bool]:
    return lambda word: any(word == "".join(x * n for x in letters) for n in range(len(word) + 1))


def expression(**operands: int) -> Callable[[str], bool]:
    """Operators with their operands are put together to a constant until one constant is left."""
    rules = [(re.compile(letter + "[01]" * number), "0") for letter, number in operands.items()]

    def member(word: str) -> bool:
        before = ""
        while word != before:
            before = word
            for pattern, constant in rules:
                word = pattern.sub(constant, word)
        return word in {"0", "1"}

    return member


NAIVE = {
    "tomita1": Naive(lambda word: "0" not in word, 0),
    "tomita2": Naive(lambda word: word == "10" * (len(word) // 2), 1),
    "tomita3": Naive(no_odd_ones_then_odd_zeros, 1),
    "tomita4": Naive(lambda word: "000" not in word, 0),
    "tomita5": Naive(lambda word: word.count("0") % 2 == 0 and word.count("1") % 2 == 0, 2),
    "tomita6": Naive(lambda word: (word.count("0") - word.count("1")) % 3 == 0, 2),
    "tomita7": Naive(matches("0*1*0*1*"), 0),
    "d_2": Naive(balanced("a", "b", deepest=2), 2),
    "d_3": Naive(balanced("a", "b", deepest=3), 3),
    "d_4": Naive(balanced("a", "b", deepest=4), 4),
    "d_12": Naive(balanced("a", "b", deepest=12), 9, longest=8),
    "aa_star": Naive(lambda word: len(word) % 2 == 0, 1, longest=12),
    "aaaa_star": Naive(lambda word: len(word) % 4 == 0, 3, longest=12),
    "abab_star": Naive(lambda word: len(word) % 4 == 0 and in_turn(word), 3),
    "ab_star_d_bc_star": Naive(
        lambda word: word.count("d") == 1 and "c" not in word[: word.index("d")] and "a" not in word[word.index("d") :],
        1,
        longest=6,
    ),
    "aabbccddee": Naive(lambda word: list(word) == sorted(word) and set(word) == set("abcde"), 4, 6, ordered=True),
    "012_star_0_2_star": Naive(lambda word: word.rstrip("2").endswith("0"), 1, longest=8),
    "dyck1": Naive(balanced("(", ")"), 9, longest=8),
    "shuffle2": Naive(balanced_by_themselves, 6, longest=5, fillers=")]"),
    "anbn": Naive(equal_blocks("ab"), 8, longest=7, ordered=True),
    "anbncn": Naive(equal_blocks("abc"), 14, longest=6, ordered=True),
    "anbncndn": Naive(equal_blocks("abcd"), 18, longest=5, ordered=True),
    "bool3": Naive(expression(u=1, v=2, t=3), 11, longest=4, fillers="0"),
    "bool5": Naive(expression(u=1, v=2, t=3, q=4, p=5), 17, longest=3, fillers="0"),
}


def words(alphabet: tuple[str, ...], longest: int, *, ordered: bool = False) -> Iterator[str]:
    for length in range(longest + 1):
        all_of_it = combinations_with_replacement(alphabet, length) if ordered else product(alphabet, repeat=length)
        yield from map("".join, all_of_it)


def members_and_prefixes(naive: Naive, alphabet: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """All members to the longest length that is compared, and what begins a member, to one letter more."""
    if naive.fillers:
        tails = list(words(tuple(naive.fillers), naive.extension))
        tried = list(words(alphabet, naive.longest + 1))
        prefixes = {word for word in tried if any(naive.member(word + tail) for tail in tails)}
        return {word for word in tried if naive.member(word)}, prefixes
    reach = naive.longest + 1 + naive.extension
    members = {word for word in words(alphabet, reach, ordered=naive.ordered) if naive.member(word)}
    return members, {word[:end] for word in members for end in range(len(word) + 1)}


def test_every_language_has_a_naive_definition() -> None:
    assert set(NAIVE) == {name for name, task in TASKS.items() if task.format == "continuations"}


@pytest.mark.parametrize("name", few(NAIVE, also=[name for name in NAIVE if name not in ("shuffle2", "d_12")]))
def test_labels_of_all_short_words_agree_with_the_naive_definition(name: str) -> None:
    task, naive = get_task(name), NAIVE[name]
    members, prefixes = members_and_prefixes(naive, task.alphabet)
    for word in words(task.alphabet, naive.longest):
        example = task.label(tuple(word))
        assert example.tokens == (BOS, *word)
        assert example.judged == tuple(range(len(word) + 1))
        for end, targets in enumerate(example.targets):
            allowed = [letter for letter in task.alphabet if word[:end] + letter in prefixes]
            assert targets == (*allowed, *([EOS] if word[:end] in members else [])), (word, end)


def test_twelve_brackets_may_be_open_in_d_12_and_no_more() -> None:
    task = get_task("d_12")
    assert task.label(("a",) * 12).targets[-2:] == (("a", "b"), ("b",))
    assert task.label(("a",) * 13).targets[-1] == ()
    assert task.label(("a",) * 12 + ("b",) * 12).targets[-1] == ("a", EOS)


@pytest.mark.parametrize("name", NAIVE)
def test_a_letter_that_the_alphabet_lacks_is_refused_with_its_place(name: str) -> None:
    task = get_task(name)
    with pytest.raises(ValueError, match=r"found 'x' at position 2"):
        task.label((task.alphabet[0], "x"))
