"""A certificate while it is being put together: the states that it mentions get numbers as they are mentioned."""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from crasp.regular.automata.moore_machine import Component, Machine

FEW_LETTERS = 4  # letters on end that are written out


@dataclass
class Proof:
    """What a certificate says of a component, and in words what it comes to."""

    machine: Machine
    part: Component
    kind: str
    explanation: list[str]
    data: dict[str, Any] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)

    def states(self, *states: int) -> list[int]:
        """The certificate's numbers of states of the component."""
        return [self.numbers.setdefault(state, len(self.numbers)) for state in states]

    def word(self, letters: tuple[int, ...]) -> list[str]:
        """A word of letter numbers as tokens."""
        return [self.machine.alphabet[letter] for letter in letters]

    def record(self) -> dict[str, Any]:
        """The certificate as JSON data, states given by words that lead to them from the start."""
        words = [list(self.machine.words[self.part.states[state]]) for state in self.numbers]
        return {"kind": self.kind, "explanation": self.explanation, "states": words, **self.data}


def spell(machine: Machine, state: int) -> str:
    """A shortest word that leads to a state, to be read in a sentence: a^9 for a letter read so often on end."""
    runs = [(letter, len(list(run))) for letter, run in groupby(machine.words[state])]
    parts = [f"{letter}^{times}" if times > FEW_LETTERS else " ".join([letter] * times) for letter, times in runs]
    return " ".join(parts) or "the empty word"
