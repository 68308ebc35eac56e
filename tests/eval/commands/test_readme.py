"""The README's part that is made from results: what stands around it stays, and what is stale is found."""

import json
from pathlib import Path

import pytest

from eval.commands.readme import BEGIN, END, main, with_leaderboard
from tests.eval.synthetic import made_up
from train.ledger.result import result_to_json
from train.model.recommended import recommended


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    lines = [json.dumps(result_to_json(made_up(recommended("copy_repeat", "ape"), seed, 70))) + "\n" for seed in (0, 1)]
    (tmp_path / "task.jsonl").write_text("".join(lines))
    (tmp_path / "README.md").write_text(f"Before.\n{BEGIN}\nearlier\n{END}\nAfter.\n")
    return [
        *("--from", str(tmp_path)),
        *("--file", str(tmp_path / "README.md")),
        *("--figure", str(tmp_path / "f.svg")),
    ]


def test_the_table_and_the_figure_are_written_and_the_rest_stays(arguments: list[str], tmp_path: Path) -> None:
    assert main([*arguments, "--check"]) == 1
    assert "earlier" in (tmp_path / "README.md").read_text()
    assert not (tmp_path / "f.svg").exists()
    assert main(arguments) == 0
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"Before.\n{BEGIN}\n")
    assert text.endswith(f"{END}\nAfter.\n")
    assert "earlier" not in text
    assert "| copy_repeat | APE | fails | theorem | 100 |" in text
    assert "measured here and published: 1." in text
    assert (tmp_path / "f.svg").read_text(encoding="utf-8").startswith("<svg ")
    assert main([*arguments, "--check"]) == 0


@pytest.mark.parametrize("text", ["", f"{BEGIN}", f"{END}\n{BEGIN}", f"{BEGIN}\n{BEGIN}\n{END}"])
def test_markers_that_are_not_there_once_in_order_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="once, in this order"):
        with_leaderboard(text, "made")


def test_a_file_without_markers_is_refused_and_stays(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("nothing\n")
    assert main(arguments) == 2
    assert "expected the markers" in capsys.readouterr().err
    assert (tmp_path / "README.md").read_text() == "nothing\n"
