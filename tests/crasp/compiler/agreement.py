"""Interpreter and exact machine, side by side at every line, position and output."""

from collections.abc import Iterator, Sequence

import numpy as np

from crasp.compiler.compiler import CompiledProgram, CountReading
from crasp.meaning import ir
from crasp.meaning.interpreter import Words, trace
from limit_transformer.machine.matrix import Integers
from limit_transformer.machine.simulator import Base, Stream, simulate


def assert_agreement(compiled: CompiledProgram, words: Words, *, offset: int = 0, base: Base = "prefix") -> None:
    """Every output, every Boolean and every count that can be read is the interpreter's, at every position."""
    program = compiled.program
    expected = trace(program, words).lines
    run = simulate(compiled.machine, words.tokens, offset=offset, base=base)
    inside = np.arange(words.tokens.shape[1] + 1)[None, :] <= words.lengths[:, None]
    answers = run.answers()
    rows: dict[int, list[tuple[int, int]]] = {}
    for row, place, weight in compiled.machine.unembedding.entries:
        rows.setdefault(row, []).append((place, weight))
    logits = run.streams[-1].linear([(rows.get(k, []), 0) for k in range(len(program.outputs))])
    for k, (line, logit) in enumerate(zip(program.outputs, logits, strict=True)):
        assert np.all(logit.denominators == 1), f"output {k}: its logit is no integer"
        assert np.all(logit.numerators % 2 == 1), f"output {k}: its logit is not odd, so it may be 0"
        differ = inside & (answers[..., k] != expected[line])
        assert not differ.any(), f"output {k}, line {line}: {program.lines[line].operation} at {np.argwhere(differ)[0]}"
    # Whatever layer a line is read after, from the one that makes it to the last.
    for layer, stream in enumerate(run.streams):
        is_last = layer == len(run.streams) - 1
        read = [line for line, reading in compiled.booleans.items() if is_last or reading.layer == layer]
        readings = [compiled.booleans[line] for line in read]
        for line, found in zip(read, stream.linear([(one.terms, one.constant) for one in readings]), strict=True):
            equal = found.numerators == np.where(expected[line], found.denominators, 0)
            assert equal[inside].all(), f"line {line}: {program.lines[line].operation}"
        counted = [line for line, reading in compiled.counts.items() if is_last or reading.layer == layer]
        for line, values in zip(counted, count_values(stream, [compiled.counts[k] for k in counted]), strict=True):
            equal = values == expected[line]
            assert equal[inside].all(), f"line {line}: {program.lines[line].operation}"


def count_values(stream: Stream, readings: Sequence[CountReading]) -> Iterator[Integers]:
    """For each, s times the shares plus the terms and the constant, which has to be an integer."""
    totals = stream.linear([(reading.shares, 0) for reading in readings])
    addends = stream.linear([(reading.terms, reading.constant) for reading in readings])
    for total, added in zip(totals, addends, strict=True):
        lengths = np.arange(1, total.numerators.shape[1] + 1, dtype=object)
        numerators, denominators = total.numerators.astype(object) * lengths, total.denominators.astype(object)
        assert not np.any(numerators % denominators)
        assert np.all(added.denominators == 1)
        yield np.asarray(numerators // denominators + added.numerators)


def readable(compiled: CompiledProgram) -> set[int]:
    return set(compiled.booleans) | set(compiled.counts)


def needed(program: ir.Program) -> set[int]:
    found = set(program.outputs)
    for line in range(len(program.lines) - 1, -1, -1):
        if line in found:
            found.update(ir.operands_of(program.lines[line].operation))
    return found
