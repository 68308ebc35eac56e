"""Sentences in which a project declares what its architecture does, such as "keeps counting to 4x"."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from eval.probe.capabilities import CAPABILITIES
from eval.probe.card import CardRow
from eval.probe.protocol import REACH_TIMES

FORMS: Final = "keeps CAPABILITY to Nx, learns CAPABILITY, does not learn CAPABILITY"


class DeclarationError(ValueError):
    """A sentence declares nothing that can be tested; the message gives the reason."""


@dataclass(frozen=True)
class Declaration:
    """One sentence: the capability, and what is to hold of it.

    Attributes:
        text: The sentence.
        capability: The capability's name.
        says: What is declared.
        times: With "keeps", the least median horizon, in training lengths; None otherwise.
    """

    text: str
    capability: str
    says: Literal["keeps", "learns", "does not learn"]
    times: float | None = None

    def broken_by(self, row: CardRow) -> str | None:
        """Return how the runs differ from what is declared; None if they do not."""
        came = f"{row.learnt} of {row.runs} runs learnt it"
        if self.says == "does not learn":
            return came if row.learnt else None
        if row.learnt < row.runs:
            return came
        if self.times is not None and row.horizon is None:
            return f"{came}, and no run has a horizon"
        if self.times is not None and row.horizon is not None and row.horizon < self.times:
            return f"{came}, and the median horizon is {row.horizon:.1f}x"
        return None


def read_declaration(text: str) -> Declaration:
    """Return the declaration that a sentence makes.

    Raises:
        DeclarationError: It makes none; the message says what is expected.
    """
    found = re.fullmatch(
        r"(keeps|learns|does not learn)\s+(.+?)(?:\s+to\s+([0-9.]+)\s*x)?", text.strip(), re.IGNORECASE
    )
    if found is None:
        raise DeclarationError(f"{text!r}: expected {FORMS}")
    says, named, times = found[1].lower(), found[2], found[3]
    if (says == "keeps") != (times is not None):
        raise DeclarationError(f"{text!r}: expected {FORMS}")
    name = _capability(named, text)
    if says == "keeps":
        return Declaration(text.strip(), name, "keeps", _times(str(times), text))
    return Declaration(text.strip(), name, "learns" if says == "learns" else "does not learn")


def _capability(named: str, text: str) -> str:
    plain = _plain(named)
    for name, capability in CAPABILITIES.items():
        if plain in (_plain(name), _plain(capability.phrase)):
            return name
    phrases = ", ".join(each.phrase for each in CAPABILITIES.values())
    raise DeclarationError(f"{text!r}: there is no capability {named!r}; expected one of {phrases}")


def _plain(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.lower()).removeprefix("the ").strip()


def _times(number: str, text: str) -> float:
    try:
        times = float(number)
    except ValueError:
        raise DeclarationError(f"{text!r}: expected a number of training lengths, found {number!r}") from None
    if not 1 <= times <= REACH_TIMES:
        raise DeclarationError(f"{text!r}: horizons are searched from 1x to {REACH_TIMES}x, found {number}x")
    return times
