"""Random small programs as GPT-2s: how many are certified to a length, and whether what is written is right.

    make fuzz-compile
    python benchmarks/fuzz_compile.py --first 0 --count 10000 --length 256 --every 50

Each program is compiled, and certified in float32, or in float64 if float32 does not reach the length. The exact
machine is compared with the interpreter at every line and position of random words. Of every `--every`th program the
model is written, loaded with transformers alone, and compared at every output and position: on all short words, and on
words of the certified length on which comparisons come out as close as they can.

A refusal is printed with the number of the program, from which `tests/limit_transformer/gpt2/small_programs.py` makes
the same text. The status is 1 if a model is wrong, if a program has no certificate, or if a refusal names no definition
of the program.
"""

import argparse
import re
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from crasp.compiler.compiler import compile_program
from crasp.meaning import ir
from crasp.meaning.interpreter import encode
from limit_transformer.gpt2.directory import Gpt2Error, plan_gpt2
from tests.crasp.compiler.agreement import assert_agreement
from tests.limit_transformer.gpt2.models import assert_right, written
from tests.limit_transformer.gpt2.small_programs import small_program
from tests.limit_transformer.gpt2.words import near_ties, short_words


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=0, help="the first program's number")
    parser.add_argument("--count", type=int, default=10_000, help="how many programs")
    parser.add_argument("--length", type=int, default=256, help="tokens to be certified")
    parser.add_argument("--every", type=int, default=50, help="write and ask every so many models")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    asked = parser.parse_args()
    began, started, found = time.monotonic(), time.process_time(), Counter[str]()
    for seed in range(asked.first, asked.first + asked.count):
        outcome = outcome_of(seed, asked.length, ask=seed % asked.every == 0)
        found[outcome] += 1
        if (seed + 1) % 500 == 0:
            print(f"{seed + 1 - asked.first} programs, {time.process_time() - started:.0f} s", file=sys.stderr)
        if time.monotonic() - began > 60 * asked.minutes:
            break
    for outcome, number in sorted(found.items()):
        print(f"{number:>7} {outcome}")
    last = asked.first + found.total() - 1
    print(f"programs {asked.first} to {last}, {time.process_time() - started:.0f} CPU s")
    return int(any(found[outcome] for outcome in ("refused", "wrong", "named no definition")))


def outcome_of(seed: int, length: int, *, ask: bool) -> str:
    program, random = small_program(seed), Random(seed)
    compiled = compile_program(program)
    words = [random.choices(program.alphabet, k=random.randrange(14)) for _ in range(4)]
    outcome = "certified in float32"
    try:
        assert_agreement(compiled, encode(program.alphabet, words), offset=random.randrange(5))
        try:
            plan_gpt2(compiled.machine, max_length=length, dtype="float32")
        except Gpt2Error as error:
            print(f"program {seed}: {error}", flush=True)
            if not names_a_definition(str(error), program):
                return "named no definition"
            plan_gpt2(compiled.machine, max_length=length, dtype="float64")
            outcome = "certified in float64 alone"
        if ask:
            with TemporaryDirectory() as name:
                loaded = written(program, Path(name), max_length=length)
                assert_right(loaded, short_words(program.alphabet, 60))
                assert_right(loaded, near_ties(program, length, random))
            outcome += ", asked and right"
    except Gpt2Error as error:
        print(f"program {seed}: {error}", flush=True)
        return "refused"
    except AssertionError as error:
        print(f"program {seed}: {error}", flush=True)
        return "wrong"
    return outcome


def names_a_definition(message: str, program: ir.Program) -> bool:
    """Return whether the message names a definition of the program."""
    names = {definition.display for definition in program.definitions}
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", message) for name in names)


if __name__ == "__main__":
    sys.exit(main())
