"""How long commands take to start, as a multiple of a bare Python: medians of wall-clock time and of CPU time.

Each round starts every command once, so that other load on the machine affects all of them equally. Byte code is kept
in a separate directory, as it is kept for users. (Environments that set PYTHONDONTWRITEBYTECODE compile all modules
again at each start.)
"""

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

ROUNDS = 20
MOST = 8.0  # the most time that `crasp check` may take, as a multiple of a bare Python
BARE = ("-c", "pass")
COMMANDS = (
    ("-m", "crasp", "check", "lib:dyck1"),
    ("-m", "crasp", "--help"),
    ("-m", "tasks", "list"),
    ("-m", "train", "--help"),
    ("-m", "eval.predict", "--help"),
    ("-m", "eval.predict", "--task", "parity"),
    ("-m", "eval.predict", "--regex", "(aa)*"),
    ("-m", "crasp", "decide", "--regex", "(aa)*"),
    ("-m", "eval", "predict", "--help"),
)


def started(arguments: tuple[str, ...], environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds that a start takes: on the clock, and of CPU time."""
    begun = time.perf_counter()
    command, nowhere = [sys.executable, *arguments], subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=nowhere, stderr=nowhere, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime


def main() -> int:
    """Print a line for each command; return 1 if `crasp check` takes more than MOST bare Pythons on the clock."""
    times: dict[tuple[str, ...], list[tuple[float, float]]] = {arguments: [] for arguments in (BARE, *COMMANDS)}
    with tempfile.TemporaryDirectory() as kept:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": kept}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for arguments in times:
            started(arguments, environment)  # the first start writes the byte code
        for _ in range(ROUNDS):
            for arguments, found in times.items():
                found.append(started(arguments, environment))
    clock, cpu = (median(found[which] for found in times[BARE]) for which in (0, 1))
    print(f"bare Python: {1000 * clock:.0f} ms on the clock, {1000 * cpu:.0f} ms of CPU")
    for arguments in COMMANDS:
        own, own_cpu = (median(found[which] for found in times[arguments]) for which in (0, 1))
        ratios = f"{own / clock:4.1f} times on the clock, {own_cpu / cpu:4.1f} of CPU"
        print(f"python {' '.join(arguments):<32} {1000 * own:6.0f} ms  {ratios}")
    checks = median(found[0] for found in times[COMMANDS[0]]) / clock
    return 0 if checks <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
