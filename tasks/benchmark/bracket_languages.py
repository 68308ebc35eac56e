"""Languages of brackets without a bound on depth: Dyck-1, and the shuffle of two Dyck languages."""

from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate
from math import comb

import numpy as np
from numpy.typing import NDArray

from tasks.asking.continuation import continuation_sampler
from tasks.drawing.lengths import inside, lengths_from
from tasks.drawing.randomness import integers_below, permutations, subsets
from tasks.languages.language import (
    DrawLetters,
    Lengths,
    LetterLanguage,
    Letters,
    changed_early,
    filled_up,
    pad_letter,
    random_others,
    sticky_others,
)
from tasks.languages.letter_arrangement import Pieces, placed, repeated, run_of, sorted_in_blocks, turned
from tasks.languages.members import DrawMembers, DrawnMembers, continuation_label, packed, targets_of
from tasks.languages.repetition_pairs import RUN_LETTERS
from tasks.published_accuracies import published
from tasks.task import Task
from tasks.theory import PAPER, by_counting
from tasks.words import Word

SUITE = f"{PAPER}, formal-language suite"
BRACKETS = ("(", ")")
TWO_KINDS = ("(", ")", "[", "]")


def _open_after(word: Word, opens: str, closes: str) -> list[int | None]:
    """Return how many brackets of a kind are open after each prefix, or None once one was closed that was not open."""
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
    """Return where balanced words of even lengths open a bracket, all words of a length equally likely.

    From depth d with k letters to go, (d+1) / (k+1) * binomial(k+1, (k-d)/2) words end balanced. So a share (d+2) (k-d)
    / (2 k (d+1)) of them goes on with "(". The result is (words, longest), and False past the end.
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
    """Return how many brackets of a kind are open after 0, 1, 2, ... letters.  (words, longest + 1)

    `opens` is the number of the opening bracket; the next number is the closing one.
    """
    steps = (words == opens).astype(np.int8) - (words == opens + 1)
    depths = np.zeros((len(words), words.shape[1] + 1), dtype=np.int16)
    np.cumsum(steps, axis=1, out=depths[:, 1:])
    return depths


def _accepts(*kinds: int) -> Callable[[Letters, Lengths], NDArray[np.bool_]]:
    """Return the test for words that are balanced in each kind of bracket, given by the number of the opening one."""

    def accepts(words: Letters, _: Lengths) -> NDArray[np.bool_]:
        right = np.ones(len(words), dtype=np.bool_)
        for opens in kinds:
            depths = _depths(words, opens)
            right &= (depths.min(axis=1) >= 0) & (depths[:, -1] == 0)
        return right

    return accepts


def _shuffled_member(draw: DrawMembers) -> DrawLetters:
    """Return the way to draw words with as many opening as closing brackets of each kind, in any order."""

    def draw_near(rng: np.random.Generator, lengths: Lengths) -> Letters:
        words = draw(rng, lengths).letters
        order = permutations(rng, lengths, words.shape[1]).astype(np.intp)
        return np.take_along_axis(words, order, axis=1)

    return draw_near


def _language(
    alphabet: tuple[str, ...], draw: DrawMembers, draw_sticky: DrawLetters, draw_pairs: DrawLetters
) -> LetterLanguage:
    letters, kinds = len(alphabet), range(0, len(alphabet), 2)
    accepts = _accepts(*kinds)
    others = random_others(letters, accepts)

    def labelled(words_of: DrawLetters) -> DrawMembers:
        return lambda rng, lengths: DrawnMembers(words := words_of(rng, lengths), _allowed(words, lengths, kinds))

    return LetterLanguage(
        letters=letters,
        exist=_even,
        draw=draw,
        draw_sticky=labelled(draw_sticky),
        draw_pairs=labelled(draw_pairs),
        others_exist=lengths_from(1),
        draw_others=others,
        draw_sticky_others=sticky_others(letters, accepts),
        draw_near=_shuffled_member(draw),
        draw_verdict_pairs=changed_early(letters, labelled(draw_pairs), others, accepts),
        accepts=accepts,
        depths=lambda words, _: np.sum([_depths(words, opens) for opens in kinds], axis=0, dtype=np.int64).max(axis=1),
    )


def _allowed(words: Letters, lengths: Lengths, kinds: range) -> NDArray[np.generic]:
    """Return what may follow each prefix, by which kinds of brackets are open."""
    case = sum(((_depths(words, opens) > 0) << place for place, opens in enumerate(kinds)), start=np.int16(0))
    allowed = DYCK_ALLOWED if len(kinds) == 1 else SHUFFLE_ALLOWED
    found: NDArray[np.generic] = allowed[filled_up(np.asarray(case), lengths + 1, 2 ** len(kinds))]
    return found


# --- words of the other strata --------------------------------------------------------------------------------


def sticky_balanced(rng: np.random.Generator, lengths: Lengths) -> Letters:
    """Return balanced words (0 opens, 1 closes) in runs, whose length is drawn for each word."""
    words = filled_up(np.tile(np.arange(int(lengths.max(initial=0))) % 2, (len(lengths), 1)), lengths, pad_letter(2))
    words = sorted_in_blocks(rng, words, lengths, 2)
    lowest = _depths(words, 0).argmin(axis=1)  # a rotation that begins at the lowest point never dips below its start
    return turned(words, lengths, lowest, 2)


def paired_balanced(rng: np.random.Generator, lengths: Lengths) -> Letters:
    """Return balanced words: half have runs of () at two depths, and half are two steep mountains."""
    return _brackets(rng, lengths, 2, np.zeros(len(lengths), dtype=np.int64), np.zeros(len(lengths), dtype=np.int64))


def _brackets(
    rng: np.random.Generator, lengths: Lengths, letters: int, kind: NDArray[np.int64], run: NDArray[np.int64]
) -> Letters:
    """Return balanced words for the stratum of pairs.

    Half of the words have runs of pairs of brackets at two depths. The others are two mountains: long ascents and
    descents. A run of pairs looks the same at every depth, and so does a long descent until it ends.

    Args:
        rng: The source of randomness.
        lengths: (words,) The lengths, all even.
        letters: The size of the alphabet.
        kind: (words,) The number of the opening bracket of the ascents and descents.
        run: (words,) The number of the opening bracket of the pairs in runs.
    """
    half, steep = lengths // 2, rng.random(len(lengths)) < 0.5
    deepest = np.minimum(half // 6, 4)
    one = integers_below(rng, deepest + 1)
    other = (one + 1 + integers_below(rng, np.maximum(deepest, 1))) % (deepest + 1)
    spare = half - one - other
    least = np.minimum(RUN_LETTERS // 2 + 1, spare // 2)
    more = integers_below(rng, spare - 2 * least + 1)
    # One mountain goes down to a little above the ground; a second one goes on from there and takes the rest.
    last = np.minimum(half, RUN_LETTERS + integers_below(rng, np.maximum(half - RUN_LETTERS + 1, 1)))
    rise = half - last
    kept = np.minimum(integers_below(rng, np.full(len(half), 3)), rise)
    zero = np.zeros_like(half)
    times = np.where(steep, zero, least + more), np.where(steep, zero, spare - least - more)
    pair = Pieces(np.stack([run, run + 1], axis=1), np.full(len(run), 2))
    each = np.arange(len(run))
    parts = [
        run_of(kind, np.where(steep, rise, one)),
        repeated(pair, each, times[0]),
        run_of(kind + 1, np.where(steep, rise - kept, one)),
        run_of(kind, np.where(steep, last, other)),
        repeated(pair, each, times[1]),
        run_of(kind + 1, np.where(steep, last + kept, other)),
    ]
    return placed(parts, letters)


# --- Dyck-1 -------------------------------------------------------------------------------------------------


def _dyck_continuations(word: Word) -> tuple[Word, ...]:
    return tuple(
        targets_of(BRACKETS, (depth is not None, bool(depth)), end=depth == 0) for depth in _open_after(word, *BRACKETS)
    )


# What may come next: ( or the end if no bracket is open; ( or ) if one is open; nothing past the end.
DYCK_ALLOWED = packed(np.array([[True, False, True], [True, True, False], [False, False, False]]))


def _draw_dyck(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
    words = filled_up(~_balanced(rng, lengths), lengths, pad_letter(len(BRACKETS)))
    return DrawnMembers(words, _allowed(words, lengths, range(0, 2, 2)))


DYCK = _language(BRACKETS, _draw_dyck, sticky_balanced, paired_balanced)
DYCK1 = Task(
    name="dyck1",
    title="Dyck-1",
    summary="""Balanced brackets of one kind. The length is that of the word, and even.
( ) ( -> ( )
( ( ) ) -> ( <eos>""",
    family="Counter",
    alphabet=BRACKETS,
    format="continuations",
    sample=continuation_sampler("dyck1", BRACKETS, DYCK.exist, DYCK.draws),
    label=continuation_label(BRACKETS, _dyck_continuations),
    theory=by_counting("dyck1"),
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
    """Return the shares of the members with at most 0, 1, 2, ... round pairs; the last share, 1, is left out.

    `pairs` is the number of all pairs. With m round and k square pairs there are binomial(2m + 2k, 2m) catalan(m)
    catalan(k) members.
    """
    ways = [
        comb(2 * pairs, 2 * m) * (comb(2 * m, m) // (m + 1)) * (comb(2 * (pairs - m), pairs - m) // (pairs - m + 1))
        for m in range(pairs + 1)
    ]
    total = sum(ways)
    return np.array([so_far / total for so_far in accumulate(ways)][:-1])


def _draw_shuffle(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
    """Draw first how many pairs are round, then where they stand, then each kind by itself."""
    longest, rounds = int(lengths.max(initial=0)), _rounds(rng, lengths)
    round_places = subsets(rng, lengths, rounds, longest)
    square_places = inside(lengths, longest) & ~round_places
    words = np.full(round_places.shape, pad_letter(len(TWO_KINDS)), dtype=np.int16)
    for first, places, numbers in ((0, round_places, rounds), (2, square_places, lengths - rounds)):
        opens = _balanced(rng, numbers)
        words[places] = first + ~opens[inside(numbers, opens.shape[1])]
    return DrawnMembers(words, _allowed(words, lengths, range(0, 4, 2)))


def _rounds(rng: np.random.Generator, lengths: Lengths) -> Lengths:
    """Return how many letters are round brackets, distributed as in all members.  (words,)"""
    chances = rng.random(len(lengths))
    rounds = np.zeros(len(lengths), dtype=np.int64)
    for length in np.unique(lengths):
        rows = lengths == length
        rounds[rows] = 2 * np.searchsorted(_chances_of_pairs(int(length) // 2), chances[rows], side="right")
    return rounds


def sticky_shuffle(rng: np.random.Generator, lengths: Lengths) -> Letters:
    """Return a sticky word of each kind of bracket, the two interleaved in runs."""
    rounds = _rounds(rng, lengths)
    longest = int(lengths.max(initial=0))
    mask = filled_up(~subsets(rng, lengths, rounds, longest), lengths, pad_letter(2))
    mask = sorted_in_blocks(rng, mask, lengths, 2)
    words = np.full(mask.shape, pad_letter(len(TWO_KINDS)), dtype=np.int16)
    for first, numbers in ((0, rounds), (2, lengths - rounds)):
        kind = sticky_balanced(rng, numbers)
        words[mask == first // 2] = first + kind[inside(numbers, kind.shape[1])]
    return words


def paired_shuffle(rng: np.random.Generator, lengths: Lengths) -> Letters:
    """Return words for the stratum of pairs.

    A word of `paired_balanced` has ascents of one kind and runs of either kind. Around it stand up to three brackets of
    the other kind on each side.
    """
    kind = 2 * integers_below(rng, np.full(len(lengths), 2))
    run = 2 * integers_below(rng, np.full(len(lengths), 2))
    around = np.minimum(integers_below(rng, np.full(len(lengths), 4)), lengths // 12)
    inner = _brackets(rng, lengths - 2 * around, len(TWO_KINDS), kind, run)
    parts = [run_of(2 - kind, around), Pieces(inner, lengths - 2 * around), run_of(3 - kind, around)]
    return placed(parts, len(TWO_KINDS))


# What may come next, by whether round and square brackets are open; in the last row, past the end, nothing.
SHUFFLE_ALLOWED = packed(
    np.array([[True, r, True, s, not r and not s] for s in (False, True) for r in (False, True)] + [[False] * 5])
)
SHUFFLE = _language(TWO_KINDS, _draw_shuffle, sticky_shuffle, paired_shuffle)
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
    sample=continuation_sampler("shuffle2", TWO_KINDS, SHUFFLE.exist, SHUFFLE.draws),
    label=continuation_label(TWO_KINDS, _shuffle_continuations),
    theory=by_counting("shuffle2"),
    program="shuffle2",
    published=published("shuffle2"),
    source=SUITE,
    language=SHUFFLE,
)
