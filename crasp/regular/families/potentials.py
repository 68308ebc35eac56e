"""Plain counting: which states of a strongly connected component potentials can tell apart.

A potential for a partition gives each state a number. Reading a letter changes the number by an amount that depends
only on the letter and the class of the state. A program that knows the class can therefore follow the number by
counting (docs/regular.md, section 3).
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from crasp.regular.families.linear_equations import LinearForm, Solved

Amount = TypeVar("Amount", bound=Hashable)
SuccessorRows = Sequence[Sequence[int]]  # (states, letters), -1 where the part is left


def differences(steps: SuccessorRows, classes: Sequence[Hashable]) -> list[tuple[int, int, int]]:
    """Triples (s, t, letter) of two states of one class that the letter keeps inside the component.

    The change of a potential must be the same at s and t. The triples given imply this for all others.
    """
    rows = []
    for letter in range(len(steps[0])):
        first: dict[Hashable, int] = {}
        for state, row in enumerate(steps):
            if row[letter] >= 0:
                leader = first.setdefault(classes[state], state)
                if leader != state:
                    rows.append((leader, state, letter))
    return rows


def equation(steps: SuccessorRows, s: int, t: int, letter: int) -> LinearForm[int]:
    """The change of the potential at s minus the change at t, as a form in the potentials of the states."""
    form: dict[int, int] = {}
    for state, sign in ((steps[s][letter], 1), (s, -1), (steps[t][letter], -1), (t, 1)):
        form[state] = form.get(state, 0) + sign
    return {state: value for state, value in form.items() if value}


def refine(steps: SuccessorRows, classes: Sequence[int]) -> list[int]:
    """The classes split by the values of all potentials, numbered in the order of the states."""
    solved: Solved[int] = Solved(equation(steps, *row) for row in differences(steps, classes))
    return numbered([(classes[s], frozenset(solved.value(s).items())) for s in range(len(steps))])


def numbered(names: Sequence[Hashable]) -> list[int]:
    """The names replaced by numbers, in the order of their first occurrence."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(name, len(numbers)) for name in names]


def finest(steps: SuccessorRows, classes: Sequence[int]) -> list[int]:
    """The classes after which no potential splits any further: states of one class cannot be told apart by counting."""
    before = numbered(classes)
    while len(set(before)) < len(before):
        after = refine(steps, before)
        if after == before:
            break
        before = after
    return before


def splitting(numbers: Mapping[int, LinearForm[Amount]], classes: Mapping[int, int]) -> set[Amount]:
    """The free amounts in which the numbers of two states of one class differ."""
    first: dict[int, LinearForm[Amount]] = {}
    found: set[Amount] = set()
    for state, number in numbers.items():
        other = first.setdefault(classes[state], number)
        found |= {free for free in (*number, *other) if number.get(free, 0) != other.get(free, 0)}
    return found
