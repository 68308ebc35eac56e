"""Recursion over trees of any depth: steps are generators, and the stack is a list."""

from collections.abc import Generator
from typing import Any, TypeAlias, TypeVar

Returned = TypeVar("Returned")
# A step yields the steps it needs and is sent their results.
Step: TypeAlias = Generator["Step[Any]", Any, Returned]


def run(step: "Step[Returned]") -> Returned:
    """What the step returns, after every step that it yields has been run in its turn."""
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
