"""Makes literals and forms from simpler ones, and simplifies them: constants, tokens, intervals and common parts."""

from collections.abc import Iterable
from math import gcd

from crasp.compiler.circuit import (
    FALSE,
    TRUE,
    Circuit,
    Conjunction,
    Echo,
    Form,
    Literal,
    Position,
    Ramp,
    Residues,
    Selection,
    Steps,
    Tally,
    Tokens,
    Total,
)
from crasp.compiler.simple_forms import combined, constant, flag, residues, tokens

FLATTENED_LITERALS = 4096  # a conjunction in another one is dissolved only up to this many literals
DISJUNCTS = 64  # the most parts that a disjunction is taken apart into
SPLIT_BOOLEANS = 3  # up to this many Booleans beside counts are compared by cases; more become counts


def echo(circuit: Circuit, literal: Literal, lag: int) -> Literal:
    """The literal that position i - lag is at least 1 and the given literal holds there."""
    if lag == 0:
        return conjunction(circuit, (literal, tokens(circuit, circuit.all_letters)))
    if literal == FALSE:
        return FALSE
    if literal == TRUE:
        return steps(circuit, Form(((circuit.number(Position()), 1),), 0), (lag + 1,))
    item = circuit.items[literal >> 1]
    if isinstance(item, Echo) and not literal & 1:
        return echo(circuit, item.literal, item.lag + lag)
    return circuit.number(Echo(literal, lag)) * 2


def steps(circuit: Circuit, form: Form, cuts: tuple[int, ...]) -> Literal:
    """The literal that is false where the form is below the first cut, and changes at each cut. Cuts are ascending."""
    form = _few_flags(circuit, form)
    scale = gcd(*(factor for _, factor in form.terms)) or 1
    terms = tuple((number, factor // scale) for number, factor in form.terms)
    moved = [-((form.constant - cut) // scale) for cut in cuts]  # the least value of the terms that reaches the cut
    negated = 0
    if terms and terms[0][1] < 0:
        # [T >= t] is the negation of [-T >= 1 - t]. So the literal is negated if the number of cuts is odd.
        terms = tuple((number, -factor) for number, factor in terms)
        moved = [1 - cut for cut in moved]
        negated = len(moved) % 2
    low, high = circuit.bounds(Form(terms, 0))
    kept: list[int] = []
    for cut in sorted(moved):
        if low is not None and cut <= low:
            negated ^= 1
        elif high is None or cut <= high:
            # Equal cuts cancel: no integer lies between them.
            kept = kept[:-1] if kept and kept[-1] == cut else [*kept, cut]
    if not kept:
        return FALSE ^ negated
    if len(terms) == 1 and circuit.is_boolean(terms[0][0]):
        return terms[0][0] * 2 ^ negated
    if all(isinstance(circuit.items[number], Tokens) for number, _ in terms):
        return _token_steps(circuit, terms, kept) ^ negated
    return _new_steps(circuit, terms, tuple(kept)) * 2 ^ negated


def _new_steps(circuit: Circuit, terms: tuple[tuple[int, int], ...], cuts: tuple[int, ...]) -> int:
    """The number of a Steps item, which is made after the items that may stand for it.

    Whether some position so far satisfies P or R can be asked without the disjunction: it is #P + #R >= 1. Questions of
    this kind are [F >= 1] with F >= 0, and the negation of [-F >= 0].
    """
    asked = _asked(circuit, terms, cuts)
    found = []
    if asked is not None:
        for parts in alternatives_of(circuit, asked):
            total = circuit.number(Total(parts))
            found.append(circuit.number(Steps(((total, 1),), (1,))))
    number = circuit.number(Steps(terms, cuts))
    if found:
        circuit.alternatives[number] = tuple(found)
    return number


def _asked(circuit: Circuit, terms: tuple[tuple[int, int], ...], cuts: tuple[int, ...]) -> Literal | None:
    """The literal for which the step says that some position so far satisfies it; None for any other step."""
    items = {circuit.items[number]: factor for number, factor in terms}
    tallies = [item.item for item in items if isinstance(item, Tally)]
    if len(tallies) != 1 or cuts != (1,):
        return None
    if items == {Tally(tallies[0]): 1}:
        return tallies[0] * 2
    if items == {Tally(tallies[0]): -1, Position(): 1}:
        return tallies[0] * 2 + 1
    return None


def _token_steps(circuit: Circuit, terms: tuple[tuple[int, int], ...], cuts: list[int]) -> Literal:
    """The same step as a set of tokens, for a form whose items are all sets of tokens."""
    found = 0
    for bit in range(circuit.letters + 1):
        value = sum(factor for number, factor in terms if circuit.facts[number].may >> bit & 1)
        if sum(cut <= value for cut in cuts) % 2:
            found |= 1 << bit
    return tokens(circuit, found)


def _few_flags(circuit: Circuit, form: Form) -> Form:
    """The form, with its Booleans made counts if they stand beside counts and are too many for cases."""
    flags = sum(circuit.is_boolean(number) for number, _ in form.terms)
    return form if flags <= SPLIT_BOOLEANS or flags == len(form.terms) else counts_only(circuit, form)


def counts_only(circuit: Circuit, form: Form) -> Form:
    """The form with each Boolean made a count that is 1 where the Boolean holds."""
    terms = []
    for number, factor in form.terms:
        made = circuit.number(Selection(number, constant(1))) if circuit.is_boolean(number) else number
        terms.append((made, factor))
    return Form(tuple(sorted(terms)), form.constant)


def ramp(circuit: Circuit, form: Form) -> Form:
    """The form max(0, form)."""
    low, high = circuit.bounds(form)
    if low is not None and low >= 0:
        return form
    if high is not None and high <= 0:
        return constant(0)
    if len(form.terms) == 1 and circuit.is_boolean(form.terms[0][0]):
        number, factor = form.terms[0]
        without, within = max(0, form.constant), max(0, form.constant + factor)
        return combined([(within - without, Form(((number, 1),), 0))], without)
    return Form(((circuit.number(Ramp(counts_only(circuit, form))), 1),), 0)


def selection(circuit: Circuit, condition: Literal, then: Form, otherwise: Form) -> Form:
    """The form that is `then` where the condition holds, else `otherwise`."""
    if condition & 1:
        condition, then, otherwise = condition ^ 1, otherwise, then
    if condition == FALSE:
        return otherwise
    change = combined([(1, then), (-1, otherwise)])
    if not change.terms:
        return combined([(1, otherwise), (change.constant, flag(condition))])
    made = circuit.number(Selection(condition >> 1, counts_only(circuit, change)))
    return combined([(1, otherwise), (1, Form(((made, 1),), 0))])


def conjunction(circuit: Circuit, literals: Iterable[Literal]) -> Literal:
    """The literal that all literals hold; true if there are none."""
    flat = _flattened(circuit, literals)
    if any(literal ^ 1 in flat for literal in flat) or FALSE in flat:
        return FALSE
    rest, mask = _without_tokens(circuit, flat)
    rest = _merged_intervals(circuit, _merged_residues(circuit, rest))
    may = mask
    for literal in rest:
        may &= circuit.may(literal)
    if may == 0:
        return FALSE
    rest = {literal for literal in rest if mask & ~circuit.must(literal)}
    if mask != circuit.everything:
        rest.add(tokens(circuit, mask))
    if len(rest) < 2:
        return rest.pop() if rest else TRUE
    return circuit.number(Conjunction(tuple(sorted(rest)))) * 2


def disjunction(circuit: Circuit, literals: Iterable[Literal]) -> Literal:
    """The literal that at least one of the literals holds; false if there are none."""
    return conjunction(circuit, (literal ^ 1 for literal in literals)) ^ 1


def alternatives_of(circuit: Circuit, literal: Literal) -> list[tuple[Literal, ...]]:
    """Sets of literals whose disjunction is the literal: first its disjuncts, then finer ones."""
    found = []
    parts = {literal}
    for distribute in (False, True):
        waiting = set(parts)
        done: set[Literal] = set()
        while waiting and len(waiting) + len(done) <= DISJUNCTS:
            part = waiting.pop()
            split = _disjuncts(circuit, part, distribute=distribute)
            if split == (part,):
                done.add(part)
            else:
                waiting.update(split)
        if waiting or done == parts:
            continue
        parts = done
        found.append(tuple(sorted(parts)))
    return found


def _disjuncts(circuit: Circuit, literal: Literal, *, distribute: bool) -> tuple[Literal, ...]:
    """The literals whose disjunction is the literal.

    With `distribute`, a conjunction that contains a disjunction is taken for a disjunction of conjunctions.
    """
    item = circuit.items[literal >> 1]
    if not isinstance(item, Conjunction):
        return (literal,)
    if literal & 1:
        return tuple(other ^ 1 for other in item.literals)
    inner = [other for other in item.literals if other & 1 and isinstance(circuit.items[other >> 1], Conjunction)]
    if not distribute or not inner:
        return (literal,)
    rest = tuple(other for other in item.literals if other != inner[0])
    return tuple(conjunction(circuit, (*rest, part)) for part in _disjuncts(circuit, inner[0], distribute=False))


def _flattened(circuit: Circuit, literals: Iterable[Literal]) -> set[Literal]:
    """The literals without repetitions. Conjunctions among them are replaced by their parts while there are few."""
    flat = set(literals)
    for literal in tuple(flat):
        item = circuit.items[literal >> 1]
        if isinstance(item, Conjunction) and not literal & 1 and len(flat) + len(item.literals) <= FLATTENED_LITERALS:
            flat.remove(literal)
            flat.update(item.literals)
    return flat


def _without_tokens(circuit: Circuit, literals: set[Literal]) -> tuple[set[Literal], int]:
    """The literals that are not sets of tokens, and the intersection of those that are, as a bit mask."""
    mask = circuit.everything
    rest = set()
    for literal in literals:
        if isinstance(circuit.items[literal >> 1], Tokens):
            mask &= circuit.may(literal)
        else:
            rest.add(literal)
    return rest, mask


def _merged_residues(circuit: Circuit, literals: set[Literal]) -> set[Literal]:
    """The literals, where all that are about residues of the same modulus are merged into one."""
    groups: dict[int, list[Literal]] = {}
    for literal in literals:
        item = circuit.items[literal >> 1]
        if isinstance(item, Residues):
            groups.setdefault(item.modulus, []).append(literal)
    for modulus, members in groups.items():
        if len(members) < 2:
            continue
        wanted = frozenset(range(modulus))
        for literal in members:
            item = circuit.items[literal >> 1]
            assert isinstance(item, Residues)
            found = frozenset(item.residues)
            wanted &= frozenset(range(modulus)) - found if literal & 1 else found
        literals = literals - set(members) | {residues(circuit, modulus, wanted)}
    return literals - {TRUE}


def _merged_intervals(circuit: Circuit, literals: set[Literal]) -> set[Literal]:
    """The literals, where all that are about the same combination of items are merged into one."""
    groups: dict[tuple[tuple[int, int], ...], list[Literal]] = {}
    for literal in literals:
        item = circuit.items[literal >> 1]
        if isinstance(item, Steps):
            groups.setdefault(item.terms, []).append(literal)
    for terms, members in groups.items():
        if len(members) < 2:
            continue
        literals = literals - set(members) | {_intersection(circuit, terms, members)}
    return literals - {TRUE}


def _intersection(circuit: Circuit, terms: tuple[tuple[int, int], ...], members: list[Literal]) -> Literal:
    """The literal that all members hold, as one set of intervals of the same combination."""
    sets = []
    for literal in members:
        item = circuit.items[literal >> 1]
        assert isinstance(item, Steps)
        sets.append((literal & 1, frozenset(item.cuts)))
    values = [negated for negated, _ in sets]
    start = holds = all(values)
    cuts = []
    for cut in sorted(frozenset().union(*(found for _, found in sets))):
        values = [value ^ (cut in found) for value, (_, found) in zip(values, sets, strict=True)]
        if all(values) != holds:
            holds = not holds
            cuts.append(cut)
    return steps(circuit, Form(terms, 0), tuple(cuts)) ^ int(start)
