"""How long it takes to write the board as one page and as a site, compared with a bare import of the command.

Writing the site may take at most 10 CPU seconds on a quiet machine.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

MOST_SECONDS = 10.0
COMMANDS = {
    "import": ("-c", "import eval.commands.leaderboard"),
    "one page": ("-m", "eval.leaderboard", "--from", "results", "--format", "html", "--out", "{}/board.html"),
    "site": ("-m", "eval.leaderboard", "--from", "results", "--format", "site", "--out", "{}/site"),
}


def main() -> int:
    """Time each command once; return 1 if the site takes too long."""
    spent = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in COMMANDS.items():
            began, used = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
            command = [sys.executable, *(each.format(folder) for each in arguments)]
            subprocess.run(command, check=True, capture_output=True)
            now = getrusage(RUSAGE_CHILDREN)
            spent = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
            print(f"{name}: {spent:.1f} CPU s, {time.perf_counter() - began:.1f} s")
        largest = max(Path(folder, "site").iterdir(), key=lambda path: path.stat().st_size)
        print(f"largest page of the site: {largest.name}, {largest.stat().st_size:,} bytes")
    return 0 if spent <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
