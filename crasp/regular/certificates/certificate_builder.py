"""Puts a certificate together. Each state gets a number when it is first mentioned."""

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, NotRequired, Required, TypedDict, cast

from crasp.regular.automata.moore_machine import Accept, Component, Machine, Target
from crasp.regular.families.family import Family

FEW_LETTERS = 4  # so many repetitions of a letter are written out; more as a power


class ProofData(TypedDict, total=False):
    """The proof that a component's states cannot be told apart, as JSON data.

    It has either `classes` of states with sums of rows, or `pairs` of states with `equations`. docs/regular.md, section
    6, defines them.
    """

    classes: list[list[int]]
    pairs: list[dict[str, Any]]
    equations: list[dict[str, Any]]
    proofs: list[dict[str, Any]]


class NoProgramCertificate(ProofData):
    """A certificate that a family has no program, as JSON data.

    It names the question, and the output or the language that it is about. The proof refers to states by number.
    `states` has for each a word that leads to it from the start.
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
    """What a certificate says of a component, and an explanation in words, while it is put together."""

    machine: Machine
    part: Component
    kind: Literal["rows", "differences"]
    explanation: list[str]
    data: ProofData = field(default_factory=ProofData)
    numbers: dict[int, int] = field(default_factory=dict)

    def states(self, *states: int) -> list[int]:
        """The certificate's numbers of these states of the component; new states get the next numbers."""
        return [self.numbers.setdefault(state, len(self.numbers)) for state in states]

    def word(self, letters: tuple[int, ...]) -> list[str]:
        """The tokens of a word given by numbers of letters."""
        return [self.machine.alphabet[letter] for letter in letters]

    def certificate(self, family: Family, accept: Accept, target: Target) -> NoProgramCertificate:
        """The proof as a certificate that answers a question."""
        words = [list(self.machine.words[self.part.states[state]]) for state in self.numbers]
        question = {"family": family, "accept": accept, "target": target}
        said = {"kind": self.kind, "explanation": self.explanation, "states": words}
        return cast(NoProgramCertificate, {**question, **said, **self.data})


def spell(machine: Machine, state: int) -> str:
    """A shortest word that leads to a state, as text for a sentence; a long run of a letter is written as a^9."""
    runs = [(letter, len(list(run))) for letter, run in groupby(machine.words[state])]
    parts = [f"{letter}^{times}" if times > FEW_LETTERS else " ".join([letter] * times) for letter, times in runs]
    return " ".join(parts) or "the empty word"
