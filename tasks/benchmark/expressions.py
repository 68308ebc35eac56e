"""The languages of expressions in prefix notation: Boolean-3 and Boolean-5."""

from functools import lru_cache

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
from tasks.languages.letter_arrangement import placed, run_of, shared_out, sorted_in_blocks, turned
from tasks.languages.letter_walks import Walks, draw_walks, room
from tasks.languages.members import DrawnMembers, continuation_label, packed, targets_of
from tasks.languages.repetition_pairs import RUN_LETTERS
from tasks.published_accuracies import published
from tasks.task import Task
from tasks.theory import PAPER, by_counting
from tasks.words import Word

OPERANDS = {"0": 0, "1": 0, "u": 1, "v": 2, "t": 3, "q": 4, "p": 5}
LONGEST_LENGTH = 1000  # letters of a word; the table of chances grows with its square


def _continuations(alphabet: tuple[str, ...], word: Word) -> tuple[Word, ...]:
    wanted = [1]  # how many expressions are still to come; -1 once a letter follows the last one
    for letter in word:
        wanted.append(wanted[-1] - 1 + OPERANDS[letter] if wanted[-1] > 0 else -1)
    return tuple(targets_of(alphabet, (open_ > 0,) * len(alphabet), end=open_ == 0) for open_ in wanted)


def _exist(longest: int) -> NDArray[np.bool_]:
    lengths = np.arange(longest + 1)
    exist: NDArray[np.bool_] = (lengths > 0) & (lengths <= LONGEST_LENGTH)
    return exist


def _walks(operands: tuple[int, ...], tilt: float, longest: int) -> Walks:
    """Return the table of chances; a row stands for the letters still to go and the expressions still wanted.

    With k letters to go, a letter is drawn in proportion to the ways in which k - 1 more letters can complete what is
    then wanted. A way is weighted by the product of its letters' weights, tilt**(operands - 1) each. The product is
    tilt**-wanted for every way, so the proportions are those of the numbers of ways. The weights keep the sums within a
    float's range.
    """
    width, letters = longest + 1, len(operands)
    powers = [1 / tilt]
    for _ in operands:
        powers.append(powers[-1] * tilt)
    weights = [powers[operand] / sum(powers[other] for other in operands) for operand in operands]
    ways = np.zeros(width + letters)  # by the expressions that are wanted; at first with no letters to go
    ways[0] = 1.0
    thresholds = np.ones((letters - 1, width, width))
    for left in range(1, width):
        each = np.zeros((letters, width))  # (letters, wanted)
        for letter, (weight, operand) in enumerate(zip(weights, operands, strict=True)):
            each[letter, 1:] = weight * ways[operand : operand + width - 1]
        so_far = each.cumsum(axis=0)
        ways[:width] = so_far[-1]
        possible = np.flatnonzero(so_far[-1])
        thresholds[:, left, possible] = so_far[:-1, possible] / so_far[-1, possible]
    return _rows(thresholds, operands)


def _rows(thresholds: NDArray[np.float64], operands: tuple[int, ...]) -> Walks:
    """Return the walks of the chances (letters - 1, letters to go, wanted), with where each letter leads."""
    letters, width = len(operands), thresholds.shape[1]
    left, wanted = np.arange(width)[:, None, None], np.arange(width)[:, None]
    after = wanted - 1 + np.array(operands)  # (wanted, letters)
    goes_on = (left > 0) & (after >= 0) & (after < width)  # (left, wanted, letters)
    drawn = np.where(left > 0, np.arange(letters), pad_letter(letters))
    allowed = np.repeat([[False], [True], [False]], letters + 1, axis=1)  # rows: nothing, any letter, the end
    allowed[2, letters] = True
    allowed[1, letters] = False
    cases = np.where(np.arange(width) > 0, 1, 2)  # the row of `allowed`, by how many expressions are wanted
    return Walks(
        thresholds=np.concatenate([np.ones((letters - 1, 1)), thresholds.reshape(letters - 1, -1)], axis=1),
        successors=np.concatenate(
            [np.zeros(letters, dtype=np.int64), np.where(goes_on, 1 + (left - 1) * width + after, 0).reshape(-1)]
        ),
        letters=np.concatenate(
            [np.full(letters, pad_letter(letters)), np.broadcast_to(drawn, goes_on.shape).reshape(-1)]
        ).astype(np.int16),
        allowed=packed(allowed)[np.concatenate([[0], np.tile(cases, width)])],
        start=1 + np.arange(width) * width + 1,
        exist=np.arange(width) > 0,
    )


def _language(alphabet: tuple[str, ...], tilt: float) -> LetterLanguage:
    operands = tuple(OPERANDS[letter] for letter in alphabet)
    changes = np.zeros(pad_letter(len(alphabet)) + 1, dtype=np.int16)  # how each letter changes what is wanted
    changes[: len(alphabet)] = np.array(operands) - 1
    tables = lru_cache(maxsize=4)(lambda longest: _walks(operands, tilt, longest))

    def draw(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
        return draw_walks(rng, tables(room(int(lengths.max(initial=0)))), lengths)

    def accepts(words: Letters, lengths: Lengths) -> NDArray[np.bool_]:
        wanted = 1 + changes[words].cumsum(axis=1)  # (words, longest), after each letter
        last = np.arange(words.shape[1]) >= lengths[:, None] - 1
        right: NDArray[np.bool_] = (lengths > 0) & ((wanted == 0) == last).all(axis=1)
        return right

    def draw_near(rng: np.random.Generator, lengths: Lengths) -> Letters:
        """Return members rotated to begin at another letter: as many operators of each kind, but out of order."""
        words = draw(rng, lengths).letters
        turn = 1 + integers_below(rng, np.maximum(lengths - 1, 1))
        places = (np.arange(words.shape[1]) + turn[:, None]) % np.maximum(lengths, 1)[:, None]
        return filled_up(np.take_along_axis(words, places, axis=1), lengths, pad_letter(len(alphabet)))

    def sticky(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
        """Return the letters of a uniform member sorted in blocks, rotated so that they are a member again."""
        words = sorted_in_blocks(rng, draw(rng, lengths).letters, lengths, len(alphabet))
        wanted = changes[words].cumsum(axis=1)
        return labelled(turned(words, lengths, wanted.argmin(axis=1) + 1, len(alphabet)), lengths)

    def pairs(rng: np.random.Generator, lengths: Lengths) -> DrawnMembers:
        return labelled(_paired(rng, lengths, operands), lengths)

    def labelled(words: Letters, lengths: Lengths) -> DrawnMembers:
        ended = np.arange(words.shape[1] + 1) >= lengths[:, None]
        return DrawnMembers(words, allowed[filled_up(ended, lengths + 1, 2)])

    letters = np.arange(len(alphabet) + 1) < len(alphabet)
    allowed = packed(np.stack([letters, ~letters, np.zeros_like(letters)]))  # rows: any letter, the end, nothing
    others = random_others(len(alphabet), accepts)
    return LetterLanguage(
        letters=len(alphabet),
        exist=_exist,
        draw=draw,
        draw_sticky=sticky,
        draw_pairs=pairs,
        others_exist=lengths_from(1),
        draw_others=others,
        draw_sticky_others=sticky_others(len(alphabet), accepts),
        draw_near=draw_near,
        draw_verdict_pairs=changed_early(len(alphabet), pairs, others, accepts),
        accepts=accepts,
        depths=lambda words, _: changes[words].cumsum(axis=1).max(axis=1, initial=0).astype(np.int64),
    )


def _paired(rng: np.random.Generator, lengths: Lengths, operands: tuple[int, ...]) -> Letters:
    """Return words for the stratum of pairs, in which long runs do not tell how many expressions are still wanted.

    Half of the words begin with operators v, and go on with runs of u, each followed by a constant. The others consist
    of u's, then operators of one kind, then constants alone.
    """
    size = len(lengths)
    constant, unary = integers_below(rng, np.full(size, 2)), operands.index(1)
    steep = rng.random(size) < 0.5
    # Words with runs: one v fewer than there are runs.
    runs = np.where(lengths < 3 * RUN_LETTERS, np.where(lengths < 3, 1, 2), 2 + integers_below(rng, np.full(size, 2)))
    room_ = lengths - 2 * runs + 1
    least = np.minimum(RUN_LETTERS, room_ // runs)
    more = shared_out(rng, room_ - runs * least, 3)
    more[1] += np.where(runs < 3, more[2], 0)
    more[0] += np.where(runs < 2, more[1], 0)
    # Steep words: operators of one kind, as many as there is room for, or up to a quarter fewer.
    operator = operands.index(2) + integers_below(rng, np.full(size, len(operands) - operands.index(2)))
    arity = np.array(operands)[operator]
    most = (lengths - 1) // arity
    number = most - integers_below(rng, np.maximum(most // 4, 1))
    first = np.where(steep, lengths - 1 - number * arity, 0)
    parts = [
        run_of(unary, first),
        run_of(np.where(steep, operator, operands.index(2)), np.where(steep, number, runs - 1)),
        run_of(constant, np.where(steep, 1 + number * (arity - 1), 0)),
    ]
    for place in range(3):
        present = ~steep & (place < runs)
        parts += [
            run_of(unary, np.where(present, least + more[place], 0)),
            run_of(constant, present.astype(np.int64)),
        ]
    return placed(parts, len(operands))


def _expressions(name: str, title: str, most: int, tilt: float, examples: str) -> Task:
    alphabet = tuple(letter for letter, operands in OPERANDS.items() if operands <= most)
    operators = ", ".join(f"{letter} ({operands})" for letter, operands in OPERANDS.items() if 0 < operands <= most)
    language = _language(alphabet, tilt)
    return Task(
        name=name,
        title=title,
        summary="One expression in prefix notation over the constants 0 and 1, with operators of 1 to "
        f"{most} operands: {operators}. The length is that of the word; all members of a length "
        f"are equally likely, to length {LONGEST_LENGTH}.\n{examples}",
        family="Counter",
        alphabet=alphabet,
        format="continuations",
        sample=continuation_sampler(name, alphabet, language.exist, language.draws),
        label=continuation_label(alphabet, lambda word: _continuations(alphabet, word)),
        theory=by_counting(name),
        program=name,
        published=published(name),
        source=f"{PAPER}, formal-language suite",
        language=language,
    )


BOOL3 = _expressions("bool3", "Boolean 3", 3, 27 / 32, "v 0 -> 0 1 u v t\nv 0 u 1 -> <eos>")
BOOL5 = _expressions("bool5", "Boolean 5", 5, 11 / 16, "q 0 1 u 0 -> 0 1 u v t q p\np 0 1 0 1 u 0 -> <eos>")
