"""CPU seconds of a prediction: `python -m eval.predict` for each task, including the start of Python."""

import resource
import subprocess
import sys

from tasks.registry import TASKS

LIMIT = 1.0  # seconds


def cpu_seconds(arguments: list[str]) -> float:
    """Return the user and system time of one process, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "eval.predict", *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    seconds = {name: cpu_seconds(["--task", name]) for name in TASKS}
    for name, value in sorted(seconds.items(), key=lambda item: -item[1])[:5]:
        print(f"{name:<28} {value:.2f} s")
    print(f"the slowest of {len(seconds)} tasks; limit {LIMIT:.0f} s")
    return 0 if max(seconds.values()) < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
