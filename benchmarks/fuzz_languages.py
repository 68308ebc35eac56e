"""Random expressions and automaton files: correct ones are compared with naive matching, broken ones read or refused.

    make fuzz-languages FIRST=0 COUNT=200000
    python benchmarks/fuzz_languages.py --first 0 --count 10000

The case of each number is always the same (tests/tasks/ground/automata/random_inputs.py), so `--first` continues an
earlier run. The status is 1 if a language is read wrongly, if an exception is not a refusal, or if a case takes more
than a second.
"""

import argparse
import sys
import time
import traceback

from tests.tasks.ground.automata.random_inputs import check_case

SLOW = 1.0  # seconds of CPU


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0, help="the first case's number")
    parser.add_argument("--count", type=int, default=10_000, help="how many cases")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    asked = parser.parse_args()
    failed, done, slowest, started = 0, 0, 0.0, time.monotonic()
    for number in range(asked.first, asked.first + asked.count):
        start = time.process_time()
        try:
            check_case(number)
        except Exception:
            failed += 1
            print(f"case {number}:\n{traceback.format_exc()}", file=sys.stderr)
        used = time.process_time() - start
        if used > SLOW:
            failed += 1
            print(f"case {number}: {used:.1f} s", file=sys.stderr)
        slowest = max(slowest, used)
        done += 1
        if time.monotonic() - started > 60 * asked.minutes:
            break
    print(f"{done:,} cases from {asked.first:,} in {time.monotonic() - started:.0f} s: {failed:,} failed")
    print(f"the slowest took {slowest:.2f} s of CPU")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
