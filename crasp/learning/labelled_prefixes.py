"""Reads labelled words, and collects which labels are known of which prefixes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crasp.learning.compared_prefixes import PointWord
from crasp.meaning.interpreter import split_word
from crasp.meaning.ir import EOS
from crasp.spelling import near, spell_member
from tasks.ground.automata.tokens import LanguageError, read_alphabet, why_not_a_token
from tasks.ground.console import RefusedError
from tasks.ground.files import shown, text_lines
from tasks.ground.json_text import RepeatedKeyError, read_json_text

ACCEPT, SEPARATOR = "accept", "<sep>"
ENDS = (EOS, "<eos>")  # each of these in `next` says that the word may end
FIELDS = (ACCEPT, "prefixes", "next")
MOST_LETTERS = 2_000  # the most letters of a word, because every prefix is a point
MOST_PREFIX_LETTERS = 30_000_000  # the most letters of all prefixes of all words, each of which is kept as a word


@dataclass(frozen=True)
class LabelledWords:
    """The known labels: for each output, `accept` or `next[token]`, its label at each labelled prefix."""

    alphabet: tuple[str, ...]
    words: tuple[PointWord, ...]
    labels: Mapping[str, Mapping[PointWord, bool]]


def next_output(token: str) -> str:
    """The name of the output that says whether the token may follow, as a program writes it.

    It differs from `accept` for every token.
    """
    return spell_member("next", (token,))


@dataclass(frozen=True)
class _LabelledLine:
    place: str
    word: tuple[str, ...]
    outputs: tuple[tuple[int, str, bool], ...]  # (length of a prefix, output, label)


def read_labelled_words(file: str, alphabet: str | None = None) -> LabelledWords:
    """The labelled words of a file of JSON lines (docs/learn.md, section "What is given").

    Args:
        file: The file's path, or `-` for standard input.
        alphabet: The tokens, separated by white space; None for those that occur.

    Raises:
        RefusedError: A line is no labelled word, two lines contradict each other, or all labels of `accept` are the
            same.
        LoadError: The file cannot be read.
    """
    records = [_record(f"{shown(file)}, line {n}", text) for n, text in enumerate(text_lines(file), 1) if text.strip()]
    if not records:
        raise RefusedError(f"{shown(file)}: expected labelled words, one in each line; found none")
    tokens = _alphabet(file, records, alphabet)
    lines = [_line(place, record, tokens) for place, record in _few_enough(records)]
    if len({bool([1 for _, output, _ in line.outputs if output == ACCEPT]) for line in lines}) > 1:
        raise RefusedError(f"{shown(file)}: expected labels of one kind; found accept and next in one file")
    order = {token: number for number, token in enumerate(tokens)}
    labels = _labels(lines, order)
    for output, known in labels.items():
        if output == ACCEPT and len(set(known.values())) < 2:
            kind = "accepted" if next(iter(known.values())) else "rejected"
            raise RefusedError(f"{shown(file)}: every label is {kind}: expected some of both")
    return LabelledWords(tokens, tuple(dict.fromkeys(tuple(order[t] for t in line.word) for line in lines)), labels)


def _few_enough(records: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the records; RefusedError at the first with which the prefixes of all words are too many to be kept."""
    letters = 0
    for place, record in records:
        word = record["word"]
        length = len(word.split() if isinstance(word, str) and any(map(str.isspace, word)) else word)
        letters += length * (length + 1) // 2
        if letters > MOST_PREFIX_LETTERS:
            raise RefusedError(
                f"{place}: the prefixes of the words to here have {letters:,} letters together; at most "
                f"{MOST_PREFIX_LETTERS:,} are read: give fewer words, or shorter ones"
            )
        yield place, record


def _record(place: str, text: str) -> tuple[str, dict[str, Any]]:
    begin = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:40])
    try:
        record = read_json_text(text)
    except RepeatedKeyError as error:
        raise RefusedError(f"{place}: {error}") from None
    except (ValueError, RecursionError):
        raise RefusedError(f"{place}: expected a JSON object, found {begin}") from None
    if not isinstance(record, dict) or "word" not in record:
        raise RefusedError(f'{place}: expected an object with "word", found {begin}')
    word, given = record["word"], [field for field in FIELDS if field in record]
    if not isinstance(word, str) and not (isinstance(word, list) and all(isinstance(t, str) for t in word)):
        raise RefusedError(f'{place}: "word": expected a text or a list of tokens')
    if len(given) != 1:
        raise RefusedError(f'{place}: expected one of "accept", "prefixes" and "next", found {len(given)}')
    if len(word) > MOST_LETTERS:
        raise RefusedError(f"{place}: the word has {len(word)} letters; at most {MOST_LETTERS} are read")
    if isinstance(word, list):
        _check_tokens(f'{place}: "word"', word)
    if "next" in record:
        record["next"] = _checked_next(place, record["next"])
    return place, record


def _checked_next(place: str, entries: Any) -> list[list[str]]:
    """The lists of tokens that may follow. `<eos>`, as sampled words and models call the end, becomes `eos`."""
    if not isinstance(entries, list):
        raise RefusedError(f'{place}: "next": expected a list that holds a list of tokens for each prefix')
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, list) or not all(isinstance(token, str) for token in entry):
            raise RefusedError(f'{place}: "next", entry {number}: expected a list of tokens, or eos')
        _check_tokens(f'{place}: "next", entry {number}', [token for token in entry if token not in ENDS])
    return [[EOS if token in ENDS else token for token in entry] for entry in entries]


def _check_tokens(place: str, tokens: Sequence[str]) -> None:
    for token in dict.fromkeys(tokens):
        if reason := why_not_a_token(token):
            raise RefusedError(f"{place}: {reason}" + ("" if token and token in reason else f", found {token!r}"))


def _alphabet(file: str, records: Sequence[tuple[str, dict[str, Any]]], given: str | None) -> tuple[str, ...]:
    if given is not None:
        return _read_alphabet(given.split())
    found: set[str] = set()
    texts: set[str] = set()  # without white space
    for _, record in records:
        word = record["word"]
        if isinstance(word, str) and not any(map(str.isspace, word)):
            texts.add(word)
        else:
            found |= set(word.split() if isinstance(word, str) else word)
        found |= {token for entry in record.get("next", []) for token in entry} - {EOS}
    # Where some token is longer than a character, such a text is one token, as everywhere.
    found |= texts - {""} if any(len(token) > 1 for token in found) else set("".join(texts))
    if not found:
        raise RefusedError(f"{shown(file)}: no word has a letter, and no alphabet was given")
    return _read_alphabet(sorted(found, key=_in_order))


def _read_alphabet(tokens: Sequence[str]) -> tuple[str, ...]:
    """The tokens as an alphabet. `<sep>`, which comes before an answer and is no token of a language, comes last."""
    marks = tuple(token for token in tokens if token == SEPARATOR)
    try:
        return (*read_alphabet(" ".join(token for token in tokens if token != SEPARATOR)), *marks[:1])
    except LanguageError as error:
        raise RefusedError(str(error)) from None


def _in_order(token: str) -> tuple[bool, int, str]:
    """A sort key that puts numbers first, in the order of their values."""
    number = token.isascii() and token.isdecimal()
    return not number, int(token) if number else 0, token


def _line(place: str, record: dict[str, Any], alphabet: tuple[str, ...]) -> _LabelledLine:
    given = record["word"]
    word = split_word(given, alphabet) if isinstance(given, str) else tuple(given)
    for position, token in enumerate(word, 1):
        if token not in alphabet:
            guess = near(token, alphabet)
            hint = "" if guess is None else f"; the nearest is {guess}"
            raise RefusedError(f"{place}, position {position}: the alphabet has no token {token}{hint}")
    field = next(field for field in FIELDS if field in record)
    labels = record[field]
    if field == ACCEPT:
        if not isinstance(labels, bool):
            raise RefusedError(f'{place}: "accept": expected true or false')
        return _LabelledLine(place, word, ((len(word), ACCEPT, labels),))
    if not isinstance(labels, list) or len(labels) != len(word) + 1:
        raise RefusedError(
            f'{place}: "{field}": expected a list of {len(word) + 1}, one more than the word has letters'
        )
    if field == "prefixes":
        if not all(isinstance(label, bool) for label in labels):
            raise RefusedError(f'{place}: "prefixes": expected true or false for each prefix')
        return _LabelledLine(place, word, tuple((n, ACCEPT, label) for n, label in enumerate(labels)))
    outputs = (*alphabet, EOS)
    for number, allowed in enumerate(labels):
        for token in allowed:
            if token not in outputs:
                raise RefusedError(f'{place}: "next", entry {number + 1}: the alphabet has no token {token}')
    return _LabelledLine(
        place, word, tuple((n, next_output(t), t in allowed) for n, allowed in enumerate(labels) for t in outputs)
    )


def _labels(lines: Sequence[_LabelledLine], order: Mapping[str, int]) -> dict[str, dict[PointWord, bool]]:
    labels: dict[str, dict[PointWord, bool]] = {}
    said: dict[tuple[str, PointWord], str] = {}
    for line in lines:
        word = tuple(order[token] for token in line.word)
        for length, output, label in line.outputs:
            known, prefix = labels.setdefault(output, {}), word[:length]
            if known.setdefault(prefix, label) != label:
                shown_word = " ".join(line.word[:length]) or "the empty word"
                raise RefusedError(
                    f"{line.place}: contradicts {said[output, prefix]}: {output} is labelled both true and false "
                    f"for {shown_word}"
                )
            said.setdefault((output, prefix), line.place)
    return labels
