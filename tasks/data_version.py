"""The version of all words that are drawn: part of every run's identity."""

from typing import Final

# Raised by one whenever any task's words or labels change; `tests/tasks/samples/golden_versions.json` tells from what
# to what.
DATA_VERSION: Final = 2
