"""What a person writes to give a regular language: an expression or a file, expressions that bound it, an alphabet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.ground.automata.tokens import LanguageError, checked_alphabet


@dataclass(frozen=True)
class LanguageText:
    """What a person wrote to give a regular language.

    regex       a regular expression
    dfa         the path of an automaton's file
    alphabet    the tokens, separated by white space
    ands, nots  expressions that all words match, and expressions that no word matches
    content     what the file held when it was read; if it is given, the file is not read again
    called      the name that the person gives the language

    Without an expression and a file, all words are meant, bounded by `ands` and `nots`.
    """

    regex: str | None = None
    dfa: str | None = None
    alphabet: str | None = None
    ands: tuple[str, ...] = ()
    nots: tuple[str, ...] = ()
    content: str | None = None
    called: str | None = None

    @property
    def given(self) -> bool:
        """Whether a language is given, and not just an alphabet."""
        return self.regex is not None or self.dfa is not None or bool(self.ands or self.nots)

    @property
    def title(self) -> str:
        """The language in one line, as options give it: `(ab)* --and R --not R`."""
        bounds = [f"--and {text}" for text in self.ands] + [f"--not {text}" for text in self.nots]
        first = [text for text in (self.regex, self.dfa) if text is not None]
        return " ".join([*first, *bounds])


def given_text(
    regex: str | None,
    dfa: str | Path | None,
    alphabet: str | Sequence[str] | None,
    ands: Sequence[str],
    nots: Sequence[str],
) -> LanguageText:
    """Return what a caller of the Python interface gave, with the alphabet as one text.

    Raises:
        LanguageError: An argument has another type; the message names it. A single text in place of a list of
            expressions is refused too: each of its characters would be taken as an expression.
    """
    for name, text in (("regex", regex), ("dfa", dfa)):
        if text is not None and not isinstance(text, str | Path if name == "dfa" else str):
            raise LanguageError(f"{name}: expected a text, found {text!r}")
    bounds = _texts(ands, "ands", "expressions"), _texts(nots, "nots", "expressions")
    tokens = alphabet
    if tokens is not None and not isinstance(tokens, str):
        tokens = " ".join(checked_alphabet(dict.fromkeys(_texts(tokens, "alphabet", "tokens")), "alphabet"))
    return LanguageText(regex, None if dfa is None else str(dfa), tokens, *bounds)


def _texts(given: object, name: str, what: str) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise LanguageError(f"{name}: expected a list of {what}, found {given!r}")
    texts = tuple(given)
    wrong = next((each for each in texts if not isinstance(each, str)), None)
    if wrong is not None:
        raise LanguageError(f"{name}: expected a list of {what}, found {wrong!r} in it")
    return texts


def language_from_json(value: Mapping[str, Any]) -> LanguageText:
    """Return the text that `dataclasses.asdict` made a JSON object of."""
    return LanguageText(**{**value, "ands": tuple(value["ands"]), "nots": tuple(value["nots"])})
