"""The outputs that a synthesised program defines: each is true at certain answers of the machine."""

from collections.abc import Hashable
from dataclasses import dataclass

from crasp.meaning.ir import EOS
from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.moore_machine import Machine, Target
from crasp.regular.witnesses.syntax_parts import NOWHERE, index
from crasp.spelling import spell_member
from crasp.text.syntax import Index


@dataclass(frozen=True)
class Output:
    """A definition to be written, and the answers of the machine at which it is true.

    For `next` it also has the token.
    """

    name: str  # such as accept, next or state_3
    answers: frozenset[Hashable]
    token: str | None = None

    @property
    def indices(self) -> tuple[Index, ...]:
        """The indices in the brackets of the definition's head."""
        if self.token is None:
            return ()
        return (Index(EOS, False, NOWHERE) if self.token == EOS else index(self.token),)

    @property
    def head(self) -> str:
        """The name with its index, without the position, as in accept, next[a] or state_3."""
        return self.name if self.token is None else spell_member(self.name, (self.token,))


def outputs_of(automaton: Automaton, machine: Machine, target: Target) -> tuple[Output, ...]:
    """The outputs that a program for this target defines, in order."""
    match target:
        case "membership":
            return (Output("accept", frozenset((True,))),)
        case "state":
            members = frozenset(state for state, output in enumerate(automaton.outputs) if output)
            states = range(len(automaton.outputs))
            return (*(Output(f"state_{q}", frozenset((q,))) for q in states), Output("accept", members))
        case "next":
            answers = {answer for row in machine.answers for answer in row} | {machine.at_start}
            found = []
            for letter in automaton.alphabet:
                allowing = frozenset(a for a in answers if isinstance(a, tuple) and letter in a)
                found.append(Output("next", allowing, letter))
            return tuple(found)
