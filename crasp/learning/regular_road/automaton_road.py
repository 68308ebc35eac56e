"""An automaton that agrees with the labels, what the decider says of it, and the program that it writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from crasp.errors import Source
from crasp.learning.compared_prefixes import PointWord
from crasp.learning.regular_road.state_merging import learnt_automaton
from crasp.learning.regular_road.tree_sizes import tree_size
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.families.decision import FAMILIES, Family, includes
from crasp.regular.timed_proofs import prove
from crasp.regular.verdict import Asked, LanguageVerdict, verdict_of
from crasp.text.loader import read_program
from tasks.ground.automata.automaton import counted
from tasks.ground.limited_process import Worker

MOST_TREE = 400  # nodes of a program of this road: a larger one is left unsaid


@dataclass(frozen=True)
class AutomatonRoad:
    """What the automaton says. `given`: it is the target itself; else it was learnt, and agrees with all labels.

    `program` is the decider's, of `size` nodes as a tree, None where none was written.
    """

    automaton: Automaton
    given: bool
    verdict: LanguageVerdict
    program: str | None
    size: int

    @property
    def none(self) -> bool:
        """Whether no program of any family defines the automaton."""
        return self.verdict.families.smallest is None

    @property
    def entries(self) -> int:
        """How long a description the automaton is: its table's entries, a next state for each letter and an answer."""
        return len(self.automaton.outputs) * (len(self.automaton.alphabet) + 1)

    @property
    def automaton_in_words(self) -> str:
        """Which automaton it is."""
        states = counted(len(self.automaton.outputs), "state")
        return f"the automaton of {states}" if self.given else f"an automaton of {states} that agrees with all labels"

    @property
    def in_words(self) -> str:
        """What is known by it, in a sentence or two."""
        if self.none:
            return f"{self.automaton_in_words}: {self.verdict.because}"
        program = f"a program of {counted(self.size, 'node')}" if self.program else "no program that is wanted"
        return f"{self.automaton_in_words}: the decider wrote {program}"

    def worth_asking(self, fragments: Sequence[str]) -> tuple[str, ...]:
        """The families that may have a program: of a target that is known those that have one.

        Where there is a program, none that comes after its family: what is claimed of it is claimed there.
        """
        families = self.verdict.families
        asked = [each for each in fragments if not (self.given and families[_family(each)] is False)]
        if self.program is not None and self.verdict.witness is not None:
            own = [n for n, each in enumerate(asked) if includes(_family(each), self.verdict.witness.family)]
            asked = asked[: own[0] + 1] if own else asked
        return tuple(asked)

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "given": self.given,
            "states": len(self.automaton.outputs),
            "alphabet": list(self.automaton.alphabet),
            "transitions": [list(row) for row in self.automaton.successors],
            "accepting": [state for state, accepts in enumerate(self.automaton.outputs) if accepts],
            "families": {family: self.verdict.families[family] for family in FAMILIES},
            "size": self.size if self.program is not None else None,
            "certificate": dict(self.verdict.certificates) or None,
            "because": self.verdict.because,
        }


def _family(name: str) -> Family:
    return next(family for family in FAMILIES if family == name)


def follow_automaton(
    alphabet: tuple[str, ...],
    labels: Mapping[PointWord, bool],
    automaton: Automaton | None,
    fragments: Sequence[str],
    *,
    seconds: float,
    told: Callable[[str], None],
) -> AutomatonRoad | None:
    """The verdict on the automaton that is given, or on one that agrees with the labels; None where there is none.

    Args:
        alphabet: The letters.
        labels: Of prefixes.
        automaton: The target, where it is one; else one is learnt.
        fragments: The families of programs that are wanted.
        seconds: How long it may take.
        told: Called with a line of progress.
    """
    until = monotonic() + seconds
    found = automaton if automaton is not None else learnt_automaton(alphabet, labels, until=until)
    if found is None:
        told("automaton: none of few states agrees with the labels")
        return None
    try:
        verdict = verdict_of(Asked(found, subject="the labelled words"))
        left = max(0.1, until - monotonic())
        with Worker() as worker:
            for proof in prove(verdict, worker, left):
                verdict = proof
    except SizeError as error:
        told(f"automaton: {error}")
        return None
    program, size = _program(verdict, fragments)
    road = AutomatonRoad(found, automaton is not None, verdict, program, size)
    told(f"automaton: {road.in_words}")
    return road


def _program(verdict: LanguageVerdict, fragments: Sequence[str]) -> tuple[str | None, int]:
    witness = verdict.witness
    if witness is None or not any(family in fragments and includes(family, witness.family) for family in FAMILIES):
        return None, 0
    program = read_program(Source("the decider's program", witness.program))
    assert program.accept is not None
    size = tree_size(program, program.accept)
    return (witness.program, size) if size <= MOST_TREE else (None, 0)
