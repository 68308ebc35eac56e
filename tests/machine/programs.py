"""Random programs in the straight-line form itself: every operation, nested as it comes."""

from hypothesis import strategies as st

from crasp import ir
from crasp.errors import Span

SPAN = Span(1, 1, 1, 1)
RELATIONS: tuple[ir.Relation, ...] = ("<", "<=", "=", "!=", ">=", ">")
LAGS = (0, 1, 1, 2, 3, 5)
FACTORS = (-3, -2, -1, -1, 1, 1, 1, 2, 3, 10**20)


@st.composite
def programs(draw: st.DrawFn, *, largest: int = 16) -> ir.Program:
    """A program of two or three letters whose last lines, half of them or so, are outputs."""
    alphabet = ("a", "b", "c")[: draw(st.integers(2, 3))]
    operations: list[ir.Operation] = []
    for _ in range(draw(st.integers(1, largest))):
        operations.append(draw(operation(len(alphabet), operations)))
    booleans = of_kind(operations, "boolean")
    if not booleans:
        operations.append(ir.Symbol(0))
        booleans = (len(operations) - 1,)
    accept = draw(st.none() | st.sampled_from(booleans[-4:]))
    nexts = draw(st.lists(st.sampled_from(booleans[-6:]), max_size=len(alphabet)))
    following = tuple(zip((*alphabet, ir.EOS), nexts, strict=False))
    if accept is None and not following:
        accept = booleans[-1]
    return ir.Program(alphabet, tuple(ir.Line(made, SPAN) for made in operations), (), accept, following)


def of_kind(operations: list[ir.Operation], kind: ir.Kind) -> tuple[int, ...]:
    return tuple(k for k, made in enumerate(operations) if ir.kind_of(made) == kind)


def operation(letters: int, above: list[ir.Operation]) -> st.SearchStrategy[ir.Operation]:
    """An operation whose operands are among those above; late ones more often, for depth."""
    leaves: list[st.SearchStrategy[ir.Operation]] = [
        st.builds(ir.Symbol, st.integers(0, letters - 1)),
        st.integers(1, 4).flatmap(lambda m: st.builds(ir.Periodic, st.just(m), st.integers(0, m - 1))),
        st.builds(ir.Linear, st.just(()), st.sampled_from((-2, 0, 1, 3, 10**25))),
        st.just(ir.And(())),
    ]
    booleans, counts = of_kind(above, "boolean"), of_kind(above, "count")
    made: list[st.SearchStrategy[ir.Operation]] = []
    if booleans:
        a = latest(booleans)
        several = st.lists(a, max_size=4).map(tuple)
        made += [
            st.builds(ir.Not, a),
            st.builds(ir.And, several),
            st.builds(ir.Or, several),
            st.builds(ir.Count, a, st.booleans()),
            st.builds(ir.Count, a, st.booleans()),
            st.builds(single_lag, a, st.sampled_from(LAGS)),
            st.builds(ir.LocalCount, a, st.just(0), st.sampled_from(LAGS)),
        ]
    if counts:
        c = latest(counts)
        terms = st.lists(st.tuples(st.sampled_from(FACTORS), c), min_size=1, max_size=4).map(tuple)
        made += [
            st.builds(ir.Linear, terms, st.integers(-3, 3)),
            st.builds(ir.Compare, st.sampled_from(RELATIONS), c, c),
            st.builds(ir.Compare, st.sampled_from(RELATIONS), c, c),
            st.builds(ir.Extremum, st.sampled_from(("min", "max")), st.lists(c, min_size=1, max_size=3).map(tuple)),
        ]
    if booleans and counts:
        made.append(st.builds(ir.Conditional, latest(booleans), latest(counts), latest(counts)))
    return st.one_of(*leaves, *made, *made)


def latest(lines: tuple[int, ...]) -> st.SearchStrategy[int]:
    return st.sampled_from((*lines, *lines[-4:], *lines[-2:]))


def single_lag(body: int, lag: int) -> ir.LocalCount:
    return ir.LocalCount(body, lag, lag)
