"""What is made from results in the README and on the leaderboard's page; the README is one screen, and holds."""

import json
import re
import shlex
from pathlib import Path

import pytest

from eval.commands.leaderboard import Suite, leaderboard
from eval.commands.predict import main as predict
from eval.commands.readme import BEGIN, END, main, ten_rows, with_leaderboard
from tests.eval.synthetic import made_up
from train.ledger.result import result_to_json
from train.model.recommended import recommended


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    lines = [json.dumps(result_to_json(made_up(recommended("copy_repeat", "ape"), seed, 70))) + "\n" for seed in (0, 1)]
    (tmp_path / "task.jsonl").write_text("".join(lines))
    for name in ("README.md", "board.md"):
        (tmp_path / name).write_text(f"Before.\n{BEGIN}\nearlier\n{END}\nAfter.\n")
    return [
        *("--from", str(tmp_path)),
        *("--file", str(tmp_path / "README.md")),
        *("--board", str(tmp_path / "board.md")),
        *("--figure", str(tmp_path / "f.svg")),
    ]


def test_the_table_and_the_figure_are_written_and_the_rest_stays(arguments: list[str], tmp_path: Path) -> None:
    assert main([*arguments, "--check"]) == 1
    assert "earlier" in (tmp_path / "README.md").read_text()
    assert not (tmp_path / "f.svg").exists()
    assert main(arguments) == 0
    for name in ("README.md", "board.md"):
        text = (tmp_path / name).read_text(encoding="utf-8")
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


@pytest.mark.parametrize("missing", ["README.md", "board.md"])
def test_where_one_file_has_no_place_neither_is_written(arguments: list[str], tmp_path: Path, missing: str) -> None:
    (tmp_path / missing).write_text("nothing\n")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(arguments) == 2
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_readme_has_ten_rows_of_five_tasks_with_positions_and_without() -> None:
    results = [made_up(recommended(task, pe), 0, 70) for task in FIVE for pe in ("ape", "nope")]
    rows = leaderboard(Suite.found, results)
    lines = ten_rows(rows).strip().splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]] == [task for task in FIVE for _ in "12"]
    assert lines[0].startswith("| task | PE | ")
    assert "published" not in lines[0]


FIVE = ("binary_majority", "dyck1", "aa_star", "tomita5", "012_star_0_2_star")
ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_one_screen() -> None:
    assert len(README.splitlines()) <= 70


def test_every_page_that_the_readme_links_to_is_there() -> None:
    links = set(re.findall(r"\]\(([^)#:]+)\)", README))
    assert len(links) > 15
    assert [link for link in sorted(links) if not (ROOT / link).exists()] == []


def test_the_first_prediction_says_what_the_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    install, shown = re.findall(r"```\n(.*?)```", README, flags=re.DOTALL)[:2]
    first = shlex.split(install.splitlines()[1], comments=True)
    assert first[:2] == [".venv/bin/crasp-bench", "predict"]
    assert predict(["--regex", first[2]]) == 0
    assert capsys.readouterr().out.startswith(shown)
