"""The transitions of an automaton in JSON, in every form that is in use, each with the path of keys to it.

{"s": {"a": "t", "b": ["s", "t"]}}       a row for each state; one target or several, or null for none
{"s": [["a", "t"], ["b", "s"]]}          for each state, pairs of a letter and a target
{"s,a": "t"}                             a state and a letter as one key
[["s", "a", "t"]], [[["s", "a"], "t"]]   a list; [state, state, letter] too, if no other reading fits
[{"from": "s", "symbol": "a", "to": "t"}]
[[1, 0], [null, 1]]                      a table: a row for each state by its number, a column for each token
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tasks.ground.automata.nondeterministic import EMPTY, EMPTY_NAMES
from tasks.ground.automata.tokens import LanguageError, why_not_a_letter
from tasks.ground.json_text import JsonPath, shown_path

FROM = ("from", "source", "src", "state", "origin", "fromstate", "start", "current")
TO = ("to", "target", "dst", "dest", "destination", "nextstate", "next", "tostate", "targets", "end")
READS = ("symbol", "letter", "label", "input", "read", "reads", "on", "token", "symbols", "letters", "labels", "char")
SPELT = frozenset(("epsilon", "eps", "lambda", "λ"))  # these mean no letter if a declared alphabet lacks them


@dataclass(frozen=True, slots=True)
class Arc:
    """The transitions from one state with one letter, or with EMPTY; `path` is where they stand in the JSON."""

    source: str
    letter: str
    targets: tuple[str, ...]
    path: JsonPath


def normal(key: str) -> str:
    """Return the key in lower case, with its letters and digits alone."""
    return "".join(character for character in key.casefold() if character.isalnum())


def kind_of(value: Any) -> str:
    """Return what a JSON value is called in messages."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true or false"
    names: dict[type, str] = {dict: "an object", list: "a list", str: "a text", int: "a number", float: "a number"}
    return "an empty list" if value == [] else next(name for type_, name in names.items() if isinstance(value, type_))


def name_of(value: Any, path: JsonPath, what: Literal["state", "token"]) -> str:
    """Return the name of a state or token, which is a text or a whole number.

    Raises:
        LanguageError: The value is something else; the message has its path.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        found = kind_of(value)
        raise LanguageError(f"`{shown_path(path)}`: expected a {what}, a text or a whole number, found {found}")
    return str(value)


def arcs_of(
    value: Any, path: JsonPath, alphabet: tuple[str, ...] | None, states: frozenset[str] | None, remarks: list[str]
) -> Iterator[Arc]:
    """Yield the transitions that a JSON value holds.

    Args:
        value: The value.
        path: The path of keys to it, for messages.
        alphabet: The declared tokens, if any.
        states: The declared states, if any.
        remarks: Gets a remark if the transitions are read as [state, state, letter].

    Raises:
        LanguageError: Something is not a transition; the message has its path.
    """
    reader = _TransitionReader(None if alphabet is None else frozenset(alphabet), states)
    if isinstance(value, dict):
        for key, row in value.items():
            yield from reader.row(key, row, (*path, key))
    elif isinstance(value, list) and alphabet is not None and reader.is_table(value, len(alphabet)):
        for number, row in enumerate(value):
            for column, target in enumerate(row):
                yield Arc(
                    str(number), alphabet[column], () if target is None else (str(target),), (*path, number, column)
                )
    elif isinstance(value, list):
        if reader.letter_is_last(value):
            remarks.append("the transitions are read as [state, state, letter]")
        for number, each in enumerate(value):
            yield from reader.entry(each, (*path, number))
    else:
        raise LanguageError(
            f"`{shown_path(path)}`: expected an object of states or a list of transitions, found {kind_of(value)}"
        )


class _TransitionReader:
    """Reads transitions of any form.

    `order` says at which index the letter and the target of a list of three stand.
    """

    def __init__(self, letters: frozenset[str] | None, states: frozenset[str] | None) -> None:
        self.letters = letters
        self.states = states
        self.empty = EMPTY_NAMES if letters is None else (EMPTY_NAMES | SPELT) - letters
        self.order = (1, 2)

    def row(self, key: str, row: Any, path: JsonPath) -> Iterator[Arc]:
        """Yield the transitions of one state, or of one key that holds a state and a letter."""
        if row in (None, {}, []):  # the state has no transitions
            yield Arc(key, EMPTY, (), path)
        elif isinstance(row, dict):
            for letter, target in row.items():
                yield self._arc(key, letter, target, (*path, letter))
        elif isinstance(row, list) and all(isinstance(each, list | dict) for each in row):
            for number, each in enumerate(row):
                place = (*path, number)
                if isinstance(each, dict):
                    yield from self._of_object({"from": key, **each}, place)
                elif len(each) == 2:
                    yield self._arc(key, each[0], each[1], place)
                else:
                    raise LanguageError(f"`{shown_path(place)}`: expected a letter and a state")
        else:
            yield self._of_key(key, row, path)

    def entry(self, entry: Any, path: JsonPath) -> Iterator[Arc]:
        """Yield the transitions of one item of a list."""
        if isinstance(entry, dict):
            yield from self._of_object(entry, path)
        elif isinstance(entry, list) and len(entry) == 3:
            letter, target = self.order
            yield self._arc(entry[0], entry[letter], entry[target], path)
        elif isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], list) and len(entry[0]) == 2:
            yield self._arc(entry[0][0], entry[0][1], entry[1], path)
        else:
            raise LanguageError(
                f"`{shown_path(path)}`: expected a transition, [state, letter, state], found {kind_of(entry)}"
            )

    def is_table(self, rows: list[Any], width: int) -> bool:
        """Return whether the rows are a table of state numbers, and cannot be a list of transitions."""
        numbers = range(len(rows))
        return bool(rows) and all(
            isinstance(row, list)
            and len(row) == width
            and all(target is None or (type(target) is int and target in numbers) for target in row)
            and (width != 3 or None in row or not self._fits(row, 1, 2))
            for row in rows
        )

    def letter_is_last(self, entries: list[Any]) -> bool:
        """Return whether what is declared allows only the reading [state, state, letter], and set `order` by it."""
        threes = [each for each in entries if isinstance(each, list) and len(each) == 3]
        threes = [each for each in threes if all(isinstance(part, str | int) for part in each)]
        if not threes or all(self._fits(each, 1, 2) for each in threes) or len(threes) < len(entries):
            return False
        last = all(self._fits(each, 2, 1) for each in threes)
        self.order = (2, 1) if last else (1, 2)
        return last

    def _fits(self, entry: list[Any], letter: int, target: int) -> bool:
        known = self.states is None or (str(entry[0]) in self.states and str(entry[target]) in self.states)
        reads = str(entry[letter])
        return known and (self.letters is None or reads in self.letters or reads in self.empty or reads == EMPTY)

    def _of_object(self, entry: dict[str, Any], path: JsonPath) -> Iterator[Arc]:
        found = []
        for what, names in (("from", FROM), ("symbol", READS), ("to", TO)):
            keys = [key for key in entry if normal(key) in names]
            if len(keys) != 1:
                said = "is missing" if not keys else f"is there twice, as `{keys[0]}` and as `{keys[1]}`"
                raise LanguageError(f"`{shown_path(path)}`: expected from, symbol and to: `{what}` {said}")
            found.append(entry[keys[0]])
        source, reads, target = found
        for letter in reads if isinstance(reads, list) else [reads]:
            yield self._arc(source, letter, target, path)

    def _of_key(self, key: str, target: Any, path: JsonPath) -> Arc:
        """Return the transition of a key such as `s,a`, in which a comma separates a state from a letter."""
        cuts = [k for k, character in enumerate(key) if character == ","]
        parts = [(key[:cut].strip(), key[cut + 1 :].strip()) for cut in cuts]
        fitting = [
            (state, letter)
            for state, letter in parts
            if (self.states is None or state in self.states)
            and (self.letters is None or letter in self.letters or letter in self.empty or letter == EMPTY)
        ]
        if len(fitting) == 1:
            return self._arc(*fitting[0], target, path)
        if len(parts) == 1:
            return self._arc(*parts[0], target, path)
        raise LanguageError(f"`{shown_path(path)}`: expected an object of letters, found {kind_of(target)}")

    def _arc(self, source: Any, letter: Any, target: Any, path: JsonPath) -> Arc:
        reads = EMPTY if letter is None else name_of(letter, path, "token")
        if reads in self.empty:
            reads = EMPTY
        reason = why_not_a_letter(reads) if reads != EMPTY else None
        if reason is not None:
            raise LanguageError(f"`{shown_path(path)}`: {reason}")
        targets = target if isinstance(target, list) else [] if target is None else [target]
        return Arc(name_of(source, path, "state"), reads, tuple(name_of(each, path, "state") for each in targets), path)
