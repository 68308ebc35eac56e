"""The search for one output.

It begins with a small sample of the words. Words on which a candidate is wrong are added, and the pool of values grows
when there is no candidate any more.
"""

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

POOL_SIZES = (3_000, 20_000, 100_000, 400_000, 1_500_000)  # how many values are enumerated, in turn
COVERED_VALUES = 100_000  # conjunctions are sought only among up to so many values
FIRST_SHORT_WORDS, FIRST_LONG_WORDS, MORE_WORDS = 60, 8, 18  # words of the first sample, and words added each time
MOST_USELESS = 3  # after so many useless candidates in a row the pool grows
MOST_CONSTANTS = 3  # with how many constants one sum may be compared
MOST_NODES = 60  # the most nodes of a formula
LEAST_CARRIED_NODES = 3  # a formula of so many nodes is sought however few labels there are
LABELS_A_NODE = 10  # how many labels a formula needs for each of its nodes

StopReason: TypeAlias = Literal["interrupted", "out of memory", "out of time"]


@dataclass(frozen=True)
class BrokenSearch:
    """The state of a search that was broken off, from which it can be continued.

    best      the best formula so far
    excluded  no formula up to this size agrees with the labels
    levels    what the enumeration that showed this gave for each size
    shown     the words of that enumeration
    points    how many prefixes they have
    sample    the current sample of the words
    more      labels that `confirm` gave
    pool      the index of the current size of the pool
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
        formula: A formula that agrees with every label, or None if none was found.
        excluded: No formula of G up to this size agrees with the labels; 0 if nothing is excluded.
        levels: What the enumeration that showed this gave for each size.
        sample: The words of that enumeration. The points were their prefixes.
        points: How many points these are.
        rounds: How often a candidate was sought.
        clashes: How often two values shared one of two hashes only. Such an enumeration excludes nothing.
        carried: The largest size that was sought, because the labels do not support a larger formula.
        stopped: What ended the search early, or None.
        broken: The state from which another search can continue.
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
        """Whether the search ended in a way that ends all further searches too."""
        return self.stopped in ("interrupted", "out of memory")

    @property
    def minimal(self) -> bool:
        """Whether there is a formula and every smaller size is excluded."""
        return self.formula is not None and size_of(self.formula) <= self.excluded + 1


@dataclass
class LabelTable:
    """The labels of prefixes in columns.

    wanted  (columns,) the label of each prefix
    known   (columns,) whether the prefix has a label
    """

    points: Points
    wanted: TruthFlags
    known: TruthFlags
    labels: dict[PointWord, bool] = field(repr=False)

    @staticmethod
    def of(alphabet: tuple[str, ...], labels: Mapping[PointWord, bool]) -> "LabelTable":
        """The labels, over the prefixes of all their words."""
        return LabelTable.over(points_of(alphabet, labels), labels)

    @staticmethod
    def over(points: Points, labels: Mapping[PointWord, bool]) -> "LabelTable":
        """The labels, over these points."""
        wanted, known = np.zeros(points.width, dtype=bool), np.zeros(points.width, dtype=bool)
        for column, word in enumerate(points.words):
            label = labels.get(word)
            if label is not None:
                wanted[column], known[column] = label, True
        return LabelTable(points, wanted, known, dict(labels))

    def wrong(self, formula: SmallFormula) -> list[PointWord]:
        """The labelled words on which the formula has another value than the label, shorter ones first."""
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
    useless: int = 0  # how many useless candidates came in a row

    def go_on(self, begun: BrokenSearch) -> None:
        """Takes over what an earlier search knew. Its formula is taken over only if it agrees with the labels."""
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
        """The largest size of a formula that the labels support."""
        return min(MOST_NODES, max(LEAST_CARRIED_NODES, len(self.table.labels) // LABELS_A_NODE))

    def room(self) -> int:
        """The largest size of a formula that would be useful."""
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
    """The smallest formula found that agrees with the labels, and the size up to which there is none.

    Args:
        table: The labels.
        grammar: The grammar whose formulas are searched.
        until: The time of `time.monotonic()`, in seconds, at which the best result so far is returned. Ctrl-C does the
            same.
        most: The largest size that is enumerated.
        confirm: For a formula, labels beyond the table that contradict it; empty if there are none. They are added to
            the labels.
        told: Called with lines of progress.
        smaller_than: Only formulas smaller than this are useful; None for no limit.
        begun: The state in which an earlier search with the same labels was broken off.
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
                # The pool does not grow if its search was cut short, so that a continued search does it again.
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
            told(f"a program of {size} agrees with all labels; none of size {state.excluded} or less does")
    except KeyboardInterrupt:
        state.stopped = "interrupted"
    except MemoryError:
        state.stopped = "out of memory"
    if state.stopped is not None:
        told(f"{state.stopped}: what was found so far is kept")
    return state.result()


def _candidate(state: _SearchState, pool: int) -> tuple[SmallFormula | None, bool]:
    """The next formula that agrees with the sample, and whether it is useful.

    The formula is None if this pool has no other candidate. A formula that is too large, or that only lists the words,
    is not useful itself, but words that contradict it are.
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
    """Whether the formula compares one sum of counts with many constants.

    Such a formula only lists what the words show, and says nothing beyond them.
    """
    constants: dict[object, set[int]] = {}
    for part in parts_of(formula):
        if isinstance(part, SumComparison):
            constants.setdefault(part.terms, set()).add(part.constant)
    return any(len(each) > MOST_CONSTANTS for each in constants.values())


def _enumerated(state: _SearchState, enumeration: Enumeration, sample: LabelTable, pool: int) -> SmallFormula | None:
    """The first value that agrees with the labels of the sample; None if there is none.

    What is excluded is recorded.
    """
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
    """Some of the words, from both labels: the shortest, and others over all lengths."""
    chosen: list[PointWord] = []
    for label in (False, True):
        kind = sorted((word for word in words if table.labels[word] is label), key=len)
        number = min(len(kind), most // 2)
        if number:
            places = np.unique(np.linspace(0, len(kind) - 1, number).round().astype(int))
            chosen += [kind[k] for k in places.tolist()]
    return chosen
