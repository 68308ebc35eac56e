"""Random programs in the straight-line form itself: every operation, nested as it comes."""

from collections.abc import Callable
from random import Random

from hypothesis import strategies as st

from crasp.errors import Span
from crasp.meaning import ir

SPAN = Span(1, 1, 1, 1)
RELATIONS: tuple[ir.Relation, ...] = ("<", "<=", "=", "!=", ">=", ">")
LAGS = (0, 1, 1, 1, 2, 2, 3, 5)
FACTORS = (-3, -2, -1, -1, -1, 1, 1, 1, 1, 2, 3, 10**20)
CONSTANTS = (-2, 0, 0, 1, 1, 2, 3, 10**25)
# How often each operation is made, beside the others.
WEIGHTS: dict[str, int] = {
    "Periodic": 1,
    "Not": 2,
    "And": 5,
    "Or": 5,
    "Compare": 9,
    "Count": 5,
    "Lag": 2,
    "Window": 2,
    "Linear": 3,
    "Constant": 1,
    "Extremum": 1,
    "Conditional": 1,
}


def programs(largest: int = 30) -> st.SearchStrategy[ir.Program]:
    """Programs of two or three letters with this many lines or fewer beside their letters and counts."""
    return st.tuples(st.integers(0, 2**40), st.integers(3, largest)).map(lambda drawn: program(*drawn))


def program(seed: int, lines: int) -> ir.Program:
    """The letters and their counts, then lines drawn with that seed; some of the last Booleans are outputs."""
    random = Random(seed)
    alphabet = ("a", "b", "c")[: random.choice((2, 3))]
    made: list[ir.Operation] = [ir.Symbol(letter) for letter in range(len(alphabet))]
    made += [ir.Linear((), 0), *(ir.Count(letter, False) for letter in range(len(alphabet))), ir.And(())]
    for _ in range(lines):
        kind = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        made.append(MAKERS[kind](random, of_kind(made, "boolean"), of_kind(made, "count")))
    recent = of_kind(made, "boolean")[-6:]
    following = tuple((token, random.choice(recent)) for token in (*alphabet, ir.EOS) if random.random() < 0.5)
    accept = random.choice(recent) if random.random() < 0.5 or not following else None
    return ir.Program(alphabet, tuple(ir.Line(operation, SPAN) for operation in made), (), accept, following)


def of_kind(made: list[ir.Operation], kind: ir.Kind) -> list[int]:
    return [k for k, operation in enumerate(made) if ir.kind_of(operation) == kind]


def one(random: Random, lines: list[int]) -> int:
    """One of the lines, half the time a late one, for depth."""
    return random.choice(lines[-4:] if random.random() < 0.5 else lines)


def several(random: Random, lines: list[int], least: int = 0) -> tuple[int, ...]:
    number = max(least, random.choice((0, 1, 2, 2, 2, 3, 3, 4)))
    return tuple(one(random, lines) for _ in range(number))


def periodic(random: Random, _booleans: list[int], _counts: list[int]) -> ir.Operation:
    modulus = random.randrange(1, 5)
    return ir.Periodic(modulus, random.randrange(modulus))


def comparison(random: Random, _booleans: list[int], counts: list[int]) -> ir.Operation:
    """Often with 0, the first count line: whether something occurred is asked most."""
    right = counts[0] if random.random() < 0.4 else one(random, counts)
    return ir.Compare(random.choice(RELATIONS), one(random, counts), right)


def lag(random: Random, booleans: list[int], _counts: list[int]) -> ir.Operation:
    distance = random.choice(LAGS)
    return ir.LocalCount(one(random, booleans), distance, distance)


def linear(random: Random, _booleans: list[int], counts: list[int]) -> ir.Operation:
    terms = tuple((random.choice(FACTORS), line) for line in several(random, counts, 1))
    return ir.Linear(terms, random.choice(CONSTANTS))


MAKERS: dict[str, Callable[[Random, list[int], list[int]], ir.Operation]] = {
    "Periodic": periodic,
    "Not": lambda random, booleans, _: ir.Not(one(random, booleans)),
    "And": lambda random, booleans, _: ir.And(several(random, booleans)),
    "Or": lambda random, booleans, _: ir.Or(several(random, booleans)),
    "Compare": comparison,
    "Count": lambda random, booleans, _: ir.Count(one(random, booleans), random.random() < 0.3),
    "Lag": lag,
    "Window": lambda random, booleans, _: ir.LocalCount(one(random, booleans), 0, random.choice(LAGS)),
    "Linear": linear,
    "Constant": lambda random, *_: ir.Linear((), random.choice(CONSTANTS)),
    "Extremum": lambda random, _, counts: ir.Extremum(random.choice(("min", "max")), several(random, counts, 1)),
    "Conditional": lambda random, booleans, counts: ir.Conditional(
        one(random, booleans), one(random, counts), one(random, counts)
    ),
}
