"""A slice of `make fuzz-language`."""

import pytest

from tests.cases import few
from tests.crasp.text.fuzz import Room, fuzz_round


@pytest.mark.parametrize("seed", few(range(12), 3))
def test_a_round_of_the_fuzzer(tmp_path, seed):
    room = Room(tmp_path)
    fuzz_round(seed, room)
    assert room.counts["programs"] >= 2
