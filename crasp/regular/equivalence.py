"""Decides whether a program accepts the language of an automaton, by a search of the pairs of their states.

The state of a program is what it remembers after a prefix: the sums that it compares, the Booleans of its windows, and
the position modulo its moduli. Only what can still change an answer is kept. A line is *final* if no further letter
changes its value, for example a sum that only grows and has passed its bound, or a conjunction with a part that stays
false. What only final lines read is forgotten.

If the counters stay small wherever the answer is still open, there are finitely many states, and the search ends.
Otherwise sums are followed only up to a cap. A sum at the cap stands for any larger one, and so may come back below it
at any time. The capped machine is then nondeterministic. If all its runs answer as the automaton, the program does too.
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

SPARES = (2, 8)  # how far beyond the sums that decide a comparison the cap lies, in turn
MOST_PAIRS = 2_000  # pairs of a state of the program and a state of the automaton that are visited

Finals = tuple[bool | None, ...]  # for each line the value that it keeps from now on; None if open or not needed


@dataclass(frozen=True)
class LanguageComparison:
    """Whether two languages are equal, or None if that is not decided.

    If they differ, `word` is a shortest word that is in one of them only, as numbers of letters.
    """

    equal: bool | None
    word: tuple[int, ...] | None = None


def compare_language(
    program: ir.Program, automaton: Automaton, *, until: float = inf, most_pairs: int = MOST_PAIRS
) -> LanguageComparison:
    """Whether the program accepts exactly the words after which the automaton's output is true.

    Args:
        program: A program that defines `accept`.
        automaton: The language. Its outputs are true or false. With an alphabet other than the program's nothing is
            decided.
        until: The time of `time.monotonic()`, in seconds, at which the search is given up.
        most_pairs: How many pairs of states are visited before the search is given up.
    """
    machine = _SumMachine.of(program)
    if machine is None or program.alphabet != automaton.alphabet:
        return LanguageComparison(None)
    found = _explored(machine, automaton, until, most_pairs)
    for spare in SPARES if found.equal is None else ():  # a capped machine may differ where the program does not
        if _explored(machine.capped(spare), automaton, until, most_pairs).equal:
            return LanguageComparison(True)
    return found


def _explored(machine: "_SumMachine", automaton: Automaton, until: float, most_pairs: int) -> LanguageComparison:
    """The result of a search of all reachable pairs of states, in the order of the shortest words that reach them."""
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
    """What a program remembers after a letter. A part that cannot change an answer is set to 0, False or None."""

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
    """The difference left - right of a comparison, as multiples of counts and of window counts, plus a constant."""

    counts: tuple[tuple[int, int, bool], ...]  # factor, body, strict
    windows: tuple[tuple[int, int], ...]  # factor, the line of the window count
    constant: int


@dataclass(frozen=True)
class _SumMachine:
    """The program as a machine that keeps one running sum for each comparison."""

    program: ir.Program
    accept: int
    period: int
    compared: dict[int, _ComparedSums]  # by the line of the comparison
    windows: dict[int, ir.LocalCount]  # by the line of the window count
    cap: float = inf  # a stored sum of `cap` stands for any sum from there on; -cap likewise

    @staticmethod
    def of(program: ir.Program) -> "_SumMachine | None":
        """The machine of a program.

        None if the program defines no `accept`, or has a minimum, a maximum or a conditional.
        """
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
        """The machine that follows sums only up to a cap.

        The cap lies `spare` above every sum at which the windows and one letter can still decide a comparison.
        """
        decided = [
            abs(each.constant)
            + 2 * sum(abs(factor) for factor, _, _ in each.counts)
            + sum(abs(factor) * (self.windows[line].farthest + 1) for factor, line in each.windows)
            for each in self.compared.values()
        ]
        return replace(self, cap=max(decided, default=0) + spare)

    def start(self) -> _ReachedState:
        """The state after the empty word."""
        windows = tuple((False,) * each.farthest for each in self.windows.values())
        blank = _RememberedSums(0, (0,) * len(self.compared), windows, (None,) * len(self.program.lines))
        return self._reached(blank, -1)[0]

    def step(self, state: _RememberedSums, letter: int) -> list[_ReachedState]:
        """The states that one more letter may lead to; there are several if a sum is not known exactly."""
        position = (state.position + 1) % self.period
        return self._reached(_RememberedSums(position, state.sums, state.windows, state.finals), letter)

    def _reached(self, before: _RememberedSums, letter: int) -> list[_ReachedState]:
        """The states that may be reached at a position, each with the answer there.

        `letter` is -1 for the empty word.
        """
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
        """The values that a stored sum may have after `added` is added to it.

        There are several if the sum is at the cap and shrinks.
        """
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
        """The value of a Boolean line.

        It is False for a count, because comparisons read counts through their bodies.
        """
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
        """For each line the value that it has at every later position, or None if later letters may change it."""
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
        """The least and the greatest value that the difference of a comparison can have at any later position."""
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
        """What has to be remembered to compute all later values of `accept`."""
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
    """The conjunction of values, where None stands for one that is open."""
    found: bool | None = True
    for final in finals:
        if final is False:
            return False
        found = None if final is None else found
    return found


def _settled(relation: ir.Relation, low: float, high: float) -> bool | None:
    """True if every number from low to high has the relation to 0, False if none has, and None if only some have."""
    match relation:
        case "<" | ">=":
            found = True if high < 0 else False if low >= 0 else None
        case "<=" | ">":
            found = True if high <= 0 else False if low > 0 else None
        case _:
            found = True if low == high == 0 else False if low > 0 or high < 0 else None
    turned = relation in (">=", ">", "!=")
    return found if found is None or not turned else not found
