"""Makes certificates that two states cannot be told apart by a family's programs, as data for a checker.

The shortest kind of explanation is tried first: a letter that merges two states, then a word that permutes some. If
there is neither, sums of rows or relations leave no other possibility. docs/regular.md, section 6, proves that each of
these shows that there is no program.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from crasp.regular.automata.automaton import Automaton, SizeError, explore
from crasp.regular.automata.moore_machine import Accept, Component, Machine, Target, components, machine_of
from crasp.regular.certificates.certificate_builder import NoProgramCertificate, Proof, spell
from crasp.regular.certificates.checker import check_certificate
from crasp.regular.certificates.lookback_certificates import difference_proofs
from crasp.regular.families.decision import decide
from crasp.regular.families.explaining_words import Orbit, merging_letter, orbits
from crasp.regular.families.family import FAMILIES, FRAGMENTS, Families, Family, includes
from crasp.regular.families.linear_equations import LinearForm, Number, express
from crasp.regular.families.polynomials import Polynomial, Vector, added, combine, cyclotomic, orders_of_roots
from crasp.regular.families.potentials import differences, equation, finest
from crasp.regular.families.residue_potentials import finest_with_residues
from crasp.regular.witnesses.program_outputs import Output

MOST_TWISTED_STATES = 24  # the most states of a component for which sums with polynomials are sought
X: Polynomial = (0, 1)


def certify(
    automaton: Automaton, family: Family, *, accept: Accept = "last", target: Target = "membership"
) -> NoProgramCertificate:
    """A checked certificate, as JSON data, that no program of the family gives the automaton's answers.

    Args:
        automaton: The language.
        family: The family, which must have no program.
        accept: Where the answer is given: at the last letter, or at an end marker.
        target: What is answered: membership, the automaton's state, or the letters that may follow.

    Raises:
        ValueError: There is such a program.
        SizeError: The certificate would be too large.
    """
    machine = machine_of(automaton, accept=accept, target=target).thinned
    too_large = None
    for part in sorted(components(machine), key=lambda part: len(part.states)):
        try:
            for proof in _proofs(machine, part, family):
                certificate = proof.certificate(family, accept, target)
                check_certificate(plain_data(automaton), certificate)
                return certificate
        except SizeError as error:
            too_large = too_large or error
    raise too_large or ValueError(f"a program of {FRAGMENTS[family]} exists")


def certify_an_output(automaton: Automaton, outputs: Sequence[Output], family: Family) -> NoProgramCertificate:
    """A checked certificate that no program of the family defines one of these outputs, which the certificate names.

    Args:
        automaton: The automaton of a program that has several outputs.
        outputs: The outputs, each with the automaton's outputs at which it is true.
        family: The family, which must have no program for all of them.

    Raises:
        ValueError: Programs of the family define all of them.
        SizeError: The certificate would be too large.
    """
    output, language = output_without(automaton, outputs, family)
    certificate = certify(language, family)
    about = f"No program of {FRAGMENTS[family]} defines {output.head}."
    return {"output": output.head, **certificate, "explanation": [about, *certificate["explanation"]]}


def output_without(automaton: Automaton, outputs: Sequence[Output], family: Family) -> tuple[Output, Automaton]:
    """The first output that no program of the family defines, with its language.

    Raises:
        ValueError: Each output has a program. Then one program of the family defines them all.
    """
    for output in outputs:
        language = language_of(automaton, output)
        if decide(machine_of(language))[family] is False:
            return output, language
    raise ValueError(f"a program of {FRAGMENTS[family]} exists")


def language_of(automaton: Automaton, output: Output) -> Automaton:
    """The automaton of the words after which an output is true."""
    return explore(
        0,
        automaton.alphabet,
        lambda state, letter: automaton.successors[state][letter],
        lambda state: automaton.outputs[state] in output.answers,
    )


def largest_without(families: Families) -> list[Family]:
    """The families without a program that are not included in a larger family without one.

    Certificates for these show every answer no.
    """
    without = [family for family in FAMILIES if families[family] is False]
    return [f for f in without if not any(includes(g, f) for g in without if g != f)]


def plain_data(automaton: Automaton) -> dict[str, Any]:
    """The automaton of a language as plain data, in the form that the checker reads."""
    delta = {state: dict(zip(automaton.alphabet, row, strict=True)) for state, row in enumerate(automaton.successors)}
    finals = [state for state, output in enumerate(automaton.outputs) if output]
    return {"alphabet": list(automaton.alphabet), "delta": delta, "start": 0, "finals": finals}


def _proofs(machine: Machine, part: Component, family: Family) -> Iterator[Proof]:
    """Yields proofs that some of the component's states cannot be told apart, the shortest explanation first.

    It yields none if the family tells all of them apart.
    """
    if family in ("local", "periodic_local"):
        yield from difference_proofs(machine, part, residues=family == "periodic_local")
        return
    twisted = family == "periodic"
    visible = part.phases if twisted else (0,) * len(part.states)
    merger = merging_letter(part, visible)
    if merger is not None:
        yield from _rows_proof(machine, part, [list(merger[:2])], twisted, _merger_in_words(machine, part, *merger))
    for orbit in orbits(part, lambda o: len({visible[s] for s in o.states}) == 1):
        groups = _closed(part, orbit)
        text = _classes_in_words(machine, part, groups) if twisted else _orbit_in_words(machine, part, orbit)
        yield from _rows_proof(machine, part, groups, twisted, text)
        break
    classes = finest_with_residues(part).classes if twisted else finest(part.steps, [0] * len(part.states))
    groups = [[s for s, name in enumerate(classes) if name == kept] for kept in sorted(set(classes))]
    groups = [group for group in groups if len(group) > 1]
    if groups:
        yield from _rows_proof(machine, part, groups, twisted, _classes_in_words(machine, part, groups))
        raise SizeError(f"no sums of rows were found that show the no for a component of {len(part.states)} states")


def _closed(part: Component, orbit: Orbit) -> list[list[int]]:
    """The classes of states that must stay together if the states of the orbit do.

    They are the images of the orbit under the prefixes of its word, joined where they have a state in common.
    """
    groups: list[set[int]] = []
    moved = list(orbit.states)
    for letter in (*orbit.word, None):
        touching = [group for group in groups if group & set(moved)]
        groups = [group for group in groups if group not in touching] + [set(moved).union(*touching)]
        if letter is not None:
            moved = [part.steps[s][letter] for s in moved]
    return [sorted(group) for group in groups if len(group) > 1]


# --- sums of rows --------------------------------------------------------------------------------------------


def _rows_proof(
    machine: Machine, part: Component, groups: list[list[int]], twisted: bool, explanation: list[str]
) -> Iterator[Proof]:
    """Yields the proof that the states of each group have equal potentials; nothing if there is no such proof.

    The proof assumes that a program knows of these states only their group.
    """
    names = dict.fromkeys(range(len(part.states)), -1)
    for number, group in enumerate(groups):
        names |= dict.fromkeys(group, number)
    classes = [names[s] if names[s] >= 0 else len(groups) + s for s in range(len(part.states))]
    rows = differences(part.steps, classes)
    targets = [(group[0], other) for group in groups for other in group[1:]]
    found = _twisted_sums(part, rows, targets) if twisted else _plain_sums(part, rows, targets)
    if found is None:
        return
    proof = Proof(machine, part, "rows", explanation)

    def terms(times: dict[int, list[Any]]) -> list[dict[str, Any]]:
        return [
            {"states": proof.states(*rows[k][:2]), "letter": machine.alphabet[rows[k][2]], "times": value}
            for k, value in sorted(times.items())
        ]

    proof.data["classes"] = [proof.states(*group) for group in groups]
    proof.data["proofs"] = [
        {
            "pair": proof.states(*pair),
            "multiplier": multiplier,
            "sum": terms(times),
            **({"exceptions": [{**e, "sum": terms(e["sum"])} for e in exceptions]} if exceptions else {}),
        }
        for pair, (multiplier, times, exceptions) in zip(targets, found, strict=True)
    ]
    yield proof


_MultipliedSum = tuple[list[Any], dict[int, list[Any]], list[dict[str, Any]]]  # multiplier, times, exceptions


def _plain_sums(
    part: Component, rows: Sequence[tuple[int, int, int]], targets: Sequence[tuple[int, int]]
) -> list[_MultipliedSum] | None:
    forms: list[LinearForm[int]] = [equation(part.steps, *row) for row in rows]
    sums = express(forms, [{p: 1, q: -1} for p, q in targets])
    found: list[_MultipliedSum] = []
    for times in sums:
        if times is None:
            return None
        found.append(([1], {k: [_json(value)] for k, value in times.items()}, []))
    return found


def _json(value: Number) -> int | str:
    return value if isinstance(value, int) else str(value)


def _twisted_sums(
    part: Component, rows: Sequence[tuple[int, int, int]], targets: Sequence[tuple[int, int]]
) -> list[_MultipliedSum] | None:
    """The sums of rows that prove equal potentials for every root of unity x; None if there are none.

    Each has a multiplier, a polynomial that vanishes at few roots of unity. For these roots other sums are given.
    """
    if len(part.states) > MOST_TWISTED_STATES and len(rows) > MOST_TWISTED_STATES:
        raise SizeError(
            f"a component has {len(part.states)} states; certificates against residues are made for up to "
            f"{MOST_TWISTED_STATES}, the limit here, unless a letter merges states"
        )
    vectors = [_twisted_row(part, *row) for row in rows]
    found: list[_MultipliedSum] = []
    for p, q in targets:
        target = {p: (1,), q: (-1,)}
        generic = combine(vectors, target)
        if generic is None:
            return None
        exceptions = []
        for order in orders_of_roots(generic.multiplier):
            special = combine(vectors, target, modulus=cyclotomic(order))
            if special is None:
                return None
            times = {k: list(value) for k, value in special.times.items() if value}
            exceptions.append({"order": order, "multiplier": list(special.multiplier), "sum": times})
        times = {k: list(value) for k, value in generic.times.items() if value}
        found.append((list(generic.multiplier), times, exceptions))
    return found


def _twisted_row(part: Component, s: int, t: int, letter: int) -> Vector:
    row: dict[int, Polynomial] = {}
    for state, value in ((part.steps[s][letter], X), (s, (-1,)), (part.steps[t][letter], (0, -1)), (t, (1,))):
        row[state] = added(row.get(state, ()), value)
    return {state: value for state, value in row.items() if value}


# --- in words ------------------------------------------------------------------------------------------------


def _merger_in_words(machine: Machine, part: Component, p: int, q: int, letter: int) -> list[str]:
    first, second = (spell(machine, part.states[s]) for s in (p, q))
    return [
        f"After {first} and after {second} the same letter {machine.alphabet[letter]} leads to one and the same state, "
        "from which both can be reached again, any number of times.",
        "Whatever is counted changes by the same amount in both, and is the same after it: it was the same before.",
        "So counting cannot tell the two states apart, and what may follow them differs.",
    ]


def _orbit_in_words(machine: Machine, part: Component, orbit: Orbit) -> list[str]:
    states = ", then to that after ".join(spell(machine, part.states[s]) for s in orbit.states)
    word = " ".join(machine.alphabet[a] for a in orbit.word)
    return [
        f"The word {word} leads from the state after {states}, and back to the first.",
        f"Each of these {len(orbit.states)} steps changes what is counted by the same amount, and together they change "
        "it by nothing: so each changes it by nothing.",
        "So counting cannot tell these states apart, and what may follow them differs.",
    ]


def _classes_in_words(machine: Machine, part: Component, groups: list[list[int]]) -> list[str]:
    listed = "; ".join(" and ".join(spell(machine, part.states[s]) for s in group) for group in groups)
    return [
        f"The states after these words are never told apart: {listed}.",
        "If a program does not tell them apart at some depth of counting, each letter changes what it counts next by "
        "the same amount in each of them; the sums of such rows show that the numbers are then equal too.",
        "So they are not told apart at the next depth either, and what may follow them differs.",
    ]
