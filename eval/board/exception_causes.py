"""Why a measurement is not what the theory says: what an experiment on each known exception found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from train.ledger import SHIPPED

CAUSES = SHIPPED / "exceptions" / "causes.json"
CauseKind: TypeAlias = Literal[
    "length", "words", "size", "steps", "seeds", "optimizer", "theory", "open"
]  # seeds: five fitted runs were too few; open: what was tried
CauseKey: TypeAlias = tuple[str, str, int]  # task, setting, longest training word


@dataclass(frozen=True)
class ExceptionCause:
    """What kind of thing an exception comes from, what was found, and the file with the runs that show it."""

    kind: CauseKind
    found: str
    runs: str

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {"kind": self.kind, "found": self.found, "runs": self.runs}


@lru_cache
def exception_causes() -> Mapping[CauseKey, ExceptionCause]:
    """The causes that are known, by cell: what an experiment found, whoever's runs are shown."""
    found: dict[CauseKey, ExceptionCause] = {}
    for each in json.loads(CAUSES.read_text(encoding="utf-8")):
        assert each["kind"] in get_args(CauseKind)
        cause = ExceptionCause(each["kind"], each["found"], each["runs"])
        found[each["task"], each["setting"], each["train_length"]] = cause
    return MappingProxyType(found)
