"""What the decider's benchmark measures is computed each time."""

from benchmarks.bench_decide import fastest
from crasp.regular.families.decision import counts


def test_no_measurement_of_growth_finds_the_answer_of_the_one_before() -> None:
    assert fastest(counts, 8) > 0
    assert (counts.cache_info().misses, counts.cache_info().hits) == (1, 0)
