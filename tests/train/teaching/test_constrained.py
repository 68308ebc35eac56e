"""The constrained learner over a cover: Theorem 12 with Lemma 11, on models small enough to look at all students."""

import numpy as np
import pytest
import torch

from tests.train.teaching.plain_models import run
from train.teaching.architectures.architecture import architecture_of
from train.teaching.constrained import constrained_learner, errors_by_length, grid_cover

ONE = {"width": 1, "hidden": 1, "outputs": 1, "output_layers": 0}


@pytest.mark.parametrize("blocks", [1, 2])
def test_fewer_students_are_left_until_all_that_are_left_are_right_at_every_length(blocks: int) -> None:
    architecture = architecture_of("deepset", normalise="mean", inner_layers=0, blocks=blocks, **ONE)
    cover = grid_cover(architecture, 2.0, 7 if blocks == 1 else 3)
    tokens = torch.from_numpy(np.random.default_rng(0).random((30, 20, 1))).float()
    errors = errors_by_length(cover, cover[1234], architecture, tokens)
    student, sequence = cover[77].numpy(), tokens[4].double().numpy()
    assert errors[1234].max() < 1e-12
    makes = [run(each, architecture, sequence)[2] for each in (student, cover[1234].numpy())]
    alone = errors_by_length(cover[77:78], cover[1234], architecture, tokens[4:5])
    np.testing.assert_allclose(alone[0], ((makes[0] - makes[1]) ** 2)[:, 0], atol=1e-6)
    kept = constrained_learner(errors, 1e-4)
    assert list(kept.left) == sorted(kept.left, reverse=True)
    assert list(kept.greatest) == sorted(kept.greatest, reverse=True)
    assert kept.sufficient is not None
    assert kept.greatest[kept.sufficient - 1] <= 1e-4
    assert kept.sufficient == 1 or kept.greatest[kept.sufficient - 2] > 1e-4


def test_a_cover_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match=r"a cover of 10\^14 students"):
        grid_cover(architecture_of("sigmoid", width=1, hidden=1, outputs=2), 1.0, 10)
