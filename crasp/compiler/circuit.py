"""The compiler's own form of a program: a circuit of items, each computed once, in an order that suits a machine.

An *item* is a Boolean or a count at each position. A *literal* is a Boolean item or its negation. A *form* is an
integer combination of items plus a constant. Negations and combinations cost nothing. Equal items are one item.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, assert_never

Literal: TypeAlias = int  # 2 * item for the item itself, 2 * item + 1 for its negation
FALSE: Literal = 0
TRUE: Literal = 1


class Form(NamedTuple):
    """The constant plus the sum of coefficient times item. A Boolean item counts as 1 where it holds."""

    terms: tuple[tuple[int, int], ...]  # (item, coefficient), items ascending
    constant: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Boolean: the letter here is in a set, given as a bit mask. It is false at the begin marker."""

    mask: int


@dataclass(frozen=True, slots=True)
class Residues:
    """Boolean: the position is one of these residues modulo `modulus`. They are ascending, and 0 is not among them."""

    modulus: int
    residues: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Boolean: a combination of items is compared with cuts, which are ascending.

    It is false where the combination is below the first cut, and changes at each cut. The combination is primitive: its
    coefficients have no common factor, and the first one is positive.
    """

    terms: tuple[tuple[int, int], ...]
    cuts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Boolean: all of two or more literals hold. The literals are ascending."""

    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Echo:
    """Boolean: position i - lag is at least 1, and the literal holds there. The lag is at least 1."""

    literal: Literal
    lag: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Boolean: the value of a Boolean item, read from its sum by one more unit (crasp/compiler/settled_booleans.py)."""

    item: int


@dataclass(frozen=True, slots=True)
class Position:
    """Count: the number of the position, which is 0 at the begin marker."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Count: the number of positions 1..i that satisfy the Boolean item."""

    item: int


@dataclass(frozen=True, slots=True)
class Total:
    """Count: the sum over the literals of the number of positions 1..i that satisfy each."""

    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Ramp:
    """Count: max(0, form). The items of the form are counts."""

    form: Form


@dataclass(frozen=True, slots=True)
class Selection:
    """Count: the form where the Boolean item holds, else 0. The items of the form are counts."""

    item: int
    form: Form


BooleanItem: TypeAlias = Tokens | Residues | Steps | Conjunction | Echo | Settled
CountItem: TypeAlias = Position | Tally | Total | Ramp | Selection
Item: TypeAlias = BooleanItem | CountItem


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an item at every position of every word.

    begin      its value at the begin marker
    may, must  for a Boolean: the tokens, as bit masks, at which it can hold and at which it certainly holds. The begin
               marker has the bit after the letters' bits
    low, high  bounds of its value, None where it has none
    share      for a count: two integers between which its value divided by the prefix length lies
    """

    begin: int
    may: int
    must: int
    low: int | None
    high: int | None
    share: tuple[int, int]


def operands(item: Item) -> tuple[int, ...]:
    """The numbers of the items that an item reads."""
    match item:
        case Tokens() | Residues() | Position():
            return ()
        case Steps(terms, _):
            return tuple(term for term, _ in terms)
        case Conjunction(literals) | Total(literals):
            return tuple(literal >> 1 for literal in literals)
        case Echo(literal, _):
            return (literal >> 1,)
        case Tally(source) | Settled(source):
            return (source,)
        case Ramp(form):
            return tuple(term for term, _ in form.terms)
        case Selection(source, form):
            return (source, *(term for term, _ in form.terms))
        case _:
            assert_never(item)


class Circuit:
    """The items made so far, each with its facts. The operands of an item come before it.

    Item 0 is the constant false.
    """

    def __init__(self, letters: int) -> None:
        self.letters = letters
        self.begin_bit = 1 << letters
        self.all_letters = self.begin_bit - 1
        self.everything = self.begin_bit | self.all_letters
        self.items: list[Item] = []
        self.facts: list[Facts] = []
        # For a Steps item, by number: items before it that always have the same value.
        self.alternatives: dict[int, tuple[int, ...]] = {}
        self._numbers: dict[Item, int] = {}
        self.number(Tokens(0))

    def number(self, item: Item) -> int:
        """The number of the item, which is added if it is new."""
        found = self._numbers.get(item)
        if found is None:
            found = self._numbers[item] = len(self.items)
            self.items.append(item)
            self.facts.append(_facts(self, item))
        return found

    def is_boolean(self, number: int) -> bool:
        """Whether the item is a Boolean."""
        return isinstance(self.items[number], BooleanItem)

    def may(self, literal: Literal) -> int:
        """The tokens, as a bit mask, at which the literal can hold."""
        facts = self.facts[literal >> 1]
        return self.everything & ~facts.must if literal & 1 else facts.may

    def must(self, literal: Literal) -> int:
        """The tokens, as a bit mask, at which the literal certainly holds."""
        return self.everything & ~self.may(literal ^ 1)

    def begins(self, literal: Literal) -> bool:
        """The literal's value at the begin marker."""
        return bool(self.facts[literal >> 1].begin) != bool(literal & 1)

    def bounds(self, form: Form) -> tuple[int | None, int | None]:
        """The bounds between which the value of a form lies; None where there is no bound."""
        low: int | None = form.constant
        high: int | None = form.constant
        for number, factor in form.terms:
            facts = self.facts[number]
            below, above = (facts.low, facts.high) if factor > 0 else (facts.high, facts.low)
            low = None if low is None or below is None else low + factor * below
            high = None if high is None or above is None else high + factor * above
        if low is None or high is None:
            low, high = self._bounded_by_position(form, low, high)
        return low, high

    def _bounded_by_position(self, form: Form, low: int | None, high: int | None) -> tuple[int | None, int | None]:
        """The bounds, improved by 0 <= tally <= position for a form such as c * position minus tallies."""
        if not form.terms or not isinstance(self.items[form.terms[0][0]], Position):
            return low, high
        factor = form.terms[0][1]
        rest = form.terms[1:]
        if all(isinstance(self.items[number], Tally) for number, _ in rest):
            if factor + sum(min(0, other) for _, other in rest) >= 0:
                low = form.constant
            if factor + sum(max(0, other) for _, other in rest) <= 0:
                high = form.constant
        return low, high

    def share_bounds(self, form: Form) -> tuple[int, int]:
        """Two integers between which the value of a form of counts, divided by the prefix length, lies."""
        low, high = min(0, form.constant), max(0, form.constant)
        for number, factor in form.terms:
            ends = [factor * end for end in self.facts[number].share]
            low, high = low + min(ends), high + max(ends)
        return low, high

    def at_begin(self, form: Form) -> int:
        """The value of a form at the begin marker."""
        return form.constant + sum(factor * self.facts[number].begin for number, factor in form.terms)


def _facts(circuit: Circuit, item: Item) -> Facts:
    match item:
        case Tokens(mask):
            return Facts(0, mask, mask, 0, 1, (0, 1))
        case Residues() | Echo():
            return _boolean_facts(circuit, False)
        case Steps(terms, cuts):
            value = circuit.at_begin(Form(terms, 0))
            return _boolean_facts(circuit, sum(cut <= value for cut in cuts) % 2 == 1)
        case Conjunction(literals):
            may = must = circuit.everything
            for literal in literals:
                may &= circuit.may(literal)
                must &= circuit.must(literal)
            return Facts(all(map(circuit.begins, literals)), may, must, 0, 1, (0, 1))
        case Settled(source):
            return circuit.facts[source]
        case Position() | Tally():
            return Facts(0, 0, 0, 0, None, (0, 1))
        case Total(literals):
            return Facts(0, 0, 0, 0, None, (0, len(literals)))
        case Ramp(form):
            low, high = circuit.bounds(form)
            ends = circuit.share_bounds(form)
            value = max(0, circuit.at_begin(form))
            return Facts(value, 0, 0, max(0, low or 0), _positive(high), (max(0, ends[0]), max(0, ends[1])))
        case Selection(source, form):
            low, high = circuit.bounds(form)
            ends = circuit.share_bounds(form)
            value = circuit.at_begin(form) if circuit.facts[source].begin else 0
            return Facts(value, 0, 0, _negative(low), _positive(high), (min(0, ends[0]), max(0, ends[1])))
        case _:
            assert_never(item)


def _boolean_facts(circuit: Circuit, begin: bool) -> Facts:
    may = circuit.everything if begin else circuit.all_letters  # shared by all items: it may have many bits
    return Facts(int(begin), may, circuit.begin_bit if begin else 0, 0, 1, (0, 1))


def _positive(bound: int | None) -> int | None:
    return None if bound is None else max(0, bound)


def _negative(bound: int | None) -> int | None:
    return None if bound is None else min(0, bound)
