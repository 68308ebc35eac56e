"""A worker process of a sweep: it reads orders from standard input and writes messages to standard output.

Orders and messages are JSON objects, one a line. The process ends when its standard input ends. It also ends when
nobody reads its standard output, so that it does not outlive a parent that was killed.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from train.ledger.ledger import Ledger
from train.ledger.result import result_to_json
from train.ledger.store import ClaimedError
from train.running.device import keep_memory
from train.running.engine import Options, train_runs
from train.running.progress import Progress, progress_to_json
from train.sweep.grid import unit_from_json


def main(argv: list[str]) -> int:
    """Train what each line of standard input orders, and record it in the ledger at the directory argv[0].

    Returns:
        0 at the end of the input, 1 if nobody reads the messages any more.
    """
    torch.set_num_threads(1)
    keep_memory()
    ledger = Ledger(Path(argv[0]), shipped=None)
    try:
        for line in sys.stdin:
            _train(json.loads(line), ledger)
    except BrokenPipeError:
        return 1
    return 0


def _train(order: Mapping[str, Any], ledger: Ledger) -> None:
    def report(progress: Progress) -> None:
        _say({"progress": progress_to_json(progress)})

    unit = unit_from_json(order)
    try:
        results = train_runs(unit.task(), unit.runs, ledger, Options(**order["options"], on_progress=report))
    except BrokenPipeError:
        raise
    except ClaimedError as error:
        _say({"claimed": str(error)})
    except (OSError, ValueError) as error:
        _say({"error": str(error)})
    else:
        _say({"done": [result_to_json(result) for result in results]})


def _say(message: Mapping[str, Any]) -> None:
    # Flushed at once, so that a parent that is gone is noticed at once.
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
