"""The largest length for which a GPT-2 of a machine can be certified, found by asking for more than there is."""

from limit_transformer.gpt2.directory import MOST_POSITIONS, Gpt2LengthError, plan_gpt2
from limit_transformer.machine.machine import LimitTransformer


def largest_gpt2_length(machine: LimitTransformer, dtype: str) -> int:
    """The largest length that can be certified; -1 where not even the empty word can be."""
    try:
        return plan_gpt2(machine, max_length=MOST_POSITIONS, dtype=dtype).shape.tokens - 1
    except Gpt2LengthError as error:
        return error.available
