"""Prefix expressions: the sum that their letters make is reached at the end, for the first time."""

from time import monotonic

import numpy as np
import pytest

from crasp.learning import output_search
from crasp.learning.formula import size_of
from crasp.learning.grammar import grammar_of_fragment
from crasp.learning.output_search import LabelTable, search
from eval.learning.task_words import task_language


@pytest.mark.parametrize("most_nodes", [pytest.param(60, marks=pytest.mark.long), 16])
def test_their_program_is_found_also_where_what_comes_first_is_too_large_to_be_of_use(
    most_nodes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_search, "MOST_NODES", most_nodes)
    monkeypatch.setattr(output_search, "POOL_SIZES", output_search.POOL_SIZES[:1])
    cover = output_search.cover  # with time enough on a busy machine too
    monkeypatch.setattr(output_search, "cover", lambda *given, **asked: cover(*given, **{**asked, "seconds": 30.0}))
    asked, lines = task_language("bool3"), list[str]()
    labels = asked.labels(asked.words(np.random.default_rng(1)))
    table = LabelTable.of(asked.alphabet, labels)
    learnt = search(table, grammar_of_fragment("plain"), until=monotonic() + 60, most=5, told=lines.append)
    assert learnt.formula is not None
    assert size_of(learnt.formula) == 15, "the library's has 26 nodes"
    assert not table.wrong(learnt.formula)
    longer = asked.labels(asked.words(np.random.default_rng(2), confirming=True))
    assert not LabelTable.of(asked.alphabet, longer).wrong(learnt.formula)
    assert (most_nodes > 16) or any("of no use" in line for line in lines)
