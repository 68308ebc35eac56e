"""Files damaged at random, and the commands that are given them.

    make fuzz-models SECONDS=600
    make fuzz-results SECONDS=600
    python benchmarks/fuzz_damaged_files.py models --first 0 --count 1000

`models`: directories of compiled models, given to `crasp verify` and `eval.measure`. `results`: results and ledgers,
given to `eval.leaderboard`, `train export`, `train merge`. The case of each number is always the same
(tests/crasp/artifacts/damaged_models.py, tests/train/ledger/damaged_results.py): a run goes on with `--first`, and what
failed is had again with `--first NUMBER --count 1`. Status 1 where a command ends otherwise than with status 0, 1 or 2
and a message, or where what it says or leaves is not right.
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
