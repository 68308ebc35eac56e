"""Two protocols of training beside each other: what is compared, and what counts as one verdict."""

import json
import re
from pathlib import Path

import pytest

from eval.board.rows import build_rows
from eval.commands.protocols import ProtocolPair, in_a_sentence, lines_of, main, pairs
from tests.eval.synthetic import made_up
from train.ledger import SHIPPED
from train.ledger.result import Result, result_to_json
from train.model.config import TrainConfig
from train.model.recommended import Choices, recommended

TASKS = ("dyck1", "tomita1", "tomita4", "tomita7")
OURS = {task: recommended(task, "ape") for task in TASKS}
PUBLISHED = {task: recommended(task, "ape", Choices(protocol="published")) for task in TASKS}


def results(configs: dict[str, TrainConfig], reaches: dict[str, tuple[float, ...]]) -> list[Result]:
    return [made_up(configs[task], seed, reach) for task, each in reaches.items() for seed, reach in enumerate(each)]


def found(ours: dict[str, tuple[float, ...]], published: dict[str, tuple[float, ...]]) -> tuple[ProtocolPair, ...]:
    sides = []
    for configs, reaches in ((OURS, ours), (PUBLISHED, published)):
        wanted = [(configs[task], tuple(range(4))) for task in TASKS]
        sides.append(build_rows(wanted, results(configs, reaches)))
    return pairs(*(tuple(row for row in side if row.results) for side in sides))


def test_verdicts_are_compared_where_both_protocols_fitted_and_their_seeds_agree() -> None:
    ours = {"dyck1": (400, 400), "tomita1": (400, 400), "tomita4": (400, 70), "tomita7": (30, 30)}
    shown = found(ours, dict.fromkeys(TASKS, (400, 400)) | {"tomita1": (70, 70)})
    assert [pair.same for pair in shown] == ["yes", "no", "mixed", "no evidence"]
    assert in_a_sentence(shown) == (
        "Cells trained with both protocols: 4. With the same verdict: 1. With different verdicts: 1 (tomita1 APE). "
        "With seeds that disagree: 1 (tomita4 APE). Not fitted with one of the protocols: 1. The published protocol's "
        "CPU time is 1.0 to 1.0 times that of ours, the median 1.0."
    )


def test_where_seeds_do_not_agree_the_table_says_how_many_of_those_that_fitted_generalise() -> None:
    (pair,) = found({"tomita4": (400, 70, 400, 30)}, {"tomita4": (400, 400)})
    ours, published = lines_of([pair])[1]
    assert (ours[-2], published[-2]) == ("mixed, 2/3", "generalizes")


def test_what_was_trained_with_one_protocol_alone_is_left_out() -> None:
    shown = found({"dyck1": (400,), "tomita1": (400,)}, {"tomita1": (400,), "tomita4": (400,)})
    assert [pair.ours.task for pair in shown] == ["tomita1"]


def test_each_side_has_the_runs_of_its_own_protocol_alone_whatever_else_was_chosen() -> None:
    others = (Choices(protocol="published", width=128), Choices(protocol="published", width=256, initial_scale=0.1))
    chosen = [{"dyck1": recommended("dyck1", "ape", each)} for each in others]
    like = {"d_3": recommended("d_3", "ape")}  # of ours, with the initial weights of the published protocol
    sides = (OURS, PUBLISHED, *chosen)
    runs = [
        run
        for side, reach in zip(sides, (400, 70, 400, 400), strict=True)
        for run in results(side, {"dyck1": (reach,)})
    ]
    runs += results(like, {"d_3": (400,)})
    both = build_rows([*((side["dyck1"], (0,)) for side in sides), (like["d_3"], (0,))], runs, apart=True)
    shown = pairs(both, both)
    assert [(pair.ours.config, pair.theirs.config.model.width) for pair in shown] == [
        (OURS["dyck1"], 64),
        (OURS["dyck1"], 128),
        (OURS["dyck1"], 256),
    ]
    assert [pair.same for pair in shown] == ["no", "yes", "yes"]


def exported(directory: Path, runs: list[Result]) -> Path:
    directory.mkdir()
    (directory / "task.jsonl").write_text("".join(json.dumps(result_to_json(run)) + "\n" for run in runs))
    return directory


def test_the_command_shows_both_sides_with_their_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = exported(tmp_path / "ours", results(OURS, {"dyck1": (400, 400)}))
    published = exported(tmp_path / "published", results(PUBLISHED, {"dyck1": (70, 70)}))
    where = ["--from", str(ours), "--published", str(published)]
    assert main(where) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("dyck1"))
    assert " ".join(lines[at].split()) == "dyck1 APE ours 1 x 32 2/2 90 1 100/100/100 generalizes no"
    below = " ".join(lines[at + 1].split())
    assert (below[:28], below.split()[-1]) == ("published 2 x 64 2/2 90 1 10", "fails")
    assert main([*where, "--format", "json"]) == 0
    (pair,) = json.loads(capsys.readouterr().out)["pairs"]
    verdicts = [pair[side]["old_rule"]["measured"] for side in ("ours", "published")]
    assert (*verdicts, pair["same"]) == ("generalizes", "fails", "no")


def test_directories_without_a_common_cell_or_that_do_not_exist_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = exported(tmp_path / "ours", results(OURS, {"dyck1": (400,)}))
    published = exported(tmp_path / "published", results(PUBLISHED, {"tomita1": (400,)}))
    assert main(["--from", str(ours), "--published", str(published)]) == 2
    assert "no task and setting that was trained with both protocols" in capsys.readouterr().err
    assert main(["--from", str(ours), "--published", str(tmp_path / "none")]) == 2
    assert f"--published: {tmp_path / 'none'} is no directory" in capsys.readouterr().err


def test_where_the_shipped_runs_of_both_protocols_come_to_different_verdicts_the_page_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)["pairs"]
    assert len(shown) >= 14
    different = [f"{pair['task']} {pair['setting']}" for pair in shown if pair["same"] == "no"]
    page = (SHIPPED.parent / "docs" / "training.md").read_text(encoding="utf-8")
    same = sum(pair["same"] == "yes" for pair in shown)
    assert f"verdict in {same} pairs and to " + (
        f"different ones in {len(different)}: {', '.join(different)}" if different else "no different ones"
    ) in re.sub(r"\s+", " ", page)
