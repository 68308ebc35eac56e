"""The horizon of a model: the length up to which it is right, found by doubling and bisection. Imports no torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from train.ledger.accuracy import BinAccuracy
from train.model.config import TrainConfig

TIMES: Final = 10  # the search ends at this many times the training length, if the model has positions for it
WORDS: Final = 200  # words tested at each length that is tried
NEAR_SHARE: Final = 0.05  # the search ends when the horizon is known up to this share of its length

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
    """For each criterion the longest length such that it and all shorter lengths that were tried satisfy the criterion.

    The criteria `90` and `99` ask that this many per cent of the words are wholly right. `worst_90` and `worst_99` ask
    it of the words of each stratum.

    Attributes:
        lengths: The horizon by criterion; 0 if the shortest length that was tried does not satisfy it.
        tested: The longest length that was tried. A horizon of this length is a lower bound.
    """

    lengths: Mapping[str, int]
    tested: int

    def record(self) -> dict[str, Any]:
        """Return the horizon as JSON data, which `horizon_from_json` reads back."""
        return {**self.lengths, "tested": self.tested}


def horizon_from_json(value: Mapping[str, Any]) -> Horizon:
    """Return the horizon that `Horizon.record` wrote.

    Raises:
        KeyError, TypeError, ValueError: The value is no horizon.
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"horizon: expected an object, found {type(value).__name__}")
    lengths = {name: value[name] for name in (*CRITERIA, "tested")}
    if not all(type(length) is int and 0 <= length <= lengths["tested"] for length in lengths.values()):
        raise ValueError(f"horizon: expected lengths up to the longest that was tested, found {dict(value)}")
    return Horizon({name: lengths[name] for name in CRITERIA}, lengths["tested"])


def horizon_limit(config: TrainConfig) -> int:
    """Return the longest length at which a run's horizon is searched.

    It is ten times the training length. With APE it is no more than the longest tested length, for which there are
    positions.
    """
    limit = TIMES * config.train_length
    return min(limit, config.max_length) if config.model.pe == "ape" else limit


def around(length: int) -> tuple[int, int]:
    """Return the range of lengths that is tested in place of one length: also lengths up to a twentieth shorter.

    Many languages have no words of most lengths.
    """
    return max(1, length - length // 20), length


def find_horizon(probe: LengthProbe, start: int, limit: int) -> Horizon:
    """Return the horizon of a model, searched among the lengths from 1 to `limit`.

    Args:
        probe: Returns the accuracy near a length, or None if there are no such words. It is called once for each length
            at most.
        start: The first length that is tried, usually the longest training length.
        limit: The longest length that may be tried.
    """
    asked: dict[int, BinAccuracy | None] = {}

    def ask(length: int) -> BinAccuracy | None:
        if length not in asked:
            asked[length] = probe(length)
        return asked[length]

    for holds in CRITERIA.values():
        _search(ask, holds, min(start, limit), limit)
    tried = {length: found for length, found in asked.items() if found is not None}
    horizons = {name: _unbroken(tried, holds) for name, holds in CRITERIA.items()}
    return Horizon(horizons, max(tried, default=0))


def _search(ask: LengthProbe, holds: Criterion, start: int, limit: int) -> None:
    """Try doubled lengths until one does not satisfy the criterion, then bisect.

    In the place of a length without words the next shorter one that has words is tried. If no length down to the
    longest good one has words, there is none that could fail.
    """
    good, bad, length = 0, limit + 1, start
    while bad - good > max(1, NEAR_SHARE * good):
        place, found = length, ask(length)
        while found is None and place - 1 > good:
            place -= 1
            found = ask(place)
        if found is None or holds(found):
            good = length
        else:
            bad = place
        length = min(2 * good, limit) if bad > limit and good else (good + bad) // 2
        if length in (good, bad):
            return


def _unbroken(tried: Mapping[int, BinAccuracy], holds: Criterion) -> int:
    """Return the longest length that satisfies the criterion together with every shorter one that was tried.

    The result is 0 if there is no such length.
    """
    best = 0
    for length in sorted(tried):
        if not holds(tried[length]):
            break
        best = length
    return best
