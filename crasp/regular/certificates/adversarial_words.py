"""Two long words, one in a language and one not, that no small program of a family without a program tells apart.

Both begin with many repetitions of a long random closed walk u through a component, and then lead to two states that
the family does not tell apart. A quantity that a program compares either drifts under u, or is a potential. In the
first case it is far from where its comparison changes; in the second it is the same in both words. See docs/regular.md,
section 7.
"""

import random
from dataclasses import dataclass
from itertools import count
from math import lcm

from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.moore_machine import Accept, Component, Machine, components, machine_of
from crasp.regular.families.family import FRAGMENTS, Family
from crasp.regular.families.lookback_pairs import inseparable, recurrent_pairs
from crasp.regular.families.pair_graph import PairGraph
from crasp.regular.families.potentials import finest
from crasp.regular.families.residue_potentials import finest_with_residues
from tasks.ground.automata.automaton import LetterNumbers


@dataclass(frozen=True)
class AdversarialPair:
    """A word of a language and a word outside it that only large programs of a family tell apart.

    Programs have to be the larger, the larger `size` is. The words have `size` repetitions of a walk whose length grows
    with `size`. Their last `size` letters are the same, except in a short end. Their lengths have the same residue
    modulo `modulus`.
    """

    family: Family
    size: int
    modulus: int
    member: tuple[str, ...]
    other: tuple[str, ...]


def adversarial_pair(
    automaton: Automaton, family: Family, size: int, *, accept: Accept = "last", seed: int = 0
) -> AdversarialPair:
    """Two words that show that a family does not define a language. Another seed gives another pair.

    Args:
        automaton: The language.
        family: A family that does not define it.
        size: How large the programs have to be that tell the words apart.
        accept: Where the answer is given.
        seed: The seed of the random walk.

    Raises:
        ValueError: The family defines the language.
    """
    machine = machine_of(automaton, accept=accept)
    for part in components(machine):
        found = _alike(part, family)
        if found is not None:
            break
    else:
        raise ValueError(f"a program of {FRAGMENTS[family]} exists")
    p, q, loop = found
    modulus = _modulus(part, size) if family in ("periodic", "periodic_local") else 1
    walk = _closed_walk(part, p, 4 * (len(part.states) * len(machine.alphabet) + size), modulus, random.Random(seed))
    beginning = [machine.alphabet.index(letter) for letter in machine.words[part.states[p]]]
    repeated = (*beginning, *walk * size)
    same_past = loop * (size // len(loop) + 1) if loop else ()
    ending = _telling_apart(machine, part.states[p], part.states[q])
    words = [(*repeated, *_path(part, p, s, modulus), *same_past, *ending) for s in (p, q)]
    spelt = [tuple(machine.alphabet[a] for a in word) for word in words]
    if accept == "end":
        spelt = [word[:-1] for word in spelt]  # without the marker
    member, other = sorted(spelt, key=lambda word: not automaton.outputs[automaton.run(word)])
    return AdversarialPair(family, size, modulus, member, other)


def _alike(part: Component, family: Family) -> tuple[int, int, LetterNumbers] | None:
    """Two states that the family does not tell apart, and for look-back a word that leads each back to itself."""
    match family:
        case "plain" | "periodic":
            twisted = family == "periodic"
            classes = finest_with_residues(part).classes if twisted else finest(part.steps, [0] * len(part.states))
            first: dict[int, int] = {}
            for state, name in enumerate(classes):
                if first.setdefault(name, state) != state:
                    return first[name], state, ()
            return None
        case "local" | "periodic_local":
            pairs = recurrent_pairs(part, residues=family == "periodic_local")
            kept = inseparable(pairs)
            if not kept:
                return None
            graph = PairGraph(part, residues=pairs.residues)
            n = len(part.states)
            number = next(k for k in sorted(graph.divisors) if pairs.unknown[_place(graph.pairs[k], n)] in kept)
            return *graph.pairs[number], graph.loops(number)[0]


def _place(pair: tuple[int, int], n: int) -> int:
    return pair[0] * n + pair[1]


def _modulus(part: Component, size: int) -> int:
    """A multiple of the period and of 2, 3, 4, ..., up to a bound that grows with the size."""
    found = part.period
    for number in count(2):
        if lcm(found, number) > 12 * size * part.period:
            return found
        found = lcm(found, number)
    raise AssertionError("numbers do not end")


def _closed_walk(part: Component, start: int, least: int, modulus: int, rng: random.Random) -> LetterNumbers:
    """A random walk from a state back to it, of at least `least` letters; the modulus divides its length."""
    state, walk = start, list[int]()
    while len(walk) < least:
        letter = rng.choice([a for a, t in enumerate(part.steps[state]) if t >= 0])
        walk.append(letter)
        state = part.steps[state][letter]
    return (*walk, *_path(part, state, start, modulus, -len(walk) % modulus))


def _path(part: Component, start: int, end: int, modulus: int, residue: int = 0) -> LetterNumbers:
    """A shortest word that leads from one state to another and whose length has this residue modulo `modulus`."""
    words: dict[tuple[int, int], LetterNumbers] = {(start, 0): ()}
    queue = [(start, 0)]
    for state, length in queue:  # grows while it is read
        for letter, target in enumerate(part.steps[state]):
            place = (target, (length + 1) % modulus)
            if target >= 0 and place not in words:
                words[place] = (*words[state, length], letter)
                queue.append(place)
    return words[end, residue]


def _telling_apart(machine: Machine, p: int, q: int) -> LetterNumbers:
    """A shortest word after which the machine answers differently if it is read from state p and from state q."""
    words: dict[tuple[int, int], LetterNumbers] = {(p, q): ()}
    queue = [(p, q)]
    for s, t in queue:  # grows while it is read
        for letter in range(len(machine.alphabet)):
            longer = (*words[s, t], letter)
            if machine.answers[s][letter] != machine.answers[t][letter]:
                return longer
            after = machine.successors[s][letter], machine.successors[t][letter]
            if after not in words:
                words[after] = longer
                queue.append(after)
    raise AssertionError(f"the states {p} and {q} of a machine with as few as possible answer alike")
