"""The causes of exceptions: why a measurement is not what the theory predicts, as experiments found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, get_args

from train.ledger import SHIPPED

CAUSES = SHIPPED / "exceptions" / "causes.json"
# The kind `seeds` says that five fitted runs were too few. With `open`, `found` says what was tried without success.
CauseKind: TypeAlias = Literal["length", "words", "size", "steps", "seeds", "optimizer", "theory", "open"]
CauseKey: TypeAlias = tuple[str, str, int]  # task, setting, longest training word


@dataclass(frozen=True)
class ExceptionCause:
    """The kind of cause of an exception, a sentence on what was found, and the file with the runs that show it."""

    kind: CauseKind
    found: str
    runs: str

    def record(self) -> dict[str, Any]:
        """The cause as JSON data."""
        return {"kind": self.kind, "found": self.found, "runs": self.runs}


@lru_cache
def exception_causes() -> Mapping[CauseKey, ExceptionCause]:
    """The known causes by cell, read once; they apply whichever runs are shown."""
    found: dict[CauseKey, ExceptionCause] = {}
    for each in json.loads(CAUSES.read_text(encoding="utf-8")):
        assert each["kind"] in get_args(CauseKind)
        cause = ExceptionCause(each["kind"], each["found"], each["runs"])
        found[each["task"], each["setting"], each["train_length"]] = cause
    return MappingProxyType(found)
