"""The horizon of what answers: how near it is found, as far as it can read, and its place in JSON."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.answering.answerers import TooLongError
from eval.commands.measure import main
from eval.measuring.answerer_horizon import answerer_horizon, horizon_in_words
from tasks.registry import get_task
from tasks.task import Task
from tasks.words import Batch
from train.ledger.horizon import CRITERIA, Horizon

TASK = get_task("dyck1")


@dataclass(frozen=True)
class Limited:
    """Right up to a length, and reads no word beyond another."""

    right_to: int
    reads_to: int = 10_000
    name: str = "limited"
    trained_to: int | None = None

    def right(self, task: Task, batch: Batch) -> NDArray[np.bool_]:
        return np.asarray(self.right_at(task, batch).all(axis=1))

    def right_at(self, _: Task, batch: Batch) -> NDArray[np.bool_]:
        if batch.lengths.max() > self.reads_to:
            raise TooLongError(f"{self.name} reads {self.reads_to} letters")
        return np.repeat((batch.lengths <= self.right_to)[:, None], batch.judged.shape[1], axis=1)


@pytest.mark.parametrize("right_to", [10, 50, 90, 160, 300])
def test_it_is_found_to_within_a_twentieth(right_to: int) -> None:
    found = answerer_horizon(Limited(right_to), TASK, start=50, limit=400, words=50)
    for name in CRITERIA:
        assert right_to * 0.94 - 2 <= found.lengths[name] <= right_to * 1.06 + 2
    assert found.tested > right_to


@pytest.mark.parametrize(("reads_to", "start"), [(150, 50), (61, 50), (30, 50)])
def test_it_goes_as_far_as_words_can_be_read(reads_to: int, start: int) -> None:
    found = answerer_horizon(Limited(10_000, reads_to), TASK, start=start, limit=1000, words=50)
    assert found.lengths["90"] == found.tested
    assert reads_to * 0.94 - 2 <= found.tested <= reads_to + 1


def test_what_is_right_to_the_limit_is_tried_to_the_limit_and_no_further() -> None:
    found = answerer_horizon(Limited(10_000), TASK, start=50, limit=333, words=20)
    assert found == Horizon(dict.fromkeys(CRITERIA, 333), 333)
    assert horizon_in_words(found) == (
        "horizon (tried to 333): 90% right to length 333, 99% right to length 333; of each stratum 90% right to length "
        "333, 99% right to length 333"
    )


def test_the_command_has_both_lengths_in_json_with_longest_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "short.crasp"
    file.write_text(
        "alphabet a\naccept(i) := i % 2 = 0\nnext[a](i) := #[j <= i] Q_a(j) <= 60\nnext[eos](i) := accept(i)\n"
    )
    arguments = ["--task", "aa_star", "--model", str(file), "-n", "20", "--up-to", "300", "--json"]
    assert main(arguments) == 0
    assert "horizon" not in json.loads(capsys.readouterr().out)
    assert main([*arguments, "--longest"]) == 0
    horizon = json.loads(capsys.readouterr().out)["horizon"]
    assert 56 <= horizon["99"] <= horizon["90"] <= 66 < horizon["tested"]
