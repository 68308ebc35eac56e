"""The GPT-2 that the compiler makes of a program, to be compared with a model, and what each layer computes."""

from dataclasses import dataclass

import numpy as np

from crasp.compiler.compiler import compile_program
from crasp.compiler.footprint import CapacityError, coordinates_of
from crasp.meaning.ir import Program, needed_lines
from eval.explain.inside.model_streams import Gpt2Source, LookedInto, NothingInsideError
from limit_transformer.gpt2.checkpoint_files import stock_of
from limit_transformer.gpt2.directory import weights_of
from limit_transformer.gpt2.machine_parts import Gpt2Error
from limit_transformer.gpt2.weights import EPSILON
from limit_transformer.reading.gpt2_forward import Gpt2ReadingError, gpt2_of

WIDEST_COLUMNS = 256  # the widest residual stream that is looked into


@dataclass(frozen=True)
class CompiledTwin:
    """The compiled GPT-2 of a program.

    `computed` maps the number of a program line to the layer after which its value can be read; 0 is the embedding.
    `heads` names what the compiler made of each head in use, for every layer.
    """

    looked: LookedInto
    computed: dict[int, int]
    heads: tuple[tuple[str, ...], ...]


def compiled_twin(program: Program, letters: int, *, keep_lines: bool = False) -> CompiledTwin:
    """The GPT-2 of a program for words of at most `letters` letters.

    Args:
        program: The program.
        letters: The greatest length of the words.
        keep_lines: Whether the compiler keeps the value of every line.

    Raises:
        NothingInsideError: There is no such GPT-2; the message says why.
    """
    estimate = coordinates_of(program, needed_lines(program, program.outputs))
    if estimate > 2 * WIDEST_COLUMNS:
        raise _too_wide(estimate)
    try:
        compiled = compile_program(program, keep_lines=keep_lines)
        if compiled.machine.width > WIDEST_COLUMNS:
            raise _too_wide(compiled.machine.width)
        weights = weights_of(compiled.machine, max_length=letters, dtype=None)
        shape = weights.shape
        if shape.width > WIDEST_COLUMNS:
            raise _too_wide(shape.width)
        config = stock_of(shape, weights.dtype, EPSILON).config()
        model = gpt2_of(config, dict(weights.arrays()), "the compiled GPT-2")
    except (CapacityError, Gpt2Error, Gpt2ReadingError) as error:
        raise NothingInsideError(f"The program cannot be compiled to a GPT-2 for these words: {error}.") from None
    # The GPT-2 may have additional layers that only clean up, so its layers are counted differently from the machine's.
    blocks = [0, *(number for number, block in enumerate(shape.blocks, 1) if block.part is not None)]
    computed = {line: blocks[each.layer] for line, each in compiled.booleans.items()}
    computed |= {line: blocks[each.layer] for line, each in compiled.counts.items()}
    heads = tuple(tuple(_called(head.uniform, head.lag) for head, _ in block.heads) for block in shape.blocks)
    looked = LookedInto(Gpt2Source(model), len(program.alphabet), np.arange(len(program.alphabet)), None)
    return CompiledTwin(looked, computed, heads)


def _called(uniform: bool, lag: int | None) -> str:
    """The name of the pattern that a head was compiled to follow."""
    if uniform:
        return "uniform"
    return "begin token" if lag is None else {0: "this token", 1: "previous token"}.get(lag, f"lag {lag}")


def _too_wide(width: int) -> NothingInsideError:
    return NothingInsideError(
        f"The program's GPT-2 would be about {width:,} columns wide; one of at most {WIDEST_COLUMNS:,} is looked into."
    )
