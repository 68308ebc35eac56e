"""Every Boolean and count of a random program is in the stream of every realization, at every position."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from crasp.compiler.compiler import CompiledProgram, CountReading, compile_program
from crasp.meaning import ir
from crasp.meaning.interpreter import Words, encode, trace
from limit_transformer.floating.certificate import UncertifiedError
from limit_transformer.floating.float_machine import realize_float
from limit_transformer.floating.torch_directory import realize_torch
from limit_transformer.gpt2.directory import Gpt2LengthError, load_compiled_gpt2, write_gpt2
from limit_transformer.machine.machine import LimitTransformer
from tests.cases import few
from tests.crasp.compiler.programs import programs
from tests.limit_transformer.gpt2.models import last_stream

LENGTH = 30
LARGE = 1000  # a count read with larger weights is no integer again after rounding

Streams = Callable[[LimitTransformer, str, NDArray[Any]], NDArray[Any]]  # the last stream, (words, positions, width)


def float_stream(machine: LimitTransformer, dtype: str, tokens: NDArray[Any]) -> NDArray[Any]:
    found = np.zeros((len(tokens), tokens.shape[1] + 1, machine.width))
    for columns in realize_float(machine, dtype, max_length=LENGTH).streams(tokens):  # what is not read is dropped
        for place, column in columns.items():
            found[..., place] = column
    return found


def torch_stream(machine: LimitTransformer, dtype: str, tokens: NDArray[Any]) -> NDArray[Any]:
    module = realize_torch(machine, dtype, max_length=LENGTH).module
    kept = []
    module.unembedding.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    begins = np.full((len(tokens), 1), len(machine.alphabet))
    with torch.inference_mode():
        module(torch.from_numpy(np.hstack([begins, tokens])))
    return np.asarray(kept[0])


def gpt2_stream(machine: LimitTransformer, dtype: str, tokens: NDArray[Any]) -> NDArray[Any]:
    with TemporaryDirectory() as name:
        write_gpt2(machine, Path(name), max_length=LENGTH, dtype=dtype)
        return last_stream(load_compiled_gpt2(Path(name)).model, tokens)


def assert_lines(compiled: CompiledProgram, words: Words, stream: NDArray[Any]) -> int:
    """The Booleans and counts that can be read, rounded, are the interpreter's; how many there were."""
    lines = trace(compiled.program, words).lines
    visible = np.arange(1, stream.shape[1] + 1)
    read = 0
    for line, reading in (*compiled.booleans.items(), *compiled.counts.items()):
        shares = reading.shares if isinstance(reading, CountReading) else ()
        if max((abs(weight) for _, weight in (*shares, *reading.terms, (0, reading.constant))), default=0) > LARGE:
            continue
        found = sum((weight * stream[..., place].astype(float) for place, weight in reading.terms), np.zeros(()))
        found = found + reading.constant
        found = found + visible * sum((weight * stream[..., place].astype(float) for place, weight in shares), 0.0)
        off = np.abs(found - np.asarray(lines[line], dtype=float))
        assert off.max() < 0.45, f"line {line}: {compiled.program.lines[line].operation}"
        read += 1
    return read


CASES = [(float_stream, 20), (torch_stream, 12), (gpt2_stream, 8)]  # of 25


@pytest.mark.parametrize("dtype", few(["float32", "float64"], also=("float64",)))
@pytest.mark.parametrize(("streams", "examples"), CASES, ids=["float", "torch", "gpt2"])
def test_a_random_programs_lines_are_in_the_stream(streams: Streams, examples: int, dtype: str) -> None:
    read = 0

    @settings(max_examples=settings.default.max_examples * examples // 25)
    @given(programs(largest=15), st.randoms(use_true_random=False))
    def check(program: ir.Program, random: Random) -> None:
        nonlocal read
        compiled = compile_program(program, keep_lines=True)
        words = encode(program.alphabet, [random.choices(program.alphabet, k=LENGTH) for _ in range(5)])
        try:
            stream = streams(compiled.machine, dtype, words.tokens)
        except (UncertifiedError, Gpt2LengthError):
            assume(False)  # coefficients of 10^20 leave no room
        read += assert_lines(compiled, words, stream)

    check()
    assert read > 8 * examples
