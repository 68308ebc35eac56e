"""How tokens are drawn: distributions, the accepted region, repetition."""

import numpy as np
import pytest

from tasks.experiments.teacher_sequences import Distribution, TokenDistribution, draw_lengths, draw_tokens


def drawn(distribution: Distribution, sequences: int = 4000, seed: int = 0) -> np.ndarray:
    rng = np.random.Generator(np.random.PCG64(seed))
    return draw_tokens(rng, TokenDistribution(distribution=distribution, width=3), sequences, 10)


@pytest.mark.parametrize(
    ("distribution", "mean", "variance"),
    [("uniform", 0.5, 1 / 12), ("normal", 0, 1), ("grid", 0.5, 1 / 6), ("corners", 0.5, 0.375**2 + 0.25**2 / 12)],
)
def test_numbers_have_their_distributions_moments(distribution: Distribution, mean: float, variance: float) -> None:
    tokens = drawn(distribution)
    assert tokens.shape == (4000, 10, 3)
    assert tokens.dtype == np.float32
    assert tokens.mean() == pytest.approx(mean, abs=0.02)
    assert tokens.var() == pytest.approx(variance, rel=0.03)


def test_a_band_is_uniform_numbers_whose_sum_is_near_its_middle() -> None:
    tokens = drawn("band")
    sums = (tokens.astype(np.float64) - 0.5).sum(axis=1)  # (sequences, components)
    assert np.abs(sums).max() <= 0.5 + 1e-6
    assert np.abs(sums).max() > 0.49
    # Against rejection sequence by sequence, of one component: the same distribution of what is kept.
    plain = drawn("uniform", 40000)[:, :, 0].astype(np.float64)
    kept = plain[np.abs((plain - 0.5).sum(1)) <= 0.5]
    assert len(kept) / len(plain) == pytest.approx(0.411, abs=0.01)
    for share in (0.1, 0.5, 0.9):
        assert np.quantile(tokens, share) == pytest.approx(np.quantile(kept, share), abs=0.02)
    assert abs(np.corrcoef(sums.T)[0, 1]) < 0.05


def test_corners_are_all_low_or_all_high_in_a_component() -> None:
    tokens = drawn("corners")
    low, high = (tokens < 0.25).all(axis=1), (tokens >= 0.75).all(axis=1)  # (sequences, components)
    assert (low ^ high).all()
    assert low.mean() == pytest.approx(0.5, abs=0.03)
    assert (low[:, 0] & low[:, 1]).mean() == pytest.approx(0.25, abs=0.03)
    assert tokens.max() < 1


def test_a_grid_has_three_values_evenly() -> None:
    values, counts = np.unique(drawn("grid"), return_counts=True)
    assert values.tolist() == [0, 0.5, 1]
    assert (np.abs(counts / counts.sum() - 1 / 3) < 0.01).all()


@pytest.mark.parametrize("distribution", ["uniform", "normal", "grid", "band", "corners"])
def test_the_same_seed_gives_the_same_sequences(distribution: Distribution) -> None:
    assert np.array_equal(drawn(distribution, 50), drawn(distribution, 50))
    assert not np.array_equal(drawn(distribution, 50), drawn(distribution, 50, seed=1))


def test_lengths_are_even_between_the_shortest_and_the_longest() -> None:
    lengths = draw_lengths(np.random.Generator(np.random.PCG64(0)), (2, 10), 9000)
    values, counts = np.unique(lengths, return_counts=True)
    assert values.tolist() == list(range(2, 11))
    assert (np.abs(counts / 1000 - 1) < 0.15).all()
