"""Positional encodings as a person gives them: what their parameters may be."""

import pytest

from tasks.ground.console import RefusedError
from tasks.position_schemes import read_scheme, scheme_from_record, scheme_title


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rope:modulus=9223372036854775809", "modulus: expected a number from 1 to 1,000,000"),
        ("sinusoidal:modulus=9223372036854775809", "modulus: expected a number from 1 to 1,000,000"),
        ("rope:modulus=0", "modulus: expected a number from 1 to 1,000,000, found 0"),
        ("alibi:slopes=1,1e300", r"slopes: expected numbers from 0 to 10,000, found 1 1e\+300"),
        ("alibi:slopes=nan", "slopes: expected numbers from 0"),
        ("randomized:largest=99999999999999999999", "largest: expected a number from 2 to 1,000,000,000"),
        ("rope:base=1e300", "base: expected a number over 1, up to"),
        ("rope:modulus=12,base=100", "base has no effect beside modulus"),
        ("alibi:heads=8,slopes=0,1", "slopes: expected one for each of 8 heads, found 2"),
    ],
)
def test_numbers_that_no_model_can_compute_with_are_refused(text: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        read_scheme(text)


def test_a_whole_number_too_large_for_a_float_is_refused_in_a_record_too() -> None:
    with pytest.raises(RefusedError, match="base: expected a number over 1"):
        scheme_from_record("rope", {"base": 10**400}, "config.json")


def test_the_largest_numbers_are_taken() -> None:
    for text in ("rope:modulus=1000000", "alibi:slopes=10000", "randomized:largest=1000000000"):
        read_scheme(text)


def test_whole_numbers_are_shown_whole() -> None:
    assert scheme_title(read_scheme("rope:modulus=1000000")) == "RoPE (modulus 1,000,000)"
