"""What ends a search before it is through: Ctrl-C, memory, the clock. What was known is kept."""

import os
import signal
import threading
from itertools import product
from time import monotonic

import numpy as np
import pytest

from crasp.learning import learning, output_search
from crasp.learning import least_conjunction as covers
from crasp.learning.compared_prefixes import points_of
from crasp.learning.enumeration import Enumeration, GrowthLimits
from crasp.learning.grammar import Grammar
from crasp.learning.labelled_prefixes import ACCEPT, LabelledWords
from crasp.learning.learning import learn_program
from crasp.learning.output_search import LabelTable, search
from crasp.learning.report import known_of

PARITY = {word: word.count(0) % 2 == 0 for n in range(8) for word in product((0, 1), repeat=n)}


def parity() -> LabelledWords:
    return LabelledWords(("a", "b"), tuple(PARITY), {ACCEPT: PARITY, "next[a]": {w: not x for w, x in PARITY.items()}})


@pytest.mark.parametrize(
    ("error", "said"),
    [(KeyboardInterrupt, "The search was interrupted"), (MemoryError, "The search ran out of memory")],
)
def test_what_stopped_the_search_is_said_and_nothing_is_searched_after_it(monkeypatch, error, said) -> None:
    covered = []

    def fail(*_, **__) -> None:
        covered.append(1)
        raise error

    monkeypatch.setattr(output_search, "cover", fail)
    found = learn_program(parity(), ("plain", "local"), seconds=20, most=6)
    assert len(covered) == 1
    assert found.text is None
    assert found.outputs[ACCEPT][0].excluded == 6
    lines = known_of(found)
    assert lines[0].startswith("accept: none up to size 6: no plain formula")
    assert lines[1:] == ["next[a]: none found: no size is excluded.", f"{said}; this is what it had found."]


def test_a_later_family_that_the_time_cut_short_is_said_to_be(monkeypatch) -> None:
    """The first family is through, so what is excluded is its own; the whole search was not."""
    searched = learning.search

    def hurried(table, grammar, *, until, **asked):
        return searched(table, grammar, until=monotonic() if grammar.lags else until, **asked)

    monkeypatch.setattr(learning, "search", hurried)
    monkeypatch.setattr(output_search, "POOL_SIZES", (3,))
    found = learn_program(parity(), ("plain", "local"), seconds=20, most=2)
    assert found.text is None
    assert found.stopped == "out of time"
    assert known_of(found)[-1] == "The search ran out of time before it was complete."
    assert learn_program(parity(), ("plain",), seconds=20, most=2).stopped is None


def test_ctrl_c_reaches_python_while_the_solver_runs() -> None:
    rng = np.random.default_rng(0)
    columns = tuple(covers._Conjunct(k, False, int(rng.integers(3, 9))) for k in range(700))
    pool = covers._Pool(columns, rng.random((700, 500)) < 0.03)
    threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    begun = monotonic()
    with pytest.raises(KeyboardInterrupt):
        covers._solve(pool, covers._greedy(pool), begun + 30)
    assert monotonic() - begun < 15


def test_counts_of_many_values_look_at_the_clock(monkeypatch) -> None:
    enumeration = Enumeration(points_of("ab", ["abab", "bbaa"]), Grammar())
    for _ in range(4):
        enumeration.grow()
    monkeypatch.setattr("crasp.learning.enumeration.VALUES_AT_ONCE", 1)
    looked = []
    limits = GrowthLimits(until=1.0)
    monkeypatch.setattr("crasp.learning.enumeration.monotonic", lambda: looked.append(1) or 2.0)
    assert not enumeration.grow(limits).finished
    assert len(looked) <= 2


@pytest.mark.long
@pytest.mark.parametrize("seconds", [2, 6])
def test_the_search_ends_within_a_tenth_and_a_second_of_its_time(seconds) -> None:
    words = [word for n in range(6) for word in product(range(6), repeat=n)]
    table = LabelTable.of(tuple("abcdef"), {word: word == tuple(sorted(word)) and len(word) % 2 == 0 for word in words})
    begun = monotonic()
    search(table, Grammar(), until=begun + seconds)
    assert monotonic() - begun < 1.1 * seconds + 1
