"""Commands that are given files with random damage.

    make fuzz-models SECONDS=600
    make fuzz-results SECONDS=600
    python benchmarks/fuzz_damaged_files.py models --first 0 --count 1000

`models`: directories of compiled models, given to `crasp verify` and `eval.measure`. `results`: results and ledgers,
given to `eval.leaderboard`, `train export` and `train merge`.

The case of each number is always the same (tests/crasp/artifacts/damaged_models.py,
tests/train/ledger/damaged_results.py). So `--first` continues an earlier run, and `--first NUMBER --count 1` repeats a
failed case. The status is 1 if a command ends in any other way than with status 0, 1 or 2 and a message, or if what it
says or leaves is not right.
"""

import argparse
import sys

from tests.crasp.artifacts import damaged_models
from tests.damaged_files import rounds
from tests.train.ledger import damaged_results

CASES = {"models": damaged_models.check_case, "results": damaged_results.check_case}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", choices=CASES, help="what is damaged")
    parser.add_argument("--first", type=int, default=0, help="the first case's number")
    parser.add_argument("--count", type=int, help="how many cases; else as many as the seconds allow")
    parser.add_argument("--seconds", type=float, help="how long; 600 where --count is not given")
    asked = parser.parse_args()
    seconds = 600.0 if asked.seconds is None and asked.count is None else asked.seconds
    return rounds(CASES[asked.files], asked.first, asked.count, seconds)


if __name__ == "__main__":
    sys.exit(main())
