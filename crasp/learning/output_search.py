"""The search for one output: small samples first, counterexamples from all labels, then larger pools of values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Literal, TypeAlias

import numpy as np

from crasp.learning.compared_prefixes import PackedBits, Points, PointWord, TruthFlags, pack, points_of
from crasp.learning.enumeration import Enumeration, GrowthLimits, SizeLevel, Sought
from crasp.learning.formula import SmallFormula, SumComparison, parts_of, size_of, value_of
from crasp.learning.grammar import Grammar
from crasp.learning.least_conjunction import cover
from crasp.learning.value_classes import RowNumbers
from tasks.ground.automata.automaton import counted

POOL_SIZES = (3_000, 20_000, 100_000, 400_000, 1_500_000)  # values
COVERED_VALUES = 100_000  # values up to which a pool is covered from
FIRST_SHORT_WORDS, FIRST_LONG_WORDS, MORE_WORDS = 60, 8, 18
MOST_USELESS = 3  # candidates of no use after which the pool grows
MOST_CONSTANTS = 3  # that one sum may be compared with
MOST_NODES = 60  # of a formula that a cover writes
LEAST_CARRIED_NODES = 3  # nodes that are looked for by however few labels
LABELS_A_NODE = 10  # labels that each node of a program must have to carry it

StopReason: TypeAlias = Literal["interrupted", "out of memory", "out of time"]


@dataclass(frozen=True)
class BrokenSearch:
    """Where a search is to go on: what is known, the sample, labels that `confirm` gave, and the pool of values.

    `levels`, `shown` and `points` are those of what is excluded.
    """

    best: SmallFormula | None
    excluded: int
    levels: tuple[SizeLevel, ...]
    shown: tuple[PointWord, ...]
    points: int
    sample: tuple[PointWord, ...]
    more: Mapping[PointWord, bool]
    pool: int


@dataclass(frozen=True)
class Learnt:
    """What the search found for one output.

    Attributes:
        formula: A formula that agrees with every label, None where none was found.
        excluded: No formula of G of at most this size agrees with the labels; 0 where nothing is excluded.
        levels: What enumeration went through where that was shown.
        sample: The words that show it: the points were their prefixes.
        points: How many points these are.
        rounds: How often candidates were made.
        clashes: How often one of two hashes met: what was enumerated then excludes nothing.
        carried: The largest size that is looked for: the labels carry no larger formula.
        stopped: What ended the search before it was through; None where nothing did.
        broken: Where another search may go on.
    """

    formula: SmallFormula | None
    excluded: int
    levels: tuple[SizeLevel, ...]
    sample: tuple[PointWord, ...]
    points: int
    rounds: int
    clashes: int = 0
    carried: int = 0
    stopped: StopReason | None = None
    broken: BrokenSearch | None = None

    @property
    def broken_off(self) -> bool:
        """Whether nothing else is to be searched after this."""
        return self.stopped in ("interrupted", "out of memory")

    @property
    def minimal(self) -> bool:
        """Whether every smaller size is excluded."""
        return self.formula is not None and size_of(self.formula) <= self.excluded + 1


@dataclass
class LabelTable:
    """Labels of prefixes, in columns."""

    points: Points
    wanted: TruthFlags
    known: TruthFlags
    labels: dict[PointWord, bool] = field(repr=False)

    @staticmethod
    def of(alphabet: tuple[str, ...], labels: Mapping[PointWord, bool]) -> "LabelTable":
        """The labels over the prefixes of all their words."""
        return LabelTable.over(points_of(alphabet, labels), labels)

    @staticmethod
    def over(points: Points, labels: Mapping[PointWord, bool]) -> "LabelTable":
        """The labels over these points."""
        wanted, known = np.zeros(points.width, dtype=bool), np.zeros(points.width, dtype=bool)
        for column, word in enumerate(points.words):
            label = labels.get(word)
            if label is not None:
                wanted[column], known[column] = label, True
        return LabelTable(points, wanted, known, dict(labels))

    def wrong(self, formula: SmallFormula) -> list[PointWord]:
        """The words on which the formula does not give the wanted labels, the shorter ones first."""
        found = np.flatnonzero((value_of(formula, self.points) != self.wanted) & self.known)
        words = self.points.words
        return [words[k] for k in found.tolist()]


@dataclass
class _SearchState:
    table: LabelTable
    grammar: Grammar
    until: float
    most: int
    told: Callable[[str], None]
    sample: list[PointWord]
    best: SmallFormula | None = None
    excluded: int = 0
    levels: tuple[SizeLevel, ...] = ()
    shown: tuple[PointWord, ...] = ()
    points: int = 0
    rounds: int = 0
    clashes: int = 0
    stopped: StopReason | None = None
    smaller_than: int | None = None
    more: dict[PointWord, bool] = field(default_factory=dict)
    pool: int = 0
    useless: int = 0  # candidates of no use one after the other

    def go_on(self, begun: BrokenSearch) -> None:
        """Take over what an earlier search knew; its formula only if it agrees with the labels."""
        self.more = dict(begun.more)
        self.table = LabelTable.of(self.table.points.alphabet, {**self.table.labels, **self.more})
        self.sample = list(begun.sample)
        self.excluded, self.levels, self.shown, self.points = begun.excluded, begun.levels, begun.shown, begun.points
        self.pool = begun.pool
        if begun.best is not None and not self.table.wrong(begun.best):
            self.best = begun.best

    def result(self) -> Learnt:
        return Learnt(
            self.best,
            self.excluded,
            self.levels,
            self.shown,
            self.points,
            self.rounds,
            self.clashes,
            self.carried,
            self.stopped,
            BrokenSearch(
                self.best,
                self.excluded,
                tuple(level for level in self.levels if level.size <= self.excluded),
                self.shown,
                self.points,
                tuple(self.sample),
                self.more,
                self.pool,
            ),
        )

    @property
    def carried(self) -> int:
        """The largest size that the labels carry."""
        return min(MOST_NODES, max(LEAST_CARRIED_NODES, len(self.table.labels) // LABELS_A_NODE))

    def room(self) -> int:
        """The largest size that is of use."""
        bounds = [self.carried]
        bounds += [] if self.best is None else [size_of(self.best) - 1]
        bounds += [] if self.smaller_than is None else [self.smaller_than - 1]
        return min(bounds)


def search(
    table: LabelTable,
    grammar: Grammar,
    *,
    until: float,
    most: int = MOST_NODES,
    confirm: Callable[[SmallFormula], Mapping[PointWord, bool]] = lambda _: {},
    told: Callable[[str], None] = lambda _: None,
    smaller_than: int | None = None,
    begun: BrokenSearch | None = None,
) -> Learnt:
    """The smallest formula found that agrees with the labels, and up to which size there is none.

    Args:
        table: The labels; those that `confirm` gives are added.
        grammar: Which formulas.
        until: The moment of the monotonic clock at which the best so far is returned; Ctrl-C does the same.
        most: The largest size that enumeration goes to.
        confirm: Labels beyond the table that contradict a formula, none where there are none.
        told: Called with a line of progress now and then.
        smaller_than: Only formulas smaller than this are of use.
        begun: Where an earlier search with the same labels was broken off.
    """
    state = _SearchState(table, grammar, until, most, told, _first_sample(table), smaller_than=smaller_than)
    if begun is not None:
        state.go_on(begun)
    try:
        while state.pool < len(POOL_SIZES) and (smaller_than is None or state.room() > state.excluded):
            if state.best is not None and size_of(state.best) <= state.excluded + 1:
                break
            if monotonic() >= until:
                state.stopped = "out of time"
                break
            candidate, of_use = _candidate(state, state.pool)
            wrong = [] if candidate is None else state.table.wrong(candidate)
            if candidate is None or (not of_use and (not wrong or state.useless == MOST_USELESS)):
                # What was cut short is to be done again.
                state.pool, state.useless = state.pool + (monotonic() < until), 0
                continue
            state.useless = 0 if of_use else state.useless + 1
            if not wrong:
                more = confirm(candidate)
                wrong = list(more)
                if more:
                    state.more |= more
                    state.table = LabelTable.of(table.points.alphabet, {**state.table.labels, **more})
            if wrong:
                state.sample += _spread(wrong, state.table, MORE_WORDS)
                continue
            state.best = candidate
            size = counted(size_of(candidate), "node")
            told(f"a program of {size} agrees with all labels; none up to {state.excluded}")
    except KeyboardInterrupt:
        state.stopped = "interrupted"
    except MemoryError:
        state.stopped = "out of memory"
    if state.stopped is not None:
        told(f"{state.stopped}: what is known so far is kept")
    return state.result()


def _candidate(state: _SearchState, pool: int) -> tuple[SmallFormula | None, bool]:
    """The next formula that agrees with the sample, None where this pool has no other, and whether it is of use.

    One that is too large, or retells the words, is of use by what contradicts it alone.
    """
    state.rounds += 1
    enumeration = Enumeration(points_of(state.table.points.alphabet, state.sample), state.grammar, seed=state.rounds)
    sample = LabelTable.over(enumeration.points, state.table.labels)
    found, of_use = _enumerated(state, enumeration, sample, POOL_SIZES[pool]), True
    if found is None and len(enumeration.values) <= COVERED_VALUES and monotonic() < state.until:
        seconds = min(4.0 * (pool + 1), max(0.2, (state.until - monotonic()) / 3))
        found = cover(enumeration, sample.wanted, sample.known, seconds=seconds, until=state.until)
        of_use = found is None or (size_of(found) <= state.room() and not lists_values(found))
    size = "none" if found is None else f"{size_of(found)}{'' if of_use else ', which is of no use'}"
    state.told(
        f"round {state.rounds}: {len(enumeration.values):,} values at {enumeration.points.number:,} points, "
        f"complete to size {enumeration.complete_to}, candidate {size}"
    )
    return found, of_use


def lists_values(formula: SmallFormula) -> bool:
    """Whether it compares one sum of counts with many constants: that retells the words, and ends where they end."""
    constants: dict[object, set[int]] = {}
    for part in parts_of(formula):
        if isinstance(part, SumComparison):
            constants.setdefault(part.terms, set()).add(part.constant)
    return any(len(each) > MOST_CONSTANTS for each in constants.values())


def _enumerated(state: _SearchState, enumeration: Enumeration, sample: LabelTable, pool: int) -> SmallFormula | None:
    """The first value that agrees with the sample's labels; what is excluded is kept."""
    sought = Sought(pack(sample.wanted), pack(sample.known))
    met: list[int] = []

    def look(bits: PackedBits, numbers: RowNumbers) -> bool:
        same, opposite = sought.agreeing(bits)
        met.extend([2 * int(numbers[k]) for k in same[:1]] + [2 * int(numbers[k]) + 1 for k in opposite[:1]])
        return bool(met)

    limits = GrowthLimits(until=state.until, values=pool)
    most = min(state.most, state.room())
    while not met and len(enumeration.levels) < most and len(enumeration.values) < pool:
        if not enumeration.grow(limits, look).finished:
            break
    if enumeration.complete_to > state.excluded and not enumeration.hashes.clashes:
        state.excluded = enumeration.complete_to
        state.levels, state.shown = tuple(enumeration.levels), tuple(state.sample)
        state.points = enumeration.points.number
    state.clashes += enumeration.hashes.clashes
    return enumeration.formula(met[0]) if met else None


def _first_sample(table: LabelTable) -> list[PointWord]:
    labelled = [table.points.words[column] for column in np.flatnonzero(table.known).tolist()]
    longer = labelled[FIRST_SHORT_WORDS:]
    return labelled[:FIRST_SHORT_WORDS] + _spread(longer, table, FIRST_LONG_WORDS)


def _spread(words: list[PointWord], table: LabelTable, most: int) -> list[PointWord]:
    """Some of the words: of both labels, the shortest and others over all lengths."""
    chosen: list[PointWord] = []
    for label in (False, True):
        kind = sorted((word for word in words if table.labels[word] is label), key=len)
        number = min(len(kind), most // 2)
        if number:
            places = np.unique(np.linspace(0, len(kind) - 1, number).round().astype(int))
            chosen += [kind[k] for k in places.tolist()]
    return chosen
