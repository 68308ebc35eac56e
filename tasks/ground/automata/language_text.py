"""What a person writes to give a regular language: an expression or a file, others that bound it, an alphabet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LanguageText:
    """What a person wrote: an expression or the name of a file, what the words also match, and must not match.

    `alphabet` holds the tokens, white space between them. Without an expression and a file all words are meant.
    `content` is what the file held when it was read; where it is there, the file is not read again. `called` is what
    the person calls the language.
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
        """Whether there is a language, and not an alphabet alone."""
        return self.regex is not None or self.dfa is not None or bool(self.ands or self.nots)

    @property
    def title(self) -> str:
        """The language in one line, as it is asked for: `(ab)* --and R --not R`."""
        bounds = [f"--and {text}" for text in self.ands] + [f"--not {text}" for text in self.nots]
        first = [text for text in (self.regex, self.dfa) if text is not None]
        return " ".join([*first, *bounds])


def language_from_json(value: Mapping[str, Any]) -> LanguageText:
    """What `dataclasses.asdict` made a JSON object of."""
    return LanguageText(**{**value, "ands": tuple(value["ands"]), "nots": tuple(value["nots"])})
