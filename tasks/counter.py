"""Languages of brackets, counted without bound: Dyck-1 and the shuffle of two."""

from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate
from math import comb

import numpy as np
from numpy.typing import NDArray

from tasks.continuation import DrawnMembers, continuation_label, continuation_sampler, packed, targets_of
from tasks.language import DrawLetters, Language, Lengths, Letters, filled_up, pad_letter, random_others
from tasks.lengths import inside, lengths_from
from tasks.published import published
from tasks.randomness import permutations, subsets
from tasks.task import Task, Word
from tasks.theory import PAPER, counted

SUITE = f"{PAPER}, formal-language suite"
BRACKETS = ("(", ")")
TWO_KINDS = ("(", ")", "[", "]")


def _open_after(word: Word, opens: str, closes: str) -> list[int | None]:
    """How many brackets of a kind are open after each prefix, None from where one was closed that was not open."""
    depth: int | None = 0
    depths = [depth]
    for letter in word:
        if depth is not None:
            depth += (letter == opens) - (letter == closes)
            depth = None if depth < 0 else depth
        depths.append(depth)
    return depths


def _even(longest: int) -> NDArray[np.bool_]:
    exist: NDArray[np.bool_] = np.arange(longest + 1) % 2 == 0
    return exist


def _balanced(rng: np.random.Generator, lengths: Lengths) -> NDArray[np.bool_]:
    """Balanced words of even lengths, each of the Catalan number of its length equally likely: where they open.

    From depth d with k letters to go, (d+1) / (k+1) * binomial(k+1, (k-d)/2) words end balanced; so a
    proportion (d+2) (k-d) / (2 k (d+1)) of them goes on with "(". Returns (words, longest), false past the end.
    """
    longest = int(lengths.max(initial=0))
    ratio = np.arange(2, longest + 3) / np.arange(2, 2 * longest + 3, 2)  # (d+2) / (2 (d+1)) at depth d
    opens = np.empty((longest, len(lengths)), dtype=np.bool_)
    depth, left = np.zeros(len(lengths), dtype=np.int64), lengths.copy()
    chance, share = np.empty(len(lengths)), np.empty(len(lengths))
    for step in range(longest):
        rng.random(out=chance)
        chance *= left
        ratio.take(depth, out=share, mode="clip")
        share *= left - depth
        np.less(chance, share, out=opens[step])
        depth += opens[step] * np.int64(2)
        depth -= left > 0
        np.maximum(left - 1, 0, out=left)
    return np.ascontiguousarray(opens.T)


def _depths(words: Letters, opens: int) -> NDArray[np.int16]:
    """How many brackets of a kind are open after 0, 1, 2, ... letters.  (words, longest + 1)"""
    steps = (words == opens).astype(np.int8) - (words == opens + 1)
    depths = np.zeros((len(words), words.shape[1] + 1), dtype=np.int16)
    np.cumsum(steps, axis=1, out=depths[:, 1:])
    return depths


def _accepts(*kinds: int) -> Callable[[Letters, Lengths], NDArray[np.bool_]]:
    """Which words are balanced in each kind of bracket, given by the number of the one that opens."""

    def accepts(words: Letters, _: Lengths) -> NDArray[np.bool_]:
        right = np.ones(len(words), dtype=np.bool_)
        for opens in kinds:
            depths = _depths(words, opens)
            right &= (depths.min(axis=1) >= 0) & (depths[:, -1] == 0)
        return right

    return accepts


def _shuffled_member(draw: Callable[[np.random.Generator, Lengths], DrawnMembers]) -> DrawLetters:
    """Of each kind of bracket as many that open as that close, in any order."""

    def draw_near(rng: np.random.Generator, lengths: Lengths) -> Letters:
        words = draw(rng, lengths).letters
        order = permutations(rng, lengths, words.shape[1]).astype(np.intp)
        return np.take_along_axis(words, order, axis=1)

    return draw_near


def _language(alphabet: tuple[str, ...], draw: Callable[[np.random.Generator, Lengths], DrawnMembers]) -> Language:
    accepts = _accepts(*range(0, len(alphabet), 2))
    return Language(
        letters=len(alphabet),
        exist=_even,
        draw=draw,
        others_exist=lengths_from(1),
        draw_others=random_others(len(alphabet), accepts),
        draw_near=_shuffled_member(draw),
        accepts=accepts,
    )


# --- Dyck-1 -------------------------------------------------------------------------------------------------


def _dyck_continuations(word: Word) -> tuple[Word, ...]:
    return tuple(
        targets_of(BRACKETS, (depth is not None, bool(depth)), end=depth == 0) for depth in _open_after(word, *BRACKETS)
    )


# By whether brackets are open: what may come next; and nothing past the end.
DYCK_ALLOWED = packed(np.array([[True, False, True], [True, True, False], [False, False, False]]))


def _draw_dyck(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
    words = filled_up(~_balanced(rng, lengths), lengths, pad_letter(len(BRACKETS)))
    case = filled_up(_depths(words, 0) > 0, lengths + 1, 2)
    return DrawnMembers(words, DYCK_ALLOWED[case])


DYCK = _language(BRACKETS, _draw_dyck)
DYCK1 = Task(
    name="dyck1",
    title="Dyck-1",
    summary="""Balanced brackets of one kind. The length is that of the word, and even.
( ) ( -> ( )
( ( ) ) -> ( <eos>""",
    family="Counter",
    alphabet=BRACKETS,
    format="continuations",
    sample=continuation_sampler("dyck1", BRACKETS, DYCK.exist, DYCK.draw),
    label=continuation_label(BRACKETS, _dyck_continuations),
    theory=counted("dyck1"),
    program="dyck1",
    published=published("dyck1"),
    source=SUITE,
    language=DYCK,
)

# --- shuffle of two -----------------------------------------------------------------------------------------


def _shuffle_continuations(word: Word) -> tuple[Word, ...]:
    kinds = zip(_open_after(word, "(", ")"), _open_after(word, "[", "]"), strict=True)
    targets = []
    for round_, square in kinds:
        alive = round_ is not None and square is not None
        letters = (alive, alive and bool(round_), alive, alive and bool(square))
        targets.append(targets_of(TWO_KINDS, letters, end=round_ == square == 0))
    return tuple(targets)


@lru_cache(maxsize=4096)
def _chances_of_pairs(pairs: int) -> NDArray[np.float64]:
    """Of all members with so many pairs, the shares with 0, with 0 or 1, ... round ones; but the last, which is 1.

    With m round pairs and k square ones there are binomial(2m + 2k, 2m) catalan(m) catalan(k) members.
    """
    ways = [
        comb(2 * pairs, 2 * m) * (comb(2 * m, m) // (m + 1)) * (comb(2 * (pairs - m), pairs - m) // (pairs - m + 1))
        for m in range(pairs + 1)
    ]
    total = sum(ways)
    return np.array([so_far / total for so_far in accumulate(ways)][:-1])


def _draw_shuffle(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
    """First how many pairs are round, then where these are, then each kind by itself."""
    chances = rng.random(len(lengths))
    rounds = np.zeros(len(lengths), dtype=np.int64)  # (words,) letters of the first kind
    for length in np.unique(lengths):
        rows = lengths == length
        rounds[rows] = 2 * np.searchsorted(_chances_of_pairs(int(length) // 2), chances[rows], side="right")
    longest = int(lengths.max(initial=0))
    round_places = subsets(rng, lengths, rounds, longest)
    square_places = inside(lengths, longest) & ~round_places
    words = np.full(round_places.shape, pad_letter(len(TWO_KINDS)), dtype=np.int16)
    for first, places, numbers in ((0, round_places, rounds), (2, square_places, lengths - rounds)):
        opens = _balanced(rng, numbers)
        words[places] = first + ~opens[inside(numbers, opens.shape[1])]
    case = (_depths(words, 0) > 0) + 2 * (_depths(words, 2) > 0)
    return DrawnMembers(words, SHUFFLE_ALLOWED[filled_up(case, lengths + 1, 4)])


# By whether round and square ones are open: what may come next; and nothing past the end.
SHUFFLE_ALLOWED = packed(
    np.array([[True, r, True, s, not r and not s] for s in (False, True) for r in (False, True)] + [[False] * 5])
)
SHUFFLE = _language(TWO_KINDS, _draw_shuffle)
SHUFFLE2 = Task(
    name="shuffle2",
    title="Shuffle-2",
    summary="""Brackets of two kinds, ( ) and [ ], balanced in each kind by itself, whatever stands between. \
The length is that of the word, and even; all members of a length are equally likely.
( [ ) -> ( [ ]
( [ ) ] -> ( [ <eos>""",
    family="Counter",
    alphabet=TWO_KINDS,
    format="continuations",
    sample=continuation_sampler("shuffle2", TWO_KINDS, SHUFFLE.exist, SHUFFLE.draw),
    label=continuation_label(TWO_KINDS, _shuffle_continuations),
    theory=counted("shuffle2"),
    program="shuffle2",
    published=published("shuffle2"),
    source=SUITE,
    language=SHUFFLE,
)
