"""What a program reads of the letter at its own position."""

import pytest

from crasp.errors import Source
from crasp.meaning.measures import reads_own_letter
from crasp.text.loader import read_program


@pytest.mark.parametrize(
    ("accept", "reads"),
    [
        ("Q_a(i)", True),
        ("#[j <= i] Q_a(j) > 0", False),
        ("#[j < i] Q_a(j) > 0 and not Q_b(i)", True),
        ("n(i) > 0", False),
        ("#[j <= i, j >= i - 1] (n(j) > 0) > 1", True),  # a window ends at its own position
        ("i % 2 = 0", False),
    ],
)
def test_the_letter_at_an_output_is_read_by_itself_or_in_a_window_and_not_in_a_count(accept: str, reads: bool) -> None:
    text = f"alphabet a b\nn(i) := #[j <= i] Q_a(j)\naccept(i) := {accept}\n"
    assert reads_own_letter(read_program(Source("program", text))) == reads
