"""Words for a program's task: drawn along what the program allows, and answered as it answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.interpreter import Words, accepts, run
from crasp.ir import EOS as END
from crasp.ir import Program
from tasks.lengths import inside
from tasks.randomness import integers_below
from tasks.task import SEP

ROUNDS = 20  # how often a word is drawn again that the program does not let come to its length
POOL = 64  # words that are drawn at least: among few, a length that has words may seem to have none
CANDIDATES = 2048  # words among which members and non-members are found, at least
MOST_EDITS = 3

Tokens: TypeAlias = NDArray[np.int64]  # (words, longest), numbers of the program's tokens, -1 past a word's end
Lengths: TypeAlias = NDArray[np.int64]
Draw: TypeAlias = Callable[[np.random.Generator, Lengths], tuple[Tokens, NDArray[np.bool_]]]


class NoWordsError(ValueError):
    """No word of the lengths was found."""


@dataclass(frozen=True)
class DrawnTokens:
    """Words as numbers of the program's tokens, and their lengths."""

    tokens: Tokens
    lengths: Lengths


def letters_of(program: Program) -> tuple[str, ...]:
    """The tokens that words are made of: the alphabet without `<sep>`."""
    return tuple(token for token in program.alphabet if token != SEP)


def allowed_outputs(program: Program, tokens: Tokens, lengths: Lengths) -> NDArray[np.bool_]:
    """What may come after each prefix: (words, longest + 1, outputs), the alphabet, then the end.

    A program without `next` allows every letter, and the end where it accepts.
    """
    shape = (len(lengths), tokens.shape[1] + 1, len(program.alphabet) + 1)
    if not program.next and program.accept is not None:
        program = replace(program, next=((END, program.accept),))
        allowed = np.ones(shape, dtype=bool)
    else:
        allowed = np.zeros(shape, dtype=bool)
    columns = [len(program.alphabet) if t == END else program.alphabet.index(t) for t, _ in program.next]
    allowed[:, :, columns] = run(program, Words(tokens, lengths)).next
    return allowed


def draw_found(rng: np.random.Generator, lengths: tuple[int, int], size: int, draw: Draw) -> DrawnTokens:
    """Words of lengths drawn evenly, by `draw`, which says of each whether it is one.

    A word that is none after some rounds gives its place to one that was found; NoWordsError where none was.
    """
    number = max(size, POOL)
    chosen = lengths[0] + integers_below(rng, np.full(number, lengths[1] - lengths[0] + 1))
    tokens = np.full((number, lengths[1]), -1)
    wanted = np.arange(number)
    for _ in range(ROUNDS):
        drawn, right = draw(rng, chosen[wanted])
        tokens[wanted[right], : drawn.shape[1]] = drawn[right]
        wanted = wanted[~right]
        if not len(wanted):
            break
    found = np.setdiff1d(np.arange(number), wanted)
    if not len(found):
        raise NoWordsError(f"no word of lengths {lengths[0]}-{lengths[1]} was found in {ROUNDS * number} tries")
    instead = found[integers_below(rng, np.full(len(wanted), len(found)))]
    tokens[wanted], chosen[wanted] = tokens[instead], chosen[instead]
    return DrawnTokens(tokens[:size, : int(chosen[:size].max(initial=0))], chosen[:size])


def random_letters(program: Program, rng: np.random.Generator, lengths: Lengths) -> Tokens:
    """Words of letters drawn evenly."""
    letters = np.array([program.alphabet.index(letter) for letter in letters_of(program)])
    shape = (len(lengths), int(lengths.max(initial=0)))
    tokens = letters[integers_below(rng, np.full(shape, len(letters)))]
    return np.where(inside(lengths, shape[1]), tokens, -1)


def walks(program: Program, rng: np.random.Generator, lengths: Lengths) -> tuple[Tokens, NDArray[np.bool_]]:
    """Words whose next letter is drawn evenly among those that the program allows, and which came to their length."""
    tokens = np.full((len(lengths), int(lengths.max(initial=0))), -1)
    alive = np.ones(len(lengths), dtype=bool)
    for step in range(tokens.shape[1]):
        rows = np.flatnonzero(alive & (lengths > step))
        allowed = allowed_outputs(program, tokens[rows, :step], np.full(len(rows), step))[:, step, :-1]
        ways = allowed.sum(axis=1)
        choice = integers_below(rng, np.maximum(ways, 1))
        tokens[rows, step] = (allowed.cumsum(axis=1) > choice[:, None]).argmax(axis=1)
        alive[rows] = ways > 0
    return tokens, alive


def answers(program: Program, words: DrawnTokens) -> tuple[DrawnTokens, NDArray[np.bool_]]:
    """What the program says after each word and `<sep>`, and whether that is an answer.

    It is none where the program ever allows no token or several, or does not end within twice the word's length.
    """
    most = 2 * int(words.lengths.max(initial=0)) + 2
    width = words.tokens.shape[1] + 1 + most
    tokens = np.full((len(words.lengths), width), -1)
    tokens[:, : words.tokens.shape[1]] = words.tokens
    rows = np.arange(len(tokens))
    tokens[rows, words.lengths] = program.alphabet.index(SEP)
    lengths = words.lengths + 1
    ended = np.zeros(len(tokens), dtype=bool)
    for _ in range(most + 1):
        last = int(lengths[rows].max(initial=0))
        allowed = allowed_outputs(program, tokens[rows, :last], lengths[rows])
        allowed = allowed[np.arange(len(rows)), lengths[rows]]  # (rows, outputs)
        plain = allowed.sum(axis=1) == 1
        token = allowed.argmax(axis=1)
        ended[rows[plain & (token == len(program.alphabet))]] = True
        going = plain & (token < len(program.alphabet)) & (lengths[rows] < width)
        rows, token = rows[going], token[going]
        tokens[rows, lengths[rows]] = token
        lengths[rows] += 1
        if not len(rows):
            break
    sizes = lengths - words.lengths - 1
    places = words.lengths[:, None] + 1 + np.arange(int(sizes.max(initial=0)))
    said = np.take_along_axis(tokens, np.minimum(places, width - 1), axis=1)
    return DrawnTokens(np.where(inside(sizes, said.shape[1]), said, -1), sizes), ended


def draw_recognized(
    program: Program, rng: np.random.Generator, lengths: tuple[int, int], size: int
) -> tuple[DrawnTokens, NDArray[np.bool_]]:
    """Words of lengths that have members and non-members, evenly, and which are members: half of those of a length.

    They are found among words of even letters, words along what the program allows, and edited ones; NoWordsError
    where no length has both.
    """
    number = max(CANDIDATES, 4 * size)
    chosen = lengths[0] + integers_below(rng, np.full(number, lengths[1] - lengths[0] + 1))
    tokens = random_letters(program, rng, chosen)
    along = np.flatnonzero(np.arange(number) % 2)
    drawn, came = walks(program, rng, chosen[along])
    tokens[along[came], : drawn.shape[1]] = drawn[came]
    edited = _edited(program, rng, DrawnTokens(tokens, chosen))
    pool = DrawnTokens(np.concatenate([tokens, edited]), np.concatenate([chosen, chosen]))
    member = accepts(program, Words(pool.tokens, pool.lengths))
    both = np.intersect1d(pool.lengths[member], pool.lengths[~member])
    if not len(both):
        raise NoWordsError(
            f"among {len(member)} words of lengths {lengths[0]}-{lengths[1]} no length had both verdicts; "
            f"{int(member.sum())} were accepted"
        )
    wanted, accepted = both[integers_below(rng, np.full(size, len(both)))], rng.random(size) < 0.5
    rows = np.empty(size, dtype=np.int64)
    for length in both:
        for kind_of in (False, True):
            places = np.flatnonzero((wanted == length) & (accepted == kind_of))
            candidates = np.flatnonzero((pool.lengths == length) & (member == kind_of))
            rows[places] = candidates[integers_below(rng, np.full(len(places), len(candidates)))]
    return DrawnTokens(pool.tokens[rows, : int(wanted.max(initial=0))], wanted), accepted


def _edited(program: Program, rng: np.random.Generator, words: DrawnTokens) -> Tokens:
    """The words with one to three letters drawn anew, or exchanged with one elsewhere in the word."""
    tokens, rows = words.tokens.copy(), np.arange(len(words.lengths))
    edits = 1 + integers_below(rng, np.full(len(rows), MOST_EDITS))
    for edit in range(MOST_EDITS):
        now = rows[(edits > edit) & (words.lengths > 0)]
        one, other = (integers_below(rng, words.lengths[now]) for _ in range(2))
        exchanged = rng.random(len(now)) < 0.5
        new = random_letters(program, rng, np.ones(len(now), dtype=np.int64))[:, 0] if len(now) else one
        before = tokens[now, one]
        tokens[now, one] = np.where(exchanged, tokens[now, other], new)
        tokens[now, other] = np.where(exchanged, before, tokens[now, other])
    return tokens
