"""Labelled words in a file: a JSON object a line, with the word and whether it is accepted."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.ground.console import RefusedError


@dataclass(frozen=True)
class LabelledWord:
    """One word, whether it is accepted, and the line that it stands in."""

    word: tuple[str, ...]
    accept: bool
    line: int


def read_labelled_words(path: Path) -> tuple[LabelledWord, ...]:
    """The words of a file, each line `{"word": [tokens] or text, "accept": true or false}`.

    A text is a word of one-letter tokens. Instead of "accept" a line may have "prefixes", true or false after each
    prefix from the empty one on: the last is the word's.

    Raises:
        RefusedError: The file cannot be read, has no words, or a line is none; a word is labelled in both ways.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise RefusedError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RefusedError(f"{path}: this is no text in UTF-8") from None
    words = [_word(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not words:
        raise RefusedError(f"{path}: expected a labelled word a line, found none")
    first: dict[tuple[str, ...], LabelledWord] = {}
    for each in words:
        before = first.setdefault(each.word, each)
        if before.accept != each.accept:
            raise RefusedError(f"{path}:{each.line}: the word of line {before.line} again, with the other label")
    return tuple(first.values())


def _word(path: Path, number: int, line: str) -> LabelledWord:
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise RefusedError(f"{path}:{number}: expected a JSON object, found {line[:40]!r}") from None
    word = value.get("word") if isinstance(value, dict) else None
    if isinstance(word, str):
        word = list(word)
    if not isinstance(word, list) or not all(isinstance(each, str) and each.split() == [each] for each in word):
        raise RefusedError(f'{path}:{number}: expected "word" as a text or a list of tokens without white space')
    prefixes = value.get("prefixes")
    if isinstance(prefixes, list) and (len(prefixes) != len(word) + 1 or not all(p in (True, False) for p in prefixes)):
        raise RefusedError(f'{path}:{number}: expected {len(word) + 1} of true and false in "prefixes"')
    accept = prefixes[-1] if isinstance(prefixes, list) else value.get("accept")
    if not isinstance(accept, bool):
        raise RefusedError(f'{path}:{number}: expected "accept" as true or false')
    return LabelledWord(tuple(word), accept, number)
