"""The horizon: up to which length a model is right, found by doubling and bisection. Imports no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from train.ledger.accuracy import BinAccuracy
from train.model.config import TrainConfig

TIMES: Final = 10  # the search goes to this many times the training length, where the model has positions for it
WORDS: Final = 200  # tested at each length that is tried
NEAR_SHARE: Final = 0.05  # the search ends when it knows the horizon up to this share of it

Criterion: TypeAlias = Callable[[BinAccuracy], bool]
LengthProbe: TypeAlias = Callable[[int], BinAccuracy | None]


def _share_is(least: float) -> Criterion:
    return lambda found: found.accuracy >= least


def _worst_is(least: float) -> Criterion:
    def holds(found: BinAccuracy) -> bool:
        worst = found.worst_stratum
        return (found.accuracy if worst is None else worst[1] / worst[2]) >= least

    return holds


CRITERIA: Final[Mapping[str, Criterion]] = {
    "90": _share_is(0.90),
    "99": _share_is(0.99),
    "worst_90": _worst_is(0.90),
    "worst_99": _worst_is(0.99),
}


@dataclass(frozen=True)
class Horizon:
    """For each criterion the longest length that was tried and satisfied it, with all tried shorter ones; 0: none did.

    `90` and `99`: that many per cent of the words are wholly right; `worst_90` and `worst_99`: of each stratum's words.
    `tested` is the longest length that was tried: a horizon that is as long is one at least.
    """

    lengths: Mapping[str, int]
    tested: int

    def record(self) -> dict[str, Any]:
        """As JSON data, which `horizon_from_json` reads back."""
        return {**self.lengths, "tested": self.tested}


def horizon_from_json(value: Mapping[str, Any]) -> Horizon:
    """The horizon that `Horizon.record` wrote; KeyError, TypeError or ValueError where the value is none."""
    return Horizon({name: int(value[name]) for name in CRITERIA}, int(value["tested"]))


def horizon_limit(config: TrainConfig) -> int:
    """How far a run's horizon is searched: ten times the training length, with APE no further than positions reach."""
    limit = TIMES * config.train_length
    return min(limit, config.max_length) if config.model.pe == "ape" else limit


def around(length: int) -> tuple[int, int]:
    """The lengths that are tried for one: up to a twentieth shorter ones too, for some languages lack most lengths."""
    return max(1, length - length // 20), length


def find_horizon(probe: LengthProbe, start: int, limit: int) -> Horizon:
    """The horizon of what `probe` asks, at lengths from 1 to `limit`.

    Args:
        probe: The accuracy near a length; None where there are no words. Each length is asked once.
        start: The first length that is tried, usually the longest training length.
        limit: The longest.
    """
    tried: dict[int, BinAccuracy] = {}

    def ask(length: int) -> BinAccuracy | None:
        if length not in tried:
            found = probe(length)
            if found is None:
                return None
            tried[length] = found
        return tried[length]

    for holds in CRITERIA.values():
        _search(ask, holds, min(start, limit), limit)
    found = {name: _unbroken(tried, holds) for name, holds in CRITERIA.items()}
    return Horizon(found, max(tried, default=0))


def _search(ask: LengthProbe, holds: Criterion, start: int, limit: int) -> None:
    """Asks at doubled lengths until one does not hold, then between; lengths without words are passed over."""
    good, bad, length = 0, limit + 1, start
    while bad - good > max(1, NEAR_SHARE * good):
        found = ask(length)
        if found is None or holds(found):
            good = length
        else:
            bad = length
        length = min(2 * good, limit) if bad > limit and good else (good + bad) // 2
        if length in (good, bad):
            return


def _unbroken(tried: Mapping[int, BinAccuracy], holds: Criterion) -> int:
    """The longest length that holds with every shorter one that was tried."""
    best = 0
    for length in sorted(tried):
        if not holds(tried[length]):
            break
        best = length
    return best
