"""All random tests, one after another, an hour in total: the status is 1 if one of them found a defect.

    make fuzz
    python benchmarks/fuzz.py --minutes 60 --first 0

Regular languages are decided, regexes and automata read, programs run and formatted and imported, programs compiled,
model directories verified and measured, and results and ledgers shown and merged. Without `--first` the cases are
different each time. The number of the first case is printed, and the same number gives the same cases.
"""

import argparse
import subprocess
import sys
import time

# Name -> (the command without its time and first case, the option for its time, its share of the total time).
PARTS = {
    "languages decided": (["benchmarks/fuzz_decide.py", "--count", "10000000"], "--minutes", 0.25),
    "regexes and automata read": (["benchmarks/fuzz_languages.py", "--count", "100000000"], "--minutes", 0.1),
    "programs run and formatted": (["-m", "tests.crasp.text.fuzz"], "--seconds", 0.15),
    "programs compiled": (["benchmarks/fuzz_compile.py", "--count", "10000000"], "--minutes", 0.15),
    "model directories": (["benchmarks/fuzz_damaged_files.py", "models"], "--seconds", 0.175),
    "results and ledgers": (["benchmarks/fuzz_damaged_files.py", "results"], "--seconds", 0.175),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long all of them take together")
    parser.add_argument("--first", type=int, default=int(time.time()), help="the first case's number, in each of them")
    asked = parser.parse_args()
    failed = []
    for name, (command, unit, share) in PARTS.items():
        minutes = asked.minutes * share
        length = minutes if unit == "--minutes" else minutes * 60
        line = [*command, unit, f"{length:g}", "--first", str(asked.first)]
        print(f"\n{name}, {minutes:.1f} minutes: python {' '.join(line)}", flush=True)
        if subprocess.run([sys.executable, *line], check=False).returncode != 0:
            failed.append(name)
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nnothing failed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
