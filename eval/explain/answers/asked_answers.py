"""Which token a model or a program says after each prefix, and whole answers, which are read token by token."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crasp.meaning.interpreter import Words, run
from crasp.meaning.ir import EOS as END_OF_PROGRAM
from crasp.meaning.ir import Program
from crasp.meaning.words import renumbered
from eval.answering.answerers import Answerer, MachineAnswerer, ProgramAnswerer, UnfitError
from eval.answering.membership import Flags
from eval.answering.models import ModelAnswerer
from tasks.words import BOS, EOS

TokenNumbers: TypeAlias = NDArray[np.int64]  # (words, positions 0..longest)

NOTHING = -1  # stands for no token, several tokens, or one that is neither a letter nor the end
MOST_ANSWER_LETTERS = 400  # the largest alphabet
TOKENS_AT_ONCE = 1 << 18  # tokens of the words that are asked about together


class NextTokens(Protocol):
    """Anything that says which single token comes after a prefix."""

    @property
    def alphabet(self) -> tuple[str, ...]:
        """The tokens of the words, including the mark before an answer."""

    def after(self, words: Words) -> TokenNumbers:
        """The number of the token after each prefix, (words, positions 0..longest).

        The end of a word has the number after that of the last letter. NOTHING stands where no single token comes.
        """


@dataclass(frozen=True)
class AskedAnswers:
    """The answers of anything that can be measured.

    A model says the token with the greatest logit, a program the only token that it allows. `shown` is what error
    messages call the words.
    """

    answerer: Answerer
    alphabet: tuple[str, ...]
    shown: str = "the words"

    def __post_init__(self) -> None:
        """Raise UnfitError if it cannot be asked about words of the alphabet."""
        if len(self.alphabet) > MOST_ANSWER_LETTERS:
            raise UnfitError(f"{self.shown} has {len(self.alphabet)} tokens, more than {MOST_ANSWER_LETTERS}")
        match self.answerer:
            case ModelAnswerer():
                known, needed = set(self.answerer.vocabulary), (*self.alphabet, BOS, EOS)
            case MachineAnswerer():
                known, needed = set(self.answerer.alphabet), self.alphabet
            case ProgramAnswerer():
                known, needed = set(self.answerer.program.alphabet), self.alphabet
                if not self.answerer.program.next:
                    raise UnfitError(f"{self.answerer.name} defines no next[...]: it answers nothing")
            case _:
                raise UnfitError(f"{self.answerer.name} cannot be asked for answers")
        missing = [token for token in needed if token not in known]
        if missing:
            raise UnfitError(f"{self.answerer.name} lacks tokens of {self.shown}: {' '.join(missing)}")

    def after(self, words: Words) -> TokenNumbers:
        """The tokens, as `NextTokens.after` describes them.

        Raises:
            TooLongError: The words do not fit into the model.
        """
        found = np.full((len(words.lengths), words.tokens.shape[1] + 1), NOTHING, dtype=np.int64)
        order = np.argsort(words.lengths, kind="stable")
        step = max(1, TOKENS_AT_ONCE // (int(words.lengths.max(initial=0)) + 1))
        for start in range(0, len(order), step):
            rows = order[start : start + step]
            width = int(words.lengths[rows].max(initial=0))
            found[rows, : width + 1] = self._after(Words(words.tokens[rows, :width], words.lengths[rows]))
        return found

    def _after(self, words: Words) -> TokenNumbers:
        match self.answerer:
            case ModelAnswerer():
                return self._greatest(self.answerer, words)
            case MachineAnswerer():
                flags = self.answerer.asked(renumbered(words, self.alphabet, self.answerer.alphabet))
                return _only(flags, self.answerer.machine.outputs, self.alphabet)
            case ProgramAnswerer():
                return program_after(self.answerer.program, self.alphabet, words)
            case _:
                raise UnfitError(f"{self.answerer.name} cannot be asked for answers")

    def _greatest(self, answerer: ModelAnswerer, words: Words) -> TokenNumbers:
        """The token whose logit is the greatest of all outputs."""
        vocabulary = answerer.vocabulary
        outputs = max(int(answerer.config.get("vocab_size") or 0), max(vocabulary.values()) + 1)
        ids = np.array([vocabulary[token] for token in self.alphabet])
        given = np.full((len(words.lengths), words.tokens.shape[1] + 1), vocabulary[BOS])
        given[:, 1:] = ids[np.maximum(words.tokens, 0)]
        numbers = np.full(outputs, NOTHING, dtype=np.int64)
        numbers[ids] = np.arange(len(ids))
        numbers[vocabulary[EOS]] = len(ids)
        return np.asarray(numbers[answerer.logits(given, range(outputs), self.shown).argmax(axis=2)])


@dataclass(frozen=True)
class ProgramAnswers:
    """The answers of a program, by the interpreter."""

    program: Program
    alphabet: tuple[str, ...]

    def after(self, words: Words) -> TokenNumbers:
        """The tokens, as `NextTokens.after` describes them."""
        return program_after(self.program, self.alphabet, words)


def program_after(program: Program, alphabet: tuple[str, ...], words: Words) -> TokenNumbers:
    """The only token that the program allows after each prefix of the words, (words, positions 0..longest).

    The words and the tokens are numbers of the letters of `alphabet`, which may be ordered otherwise than the
    program's.
    """
    outputs = [EOS if token == END_OF_PROGRAM else token for token, _ in program.next]
    return _only(run(program, renumbered(words, alphabet, program.alphabet)).next, tuple(outputs), alphabet)


def _only(flags: Flags, outputs: tuple[str, ...], alphabet: tuple[str, ...]) -> TokenNumbers:
    """The number of the only output that holds, (words, positions); NOTHING if none or several hold."""
    places = {token: number for number, token in enumerate((*alphabet, EOS))}
    columns = [column for column, output in enumerate(outputs) if output in places]
    kept = flags[:, :, columns]
    numbers = np.array([places[outputs[column]] for column in columns])
    return np.where(kept.sum(axis=2) == 1, numbers[kept.argmax(axis=2)], NOTHING)


@dataclass(frozen=True)
class GivenAnswers:
    """Words followed by their answers.

    starts  (words,)  the position of the mark, after which the answer begins
    ended   (words,)  whether the answer ended
    """

    words: Words
    starts: NDArray[np.int64]
    ended: NDArray[np.bool_]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The number of tokens of each answer, (words,)."""
        return np.asarray(self.words.lengths - self.starts)


def answered(source: NextTokens, questions: Words, *, most: int, guess: GivenAnswers | None = None) -> GivenAnswers:
    """The answers of a source, with at most so many tokens each.

    Args:
        source: What is asked.
        questions: Words with their mark.
        most: A longer answer is cut there, and counts as not ended.
        guess: Answers that may be the same. They save asking token by token, and do not change the result.
    """
    number, end = len(questions.lengths), len(source.alphabet)
    width = questions.tokens.shape[1] + most
    tokens = np.full((number, width), -1, dtype=np.int64)
    tokens[:, : questions.tokens.shape[1]] = questions.tokens
    proposed = questions.lengths.copy()
    if guess is not None:
        proposed = np.minimum(guess.words.lengths, questions.lengths + most)
        shared = min(width, guess.words.tokens.shape[1])
        inside = np.arange(shared) < proposed[:, None]
        tokens[:, :shared][inside] = guess.words.tokens[:, :shared][inside]
    known, ended = questions.lengths.copy(), np.zeros(number, dtype=bool)
    rows = np.arange(number)
    while len(rows):
        longest = int(proposed[rows].max())
        here = np.where(np.arange(longest) < proposed[rows, None], tokens[rows, :longest], -1)
        after = source.after(Words(here, proposed[rows]))
        going = []
        for row, said, word in zip(rows.tolist(), after, here, strict=True):
            place = _first_other(said, word, int(known[row]), int(proposed[row]))
            token = int(said[place])
            tokens[row, place:] = -1
            known[row] = proposed[row] = place
            ended[row] = token == end
            if token in (NOTHING, end) or place >= questions.lengths[row] + most:
                continue
            tokens[row, place] = token
            known[row] = proposed[row] = place + 1
            going.append(row)
        rows = np.array(going, dtype=np.int64)
    return GivenAnswers(Words(tokens[:, : int(known.max(initial=0))], known), questions.lengths, ended)


def _first_other(said: TokenNumbers, word: TokenNumbers, first: int, last: int) -> int:
    """The first place from `first` on at which another token comes than the word has; `last` if there is none."""
    other = np.flatnonzero(said[first:last] != word[first:last])
    return first + int(other[0]) if len(other) else last
