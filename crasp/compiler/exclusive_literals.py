"""Finds literals that cannot hold together, so that their disjunction is their sum."""

from crasp.compiler.circuit import Circuit, Conjunction, Literal, Residues, Steps

PAIRWISE_LITERALS = 16  # every pair is tested only up to this many literals


def exclusive(circuit: Circuit, literals: tuple[Literal, ...]) -> bool:
    """Whether it is evident that no two of the literals can hold together.

    This is evident if they hold at different tokens, in disjoint intervals of one form, at different residues of one
    modulus, or if one has a part that is the negation of a part of the other.
    """
    seen = 0
    for literal in literals:
        if seen & circuit.may(literal):
            break
        seen |= circuit.may(literal)
    else:
        return True
    if len(literals) > PAIRWISE_LITERALS:
        return False
    parts = [_parts(circuit, literal) for literal in literals]
    return all(
        circuit.may(literals[a]) & circuit.may(literals[b]) == 0 or _apart(circuit, parts[a], parts[b])
        for a in range(len(literals))
        for b in range(a)
    )


def _parts(circuit: Circuit, literal: Literal) -> frozenset[Literal]:
    """Literals that all hold wherever this one holds."""
    item = circuit.items[literal >> 1]
    if isinstance(item, Conjunction) and not literal & 1 and len(item.literals) <= PAIRWISE_LITERALS:
        return frozenset((literal, *item.literals))
    return frozenset((literal,))


def _apart(circuit: Circuit, left: frozenset[Literal], right: frozenset[Literal]) -> bool:
    """Whether some literal of one set certainly cannot hold together with some literal of the other."""
    if any(literal ^ 1 in right for literal in left):
        return True
    return any(_disjoint(circuit, a, b) for a in left for b in right)


def _disjoint(circuit: Circuit, a: Literal, b: Literal) -> bool:
    """Whether two literals are known to be disjoint: sets of residues of one modulus, or sets of values of one form."""
    if (a | b) & 1:
        return False
    match circuit.items[a >> 1], circuit.items[b >> 1]:
        case Residues(m, left), Residues(n, right):
            return m == n and not set(left) & set(right)
        case Steps(x, first), Steps(y, second):
            if x != y:
                return False
            inside = [0, 0]
            for cut in sorted(set(first) | set(second)):
                inside = [inside[0] ^ (cut in first), inside[1] ^ (cut in second)]
                if all(inside):
                    return False
            return True
    return False
