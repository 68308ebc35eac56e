"""Recursion over trees of any depth: each step is a generator, and the stack of calls is a list."""

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

Returned = TypeVar("Returned")
# A step yields each step whose result it needs, and is sent that result.
Step: TypeAlias = Generator["Step[Any]", Any, Returned]


def run(step: "Step[Returned]") -> Returned:
    """The value that the step returns. Each step that it yields is run first, and its value is sent back."""
    stack: list[Step[Any]] = [step]
    value: Any = None
    while stack:
        try:
            inner = stack[-1].send(value)
        except StopIteration as end:
            stack.pop()
            value = end.value
        else:
            stack.append(inner)
            value = None
    result: Returned = value
    return result
