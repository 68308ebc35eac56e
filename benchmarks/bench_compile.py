"""What compiling the library costs and gives: seconds, layers, heads, width and hidden units of each machine.

The last column is the program's counting depth, below which no construction of this kind can go.
"""

import platform
from time import perf_counter

from crasp.compiler import compile_program
from crasp.loader import library_names, load_program
from crasp.measures import measure


def main() -> None:
    print(f"one thread, {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(
        f"{'program':<28} {'lines':>6} {'seconds':>8} {'layers':>7} {'heads':>6} {'width':>6} {'units':>6} {'depth':>6}"
    )
    total = 0.0
    for name in library_names():
        program = load_program(f"lib:{name}")
        start = perf_counter()
        machine = compile_program(program).machine
        seconds = perf_counter() - start
        total += seconds
        print(
            f"{name:<28} {len(program.lines):>6} {seconds:>8.3f} {len(machine.layers):>7} {machine.heads:>6}"
            f" {machine.width:>6} {machine.units:>6} {measure(program).counting_depth:>6}"
        )
    print(f"{'all':<28} {'':>6} {total:>8.3f}")


if __name__ == "__main__":
    main()
