"""Depth, period, window and fragment, taken from the expanded syntax tree as the language page says."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crasp.text import syntax
from tests.crasp.meaning.reference_evaluator import Member, environments, expand, tokens_at, tokens_of


@dataclass(frozen=True)
class Measures:
    """The measures that do not depend on how the program is represented."""

    depth: int
    counting_depth: int
    period: int
    window: int
    fragment: str


Node = tuple[syntax.Expression, Mapping[str, str]]


def children(node: Node, alphabet: tuple[str, ...]) -> list[Node]:
    """What an expression is made of, reductions expanded; calls are leaves."""
    tree, environment = node
    match tree:
        case syntax.Not(operand) | syntax.Negation(operand) | syntax.Product(_, operand):
            return [(operand, environment)]
        case syntax.Junction(_, operands) | syntax.Extremum(_, operands):
            return [(operand, environment) for operand in operands]
        case syntax.Comparison(_, left, right):
            return [(left, environment), (right, environment)]
        case syntax.Reduction(_, binders, condition, body):
            return [(body, inner) for inner in environments(binders, condition, environment, alphabet)]
        case syntax.Count():
            return [(tree.body, environment)]
        case syntax.Sum(terms):
            return [(term, environment) for _, term in terms]
        case syntax.Conditional(condition, then, otherwise):
            return [(condition, environment), (then, environment), (otherwise, environment)]
        case _:
            return []


def nodes_of(node: Node, alphabet: tuple[str, ...]) -> Iterator[Node]:
    """An expression and everything in it, reductions expanded."""
    yield node
    for child in children(node, alphabet):
        yield from nodes_of(child, alphabet)


def measures(program: syntax.Program) -> Measures:
    """The measures of the expanded program: depths on the way to outputs, the others over all of it."""
    alphabet = tokens_of(program.alphabet)
    members = expand(program)
    everything = [
        tree for member in members for tree, _ in nodes_of((member.expression, dict(member.environment)), alphabet)
    ]
    moduli = [tree.modulus for tree in everything if isinstance(tree, syntax.Periodic)]
    reaches = [tree.lags[1] for tree in everything if isinstance(tree, syntax.Count) and tree.lags is not None]
    extensions = ["periodic"] * bool(moduli) + ["local"] * bool(reaches)
    return Measures(
        depth=_depth(members, alphabet, local_too=True),
        counting_depth=_depth(members, alphabet, local_too=False),
        period=math.lcm(*moduli),
        window=max(reaches, default=0),
        fragment="C-RASP" + (f"[{', '.join(extensions)}]" if extensions else ""),
    )


def _depth(members: tuple[Member, ...], alphabet: tuple[str, ...], *, local_too: bool) -> int:
    depths: dict[tuple[str, tuple[str, ...]], int] = {}

    def of(node: Node) -> int:
        tree, environment = node
        if isinstance(tree, syntax.Call):
            return depths[tree.name, tokens_at(tree.name, tree.indices, environment, alphabet)]
        below = max((of(child) for child in children(node, alphabet)), default=0)
        counts = isinstance(tree, syntax.Count) and (local_too or tree.lags is None)
        return below + counts

    for member in members:
        depths[member.name, member.tokens] = of((member.expression, dict(member.environment)))
    return max((depth for (name, _), depth in depths.items() if name in ("accept", "next")), default=0)
