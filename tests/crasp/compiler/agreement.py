"""Interpreter and exact machine, side by side at every line, position and output."""

import numpy as np

from crasp.compiler.compiler import CompiledProgram
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
    for k, line in enumerate(program.outputs):
        logits = run.streams[-1].linear(rows[k])
        assert np.all(logits.denominators == 1), f"output {k}: its logit is no integer"
        assert np.all(logits.numerators % 2 == 1), f"output {k}: its logit is not odd, so it may be 0"
        differ = inside & (answers[..., k] != expected[line])
        assert not differ.any(), f"output {k}, line {line}: {program.lines[line].operation} at {np.argwhere(differ)[0]}"
    for line, reading in compiled.booleans.items():
        # Whatever layer it is read after, from the one that makes it to the last.
        for stream in (run.streams[reading.layer], run.streams[-1]):
            found = stream.linear(reading.terms, reading.constant)
            equal = found.numerators == expected[line].astype(object) * found.denominators
            assert equal[inside].all(), f"line {line}: {program.lines[line].operation}"
    for line, counted in compiled.counts.items():
        for stream in (run.streams[counted.layer], run.streams[-1]):
            equal = count_values(stream, counted.shares, counted.terms, counted.constant) == expected[line]
            assert equal[inside].all(), f"line {line}: {program.lines[line].operation}"


def count_values(
    stream: Stream, shares: tuple[tuple[int, int], ...], terms: tuple[tuple[int, int], ...], constant: int
) -> Integers:
    """s times the shares plus the terms and the constant, which has to be an integer."""
    total = stream.linear(shares)
    lengths = np.arange(1, total.numerators.shape[1] + 1, dtype=object)
    numerators, denominators = total.numerators.astype(object) * lengths, total.denominators.astype(object)
    added = stream.linear(terms, constant)
    assert not np.any(numerators % denominators)
    assert np.all(added.denominators == 1)
    return np.asarray(numerators // denominators + added.numerators)


def readable(compiled: CompiledProgram) -> set[int]:
    return set(compiled.booleans) | set(compiled.counts)


def needed(program: ir.Program) -> set[int]:
    found = set(program.outputs)
    for line in range(len(program.lines) - 1, -1, -1):
        if line in found:
            found.update(ir.operands_of(program.lines[line].operation))
    return found
