"""What a person writes to give a regular language: an expression or a file, expressions that bound it, an alphabet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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


def language_from_json(value: Mapping[str, Any]) -> LanguageText:
    """Return the text that `dataclasses.asdict` made a JSON object of."""
    return LanguageText(**{**value, "ands": tuple(value["ands"]), "nots": tuple(value["nots"])})
