"""Sweeps: what a file stands for, what is refused with its place, and the command from start to end."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest

import train.sweep.grid
from eval.board.exception_causes import CAUSES
from tasks.given_tasks import chosen_task, task_named_or_given
from tasks.ground.automata.language_text import LanguageText
from tasks.registry import TASKS
from tasks.task import Task
from train.__main__ import main
from train.ledger import SHIPPED
from train.ledger.ledger import Ledger, read_results
from train.ledger.result import result_from_json
from train.model.recommended import Choices, recommended
from train.running.progress import Progress
from train.sweep.display import lines_of
from train.sweep.grid import Cell, SweepError, read_sweep, suite_cells, unit_from_json, units
from train.sweep.sweep_progress import SuiteProgress


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    return path


def test_a_grid_is_every_combination_of_its_axes(tmp_path: Path) -> None:
    text = """
    [[grid]]
    tasks = ["dyck1", "tomita[1-3]"]
    pe = ["ape", "nope"]
    seeds = "0-2"
    lr = [1e-3, 3e-3]
    batch_size = 16
    models = [{ layers = 1, heads = 1, width = 16 }, { layers = 2, heads = 2, width = 32 }]
    """
    cells = read_sweep(written(tmp_path, text))
    expected = {
        recommended(task, pe, Choices(lr=lr, batch_size=16, layers=layers, heads=layers, width=16 * layers))  # type: ignore[arg-type]
        for task, pe, lr, layers in itertools.product(
            ("dyck1", "tomita1", "tomita2", "tomita3"), ("ape", "nope"), (1e-3, 3e-3), (1, 2)
        )
    }
    assert len(cells) == len(expected) == 32
    assert {cell.config for cell in cells} == expected
    assert {cell.seeds for cell in cells} == {(0, 1, 2)}


def test_what_is_left_out_is_as_recommended_with_both_encodings_and_seed_0(tmp_path: Path) -> None:
    cells = read_sweep(written(tmp_path, '[[grid]]\ntasks = "parity"'))
    assert cells == tuple(Cell(recommended("parity", pe), (0,)) for pe in ("ape", "nope"))


def test_a_configuration_of_two_grids_is_one_cell_with_the_seeds_of_both(tmp_path: Path) -> None:
    text = '[[grid]]\ntasks = "par.ty"\npe = "ape"\nseeds = [3, 1]\n[[grid]]\ntasks = "parity"\nseeds = "0-1"'
    assert read_sweep(written(tmp_path, text)) == (
        Cell(recommended("parity", "ape"), (3, 1, 0)),
        Cell(recommended("parity", "nope"), (0, 1)),
    )


def test_an_expression_for_everything_is_every_task(tmp_path: Path) -> None:
    cells = read_sweep(written(tmp_path, '[[grid]]\ntasks = [".*"]\npe = "nope"'))
    assert {cell.config.task for cell in cells} == set(TASKS)


def test_recognition_is_asked_of_all_tasks_and_languages_of_a_grid_or_of_one_task_by_its_name(tmp_path: Path) -> None:
    text = """
    [[grid]]
    tasks = ["dyck1"]
    regex = ["(ab)*"]
    recognition = true
    pe = "nope"

    [[grid]]
    tasks = ["dyck1:recognition", "tomita[12]:recognition", "parity"]
    pe = "nope"
    """
    cells = read_sweep(written(tmp_path, text))
    language = task_named_or_given(regex="(ab)*", recognize=True)
    asked = ["dyck1:recognition", language.name, "tomita1:recognition", "tomita2:recognition", "parity"]
    assert [cell.config.task for cell in cells] == asked
    assert [cell.task().format for cell in cells] == ["answer"] * 5
    assert cells[1].task().origin == language.origin
    again = unit_from_json(json.loads(json.dumps(units(cells, 32)[1].to_json())))
    assert again.task().name == language.name  # another process makes the same task


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("[[grid]\n", ["no TOML: Expected ']]'", "line 1"]),
        ("", ["expected [[grid]] tables, found none"]),
        ("grid = 3", ["expected [[grid]] tables, found none"]),
        ('tasks = "parity"\n[[grid]]\ntasks = "parity"', ["unknown 'tasks': expected [[grid]] tables"]),
        ("[[grid]]", ["grid 1: expected tasks = [...] or regex = [...], found none"]),
        ('[[grid]]\ntasks = "paritty"', ["grid 1: tasks: no task is called 'paritty': did you mean parity"]),
        ('[[grid]]\ntasks = "tomita"', ["grid 1: tasks: no task is called 'tomita': did you mean tomita"]),
        ('[[grid]]\ntasks = "tomita("', ["grid 1: tasks: 'tomita('"]),
        ("[[grid]]\ntasks = 3", ["grid 1: tasks: expected a name or a regular expression, found 3"]),
        ('[[grid]]\nregex = "(a"', ["grid 1: regex: '(a': "]),
        ('[[grid]]\ntasks = "parity"\nnot = "a"', ["grid 1: and, not: expected regex = [...] or dfa = [...] beside"]),
        ('[[grid]]\ndfa = "none.att"', ["grid 1: dfa: 'none.att': none.att: cannot be read"]),
        ('[[grid]]\ntasks = "dyck1"\nrecognition = 1', ["grid 1: recognition: expected true or false, found 1"]),
        (
            '[[grid]]\ntasks = ["sort", "dyk1:recognition"]\nrecognition = true',
            ["sort has an answer, not a language", "no task is called 'dyk1:recognition': did you mean dyck1"],
        ),
        ('[[grid]]\nregex = "a*"\nalphabet = "a accept"\nrecognition = true', ["grid 1: regex: 'a*': the alphabet of"]),
        ("[[grid]]\nregex = 3", ["grid 1: regex: 3: expected a regular expression in quotes"]),
        ('[[grid]]\nregex = "a*"\nalphabet = "b"', ["grid 1: regex: 'a*': "]),
        ('[[grid]]\ntasks = "parity"\nalphabet = "a b"', ["grid 1: alphabet: expected tokens"]),
        ('[[grid]]\ntasks = "parity"\ncolour = 1', ["grid 1: unknown 'colour': expected one of tasks, regex, dfa, "]),
        ('[[grid]]\ntasks = "parity"\ntrain-lenght = 1', ["grid 1: unknown 'train-lenght': did you mean train_length"]),
        ('[[grid]]\ntasks = "parity"\nseeds = []', ["grid 1: seeds: expected at least one, found none"]),
        ('[[grid]]\ntasks = "parity"\nlr = []', ["grid 1: lr: expected at least one value"]),
        ('[[grid]]\ntasks = "parity"\nseeds = "2-1"', ["grid 1: seeds: expected A-B with A <= B"]),
        ('[[grid]]\ntasks = "parity"\npe = "rotary"', ["grid 1: parity rotary: pe: expected", "found rotary"]),
        ('[[grid]]\ntasks = "parity"\nlr = "fast"', ["grid 1: parity ape, lr=fast: lr: expected a number > 0"]),
        ('[[grid]]\ntasks = "parity"\nmodels = [{ depth = 1 }]', ["grid 1: models: expected tables of layers, heads"]),
        ('[[grid]]\ntasks = "parity"\nwidth = 8\nmodels = [{ width = 8 }]', ["width is also given for all"]),
        (
            '[[grid]]\ntasks = "parity"\npe = "nope"\nheads = [2, 3]\n[[grid]]\ntasks = "dyck9"',
            [
                "parity nope, heads=3: heads=3 does not divide width=",
                "grid 2: tasks: no task is called 'dyck9'",
            ],
        ),
        (
            '[[grid]]\ntasks = "parity"\nlr = [' + "1e-3," * 400 + "]\nbatch_size = [" + "1," * 400 + "]",
            ["more than 100,000 configurations"],
        ),
    ],
)
def test_every_problem_is_named_with_its_place_before_anything_is_trained(
    tmp_path: Path, text: str, messages: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SweepError) as raised:
        read_sweep(path)
    for message in messages:
        assert message in str(raised.value)
    problems = [line for line in str(raised.value).splitlines() if not line.startswith("  ")]  # else a caret's lines
    assert all(line.startswith(f"{path}: ") for line in problems)
    assert main(["sweep", str(path), "--out", str(tmp_path / "runs")]) == 2
    assert messages[0] in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_task_without_words_of_the_lengths_is_refused_before_anything_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[[grid]]\ntasks = ["parity", "aa_star"]\nregex = "(bb)*"\ntrain_length = 1\nmax_length = 2'
    assert main(["sweep", str(written(tmp_path, text)), "--out", str(tmp_path / "runs")]) == 2
    said = capsys.readouterr().err
    assert "aa_star" in said
    assert "task (bb)* has no words of lengths" in said
    assert not (tmp_path / "runs").exists()


def test_a_file_that_is_not_there_is_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", str(tmp_path / "none.toml"), "--out", str(tmp_path / "runs")]) == 2
    assert "none.toml" in capsys.readouterr().err


SMALL = """
[[grid]]
tasks = ["binary_majority"]
seeds = "0-1"
models = [{ layers = 1, heads = 1, width = 8 }]
max_steps = 3
train_length = 5
max_length = 10
"""


def test_a_sweep_is_trained_told_of_and_exported_and_the_second_time_nothing_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["sweep", str(written(tmp_path, SMALL)), "--out", str(tmp_path / "runs"), "--workers", "1"]
    assert main(arguments) == 0
    first = capsys.readouterr()
    assert [line.split(":")[0] for line in first.out.splitlines()] == [
        f"binary_majority {pe} 1x8 lr 0.003 seed {seed}" for pe in ("ape", "nope") for seed in (0, 1)
    ]
    assert set(first.out.splitlines()) < set(first.err.splitlines())  # each was also told when it was finished
    assert first.err.startswith("0 of 2 trainings finished, 0:00 so far, about ")
    assert main(arguments) == 0
    assert capsys.readouterr() == (first.out, "")

    (tmp_path / "results").mkdir()
    assert main(["export", "--runs", str(tmp_path / "runs"), "--out", str(tmp_path / "results")]) == 0
    assert "task.jsonl: 4 runs of 1 task" in capsys.readouterr().out
    ledger = Ledger(tmp_path / "runs", shipped=None)
    exported = read_results(tmp_path / "results")
    assert {result.place for result in exported} == {str(tmp_path / "results")}
    assert [(each.config, each.seed, each.bins) for each in exported] == [
        (each.config, each.seed, each.bins) for each in ledger.results()
    ]
    lines = (tmp_path / "results" / "task.jsonl").read_text().splitlines()
    assert [json.loads(line)["run"] for line in lines] == [
        ledger.path(each.config, each.seed).name[-16:] for each in ledger.results()
    ]
    shipped = tuple(replace(result, shipped=True, place=None) for result in exported)
    assert Ledger(tmp_path / "elsewhere", tmp_path / "results").results() == shipped


@pytest.mark.long
def test_expressions_are_swept_beside_named_tasks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SMALL.replace("seeds =", 'regex = ["(ab)*"]\nalphabet = "a b c"\nseeds =')
    path = written(tmp_path, text)
    arguments = ["sweep", str(path), "--out", str(tmp_path / "runs"), "--workers", "1"]
    assert main(arguments) == 0
    capsys.readouterr()
    task = task_named_or_given(regex="(ab)*", alphabet="a b c")
    assert {cell.config.task for cell in read_sweep(path)} == {"binary_majority", task.name}
    alone = ["--pe", "nope", "--layers", "1", "--heads", "1", "--width", "8", "--max-steps", "3", "--seeds", "0-1"]
    lengths = ["--train-length", "5", "--max-length", "10"]
    given = ["--regex", "(ab)*", "--alphabet", "a b c", "--out", str(tmp_path / "alone")]
    assert main([*given, *alone, *lengths]) == 0
    swept, apart = Ledger(tmp_path / "runs", shipped=None), Ledger(tmp_path / "alone", shipped=None)
    for result in apart.results():
        found = swept.find(result.config, result.seed)
        assert found is not None
        assert found.bins == result.bins
    assert len(apart.results()) == 2
    assert len([result for result in swept.results() if result.task == task.name]) == 4


def test_progress_says_what_is_trained_the_step_the_loss_the_accuracy_and_the_time_left() -> None:
    worker = Progress("dyck1", "nope", (0, 1), 1500, 4000, 0.01234, 0.987, 30.0, 65.0)
    lines = lines_of(SuiteProgress(3, 20, (worker, None), 61.0, 122.0))
    assert lines == [
        "3 of 20 trainings finished, 1:01 so far, about 2:02 left",
        "  dyck1 NoPE, seeds 0 1, step 1,500 of at most 4,000, loss 0.0123, training lengths 98.7%, 1:05 left at most",
    ]


EXCEPTIONS = sorted(f"exceptions/{path.parent.name}" for path in CAUSES.parent.glob("*/sweep.toml"))


@pytest.mark.parametrize(
    ("results", "sweeps"),
    [
        (".", "campaign"),
        ("published_protocol", "published_protocol"),
        ("bf16", "bf16"),
        *(
            (folder, folder)
            for folder in sorted(f"exceptions/{path.parent.name}" for path in CAUSES.parent.glob("*/sweep.toml"))
        ),
    ],
)
def test_what_is_shipped_is_what_its_sweeps_name(results: str, sweeps: str) -> None:
    cells = [cell for path in sorted((SHIPPED / sweeps).glob("*.toml")) for cell in read_sweep(path)]
    named = {(cell.config, seed) for cell in cells for seed in cell.seeds}
    lines = [line for path in sorted((SHIPPED / results).glob("*.jsonl")) for line in path.read_text().splitlines()]
    shipped = [result_from_json(json.loads(line)) for line in lines]
    assert {(result.config, result.seed) for result in shipped} == named


@pytest.mark.parametrize(
    ("folder", "suite"), [("grid", "paper"), ("encodings", "encodings"), ("published_words", "published_words")]
)
def test_what_is_shipped_of_a_suite_is_named_by_it(folder: str, suite: str) -> None:
    named = {(cell.config, seed) for cell in suite_cells(suite) for seed in cell.seeds}
    shipped = {(result.config, result.seed) for result in read_results(SHIPPED / folder)}
    assert shipped
    assert shipped <= named


def test_languages_in_files_are_swept_within_the_bounds_that_a_grid_sets(tmp_path: Path) -> None:
    file = tmp_path / "even.att"
    file.write_text("0 1 a\n0 0 b\n1 0 a\n1 1 b\n0\n", encoding="utf-8")
    path = written(tmp_path, f'[[grid]]\ndfa = "{file}"\nregex = "(a|b)*"\nand = "a.*"\nnot = ".*b"\npe = "nope"')
    cells = read_sweep(path)
    same = [task_named_or_given(regex=regex, ands=["a.*"], nots=[".*b"]) for regex in ("(a|b)*", "(b*ab*a)*b*")]
    assert [cell.config.task for cell in cells] == [task.name for task in same]
    (unit, _) = sorted(units(cells, widest=10_000), key=lambda unit: unit.given is None or unit.given.dfa is None)
    file.unlink()  # what a worker on another machine does not have
    assert unit_from_json(json.loads(json.dumps(unit.to_json()))).task().name == same[1].name


def test_a_language_is_made_once_for_all_its_encodings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[LanguageText] = []

    def noted(name: str | None, text: LanguageText, *, recognize: bool) -> Task:
        made.append(text)
        return chosen_task(name, text, recognize=recognize)

    monkeypatch.setattr(train.sweep.grid, "chosen_task", noted)
    cells = read_sweep(written(tmp_path, '[[grid]]\nregex = ["(ab)*", "a*"]\npe = ["nope", "ape", "rope", "alibi"]'))
    assert (len(cells), len(made)) == (8, 2)
