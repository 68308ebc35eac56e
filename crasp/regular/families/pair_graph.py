"""The pairs of states of a component as a graph: how words move pairs, lead them back, or make one state of them."""

from functools import cached_property
from math import gcd
from typing import TypeAlias

from crasp.regular.automata.moore_machine import Component, loop_divisor, strong_components
from tasks.ground.automata.automaton import LetterNumbers

StatePair: TypeAlias = tuple[int, int]


class PairGraph:
    """The pairs of different states of a component that residues do not tell apart, and how letters move them."""

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
        """Of each pair with a loop the common divisor of its loops' lengths; 1 where residues do not matter."""
        found: dict[int, int] = {}
        for part in strong_components([[t for _, t in moves] for moves in self.moves]):
            inside = {pair: k for k, pair in enumerate(part)}
            steps = [[inside[t] for _, t in self.moves[pair] if t in inside] for pair in part]
            if any(steps):
                divisor = loop_divisor(steps)[0] if self.residues else 1
                found |= dict.fromkeys(part, divisor)
        return found

    def paths(self, start: int, *, backward: bool = False, modulus: int = 1) -> dict[tuple[int, int], LetterNumbers]:
        """Shortest words from a pair (or to it), by the other end and the length modulo a number; none is empty."""
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
        """Words that lead a pair back to itself, their lengths with the least common divisor there is."""
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
