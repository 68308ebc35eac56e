"""The spectrum of tables whose periods are known."""

import numpy as np
import pytest

from eval.explain.inside.position_spectrum import position_spectrum

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("period", range(2, 13))
def test_the_period_of_a_table_has_nearly_all_of_its_power(period: int) -> None:
    places = np.arange(121)
    waves = [np.cos(2 * np.pi * places / period + phase) for phase in (0.0, 1.0)]
    table = np.stack(waves, axis=1) + 0.01 * RNG.normal(size=(121, 2))
    found = position_spectrum(table, 120)
    assert found is not None
    strongest = max(found.powers, key=lambda each: each.share - each.chance)
    assert strongest.period == period
    assert strongest.share > 0.98
    assert sum(each.share for each in found.powers) < 1.1


def test_rows_of_residues_have_the_periods_that_divide_the_modulus_and_noise_has_its_chance() -> None:
    table = np.eye(4)[np.arange(101) % 4]
    found = position_spectrum(table, 100)
    assert found is not None
    shares = {each.period: each.share for each in found.powers}
    assert shares[2] == pytest.approx(1 / 3, abs=0.01)
    assert shares[4] == pytest.approx(2 / 3, abs=0.01)
    noise = position_spectrum(RNG.normal(size=(101, 64)), 100)
    assert noise is not None
    assert all(each.share == pytest.approx(each.chance, rel=0.4) for each in noise.powers)


def test_only_rows_of_the_training_lengths_count_and_the_begin_token_does_not() -> None:
    table = RNG.normal(size=(200, 8))
    table[1:51] = np.where(np.arange(1, 51)[:, None] % 2 == 0, 1.0, -1.0)
    table[0] = 1e6
    found = position_spectrum(table, 50)
    assert found is not None
    assert (found.rows, found.powers[0].share) == (50, pytest.approx(1.0))


def test_there_is_none_without_a_table_and_of_flat_or_few_rows() -> None:
    assert position_spectrum(None, 50) is None
    assert position_spectrum(np.ones((100, 4)), 50) is None
    assert position_spectrum(RNG.normal(size=(100, 4)), 20) is None
