"""Cases of one test of which `make test` runs some, and `make test-long` all the others."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def few(cases: Iterable[Any], step: int = 0, *, also: Collection[Any] = (), rows: bool = False) -> list[Any]:
    """All the cases, for `parametrize`; every `step`-th, from the first, and those in `also` are not marked long.

    Without a step there are `also` alone; `rows` says that each case is the values of several arguments.
    """
    all_of_them = list(cases)
    assert all(case in all_of_them for case in also), "a case to keep is none of the cases"
    kept = [(step and not number % step) or case in also for number, case in enumerate(all_of_them)]
    assert any(kept)
    return [
        pytest.param(*(case if rows else [case]), marks=[] if keep else [pytest.mark.long])
        for case, keep in zip(all_of_them, kept, strict=True)
    ]
