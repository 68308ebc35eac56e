"""Runs a program on words in portions, so that a word that is refused costs only its own line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from crasp.meaning import interpreter, ir
from tasks.ground.console import BAD_INPUT, DEFECT, DONE, defect_message
from tasks.ground.files import LoadError, shown, text_lines_or_errors

TOKENS_AT_ONCE = 1 << 22  # the most tokens that are held in memory


@dataclass(frozen=True)
class Answer:
    """What a program answers on a word, or why there is no answer.

    Attributes:
        word: The tokens, or None if the text could not be read.
        accept: Whether the word is accepted; None if the program does not define `accept`.
        allowed: The tokens that may follow after 0, 1, 2, ... tokens; empty if the program does not define `next`.
        error: Why there is no answer; None if there is one.
        status: The exit status that the answer asks for.
    """

    word: tuple[str, ...] | None
    accept: bool | None = None
    allowed: tuple[tuple[str, ...], ...] = ()
    error: str | None = None
    status: int = DONE

    def record(self) -> dict[str, Any]:
        """The answer as a JSON object."""
        word = None if self.word is None else list(self.word)
        if self.error is not None:
            return {"word": word, "error": self.error}
        following = {"next": [list(here) for here in self.allowed]} if self.allowed else {}
        return {"word": word, "accept": self.accept, **following}


def answers(program: ir.Program, words: Iterable[str], input_: str | None) -> Iterator[Answer]:
    """Yields an answer for each of the words, and then for each line of a file, in order.

    Args:
        program: The program.
        words: The words as text.
        input_: The path of a file with a word in each line, `-` for standard input, or None.
    """
    for portion in _in_portions(_given(program, words, input_)):
        good = [word for word in portion if not isinstance(word, Answer)]
        made = iter(_answered(program, good))
        for word in portion:
            yield word if isinstance(word, Answer) else next(made)


def _given(program: ir.Program, words: Iterable[str], input_: str | None) -> Iterator[tuple[str, ...] | Answer]:
    """Yields each word as tokens, or, if it is refused, as the answer that says why."""
    for number, text in enumerate(words, 1):
        yield _checked(program, f"word {number}, ", text)
    if input_ is not None:
        for number, line in enumerate(text_lines_or_errors(input_), 1):
            if isinstance(line, LoadError):
                yield Answer(None, error=str(line), status=BAD_INPUT)
            else:
                yield _checked(program, f"{shown(input_)}:{number}: ", line)


def _checked(program: ir.Program, place: str, text: str) -> tuple[str, ...] | Answer:
    word = interpreter.split_word(text, program.alphabet)
    try:
        interpreter.encode(program.alphabet, [word])
    except interpreter.WordError as error:
        return Answer(word, error=f"{place}{error}", status=BAD_INPUT)
    return word


def _in_portions(words: Iterable[tuple[str, ...] | Answer]) -> Iterator[list[tuple[str, ...] | Answer]]:
    portion: list[tuple[str, ...] | Answer] = []
    longest = 0
    for word in words:
        length = 1 if isinstance(word, Answer) else len(word) + 1
        longest = max(longest, length)
        if portion and longest * (len(portion) + 1) > TOKENS_AT_ONCE:
            yield portion
            portion, longest = [], length
        portion.append(word)
    if portion:
        yield portion


def _answered(program: ir.Program, words: list[tuple[str, ...]]) -> list[Answer]:
    """The answers. If running the words together fails, each is run alone, so that a defect costs only its own word."""
    try:
        return run_words(program, words)
    except Exception as error:
        if len(words) > 1:
            return [answer for word in words for answer in _answered(program, [word])]
        return [Answer(words[0], error=defect_message(error), status=DEFECT)]


def run_words(program: ir.Program, words: Sequence[tuple[str, ...]]) -> list[Answer]:
    """The program's answer on each word.

    Raises:
        WordError: A word has a token that the alphabet lacks.
    """
    outputs = interpreter.run(program, interpreter.encode(program.alphabet, words))
    names = [token for token, _ in program.next]
    found = []
    for row, word in enumerate(words):
        accept = None if outputs.accept is None else bool(outputs.accept[row])
        rows = outputs.next[row, : len(word) + 1].tolist() if names else []
        allowed = tuple(tuple(n for n, yes in zip(names, here, strict=True) if yes) for here in rows)
        found.append(Answer(word, accept, allowed))
    return found
