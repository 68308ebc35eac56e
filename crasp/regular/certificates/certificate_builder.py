"""A certificate while it is being put together: the states that it mentions get numbers as they are mentioned."""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, NotRequired, Required, TypedDict, cast

from crasp.regular.automata.moore_machine import Accept, Component, Machine, Target
from crasp.regular.families.family import Family

FEW_LETTERS = 4  # letters on end that are written out


class ProofData(TypedDict, total=False):
    """What shows that a component's states are not told apart: classes by sums of rows, or pairs by equations."""

    classes: list[list[int]]
    pairs: list[dict[str, Any]]
    equations: list[dict[str, Any]]
    proofs: list[dict[str, Any]]


class NoProgramCertificate(ProofData):
    """What shows, as JSON data, that a family has no program: for which question, and of which output or language.

    States are numbered, and given by words that lead to them from the start.
    """

    family: Required[Family]
    accept: Required[Accept]
    target: Required[Target]
    kind: Required[Literal["rows", "differences"]]
    explanation: Required[list[str]]
    states: Required[list[list[str]]]
    output: NotRequired[str]
    regex: NotRequired[str]
    alphabet: NotRequired[list[str]]


@dataclass
class Proof:
    """What a certificate says of a component, and in words what it comes to."""

    machine: Machine
    part: Component
    kind: Literal["rows", "differences"]
    explanation: list[str]
    data: ProofData = field(default_factory=ProofData)
    numbers: dict[int, int] = field(default_factory=dict)

    def states(self, *states: int) -> list[int]:
        """The certificate's numbers of states of the component."""
        return [self.numbers.setdefault(state, len(self.numbers)) for state in states]

    def word(self, letters: tuple[int, ...]) -> list[str]:
        """A word of letter numbers as tokens."""
        return [self.machine.alphabet[letter] for letter in letters]

    def certificate(self, family: Family, accept: Accept, target: Target) -> NoProgramCertificate:
        """The proof as an answer to a question."""
        words = [list(self.machine.words[self.part.states[state]]) for state in self.numbers]
        question = {"family": family, "accept": accept, "target": target}
        said = {"kind": self.kind, "explanation": self.explanation, "states": words}
        return cast(NoProgramCertificate, {**question, **said, **self.data})


def spell(machine: Machine, state: int) -> str:
    """A shortest word that leads to a state, to be read in a sentence: a^9 for a letter read so often on end."""
    runs = [(letter, len(list(run))) for letter, run in groupby(machine.words[state])]
    parts = [f"{letter}^{times}" if times > FEW_LETTERS else " ".join([letter] * times) for letter, times in runs]
    return " ".join(parts) or "the empty word"
