"""Certificates against look-back: pairs of states with loops, and relations that leave no difference but 0."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import gcd
from typing import Any

from crasp.regular.automata.automaton import SizeError
from crasp.regular.automata.moore_machine import Component, Machine, strong_components
from crasp.regular.certificates.certificate_builder import Proof, spell
from crasp.regular.families.explaining_words import Orbit, orbits
from crasp.regular.families.linear_equations import Number, add_multiple, express
from crasp.regular.families.lookback_pairs import Pairs, inseparable, opposite_relations, recurrent_pairs
from crasp.regular.families.pair_graph import PairGraph, StatePair
from tasks.ground.automata.automaton import LetterNumbers

SHOWN_STATES = 6  # the most states that a sentence names
MOST_STATES = 40  # the most states of a component for which relations of triples are sought


def difference_proofs(machine: Machine, component: Component, *, residues: bool) -> Iterator[Proof]:
    """Yields proofs that look-back does not tell some states of the component apart, the shortest explanation first.

    Args:
        machine: The machine.
        component: A component of it.
        residues: Whether programs may also read the position modulo a number.

    Raises:
        SizeError: The component has no short explanation and more than MOST_STATES states.
    """
    graph = PairGraph(component, residues=residues)
    merger = _merger(graph)
    if merger is not None:
        yield _merger_proof(machine, component, graph, *merger)
        return
    for orbit in orbits(component, lambda o: _fits(graph, o)):
        yield _orbit_proof(machine, component, graph, orbit)
    pairs = recurrent_pairs(component, residues=residues)
    kept = inseparable(pairs)
    if kept:
        yield _relations_proof(machine, component, graph, pairs, kept)


@dataclass
class _Builder:
    """The pairs and the equations of a proof while it is put together.

    `finish` finds a sum of equations for each pair.
    """

    proof: Proof
    graph: PairGraph
    pairs: dict[StatePair, int] = field(default_factory=dict)
    equations: list[dict[str, Any]] = field(default_factory=list)
    forms: list[dict[StatePair, Number]] = field(default_factory=list)

    def pair(self, p: int, q: int) -> None:
        """Adds a pair to the proof, unless it is there already in one of the two orders."""
        if (p, q) not in self.pairs and (q, p) not in self.pairs:
            self.pairs[p, q] = len(self.pairs)

    def move(self, a: StatePair, b: StatePair, word: LetterNumbers) -> None:
        """Adds the equation D(a) = D(b), which holds because the word leads pair a to pair b."""
        self.pair(*a)
        self.pair(*b)
        data = {"move": [self.proof.states(*a), self.proof.states(*b)], "word": self.proof.word(word)}
        self._equation(data, (a, 1), (b, -1))

    def merge(self, a: StatePair, word: LetterNumbers) -> None:
        """Adds the equation D(a) = 0, which holds because the word merges the two states."""
        self.pair(*a)
        self._equation({"merge": self.proof.states(*a), "word": self.proof.word(word)}, (a, 1))

    def triple(self, p: int, q: int, r: int, loop: LetterNumbers) -> None:
        """Adds the equation D(p, q) + D(q, r) = D(p, r), which holds because the loop leads all three states back."""
        for pair in ((p, q), (q, r), (p, r)):
            self.pair(*pair)
        data = {"triple": self.proof.states(p, q, r), "loop": self.proof.word(loop)}
        self._equation(data, ((p, q), 1), ((q, r), 1), ((p, r), -1))

    def _equation(self, data: dict[str, Any], *terms: tuple[StatePair, int]) -> None:
        form: dict[StatePair, Number] = {}
        for pair, sign in terms:
            add_multiple(form, 1, self._unknown(pair, sign))
        self.equations.append(data)
        self.forms.append(form)

    def _unknown(self, pair: StatePair, sign: int) -> dict[StatePair, int]:
        return {pair: sign} if pair in self.pairs else {(pair[1], pair[0]): -sign}

    def finish(self) -> Proof:
        """The proof, with loops for each pair and the sum of equations that shows its difference to be 0.

        Raises:
            ArithmeticError: The equations do not force a difference to be 0, which would be a defect.
        """
        sums = express(self.forms, [{pair: 1} for pair in self.pairs])
        proofs = []
        for pair, times in zip(self.pairs, sums, strict=True):
            if times is None:
                raise ArithmeticError("the equations leave a difference")
            terms = [[k, v if isinstance(v, int) else str(v)] for k, v in sorted(times.items())]
            proofs.append({"pair": self.proof.states(*pair), "sum": terms})
        self.proof.data["pairs"] = [
            {
                "states": self.proof.states(*pair),
                "loops": [self.proof.word(word) for word in self.graph.loops(self.graph.number[pair])],
            }
            for pair in self.pairs
        ]
        self.proof.data |= {"equations": self.equations, "proofs": proofs}
        return self.proof


# --- two states that merge -----------------------------------------------------------------------------------


def _merger(graph: PairGraph) -> tuple[int, LetterNumbers] | None:
    """A pair that is on a loop, and a word that merges it; None if there is none.

    The word is as short as any such word.
    """
    words: dict[int, LetterNumbers] = {}
    queue = []
    for pair, letter in graph.mergers:
        if pair not in words:
            words[pair] = (letter,)
            queue.append(pair)
    for pair in queue:  # grows while it is read; shortest words first
        if pair in graph.divisors:
            return pair, words[pair]
        for letter, source in graph.back[pair]:
            if source not in words:
                words[source] = (letter, *words[pair])
                queue.append(source)
    return None


def _merger_proof(machine: Machine, component: Component, graph: PairGraph, pair: int, word: LetterNumbers) -> Proof:
    p, q = graph.pairs[pair]
    first, second = (spell(machine, component.states[s]) for s in (p, q))
    loop = graph.loops(pair)[0]
    proof = Proof(machine, component, "differences", [])
    proof.explanation += [
        f"The word {' '.join(proof.word(loop))} leads from the state after {first} back to it, and from the state "
        f"after {second} back to it: read often enough, it fills any look-back and is as long as any modulus wants.",
        f"The word {' '.join(proof.word(word))} leads both to one and the same state, from which both can be reached "
        "again, any number of times.",
        "What is counted changes alike on the way there, and is the same after it: it was the same before.",
        "So neither look-back nor counting tells the two states apart, and what may follow them differs.",
    ]
    builder = _Builder(proof, graph)
    builder.merge((p, q), word)
    return builder.finish()


# --- states that are permuted --------------------------------------------------------------------------------


def _fits(graph: PairGraph, orbit: Orbit) -> bool:
    """Whether the word of the orbit may be used for the orbit's pairs with every modulus."""
    pairs = list(zip(orbit.states, (*orbit.states[1:], orbit.states[0]), strict=True))
    return all(pair in graph.number for pair in pairs) and all(
        len(orbit.word) % graph.divisors[graph.number[pair]] == 0 for pair in pairs
    )


def _orbit_proof(machine: Machine, component: Component, graph: PairGraph, orbit: Orbit) -> Proof:
    states, size = orbit.states, len(orbit.states)
    after = ", then to that after ".join(spell(machine, component.states[s]) for s in states[:SHOWN_STATES])
    after += f", and on through {size} states" if size > SHOWN_STATES else ""
    proof = Proof(machine, component, "differences", [])
    proof.explanation += [
        f"The word {' '.join(proof.word(orbit.word))} leads from the state after {after}, and back to the first; read "
        f"{size} times it leads each of them back to itself, so that it fills any look-back.",
        *(["Loops before and after it make it as long as any modulus wants."] if graph.residues else []),
        f"Each of the {size} steps changes what is counted by the same amount, and together they change it by nothing: "
        "so each changes it by nothing.",
        "So neither look-back nor counting tells these states apart, and what may follow them differs.",
    ]
    builder = _Builder(proof, graph)
    pairs = list(zip(states, (*states[1:], states[0]), strict=True))
    for here, there in zip(pairs, (*pairs[1:], pairs[0]), strict=True):
        builder.move(here, there, orbit.word)
    for k in range(1, size - 1):
        builder.triple(states[0], states[k], states[k + 1], orbit.word * size)
    return builder.finish()


# --- relations -----------------------------------------------------------------------------------------------


def _relations_proof(
    machine: Machine, component: Component, graph: PairGraph, pairs: Pairs, kept: frozenset[int]
) -> Proof:
    """A proof by relations of triples that leave no difference but 0 on some unknowns, and by moves between pairs.

    The moves show that different pairs have the same unknown.
    """
    n = len(component.states)
    if n > MOST_STATES:
        raise SizeError(
            f"a component has {n} states; certificates by relations of triples are made for up to {MOST_STATES}, the "
            "limit here, unless a word merges or permutes states"
        )
    unknown = {(p, q): int(pairs.unknown[p * n + q]) for p, q in graph.pairs}
    triples = _recurrent_triples(component, graph)
    held = {t: loop for t, loop in triples.items() if {unknown[t[:2]], unknown[t[1:]], unknown[t[0], t[2]]} <= kept}
    used, unknowns = _needed(pairs, kept, unknown, list(held))
    proof = Proof(machine, component, "differences", [])
    builder = _Builder(proof, graph)
    for triple in used:
        builder.triple(*triple, held[triple])
    for number in sorted(unknowns - {unknown[pair] for p, q in builder.pairs for pair in ((p, q), (q, p))}):
        builder.pair(
            *next(pair for pair in graph.pairs if unknown[pair] == number and graph.number[pair] in graph.divisors)
        )
    _connect(builder, graph, unknown)
    listed = ["{} and {}".format(*(spell(machine, component.states[s]) for s in pair)) for pair in builder.pairs]
    proof.explanation += [
        f"Each of these pairs of states has a word that leads both back to themselves: {'; '.join(listed)}.",
        "So what a program counts differs between the two states of a pair by an amount that no look-back changes; a "
        "word that leads one pair to another carries the amount along, and amounts add up where three states have a "
        "common loop.",
        "These relations leave no amount but 0. So the states of the pairs are not told apart, at any depth, and what "
        "may follow them differs.",
    ]
    return builder.finish()


def _recurrent_triples(component: Component, graph: PairGraph) -> dict[tuple[int, int, int], LetterNumbers]:
    """The triples p < q < r of states that some word leads back, each to itself, with a shortest such word."""
    n = len(component.states)
    triples = [
        (p, q, r) for p in range(n) for q in range(p + 1, n) for r in range(q + 1, n)
        if {(p, q), (q, r)} <= graph.number.keys()
    ]  # fmt: skip
    number = {triple: k for k, triple in enumerate(triples)}
    moves: list[list[tuple[int, int]]] = []
    for triple in triples:
        targets = [tuple(sorted(component.steps[s][a] for s in triple)) for a in range(len(component.steps[0]))]
        moves.append([(a, number[t]) for a, t in enumerate(targets) if t in number])
    found = {}
    for part in strong_components([[t for _, t in row] for row in moves]):
        inside = set(part)
        for k in part:
            if any(t in inside for _, t in moves[k]):
                loop = _fixing_loop(component, triples[k])
                found[triples[k]] = loop
    return found


def _fixing_loop(component: Component, triple: tuple[int, ...]) -> LetterNumbers:
    """A shortest nonempty word that leads each of the three states back to itself."""
    words: dict[tuple[int, ...], LetterNumbers] = {}
    queue: list[tuple[tuple[int, ...], LetterNumbers]] = [(triple, ())]
    for states, word in queue:  # grows while it is read
        for letter in range(len(component.steps[0])):
            after = tuple(component.steps[s][letter] for s in states)
            if min(after) >= 0 and len(set(after)) == len(after) and after not in words:
                words[after] = (*word, letter)
                queue.append((after, words[after]))
    return words[triple]


def _needed(
    pairs: Pairs, kept: frozenset[int], unknown: dict[StatePair, int], triples: list[tuple[int, int, int]]
) -> tuple[list[tuple[int, int, int]], set[int]]:
    """Triples whose relations force the unknowns that they mention to be 0, and these unknowns.

    The search begins with the unknown that needs the fewest relations, and adds what these relations mention.
    """
    opposite = opposite_relations(pairs)
    rows: list[dict[int, Number]] = [dict(row) for row in opposite]
    for p, q, r in triples:
        row: dict[int, Number] = {}
        for number, sign in ((unknown[p, q], 1), (unknown[q, r], 1), (unknown[p, r], -1)):
            add_multiple(row, sign, {number: 1})
        rows.append(row)
    every = sorted(kept)
    sums = dict(zip(every, express(rows, [{number: 1} for number in every]), strict=True))
    waiting = [min(every, key=lambda number: len(sums[number] or rows))]
    seen: set[int] = set()
    used: set[int] = set()
    while waiting:
        number = waiting.pop()
        seen.add(number)
        for row_number in sums[number] or ():
            mentioned = set(rows[row_number])
            if row_number >= len(opposite):
                used.add(row_number - len(opposite))
                p, q, r = triples[row_number - len(opposite)]
                mentioned = {unknown[p, q], unknown[q, r], unknown[p, r]}  # unknowns that cancel are included
            waiting += mentioned - seen
    return [triples[k] for k in sorted(used)], seen


def _connect(builder: _Builder, graph: PairGraph, unknown: dict[StatePair, int]) -> None:
    """Adds moves between pairs of the proof that have the same unknown, so that the proof shows them to be equal."""
    hubs: dict[int, StatePair] = {}
    for pair in list(builder.pairs):
        for p, q in (pair, (pair[1], pair[0])):
            hub = hubs.setdefault(unknown[p, q], (p, q))
            if hub != (p, q):
                _chain(builder, graph, graph.number[hub], graph.number[p, q])


def _chain(builder: _Builder, graph: PairGraph, start: int, end: int) -> None:
    """Adds moves, forward or backward, that lead from one pair to another and hold for every modulus."""
    before: dict[int, tuple[int, LetterNumbers, bool]] = {}
    queue = [start]
    for pair in queue:  # grows while it is read
        for backward in (False, True):
            divisor = graph.divisors[pair]
            for (other, length), word in graph.paths(pair, backward=backward, modulus=divisor).items():
                fresh = other in graph.divisors and other not in before and other != start
                if fresh and length % gcd(divisor, graph.divisors[other]) == 0:
                    before[other] = pair, word, backward
                    queue.append(other)
        if end in before:
            break
    while end != start:
        source, word, backward = before[end]
        here, there = graph.pairs[source], graph.pairs[end]
        builder.move(*((there, here) if backward else (here, there)), word)
        end = source
