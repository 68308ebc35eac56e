"""Next-sets as bit masks: which letters a model, a program or an automaton allows after each prefix.

Bit k of a mask stands for letter number k, and the bit after the last letter stands for the end of the word. After a
letter that was forbidden where it stands the mask is DEAD.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words, run
from crasp.meaning.ir import EOS as END
from crasp.meaning.ir import Program
from crasp.meaning.words import renumbered
from crasp.regular.automata.automaton import Automaton
from eval.answering.answerers import Answerer, MachineAnswerer, ProgramAnswerer, UnfitError
from eval.answering.membership import Flags
from eval.answering.models import ModelAnswerer
from tasks.drawing.lengths import inside
from tasks.words import BOS, EOS, SPECIAL

Masks: TypeAlias = NDArray[np.int64]  # (words, positions 0..longest)

MANY_WORDS = 5_000  # the answers to at least so many words at once are remembered
DEAD = -1  # the mask after a letter that was forbidden where it stands, and past a word's end
MOST_LETTERS = 60  # the largest alphabet: a mask is one 64-bit integer
TOKENS_AT_ONCE = 1 << 19  # tokens of the words that a model is asked about together


class NextSets(Protocol):
    """Anything that says which letters may follow a prefix, and whether the word may end there."""

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The letters that words are made of."""

    def masks(self, words: Words) -> Masks:
        """The mask after each prefix, (words, positions 0..longest).

        It is DEAD from the first forbidden letter on, and past the end of a word.
        """


def bits_of(allowed: Flags) -> Masks:
    """Flags of outputs, (..., letters and the end), as masks."""
    return np.asarray(allowed.astype(np.int64) @ (1 << np.arange(allowed.shape[-1], dtype=np.int64)))


def with_dead(masks: Masks, words: Words) -> Masks:
    """The masks, with DEAD wherever an earlier letter was forbidden, and past each word's end."""
    rows, width = words.tokens.shape
    tokens = words.tokens.astype(np.int64).clip(min=0)
    forbidden = (masks[:, :width] >> tokens) & 1 == 0
    dead = np.zeros((rows, width + 1), dtype=bool)
    dead[:, 1:] = np.logical_or.accumulate(forbidden, axis=1)
    dead |= ~inside(words.lengths + 1, width + 1)
    return np.where(dead, DEAD, masks)


def words_of(rows: Sequence[Sequence[int]]) -> Words:
    """Words that are given as sequences of letter numbers, as arrays padded with -1."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    tokens = np.full((len(rows), int(lengths.max(initial=0))), -1, dtype=np.int64)
    for number, row in enumerate(rows):
        tokens[number, : len(row)] = row
    return Words(tokens, lengths)


@dataclass
class AskedCost:
    """A counter of the words that were asked about."""

    words: int = 0


@dataclass(frozen=True)
class CountedSets:
    """The next-sets of a source, with a count of the words that it was asked about.

    The answers to the latest large batch of words are remembered, so that it is not asked about twice in a row.
    """

    source: NextSets
    cost: AskedCost = field(default_factory=AskedCost, compare=False)
    last: list[tuple[Words, Masks]] = field(default_factory=list, compare=False, repr=False)

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The letters that words are made of."""
        return self.source.alphabet

    def masks(self, words: Words) -> Masks:
        """The masks, as `NextSets.masks` describes them."""
        for known, masks in self.last:
            if np.array_equal(known.tokens, words.tokens) and np.array_equal(known.lengths, words.lengths):
                return masks
        masks = self.source.masks(words)
        self.cost.words += len(words.lengths)
        if len(words.lengths) >= MANY_WORDS:
            self.last[:] = [(words, masks)]
        return masks


@dataclass(frozen=True)
class AskedModel:
    """The next-sets of a model, or of anything else that can be measured; a logit above zero allows its token.

    `shown` is what error messages call the words.
    """

    answerer: Answerer
    alphabet: tuple[str, ...]
    shown: str = "the words"

    def __post_init__(self) -> None:
        """Raise UnfitError if the model cannot be asked about words of the alphabet."""
        if len(self.alphabet) > MOST_LETTERS:
            raise UnfitError(f"{self.shown} has {len(self.alphabet)} letters, more than {MOST_LETTERS}, the limit here")
        if isinstance(self.answerer, ProgramAnswerer) and not self.answerer.program.next:
            raise UnfitError(f"{self.answerer.name} defines no next[...]: it says nothing of what may follow")
        known = _known_tokens(self.answerer)
        missing = [token for token in (*self.alphabet, *_special(self.answerer)) if token not in known]
        if missing:
            raise UnfitError(f"{self.answerer.name} lacks tokens of {self.shown}: {' '.join(missing)}")

    def masks(self, words: Words) -> Masks:
        """The masks, as `NextSets.masks` describes them.

        Raises:
            TooLongError: The words do not fit into the model.
        """
        masks = np.zeros((len(words.lengths), words.tokens.shape[1] + 1), dtype=np.int64)
        order = np.argsort(words.lengths, kind="stable")
        longest = int(words.lengths.max(initial=0))
        step = max(1, TOKENS_AT_ONCE // (longest + 1))
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            width = int(words.lengths[rows].max(initial=0))
            some = Words(words.tokens[rows, :width], words.lengths[rows])
            masks[rows, : width + 1] = bits_of(_allowed(self.answerer, self.alphabet, some, self.shown))
        return with_dead(masks, words)

    def typical_logit(self, words: Words) -> float | None:
        """The median distance from zero of the logits after all prefixes; None without words or logits."""
        if not isinstance(self.answerer, ModelAnswerer) or not len(words.lengths):
            return None
        sizes = np.abs(_logits(self.answerer, self.alphabet, words, self.shown))
        prefixes = inside(words.lengths + 1, words.tokens.shape[1] + 1)
        return float(np.median(sizes[prefixes]))


@dataclass(frozen=True)
class ProgramSets:
    """The next-sets of a program, by the interpreter."""

    program: Program

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The program's letters."""
        return self.program.alphabet

    def masks(self, words: Words) -> Masks:
        """The masks, as `NextSets.masks` describes them."""
        return with_dead(self.said(words), words)

    def said(self, words: Words) -> Masks:
        """The masks that the program itself gives after each prefix, without DEAD.

        After a letter that the program forbids it should allow nothing.
        """
        return bits_of(_program_allows(self.program, words))


@dataclass(frozen=True)
class AutomatonSets:
    """The next-sets of an automaton whose outputs are masks."""

    automaton: Automaton

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The automaton's letters."""
        return self.automaton.alphabet

    def masks(self, words: Words) -> Masks:
        """The masks, as `NextSets.masks` describes them."""
        steps = np.array(self.automaton.successors, dtype=np.int64)
        outputs = np.array(self.automaton.outputs, dtype=np.int64)
        masks = np.empty((len(words.lengths), words.tokens.shape[1] + 1), dtype=np.int64)
        states = np.zeros(len(words.lengths), dtype=np.int64)
        masks[:, 0] = outputs[states]
        for place, letters in enumerate(words.tokens.T, 1):
            states = steps[states, np.maximum(letters, 0)]
            masks[:, place] = outputs[states]
        return with_dead(masks, words)


def own_letters(answerer: Answerer) -> tuple[str, ...]:
    """The letters of a model whose words nobody has named: the tokens of its vocabulary or alphabet without a role.

    Raises:
        UnfitError: There are no such tokens.
    """
    if isinstance(answerer, ModelAnswerer):
        ids = {number: token for token, number in sorted(answerer.vocabulary.items()) if not _is_special(token)}
        letters = tuple(ids[number] for number in sorted(ids))
    else:
        letters = tuple(token for token in _alphabet(answerer) if token not in SPECIAL)
    if not letters:
        raise UnfitError(
            f"{answerer.name}: its vocabulary has no letters, only tokens in angle brackets, which have roles: name "
            "the letters with --alphabet"
        )
    return letters


def _is_special(token: str) -> bool:
    return token.startswith("<") and token.endswith(">") and len(token) > len("<>")


def _alphabet(answerer: Answerer) -> tuple[str, ...]:
    match answerer:
        case MachineAnswerer():
            return answerer.alphabet
        case ProgramAnswerer():
            return answerer.program.alphabet
        case _:
            return ()


def _known_tokens(answerer: Answerer) -> frozenset[str]:
    return frozenset(answerer.vocabulary if isinstance(answerer, ModelAnswerer) else _alphabet(answerer))


def _special(answerer: Answerer) -> tuple[str, ...]:
    return (BOS, EOS) if isinstance(answerer, ModelAnswerer) else ()


def _allowed(answerer: Answerer, alphabet: tuple[str, ...], words: Words, shown: str) -> Flags:
    """Which letters may follow, and whether the word may end: (words, positions 0..n, letters + 1)."""
    match answerer:
        case ModelAnswerer():
            return np.asarray(_logits(answerer, alphabet, words, shown) > 0)
        case MachineAnswerer():
            found = answerer.asked(renumbered(words, alphabet, answerer.alphabet))
            return _ordered(found, answerer.machine.outputs, (*alphabet, EOS))
        case ProgramAnswerer():
            program = answerer.program
            outputs = tuple(EOS if token == END else token for token, _ in program.next)
            return _ordered(run(program, renumbered(words, alphabet, program.alphabet)).next, outputs, (*alphabet, EOS))
        case _:
            raise UnfitError(f"{answerer.name} cannot be asked what may follow")


def _logits(answerer: ModelAnswerer, alphabet: tuple[str, ...], words: Words, shown: str) -> NDArray[np.float32]:
    """The logits of the letters and the end after each prefix, (words, positions 0..n, letters + 1)."""
    ids = np.array([answerer.vocabulary[token] for token in alphabet])
    given = np.full((len(words.lengths), words.tokens.shape[1] + 1), answerer.vocabulary[BOS])
    given[:, 1:] = ids[np.maximum(words.tokens, 0)]
    return answerer.logits(given, [*ids, answerer.vocabulary[EOS]], shown)


def _program_allows(program: Program, words: Words) -> Flags:
    outputs = tuple(EOS if token == END else token for token, _ in program.next)
    return _ordered(run(program, words).next, outputs, (*program.alphabet, EOS))


def _ordered(found: Flags, outputs: Sequence[str], wanted: Sequence[str]) -> Flags:
    """The columns of the wanted outputs; an output that is not defined is never allowed."""
    allowed = np.zeros((*found.shape[:2], len(wanted)), dtype=bool)
    for column, token in enumerate(wanted):
        if token in outputs:
            allowed[:, :, column] = found[:, :, outputs.index(token)]
    return allowed
