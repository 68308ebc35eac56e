"""The version of all words that are drawn. It is part of the identity of every training run."""

from typing import Final

# It is raised by one whenever the words or labels of any task change;
# `tests/tasks/samples/golden_versions.json` holds a hash for each version.
DATA_VERSION: Final = 2
