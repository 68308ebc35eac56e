"""Finds an automaton that agrees with the labels, and asks the decider for a verdict on it and a program."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from crasp.errors import Source
from crasp.learning.compared_prefixes import PointWord
from crasp.learning.labelled_prefixes import ACCEPT, LabelledWords, next_output
from crasp.learning.regular_road.state_merging import learnt_automaton
from crasp.learning.regular_road.tree_sizes import tree_size
from crasp.meaning.ir import EOS
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.families.family import FAMILIES, Family, includes
from crasp.regular.timed_proofs import prove
from crasp.regular.verdict import Asked, LanguageVerdict, verdict_of
from crasp.regular.witnesses.program_outputs import Output
from crasp.text.loader import read_program
from tasks.ground.automata.automaton import counted, minimise
from tasks.ground.limited_process import Worker

SHORTER_SHARE = 0.5  # of the longest word's length; a language that counts shows fewer states in words up to there
MOST_TREE = 400  # the most nodes of an output; a program with a larger one is not used


@dataclass(frozen=True)
class AutomatonRoad:
    """An automaton for the labels, the verdict on it, and the decider's program.

    Attributes:
        automaton: The automaton.
        given: Whether it is the target itself. Otherwise it was learnt, and agrees with all labels.
        verdict: Which families of programs define it.
        program: The decider's program, or None if none was written or it is too large.
        sizes: The nodes of each output of the program as a tree.
        sets: Whether the automaton says which tokens may follow, as bits (`set_labels`), and not whether it accepts.
    """

    automaton: Automaton
    given: bool
    verdict: LanguageVerdict
    program: str | None
    sizes: Mapping[str, int]
    sets: bool = False

    @property
    def size(self) -> int:
        """The nodes of the largest output of the program; 0 without a program."""
        return max(self.sizes.values(), default=0)

    @property
    def none(self) -> bool:
        """Whether no program of any family defines the automaton."""
        return self.verdict.families.smallest is None

    @property
    def entries(self) -> int:
        """The number of entries of the automaton's table: for each state an answer, and a successor for each letter."""
        return len(self.automaton.outputs) * (len(self.automaton.alphabet) + 1)

    @property
    def automaton_in_words(self) -> str:
        """A phrase that says which automaton it is."""
        states = counted(len(self.automaton.outputs), "state")
        return f"the automaton of {states}" if self.given else f"an automaton of {states} that agrees with all labels"

    @property
    def in_words(self) -> str:
        """What the automaton shows, in a sentence or two."""
        if self.none:
            return f"{self.automaton_in_words}: {self.verdict.because}"
        program = f"a program of {counted(self.size, 'node')}" if self.program else "no program that is wanted"
        return f"{self.automaton_in_words}: the decider wrote {program}"

    def worth_asking(self, fragments: Sequence[str]) -> tuple[str, ...]:
        """The families in which a formula is worth searching for.

        If the automaton is the target, families without a program are left out. If there is a program, so are the
        families after the first that includes it.
        """
        families = self.verdict.families
        asked = [each for each in fragments if not (self.given and families[_family(each)] is False)]
        if self.program is not None and self.verdict.witness is not None:
            own = [n for n, each in enumerate(asked) if includes(_family(each), self.verdict.witness.family)]
            asked = asked[: own[0] + 1] if own else asked
        return tuple(asked)

    def record(self) -> dict[str, Any]:
        """The automaton and the verdict as JSON data."""
        return {
            "given": self.given,
            "states": len(self.automaton.outputs),
            "alphabet": list(self.automaton.alphabet),
            "transitions": [list(row) for row in self.automaton.successors],
            **self._answers(),
            "families": {family: self.verdict.families[family] for family in FAMILIES},
            "size": self.size if self.program is not None else None,
            "certificate": dict(self.verdict.certificates) or None,
            "because": self.verdict.because,
        }

    def _answers(self) -> dict[str, Any]:
        outputs = self.automaton.outputs
        if not self.sets:
            return {"accepting": [state for state, accepts in enumerate(outputs) if accepts]}
        tokens = (*self.automaton.alphabet, EOS)
        return {"next": [[token for bit, token in enumerate(tokens) if holds(said, bit)] for said in outputs]}


def holds(label: Hashable, bit: int) -> bool:
    """Whether a set, given as bits, contains this bit."""
    return isinstance(label, int) and bool(label >> bit & 1)


def set_labels(given: LabelledWords) -> dict[PointWord, int]:
    """For each prefix the set of what may follow, as bits: a bit for each letter in order, then one for the end.

    A prefix for which some of this is not known is left out.
    """
    parts = [given.labels.get(next_output(token), {}) for token in (*given.alphabet, EOS)]
    known = set(parts[0]).intersection(*parts[1:])
    return {word: sum(part[word] << bit for bit, part in enumerate(parts)) for word in parts[0] if word in known}


def set_outputs(automaton: Automaton) -> tuple[Output, ...]:
    """The outputs of a program for an automaton that says what may follow: `next` for each letter and for the end."""
    return tuple(
        Output("next", frozenset(said for said in automaton.outputs if holds(said, bit)), token)
        for bit, token in enumerate((*automaton.alphabet, EOS))
    )


def _family(name: str) -> Family:
    return next(family for family in FAMILIES if family == name)


def follow_automaton(
    alphabet: tuple[str, ...],
    labels: Mapping[PointWord, int],
    automaton: Automaton | None,
    fragments: Sequence[str],
    *,
    sets: bool = False,
    seconds: float,
    told: Callable[[str], None],
) -> AutomatonRoad | None:
    """The verdict on the given automaton, or on one that agrees with the labels; None if there is none of few states.

    Args:
        alphabet: The letters.
        labels: For prefixes 1 or 0 for accepted or not, or with `sets` what may follow, as in `set_labels`.
        automaton: The target's automaton if it is known; otherwise an automaton is learnt.
        fragments: The families of programs that are wanted.
        sets: Whether the labels are sets of what may follow. Words then need not go on after a letter that may not
            follow.
        seconds: The time limit, in seconds.
        told: Called with lines of progress.
    """
    until = monotonic() + seconds
    found = automaton
    if found is None:
        found = learnt_of_sets(alphabet, labels, until) if sets else learnt_automaton(alphabet, labels, until=until)
    if found is None:
        told("automaton: no small one agrees with the labels")
        return None
    verdict = _proved(found, set_outputs(found) if sets else None, until)
    if isinstance(verdict, SizeError):
        told(f"automaton: {verdict}")
        return None
    program, sizes = _program(verdict, fragments)
    road = AutomatonRoad(found, automaton is not None, verdict, program, sizes, sets)
    told(f"automaton: {road.in_words}")
    return road


def learnt_of_sets(alphabet: tuple[str, ...], labels: Mapping[PointWord, int], until: float) -> Automaton | None:
    """The automaton of labels that are sets; None if there is none, or if the language seems to count.

    It seems to count if the automaton of the shorter words has fewer states.
    """
    found = learnt_automaton(alphabet, labels, until=until, follows=holds)
    if found is None:
        return None
    longest = SHORTER_SHARE * max(map(len, labels))
    shorter = {word: label for word, label in labels.items() if len(word) <= longest}
    of_shorter = learnt_automaton(alphabet, shorter, until=until, confirmed=False)
    return None if of_shorter is None or len(of_shorter.outputs) < len(found.outputs) else found


def program_of_outputs(road: AutomatonRoad, outputs: Collection[str], seconds: float) -> str | None:
    """The decider's program for some of the outputs of an automaton that says what may follow.

    Args:
        road: The automaton.
        outputs: The names of the outputs, as `next_output` gives them.
        seconds: The time limit in seconds.

    Returns:
        The program's text, or None if it was not written in time.
    """
    alphabet = road.automaton.alphabet
    wanted = sum(next_output(token) in outputs and 1 << bit for bit, token in enumerate((*alphabet, EOS)))
    sets = tuple(said & wanted for said in road.automaton.outputs if isinstance(said, int))
    successors, kept = minimise(road.automaton.successors, sets)  # fewer outputs may tell fewer states apart
    automaton = Automaton(alphabet, successors, tuple(sets[state] for state in kept))
    own = tuple(each for each in set_outputs(automaton) if next_output(each.token or "") in outputs)
    verdict = _proved(automaton, own, monotonic() + seconds)
    return None if isinstance(verdict, SizeError) or verdict.witness is None else verdict.witness.program


def _proved(automaton: Automaton, outputs: tuple[Output, ...] | None, until: float) -> LanguageVerdict | SizeError:
    """The verdict, with as many of the program and the certificates as the time allows; or a SizeError."""
    try:
        verdict = verdict_of(Asked(automaton, subject="the labelled words", outputs=outputs))
        with Worker() as worker:
            for proof in prove(verdict, worker, max(0.1, until - monotonic())):
                verdict = proof
    except SizeError as error:
        return error
    return verdict


def _program(verdict: LanguageVerdict, fragments: Sequence[str]) -> tuple[str | None, dict[str, int]]:
    """The decider's program and the size of each of its outputs.

    The program is None if no wanted family has it, or if it is too large.
    """
    witness = verdict.witness
    if witness is None or not any(family in fragments and includes(family, witness.family) for family in FAMILIES):
        return None, {}
    program = read_program(Source("the decider's program", witness.program))
    lines = {next_output(token): line for token, line in program.next}
    if program.accept is not None:
        lines[ACCEPT] = program.accept
    sizes = {output: tree_size(program, line) for output, line in lines.items()}
    return (witness.program, sizes) if max(sizes.values()) <= MOST_TREE else (None, {})
