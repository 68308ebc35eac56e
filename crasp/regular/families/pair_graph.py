"""The pairs of states of a component as a graph: how words move pairs, lead them back, or merge them into one state."""

from functools import cached_property
from math import gcd
from typing import TypeAlias

from crasp.regular.automata.moore_machine import Component, loop_divisor, strong_components
from tasks.ground.automata.automaton import LetterNumbers

StatePair: TypeAlias = tuple[int, int]


class PairGraph:
    """The pairs of different states of a component that residues do not tell apart, and how letters move them.

    `moves[k]` has (letter, pair reached) for pair k, `back` the reverse, and `mergers` the (pair, letter) that merge.
    """

    def __init__(self, component: Component, *, residues: bool) -> None:
        self.steps = component.steps
        self.residues = residues
        phases = component.phases if residues else (0,) * len(component.states)
        states = range(len(component.states))
        self.pairs = [(p, q) for p in states for q in states if p != q and phases[p] == phases[q]]
        self.number = {pair: k for k, pair in enumerate(self.pairs)}
        self.moves: list[list[tuple[int, int]]] = [[] for _ in self.pairs]  # (letter, pair number)
        self.back: list[list[tuple[int, int]]] = [[] for _ in self.pairs]
        self.mergers: list[tuple[int, int]] = []  # (pair number, letter)
        for k, (p, q) in enumerate(self.pairs):
            for letter, (r, s) in enumerate(zip(self.steps[p], self.steps[q], strict=True)):
                if r >= 0 and r == s:
                    self.mergers.append((k, letter))
                elif r >= 0 and s >= 0:
                    self.moves[k].append((letter, self.number[r, s]))
                    self.back[self.number[r, s]].append((letter, k))

    @cached_property
    def divisors(self) -> dict[int, int]:
        """For each pair on a loop, the greatest common divisor of the lengths of its loops; 1 without residues."""
        found: dict[int, int] = {}
        for part in strong_components([[t for _, t in moves] for moves in self.moves]):
            inside = {pair: k for k, pair in enumerate(part)}
            steps = [[inside[t] for _, t in self.moves[pair] if t in inside] for pair in part]
            if any(steps):
                divisor = loop_divisor(steps)[0] if self.residues else 1
                found |= dict.fromkeys(part, divisor)
        return found

    def paths(self, start: int, *, backward: bool = False, modulus: int = 1) -> dict[tuple[int, int], LetterNumbers]:
        """Shortest nonempty words from a pair to others, or with `backward` from others to it.

        They are given by (the other pair, the length of the word modulo `modulus`).
        """
        found: dict[tuple[int, int], LetterNumbers] = {}
        queue: list[tuple[int, LetterNumbers]] = [(start, ())]
        for pair, word in queue:  # grows while it is read
            for letter, target in (self.back if backward else self.moves)[pair]:
                longer = (letter, *word) if backward else (*word, letter)
                if (target, len(longer) % modulus) not in found:
                    found[target, len(longer) % modulus] = longer
                    queue.append((target, longer))
        return found

    def loops(self, pair: int) -> list[LetterNumbers]:
        """Words that lead a pair back to itself; the greatest common divisor of their lengths is that of all its loops.

        Without residues, one word is given.
        """
        there = {other: word for (other, _), word in self.paths(pair).items()}
        loops = [there[pair]]
        if len(there[pair]) == self.divisors[pair] or not self.residues:
            return loops
        home = {other: word for (other, _), word in self.paths(pair, backward=True).items()}
        for source, there_word in there.items():
            for letter, target in self.moves[source]:
                loop = (*there_word, letter, *(() if target == pair else home.get(target, ())))
                if target not in home or gcd(len(loop), *map(len, loops)) == gcd(*map(len, loops)):
                    continue
                loops.append(loop)
                if gcd(*map(len, loops)) == self.divisors[pair]:
                    return loops
        return loops
