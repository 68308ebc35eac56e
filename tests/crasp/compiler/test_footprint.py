"""A program that does not fit is refused before the memory is taken, with the coordinates it would need."""

import subprocess
import sys

import pytest

from crasp.compiler.compiler import compile_program
from crasp.compiler.footprint import CapacityError, coordinates_of
from crasp.errors import Source, Span
from crasp.meaning import ir
from crasp.meaning.ir import needed_lines
from crasp.text.loader import read_program
from crasp.text.sources import library_names
from tests.crasp.compiler.library import LIBRARY, library

pytestmark = pytest.mark.xdist_group(LIBRARY)

SPAN = Span(1, 1, 1, 1)


def read(text: str) -> ir.Program:
    return read_program(Source("test", text))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("i % 600000 = 1 and #[j <= i, j >= i - 5] Q_a(j) = 1", "needs 1,200,011 coordinates"),
        ("#[j <= i, j >= i - 3000000] Q_a(j) > 7", "needs 3,000,006 coordinates"),
        ("#[j <= i, j = i - 3] Q_a(j) = 1 and i % 500000 = 3 and i % 500001 = 7", "needs 2,000,009 coordinates"),
    ],
)
def test_a_modulus_or_window_beyond_capacity_is_refused(rule: str, message: str) -> None:
    with pytest.raises(CapacityError, match=message):
        compile_program(read(f"alphabet a b\naccept(i) := {rule}"))


def test_what_no_output_needs_takes_nothing() -> None:
    text = "alphabet a b\nunused(i) := i % 600000 = 1\naccept(i) := Q_a(i)\n"
    assert compile_program(read(text)).machine.width == 4


def test_a_window_of_all_positions_takes_one_coordinate_whatever_its_width() -> None:
    text = "alphabet a b\naccept(i) := 2 * #[j <= i] Q_a(j) > #[j <= i, j >= i - 3000000] true\n"
    assert compile_program(read(text)).machine.width < 10


@pytest.mark.parametrize("name", library_names())
def test_what_is_foreseen_of_the_library_is_what_it_takes_but_for_gates_and_what_is_shared(name: str) -> None:
    program = library(name).program
    wanted = needed_lines(program, program.outputs)
    gates = sum(isinstance(program.lines[line].operation, ir.And | ir.Or) for line in wanted)
    foreseen, width = coordinates_of(program, wanted), library(name).machine.width
    assert width - gates <= foreseen <= 2 * width


LARGE = """
import resource
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
from tests.crasp.compiler.test_footprint import {maker}, refused
print(refused({maker}()))
"""


def many_comparisons() -> ir.Program:
    """The number of a is more than 0, 2, 4, ...: half a million comparisons, and counts of where they hold."""
    made: list[ir.Operation] = [ir.Symbol(0), ir.Count(0, False)]
    for k in range(520_000):
        made += [ir.Linear((), 2 * k), ir.Compare(">", 1, 2 + 3 * k), ir.Count(3 + 3 * k, False)]
    made.append(ir.Linear(tuple((1, 4 + 3 * k) for k in range(520_000)), 0))
    made.append(ir.Compare(">", len(made) - 1, 1))
    return ir.Program(("a", "b"), tuple(ir.Line(one, SPAN) for one in made), (), len(made) - 1, ())


def many_letters() -> ir.Program:
    """A count and a comparison for each of 150,000 letters."""
    letters = range(150_000)
    made: list[ir.Operation] = [ir.Linear((), 3), *map(ir.Symbol, letters)]
    made += [ir.Count(1 + k, False) for k in letters]
    made += [ir.Compare(">", 150_001 + k, 0) for k in letters]
    following = tuple((str(k), 300_001 + k) for k in letters)
    return ir.Program(tuple(map(str, letters)), tuple(ir.Line(one, SPAN) for one in made), (), None, following)


def refused(program: ir.Program) -> str:
    try:
        compile_program(program)
    except CapacityError as error:
        return str(error)
    return "it fits"


@pytest.mark.parametrize(
    ("maker", "message"),
    [
        pytest.param(
            "many_comparisons", "the program needs 1,040,007 coordinates for its alphabet", marks=pytest.mark.long
        ),
        ("many_letters", "GB to compile, for 450,003 coordinates, 450,001 operations and 150,000 letters"),
    ],
)
def test_a_program_with_too_many_operations_or_letters_is_refused_within_a_gigabyte(maker: str, message: str) -> None:
    script = LARGE.format(limit=1 << 30, maker=maker)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert message in done.stdout, done.stderr[-500:]
