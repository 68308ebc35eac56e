"""One sentence on what a small board shows: which tasks generalise, which fail, and where the settings differ."""

from collections.abc import Sequence
from typing import Final

from eval.board.rows import Row

MOST_ROWS: Final = 24  # for a board with more rows, there is no sentence: the headline's counts say more
SAYS: Final = {"generalizes": ("generalizes", "generalize"), "fails": ("fails", "fail")}


def in_short(rows: Sequence[Row]) -> list[str]:
    """The sentence, from the measured verdicts; none if no row has a verdict, or if there are many rows."""
    tasks: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        if row.measured in SAYS:
            settings = tasks.setdefault(row.task, {}).setdefault(row.measured, [])
            settings += [] if row.setting in settings else [row.setting]
    if not tasks or len(rows) > MOST_ROWS:
        return []
    alike: dict[tuple[tuple[str, tuple[str, ...]], ...], list[str]] = {}
    for task, outcomes in tasks.items():
        several = len(outcomes) > 1  # otherwise the settings agree, and need not be named
        key = tuple((each, tuple(outcomes[each]) if several else ()) for each in SAYS if each in outcomes)
        alike.setdefault(key, []).append(task)
    order = sorted(alike, key=lambda key: (len(key), list(SAYS).index(key[0][0])))
    parts = [_listed(alike[key]) + " " + _outcomes(key, plural=len(alike[key]) > 1) for key in order]
    return [f"In short: at two to three times the training length {'; '.join(parts)}."]


def _outcomes(key: tuple[tuple[str, tuple[str, ...]], ...], *, plural: bool) -> str:
    return " and ".join(
        SAYS[verdict][plural] + (f" with {_listed(settings)}" if settings else "") for verdict, settings in key
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
