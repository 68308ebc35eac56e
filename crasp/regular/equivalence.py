"""Whether a program's language is an automaton's: decided where the pairs of their states come to an end.

A program's state is what it remembers: the sums that it compares, its windows, the position by its moduli. Of these
only what can still matter is kept. A line is final once no further letter changes it: a sum that only grows and is past
its bound, a conjunction with a part that stays false. What is read by final lines alone is forgotten. A language whose
counters stay small wherever the answer is open then has finitely many states. Where it has not, sums are known up to a
cap alone, and a larger one may come back to it at any time: what all such machines answer, the program does.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import inf, lcm
from time import monotonic
from typing import assert_never

from crasp.meaning import ir
from crasp.regular.automata.automaton import Automaton

SPARES = (2, 8)  # sums beyond those that decide a comparison that are known where not all are
MOST_PAIRS = 2_000  # of a state of the program and one of the automaton

Finals = tuple[bool | None, ...]  # of each line the value that it keeps from now on, where that matters


@dataclass(frozen=True)
class LanguageComparison:
    """Whether the two languages are equal, None where it is not decided; where they are not, a shortest word of one."""

    equal: bool | None
    word: tuple[int, ...] | None = None


def compare_language(
    program: ir.Program, automaton: Automaton, *, until: float = inf, most_pairs: int = MOST_PAIRS
) -> LanguageComparison:
    """Whether the words that the program accepts are those after which the automaton's output is true.

    Args:
        program: Defines `accept`; its alphabet is the automaton's.
        automaton: The language; its outputs are true or false.
        until: The moment of the monotonic clock at which it is left undecided.
        most_pairs: How many pairs of states are looked at before it is.
    """
    machine = _SumMachine.of(program)
    if machine is None or program.alphabet != automaton.alphabet:
        return LanguageComparison(None)
    found = _explored(machine, automaton, until, most_pairs)
    for spare in SPARES if found.equal is None else ():  # a difference of machines that know less need be none
        if _explored(machine.capped(spare), automaton, until, most_pairs).equal:
            return LanguageComparison(True)
    return found


def _explored(machine: "_SumMachine", automaton: Automaton, until: float, most_pairs: int) -> LanguageComparison:
    """What all pairs of states say that can be reached, the shortest words first."""
    first = machine.start()
    seen = {(0, first)}
    left: deque[tuple[int, _ReachedState, tuple[int, ...]]] = deque([(0, first, ())])
    known: dict[_RememberedSums, list[list[_ReachedState]]] = {}
    while left:
        place, reached, word = left.popleft()
        if reached.accept is not bool(automaton.outputs[place]):
            return LanguageComparison(False, word)
        if reached.state not in known:
            known[reached.state] = [machine.step(reached.state, a) for a in range(len(automaton.alphabet))]
        for letter, row in enumerate(known[reached.state]):
            for following in row:
                pair = automaton.successors[place][letter], following
                if pair not in seen:
                    seen.add(pair)
                    left.append((*pair, (*word, letter)))
        if len(seen) > most_pairs or monotonic() >= until:
            return LanguageComparison(None)
    return LanguageComparison(True)


@dataclass(frozen=True)
class _RememberedSums:
    """What a program remembers after a letter; of what does not matter, nothing."""

    position: int
    sums: tuple[int, ...]
    windows: tuple[tuple[bool, ...], ...]
    finals: Finals


@dataclass(frozen=True)
class _ReachedState:
    state: _RememberedSums
    accept: bool


@dataclass(frozen=True)
class _ComparedSums:
    """Left minus right of a comparison: how often each count's body is added, each window's count, and the rest."""

    counts: tuple[tuple[int, int, bool], ...]  # factor, body, strict
    windows: tuple[tuple[int, int], ...]  # factor, the number of the window
    constant: int


@dataclass(frozen=True)
class _SumMachine:
    """The program as a machine: a sum for each comparison."""

    program: ir.Program
    accept: int
    period: int
    compared: dict[int, _ComparedSums]  # by the line of the comparison
    windows: dict[int, ir.LocalCount]  # by its line
    cap: float = inf  # a sum that is kept as this may be any larger one, and so below 0

    @staticmethod
    def of(program: ir.Program) -> "_SumMachine | None":
        """None where a line is more than a comparison of sums, or nothing is accepted."""
        operations = [line.operation for line in program.lines]
        windows = {n: each for n, each in enumerate(operations) if isinstance(each, ir.LocalCount)}
        if program.accept is None or any(isinstance(each, ir.Extremum | ir.Conditional) for each in operations):
            return None
        compared = {
            n: _difference(program, each, list(windows))
            for n, each in enumerate(operations)
            if isinstance(each, ir.Compare)
        }
        period = lcm(*(each.modulus for each in operations if isinstance(each, ir.Periodic)))
        return _SumMachine(program, program.accept, period, compared, windows)

    def capped(self, spare: int) -> "_SumMachine":
        """The machine that knows sums only up to so much beyond where they decide a comparison by themselves."""
        decided = [
            abs(each.constant)
            + 2 * sum(abs(factor) for factor, _, _ in each.counts)
            + sum(abs(factor) * (self.windows[line].farthest + 1) for factor, line in each.windows)
            for each in self.compared.values()
        ]
        return replace(self, cap=max(decided, default=0) + spare)

    def start(self) -> _ReachedState:
        """Before the first letter."""
        windows = tuple((False,) * each.farthest for each in self.windows.values())
        blank = _RememberedSums(0, (0,) * len(self.compared), windows, (None,) * len(self.program.lines))
        return self._reached(blank, -1)[0]

    def step(self, state: _RememberedSums, letter: int) -> list[_ReachedState]:
        """After one more letter: what it may be where a sum is not known exactly."""
        position = (state.position + 1) % self.period
        return self._reached(_RememberedSums(position, state.sums, state.windows, state.finals), letter)

    def _reached(self, before: _RememberedSums, letter: int) -> list[_ReachedState]:
        """The values at a position, and what is remembered of them; `letter` is -1 at the empty word."""
        values: list[bool] = []
        rows = dict(zip(self.windows, before.windows, strict=True))
        sums = dict(zip(self.compared, before.sums, strict=True))
        for number, line in enumerate(self.program.lines):
            final = before.finals[number]
            values.append(self._value(line.operation, number, values, before.position, letter, sums, rows, final))
        added = dict.fromkeys(sums, 0)
        if letter >= 0:
            for number, each in self.compared.items():
                added[number] = sum(factor for factor, body, _ in each.counts if values[body])
            for number, window in self.windows.items():
                rows[number] = (values[window.body], *rows[number])[: window.farthest]
        found = []
        for after in product(*(self._after(total, added[number]) for number, total in sums.items())):
            later = dict(zip(sums, after, strict=True))
            finals = self._finals(before.finals, later, rows)
            found.append(_ReachedState(self._kept(before.position, later, rows, finals), values[self.accept]))
        return found

    def _after(self, total: int, added: int) -> list[int]:
        """What a sum may be after this is added to it."""
        sign = 1 if total > 0 else -1
        if abs(total) < self.cap or added * sign >= 0:
            return [int(max(-self.cap, min(self.cap, total + added))) if self.cap < inf else total + added]
        return [total + sign * k for k in range(-abs(added), 1)]

    def _value(
        self,
        operation: ir.Operation,
        number: int,
        values: Sequence[bool],
        position: int,
        letter: int,
        sums: dict[int, int],
        rows: dict[int, tuple[bool, ...]],
        final: bool | None,
    ) -> bool:
        """The value of a Boolean line; False for a count, which is read through its body."""
        if final is not None:
            return final
        match operation:
            case ir.Symbol(token):
                return token == letter
            case ir.Periodic(modulus, residue):
                return position % modulus == residue
            case ir.Not(operand):
                return not values[operand]
            case ir.And(operands):
                return all(values[k] for k in operands)
            case ir.Or(operands):
                return any(values[k] for k in operands)
            case ir.Compare(relation):
                each, found = self.compared[number], sums[number]
                if letter >= 0:
                    found += sum(factor for factor, body, strict in each.counts if values[body] and not strict)
                for factor, line in each.windows:
                    window = self.windows[line]
                    inside = (values[window.body] and letter >= 0, *rows[line])
                    found += factor * sum(inside[window.nearest : window.farthest + 1])
                return _settled(relation, found + each.constant, found + each.constant) is True
            case ir.Count() | ir.LocalCount() | ir.Linear() | ir.Extremum() | ir.Conditional():
                return False
            case _:
                assert_never(operation)

    # --- what is remembered --------------------------------------------------------------------------------------

    def _finals(self, before: Finals, sums: dict[int, int], rows: dict[int, tuple[bool, ...]]) -> list[bool | None]:
        """Of each line the value that it has at every later position, None where letters may change it."""
        finals: list[bool | None] = []
        for number, line in enumerate(self.program.lines):
            found: bool | None = before[number]
            match line.operation:
                case _ if found is not None:
                    pass
                case ir.Not(operand) if finals[operand] is not None:
                    found = not finals[operand]
                case ir.And(operands):
                    found = _all(finals[k] for k in operands)
                case ir.Or(operands):
                    other = _all(None if finals[k] is None else not finals[k] for k in operands)
                    found = None if other is None else not other
                case ir.Compare(relation):
                    found = _settled(relation, *self._bounds(number, finals, sums, rows))
                case _:
                    pass
            finals.append(found)
        return finals

    def _bounds(
        self, number: int, finals: Sequence[bool | None], sums: dict[int, int], rows: dict[int, tuple[bool, ...]]
    ) -> tuple[float, float]:
        """Between which numbers the difference of a comparison is at every later position."""
        each = self.compared[number]
        low: float = sums[number] + each.constant
        high = low
        growing = [factor for factor, body, _ in each.counts if finals[body] is not False]
        for factor, line in each.windows:
            window = self.windows[line]
            empty = finals[window.body] is False and not any(rows[line])
            most = 0 if empty else window.farthest - window.nearest + 1
            low, high = low + min(0, factor * most), high + max(0, factor * most)
        falls, rises = min(growing, default=0) < 0, max(growing, default=0) > 0
        return -inf if falls or sums[number] <= -self.cap else low, inf if rises or sums[number] >= self.cap else high

    def _kept(
        self, position: int, sums: dict[int, int], rows: dict[int, tuple[bool, ...]], finals: list[bool | None]
    ) -> _RememberedSums:
        """What the later values of `accept` are made of."""
        operations = [line.operation for line in self.program.lines]
        read, stack = set[int](), [self.accept]
        while stack:
            line = stack.pop()
            if line in read:
                continue
            read.add(line)
            if finals[line] is None:
                match operations[line]:
                    case ir.Compare():
                        each = self.compared[line]
                        read.update(window for _, window in each.windows)
                        stack += [body for _, body, _ in each.counts]
                        stack += [self.windows[window].body for _, window in each.windows]
                    case operation:
                        stack += ir.operands_of(operation)
        open_ = {line for line in read if finals[line] is None}
        periodic = any(isinstance(operations[line], ir.Periodic) for line in open_)
        return _RememberedSums(
            position if periodic else 0,
            tuple(total if line in open_ else 0 for line, total in sums.items()),
            tuple(row if line in open_ else (False,) * len(row) for line, row in rows.items()),
            tuple(final if line in read else None for line, final in enumerate(finals)),
        )


def _difference(program: ir.Program, compare: ir.Compare, windows: Sequence[int]) -> _ComparedSums:
    totals: dict[int, int] = {}
    constant, stack = 0, [(1, compare.left), (-1, compare.right)]
    while stack:
        factor, line = stack.pop()
        match program.lines[line].operation:
            case ir.Linear(terms, rest):
                constant += factor * rest
                stack += [(factor * inner, term) for inner, term in terms]
            case _:
                totals[line] = totals.get(line, 0) + factor
    counts = []
    for line, factor in totals.items():
        operation = program.lines[line].operation
        if isinstance(operation, ir.Count) and factor:
            counts.append((factor, operation.body, operation.strict))
    return _ComparedSums(
        tuple(counts), tuple((factor, line) for line, factor in totals.items() if line in windows and factor), constant
    )


def _all(finals: Iterable[bool | None]) -> bool | None:
    """The conjunction of values of which some are open."""
    found: bool | None = True
    for final in finals:
        if final is False:
            return False
        found = None if final is None else found
    return found


def _settled(relation: ir.Relation, low: float, high: float) -> bool | None:
    """Whether every number between the bounds has the relation to 0, or none has; None where some have."""
    match relation:
        case "<" | ">=":
            found = True if high < 0 else False if low >= 0 else None
        case "<=" | ">":
            found = True if high <= 0 else False if low > 0 else None
        case _:
            found = True if low == high == 0 else False if low > 0 or high < 0 else None
    turned = relation in (">=", ">", "!=")
    return found if found is None or not turned else not found
