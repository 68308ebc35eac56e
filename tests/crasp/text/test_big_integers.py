import subprocess
import sys

import pytest

PROGRAM = """
from crasp import load
from crasp.text.big_integers import read_integer, write_integer

value = 7**5_000
assert read_integer(write_integer(value)) == value and write_integer(-value) == "-" + write_integer(value)
digits = "9" * 1_000
program = load(f"alphabet a\\naccept(i) := #[j <= i] Q_a(j) < {digits}")
assert digits in program.source.text
"""


@pytest.mark.parametrize("limit", ["640", "4300", "0"])
def test_integers_of_any_size_are_converted_whatever_the_limit_of_python(limit):
    done = subprocess.run(
        [sys.executable, "-X", f"int_max_str_digits={limit}", "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
