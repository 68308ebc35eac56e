"""Decides which families have a program for what may follow, if only prefixes of members are asked about.

A model that is trained to continue members never sees a word that no member begins with. So a program need not notice
that a word has left the language, and this can be easier: for (b|db)* only the last letter matters, although a program
that accepts the language has to look back. docs/regular.md, section 9, has the proofs.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from crasp.meaning.ir import EOS
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.automata.moore_machine import START, Component, Machine, live_states, strong_components
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FAMILIES, Families, Family
from crasp.regular.families.lookback_pairs import inseparable, recurrent_pairs
from crasp.regular.families.potentials import finest
from crasp.regular.families.residue_potentials import finest_with_residues

MOST_STATES = 200  # if more states are live, only what accepts the language is known
FEW_STATES = 40  # if more are live, no merging is tried, because each is decided by itself
MOST_MERGINGS = 300  # partitions of the states that are tried
NOT_SETTLED = "whether prefixes of members alone are easier was not settled"

StateGroups: TypeAlias = tuple[int, ...]  # (live states,): the number of each state's group


@dataclass(frozen=True)
class Continuations:
    """What may follow each prefix of a member, by the state of an automaton that it leads to.

    Attributes:
        alphabet: The letters.
        steps: For each state and letter the next state, or -1 if the letter may not follow there. The first state is
            that of the empty word, and every other state is reached from it.
        follow: For each state the tokens that may follow, `EOS` among them where the word may end.
    """

    alphabet: tuple[str, ...]
    steps: tuple[tuple[int, ...], ...]
    follow: tuple[tuple[str, ...], ...]

    @classmethod
    def of_language(cls, automaton: Automaton) -> "Continuations":
        """What may follow the prefixes of a language's members; some word has to be a member."""
        live = live_states(automaton)
        allowed = [
            (*(a for a, t in zip(automaton.alphabet, row, strict=True) if t in live), *([EOS] if ends else []))
            for row, ends in zip(automaton.successors, automaton.outputs, strict=True)
        ]
        return cls.of_allowed(automaton, allowed)

    @classmethod
    def of_allowed(cls, automaton: Automaton, allowed: Sequence[tuple[str, ...]]) -> "Continuations":
        """What may follow each word whose every letter is among the tokens allowed before it.

        Args:
            automaton: The automaton; its outputs are not read.
            allowed: For each of its states the tokens that are allowed there, `EOS` if the word may end.
        """
        reached = {START: 0}
        for state in (queue := [START]):  # grows while it is read
            for letter, target in zip(automaton.alphabet, automaton.successors[state], strict=True):
                if letter in allowed[state] and target not in reached:
                    reached[target] = len(reached)
                    queue.append(target)
        steps = (
            tuple(
                reached[target] if letter in allowed[state] else -1
                for letter, target in zip(automaton.alphabet, automaton.successors[state], strict=True)
            )
            for state in queue
        )
        return cls(automaton.alphabet, tuple(steps), tuple(allowed[state] for state in queue))


@dataclass(frozen=True)
class StateMerging:
    """States that need not be told apart on prefixes of members, and the machine in which they are one.

    Attributes:
        machine: After each letter it answers with the tokens that may follow, `EOS` among them where the word may end.
            After a word that no member begins with, the answer is None.
        words: For each group of more than one state, a shortest word to each of its states.
    """

    machine: Machine
    words: tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True)
class MembersVerdict:
    """The families that have a program for what may follow a prefix of a member.

    `mergings` has the merging that gives a program for each family that has none for membership at the last letter.
    """

    families: Families
    mergings: dict[Family, StateMerging]


def decide_on_members(continuations: Continuations, whole: Families) -> MembersVerdict:
    """Decides what may follow at the last letter of every prefix of a member, whatever is answered after other words.

    A family that answers rightly after every word has a program. For another family the answer is no only if two
    states are proved to be told apart by no program of the family, though a word that may follow both has different
    answers. For the rest, mergings of states are tried; if none gives a program, the answer is None.

    Args:
        continuations: What may follow.
        whole: The answers for membership at the last letter, or for the answers after every word.
    """
    if all(whole[family] is not False for family in FAMILIES):
        return MembersVerdict(whole, {})
    if len(continuations.steps) > MOST_STATES:
        return _verdict(whole, {family: whole[family] or None for family in FAMILIES}, {})
    live = _Live(continuations)
    answers: dict[Family, bool | None] = {family: whole[family] for family in FAMILIES}
    mergings: dict[Family, StateMerging] = {}
    # What is refuted needs no search: a proof and a program exclude each other.
    open_ones = [family for family in FAMILIES if whole[family] is False and not live.refutes(family)]
    answers |= dict.fromkeys(open_ones)
    if open_ones and len(live.steps) <= FEW_STATES:
        for groups in islice(live.mergings(), MOST_MERGINGS):
            merging = live.merged(groups)
            easier = decide(merging.machine)
            for family in open_ones:
                if easier[family] and answers[family] is None:
                    answers[family] = True
                    mergings[family] = merging
            if all(answers[family] for family in open_ones):
                break
    return _verdict(whole, answers, mergings)


def _verdict(
    whole: Families, answers: Mapping[Family, bool | None], mergings: dict[Family, StateMerging]
) -> MembersVerdict:
    plain, local, periodic, both = (answers[family] for family in FAMILIES)
    lost = tuple((family, NOT_SETTLED) for family in FAMILIES if whole[family] is False and answers[family] is None)
    families = Families(plain, local, periodic, both, refused=whole.refused + lost, not_asked=whole.not_asked)
    return MembersVerdict(families, mergings)


class _Live:
    """The states after prefixes of members, and which pairs of them have to be told apart."""

    def __init__(self, continuations: Continuations) -> None:
        self.alphabet, self.steps, self.follow = continuations.alphabet, continuations.steps, continuations.follow
        self.apart = self._apart()

    def _apart(self) -> set[tuple[int, int]]:
        """The pairs of states from which some word that may follow both leads to different answers."""
        n, found = len(self.steps), set[tuple[int, int]]()
        size = -1
        while len(found) > size:
            size = len(found)
            for p in range(n):
                for q in range(n):
                    both = [(s, t) for s, t in zip(self.steps[p], self.steps[q], strict=True) if s >= 0 and t >= 0]
                    if any(self.follow[s] != self.follow[t] or (s, t) in found for s, t in both):
                        found.add((p, q))
        return found

    def mergings(self) -> Iterator[StateGroups]:
        """Partitions of the states that merge no pair to be told apart, and with two states also their successors.

        Those that merge fewer pairs come first, and the first one merges nothing.
        """
        n = len(self.steps)
        first = tuple(range(n))
        seen, queue = {first}, [first]
        for groups in queue:  # grows while it is read
            yield groups
            for p in range(n):
                for q in range(p):
                    if groups[p] == groups[q] or len(queue) >= MOST_MERGINGS:
                        continue
                    finer = self._joined(groups, p, q)
                    if finer is not None and finer not in seen:
                        seen.add(finer)
                        queue.append(finer)

    def _joined(self, groups: StateGroups, p: int, q: int) -> StateGroups | None:
        """The partition in which p and q are in one group too; None if that joins states to be told apart."""
        current, waiting = list(groups), [(p, q)]
        while waiting:
            one, other = (current[state] for state in waiting.pop())
            if one == other:
                continue
            left = [state for state, group in enumerate(current) if group == one]
            right = [state for state, group in enumerate(current) if group == other]
            if any((s, t) in self.apart for s in left for t in right):
                return None
            for state in right:
                current[state] = one
            for column in range(len(self.alphabet)):
                targets = [self.steps[s][column] for s in (*left, *right) if self.steps[s][column] >= 0]
                waiting += [(targets[0], target) for target in targets[1:]]
        numbers: dict[int, int] = {}
        return tuple(numbers.setdefault(group, len(numbers)) for group in current)

    def merged(self, groups: StateGroups) -> StateMerging:
        """The machine whose states are the groups, and a last one for words that no member begins with."""
        count = max(groups) + 1
        letters = range(len(self.alphabet))
        successors = [[count] * len(letters) for _ in range(count + 1)]
        answers: list[list[Hashable]] = [[None] * len(letters) for _ in range(count + 1)]
        for state, group in enumerate(groups):
            for letter in letters:
                target = self.steps[state][letter]
                if target >= 0:
                    successors[group][letter] = groups[target]
                    answers[group][letter] = self.follow[target]
        if not any(target == count for row in successors[:count] for target in row):
            successors, answers = successors[:count], answers[:count]  # every word begins some word of the machine
        machine = Machine(self.alphabet, tuple(map(tuple, successors)), tuple(map(tuple, answers)), self.follow[START])
        shortest = _words(self.alphabet, self.steps)
        members = [[shortest[s] for s, group in enumerate(groups) if group == number] for number in range(count)]
        return StateMerging(machine, tuple(tuple(words) for words in members if len(words) > 1))

    def refutes(self, family: Family) -> bool:
        """Whether no program of the family tells apart some pair that has to be told apart.

        The pair is in one component, so every word that the proof speaks of is a prefix of a member.
        """
        for part in strong_components([sorted({t for t in row if t >= 0}) for row in self.steps]):
            if len(part) > 1 and self._refutes(sorted(part), family):
                return True
        return False

    def _refutes(self, part: Sequence[int], family: Family) -> bool:
        number = {state: k for k, state in enumerate(part)}
        steps = tuple(tuple(number.get(t, -1) for t in self.steps[state]) for state in part)
        component = Component(tuple(part), steps)
        pairs = [(p, q) for p in range(len(part)) for q in range(p) if (part[p], part[q]) in self.apart]
        try:
            if family in ("local", "periodic_local"):
                found = recurrent_pairs(component, residues=family == "periodic_local")
                hidden, n = inseparable(found), len(part)
                return any(int(found.unknown[p * n + q]) in hidden for p, q in pairs)
            if family == "periodic":
                classes = _classes_with_residues(component)
            else:
                classes = finest(component.steps, [0] * len(part))
        except SizeError:
            return False
        return any(classes[p] == classes[q] for p, q in pairs)


def _classes_with_residues(component: Component) -> list[int]:
    """Classes of states of which no program with residues tells two of one class apart; they may be too fine.

    `finest_with_residues` stops where a letter leads two states of a class to one state, for then the family has no
    program for the component. Its classes are then too coarse. A pair of the same phase that a letter merges has the
    same potential in every round, and so have the pairs that letters lead to such a pair, or from it to another.
    """
    classes, n = finest_with_residues(component).classes, len(component.states)
    arrivals = [(classes[s], a, t) for s, row in enumerate(component.steps) for a, t in enumerate(row) if t >= 0]
    if len(set(arrivals)) == len(arrivals):
        return list(classes)
    joined = list(range(n))
    changed = True
    while changed:
        changed = False
        for p in range(n):
            for q in range(p):
                if component.phases[p] != component.phases[q]:
                    continue
                for s, t in zip(component.steps[p], component.steps[q], strict=True):
                    if s >= 0 and t >= 0 and (joined[p] == joined[q]) != (joined[s] == joined[t]):
                        old, new = (joined[p], joined[q]) if joined[s] == joined[t] else (joined[s], joined[t])
                        joined = [new if group == old else group for group in joined]
                        changed = True
    return joined


def _words(alphabet: Sequence[str], steps: Sequence[Sequence[int]]) -> list[tuple[str, ...]]:
    """For each state a shortest word that leads to it from the first state."""
    words: dict[int, tuple[str, ...]] = {START: ()}
    queue = [START]
    for state in queue:  # grows while it is read
        for letter, target in zip(alphabet, steps[state], strict=True):
            if target >= 0 and target not in words:
                words[target] = (*words[state], letter)
                queue.append(target)
    return [words[state] for state in range(len(steps))]
