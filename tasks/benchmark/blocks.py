"""The languages of blocks of equal length: a^n b^n, a^n b^n c^n, and a^n b^n c^n d^n."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tasks.asking.continuation import continuation_sampler
from tasks.drawing.lengths import lengths_from
from tasks.drawing.randomness import integers_below
from tasks.languages.language import (
    Lengths,
    LetterLanguage,
    Letters,
    changed_early,
    filled_up,
    pad_letter,
    random_others,
    sticky_others,
)
from tasks.languages.members import DrawnMembers, continuation_label, packed, targets_of
from tasks.published_accuracies import published
from tasks.task import Task
from tasks.theory import PAPER, by_counting
from tasks.words import Word


def _continuations(alphabet: tuple[str, ...]) -> Callable[[Word], tuple[Word, ...]]:
    """Return the function that gives what may follow each prefix of a word.

    It depends on the current block, and on whether that is already as long as the first one.
    """

    def after(word: Word) -> Word:
        if not word:
            return targets_of(alphabet, tuple(place == 0 for place in range(len(alphabet))), end=True)
        sizes = [word.count(letter) for letter in alphabet]
        last = max(place for place, size in enumerate(sizes) if size)  # the block that the word is in
        in_order = list(word) == sorted(word, key=alphabet.index)
        if not in_order or sizes[:last] != sizes[:1] * last or sizes[last] > sizes[0]:
            return ()
        full = sizes[last] == sizes[0]
        may_follow = {last + 1} if full and last else {last, last + 1} if full else {last}
        letters = tuple(place in may_follow for place in range(len(alphabet)))
        return targets_of(alphabet, letters, end=full and last == len(alphabet) - 1)

    return lambda word: tuple(after(word[:end]) for end in range(len(word) + 1))


def _draw(blocks: int) -> Callable[[np.random.Generator, Lengths], DrawnMembers]:
    """Return the way to draw members: each length has one, whose letters and targets follow from place and length."""
    cases = np.zeros((2 * blocks + 2, blocks + 1), dtype=np.bool_)  # which outputs may come next, in each case
    cases[0, [0, blocks]] = True  # the empty prefix: the first letter, or the end
    for block in range(blocks):
        cases[1 + 2 * block, block] = True  # within a block: its letter
        cases[2 + 2 * block, block + 1] = True  # at the end of a block: the next letter, or the end of the word
    cases[1, 1] = cases[2, 0] = True  # in the first block, and at its end: its letter or the second one
    allowed = packed(cases)

    def draw(_: np.random.Generator, lengths: Lengths) -> DrawnMembers:
        kinds, which = np.unique(lengths, return_inverse=True)
        places = np.arange(int(lengths.max(initial=0)) + 1)  # the number of letters in the prefix
        size = np.maximum(kinds // blocks, 1)[:, None]
        block = places // size  # (kinds, longest + 1)
        case = np.where(places % size == 0, 2 * block, 2 * block + 1)
        words = filled_up(block[:, :-1], kinds, pad_letter(blocks))
        return DrawnMembers(words[which], allowed[filled_up(case, kinds + 1, 2 * blocks + 1)][which])

    return draw


def _language(blocks: int) -> LetterLanguage:
    draw = _draw(blocks)

    def accepts(words: Letters, lengths: Lengths) -> NDArray[np.bool_]:
        right: NDArray[np.bool_] = lengths % blocks == 0
        members = draw(np.random.default_rng(0), lengths[right]).letters
        right[right] = (words[right, : members.shape[1]] == members).all(axis=1)
        return right

    def exist(longest: int) -> NDArray[np.bool_]:
        lengths: NDArray[np.bool_] = np.arange(longest + 1) % blocks == 0
        return lengths

    def draw_near(rng: np.random.Generator, lengths: Lengths) -> Letters:
        """Return words in which one block has given up to three letters to another."""
        sizes = np.tile(lengths // blocks, (blocks, 1))  # (blocks, words)
        words = np.arange(len(lengths))
        giver = integers_below(rng, np.full(len(lengths), blocks))
        taker = (giver + 1 + integers_below(rng, np.full(len(lengths), blocks - 1))) % blocks
        given = 1 + integers_below(rng, np.minimum(3, np.maximum(lengths // blocks, 1)))
        sizes[giver, words] -= given
        sizes[taker, words] += given
        ends = sizes.cumsum(axis=0)
        places = np.arange(int(lengths.max(initial=0)))
        letters = (places >= ends[:-1, :, None]).sum(axis=0)  # (words, longest)
        return filled_up(letters, lengths, pad_letter(blocks))

    others = random_others(blocks, accepts)
    return LetterLanguage(
        letters=blocks,
        exist=exist,
        draw=draw,
        draw_sticky=draw,  # each length has only one member
        draw_pairs=draw,
        others_exist=lengths_from(1),
        draw_others=others,
        draw_sticky_others=sticky_others(blocks, accepts),
        draw_near=draw_near,
        draw_verdict_pairs=changed_early(blocks, draw, others, accepts),
        accepts=accepts,
        depths=lambda words, _: (words == 0).sum(axis=1),
    )


def _blocks(name: str, title: str, letters: str, examples: str) -> Task:
    alphabet, language = tuple(letters), _language(len(letters))
    return Task(
        name=name,
        title=title,
        summary=f"{' '.join(f'{letter}^n' for letter in letters)} for n >= 0: blocks of equal length, one of each "
        f"letter, in order. The length is that of the word, {len(letters)}n; it has one member.\n{examples}",
        family="Counter",
        alphabet=alphabet,
        format="continuations",
        sample=continuation_sampler(name, alphabet, language.exist, language.draws),
        label=continuation_label(alphabet, _continuations(alphabet)),
        theory=by_counting(name),
        program=name,
        published=published(name),
        source=f"{PAPER}, formal-language suite",
        language=language,
    )


ANBN = _blocks("anbn", "AnBn", "ab", "a a -> a b\na a b b -> <eos>")
ANBNCN = _blocks("anbncn", "AnBnCn", "abc", "a a b -> b\na a b b c -> c")
ANBNCNDN = _blocks("anbncndn", "AnBnCnDn", "abcd", "a b c -> d\na b c d -> <eos>")
