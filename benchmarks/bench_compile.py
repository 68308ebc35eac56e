"""Cost and result of compiling the library: seconds, sizes, and the lengths that can be certified.

`depth` is the counting depth of the program; no construction of this kind has fewer layers. Lengths are in tokens of a
word: for the plain torch module and for the stock GPT-2, each in float32 and float64. The exact machine has no limit. A
dash means that no length can be certified, or that the weights would not fit in memory.
"""

import platform
from collections.abc import Callable
from time import perf_counter

from crasp.compiler.compiler import compile_program
from crasp.meaning.measures import measure
from crasp.text.loader import load_program
from crasp.text.sources import library_names
from tests.limit_transformer.floating.certified import certify_float
from tests.limit_transformer.gpt2.certified_lengths import largest_gpt2_length

DTYPES = ("float32", "float64")


def length_or_dash(find: Callable[[], int]) -> str:
    """Return a certified length as text, or a dash if there is none."""
    try:
        found = find()
    except ValueError:
        return "-"
    return "-" if found < 0 else f"{found:,}"


def main() -> None:
    print(f"one thread, {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    head = f"{'program':<27}{'lines':>7}{'seconds':>8}{'layers':>7}{'heads':>6}{'width':>6}{'units':>6}{'depth':>6}"
    print(head + "".join(f"{f'{target} {dtype}':>27}" for target in ("torch", "GPT-2") for dtype in DTYPES))
    total = 0.0
    for name in library_names():
        program = load_program(f"lib:{name}")
        start = perf_counter()
        machine = compile_program(program).machine
        seconds = perf_counter() - start
        total += seconds
        lengths = [length_or_dash(lambda d=dtype, m=machine: certify_float(m, d).max_length) for dtype in DTYPES]
        lengths += [length_or_dash(lambda d=dtype, m=machine: largest_gpt2_length(m, d)) for dtype in DTYPES]
        print(
            f"{name:<27}{len(program.lines):>7}{seconds:>8.3f}{len(machine.layers):>7}{machine.heads:>6}"
            f"{machine.width:>6}{machine.units:>6}{measure(program).counting_depth:>6}"
            + "".join(f"{length:>27}" for length in lengths),
            flush=True,
        )
    print(f"{'all':<34}{total:>8.3f}")


if __name__ == "__main__":
    main()
