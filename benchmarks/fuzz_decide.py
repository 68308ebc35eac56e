"""Decisions on random languages: every yes has a program that is run, every no has a certificate that is checked.

    make fuzz-decide FIRST=0 COUNT=100000 WORKERS=2
    python benchmarks/fuzz_decide.py --first 0 --count 1000

The case of each number is always the same. So `--first` continues an earlier run, and `--first NUMBER --count 1`
repeats a failed case. Languages are expressions and automata of the shapes in tests/crasp/regular/languages.py, which
independent code of the tests reads a second time. All acceptance rules and targets are asked in turn.

A program is run on all short words, on random walks and on pumped words, and compared after every letter. Certificates
are checked against the automaton that was read independently. The status is 1 if an exception or a wrong answer was
found. Cases that were too large or ran out of time are counted and named.
"""

import argparse
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from types import FrameType

from tests.crasp.regular.decided import case, decided

PORTION = 20  # cases that a worker takes at a time


class OutOfTime(BaseException):  # not an Exception, so that no code in between handles it as one of its own
    """A case has used up its seconds."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0, help="the first case's number")
    parser.add_argument("--count", type=int, default=1000, help="how many cases")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--seconds", type=int, default=120, help="CPU seconds that one case may use")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    asked = parser.parse_args()
    started, found, done = time.monotonic(), Counter[str](), 0
    try:
        for outcomes in _outcomes(asked.first, asked.count, asked.workers, asked.seconds):
            found.update(outcomes)
            done += len(outcomes)
            if done % 500 < len(outcomes):
                print(f"{done} cases, {time.monotonic() - started:.0f} s: {_said(found)}", file=sys.stderr, flush=True)
            if time.monotonic() - started > 60 * asked.minutes:
                break
    except KeyboardInterrupt:
        print(f"stopped; to go on: --first {asked.first + done} --count {asked.count - done}", file=sys.stderr)
    print(f"{_said(found)}\ncases {asked.first} to {asked.first + done - 1}, {time.monotonic() - started:.0f} s")
    return int(any(outcome.startswith("failed") for outcome in found))


def _said(found: Counter[str]) -> str:
    return "; ".join(f"{number} {outcome}" for outcome, number in sorted(found.items()))


def _outcomes(first: int, count: int, workers: int, seconds: int) -> Iterator[list[str]]:
    """Yield the outcomes of one portion of cases after another, in order."""
    starts = range(first, first + count, PORTION)
    portions = [(start, min(PORTION, first + count - start), seconds) for start in starts]
    if workers == 1:
        yield from map(_portion, portions)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_portion, portions)


def _portion(asked: tuple[int, int, int]) -> list[str]:
    start, count, seconds = asked
    signal.signal(signal.SIGVTALRM, _out_of_time)
    return [_outcome(number, seconds) for number in range(start, start + count)]


def _out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfTime


def _outcome(number: int, seconds: int) -> str:
    given = case(number)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        outcome = decided(given)
    except OutOfTime:
        print(f"out of time after {seconds} s: {given}", flush=True)
        return "program or certificate out of time"
    except Exception as error:  # any exception is a defect that the fuzzing looks for
        print(f"{type(error).__name__}: {given}\n{traceback.format_exc(limit=-3)}", flush=True)
        return f"failed: {type(error).__name__}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    if "too large" in outcome:
        print(f"{outcome}: {given}", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
