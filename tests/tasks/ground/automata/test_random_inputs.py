"""A slice of `make fuzz-languages`."""

from tests.tasks.ground.automata.random_inputs import check_case


def test_random_languages_are_read_rightly_and_broken_ones_are_refused() -> None:
    for number in range(600):
        check_case(number)
