"""`crasp-bench`: every command under one name, its subject given in one way, its results as those of the modules."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from crasp.__main__ import COMMANDS as LANGUAGE
from crasp.__main__ import main as language
from crasp.text.sources import PROGRAMS
from eval.__main__ import COMMANDS as JUDGEMENT
from eval.commands.predict import main as predict
from eval.commands.words import main as words
from eval.door.command_line import door_command, function_of, main, new_door
from eval.door.commands import COMMANDS, GROUPS
from tasks.__main__ import app as tasks_app
from tests.cases import few
from train.__main__ import app as train_app
from train.ledger import SHIPPED

ELSEWHERE = {"list": "library", "export": "export-runs"}  # two packages have a command of this name
OWN = {"tasks list": "tasks"}
# Their examples train, or load torch.
SLOW = {
    "forecast", "probe", "read", "read-runs", "sweep", "teacher-student", "terms", "train", "training-length-runs",
    "training-length-smallest",
}  # fmt: skip


def names_of(app: typer.Typer) -> set[str]:
    return {each.name or each.callback.__name__ for each in app.registered_commands if each.callback is not None}


def door_names(names: set[str]) -> set[str]:
    return {name.replace("_", "-") for name in names}


def test_every_command_of_every_package_has_its_line() -> None:
    assert door_names({ELSEWHERE.get(name, name) for name in LANGUAGE}) <= COMMANDS.keys()
    assert door_names(set(JUDGEMENT)) <= COMMANDS.keys()
    assert door_names({OWN.get(f"tasks {name}", name) for name in names_of(tasks_app)}) <= COMMANDS.keys()
    assert door_names({ELSEWHERE.get(name, name) for name in names_of(train_app)}) | {"train"} <= COMMANDS.keys()


def test_the_help_lists_every_command_under_what_a_person_wants(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert [title for title in GROUPS if f"\n{title}:\n" not in text] == []
    assert [name for name in COMMANDS if f"\n  {name} " not in text] == []


def test_the_help_imports_no_command() -> None:
    code = "import sys; from eval.door.command_line import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    assert "typer" in loaded
    assert not {"numpy", "torch", "pandas", "lark", "rich", "eval.commands.predict", "crasp.__main__"} & set(loaded)


@pytest.mark.parametrize(
    "words",
    few(
        ["predict (aa)*", "decide (ab)*", "check lib:dyck1", "train --help", "measure --help"],
        also=("predict (aa)*", "train --help"),
    ),
)
def test_what_loads_slowly_is_not_loaded_where_it_is_not_needed(words: str) -> None:
    run = f"from eval.door.command_line import main; main({words.split()})"
    code = f"import sys; {run}; print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "pandas", "networkx", "automata"} & set(done.stderr.split())


def test_an_expression_is_told_from_a_task_without_the_tasks() -> None:
    code = "import sys; from eval.door.subjects import taken_for; print(taken_for('(ab)*').option, *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    taken, *loaded = done.stdout.split()
    assert taken == "regex"
    assert "tasks.registry" not in loaded


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_the_example_of_the_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert COMMANDS[name].example.split()[0] == name
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Usage: ")
    assert f"Try: crasp-bench {COMMANDS[name].example}" in " ".join(text.split())


def arguments_of(name: str) -> list[str]:
    return shlex.split(COMMANDS[name].example)


# Commands whose own tests run them on less.
DEAR = ("teacher", "protocols", "run-choice", "explain", "learn", "show", "library", "sample", "report")


@pytest.mark.parametrize("left_out", few([DEAR, ()], also=[DEAR]), ids=["quick", "all"])
def test_the_examples_run_one_after_the_other(
    left_out: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # The files that a reader has: a program, one of the published interpreter, two ledgers, of which one has runs.
    monkeypatch.chdir(tmp_path)
    shutil.copy(PROGRAMS / "dyck1.crasp", "prog.crasp")
    Path("prog.cr").write_text(PUBLISHED)
    assert main(["merge", str(SHIPPED / "published_words"), "--runs", "runs"]) == 0
    Path("other").mkdir()
    quick = [name for name in COMMANDS if name not in SLOW]
    assert len(quick) > 20
    for name in (name for name in quick if name not in left_out):
        assert main(arguments_of(name)) == 0, (name, capsys.readouterr().err)


@pytest.mark.parametrize("name", sorted(SLOW))
def test_the_slow_examples_are_understood(name: str) -> None:
    command = door_command(name)
    command.make_context(name, arguments_of(name)[1:])  # raises where an argument is not understood


PUBLISHED = "x = Q_a\n"
SAME = [
    (predict, ["--regex", "(aa)*", "--json"], ["predict", "(aa)*", "--json"]),
    (predict, ["--task", "dyck1", "--pe", "nope", "--json"], ["predict", "dyck1", "--pe", "nope", "--json"]),
    (predict, ["--program", "lib:dyck1", "--json"], ["predict", "lib:dyck1", "--json"]),
    (words, ["sample", "dyck1", "-n", "3", "--json"], ["sample", "--task", "dyck1", "-n", "3", "--json"]),
    (words, ["sample", "--program", "lib:aa_star", "--json"], ["sample", "lib:aa_star", "--json"]),
    (language, ["decide", "--regex", "(ab)*", "--json"], ["decide", "(ab)*", "--json"]),
    (language, ["decide", "--regex", "(aa)*", "--alphabet", "a", "--json"], ["decide", "aa_star", "--json"]),
    (language, ["check", "lib:dyck1", "--json"], ["check", "--program", "lib:dyck1", "--json"]),
    (language, ["run", "lib:dyck1", "()", "(", "--json"], ["run", "--program", "lib:dyck1", "()", "(", "--json"]),
    (language, ["run", "lib:dyck1", "()", ")"], ["run", "dyck1", "()", ")"]),
    (language, ["trace", "lib:dyck1", "()", "--json"], ["trace", "()", "--program", "lib:dyck1", "--json"]),
    (language, ["trace", "lib:dyck1", ""], ["trace", "lib:dyck1", ""]),
    (language, ["learn", "--task", "tomita1"], ["learn", "tomita1"]),
]


@pytest.mark.parametrize(("module", "old", "new"), SAME, ids=[" ".join(new) for _, _, new in SAME])
def test_a_subject_means_the_same_as_its_option(
    module: object, old: list[str], new: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(module)
    assert module(old) == 0
    expected = capsys.readouterr().out
    assert main(new) == 0
    assert capsys.readouterr().out == expected


def test_a_program_is_no_subject_of_a_command_that_makes_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "lib:dyck1"]) == 2
    assert "expected a task, a regular expression or an automaton's file" in capsys.readouterr().err


def test_what_was_a_subject_taken_for_is_said_on_standard_error_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", "(aa)*", "--pe", "nope", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["verdict"] == "fails"
    assert "note: (aa)* is taken for a regular expression (--regex)" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "dyck2"], "say --regex dyck2"),
        (["predict", "(aa)*", "--task", "dyck1"], "expected one subject"),
        (["predict"], "expected one of"),
        (["decide", "dyck1"], "no regular expression to decide"),
        (["decide", "--task", "nothing"], "unknown task"),
        (["decide", "aa_star", "--alphabet", "a b"], "its own language and alphabet"),
        (["check"], "expected a program"),
        (["check", "lib:dyck1", "--program", "lib:dyck1"], "expected one program"),
        (["run", "(aa)*", "aa"], "`crasp-bench decide` writes one"),
        (["trace", "lib:dyck1"], "expected a word"),
        (["trace", "lib:dyck1", "(", "--program", "lib:dyck1"], "expected one program"),
        (["compile", "lib:dyck1"], "Missing option '-o'"),
        (["report", "lib:dyck1", "--model", "lib:dyck1"], "expected one model"),
        (["report"], "expected one model"),
        (["train"], "expected --task"),
        (["train", "dyck1", "--program", "lib:dyck1"], "expected one subject"),
        (["train", "--task", "dyck1", "--program", "lib:dyck1"], "expected one of"),
        (["predct"], "did you mean predict?"),
        (["\N{SNOWMAN}"], "--help` lists them"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in " ".join(err.split())


def test_a_command_that_goes_on_names_its_subject_by_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    main(["decide", "(aa)*b", "--witness-seconds", "0.000001"])
    out, err = capsys.readouterr()
    assert "crasp-bench decide --regex '(aa)*b'" in out + err
    assert "subject" not in out.replace("one subject", "")


@pytest.mark.parametrize("name", [name for name, row in COMMANDS.items() if row.ledger])
def test_the_ledger_is_runs_everywhere_and_the_old_name_goes_on(name: str) -> None:
    command = door_command(name)
    for option in ("--runs", "--out"):
        context = command.make_context(name, [*arguments_of(name)[1:], option, "elsewhere"])
        assert context.params["out"] == "elsewhere"


def test_the_old_name_of_the_ledger_is_told_its_new_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other").mkdir()
    assert main(["merge", str(tmp_path / "other"), "--out", str(tmp_path / "runs")]) == 0
    assert "--out is the old name of --runs" in capsys.readouterr().err
    assert main(["merge", str(tmp_path / "other"), "--runs", str(tmp_path / "runs")]) == 0
    assert "old name" not in capsys.readouterr().err


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("crasp-bench ")


def test_a_shell_completes_commands_without_importing_them_and_options_of_the_one_that_is_begun() -> None:
    door = typer.main.get_command(new_door())
    context = door.make_context("crasp-bench", [], resilient_parsing=True)
    assert {"train", "training-length-runs"} <= {each.value for each in door.shell_complete(context, "train")}
    predict_command = door_command("predict")
    options = predict_command.shell_complete(
        predict_command.make_context("predict", [], resilient_parsing=True), "--re"
    )
    assert [each.value for each in options] == ["--regex"]


def test_a_function_that_has_no_subject_is_the_module_s_own() -> None:
    from eval.commands.leaderboard import leaderboard_command

    assert function_of(COMMANDS["leaderboard"]) is leaderboard_command


PAGE = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
SHOWN = [shlex.split(line, comments=True)[1:] for line in PAGE.splitlines() if line.startswith("crasp-bench ")]


def test_the_page_of_the_commands_names_each_of_them() -> None:
    assert [name for name in COMMANDS if f"`{name}`" not in PAGE] == []
    assert len(SHOWN) > 15


@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_every_command_of_the_page_is_understood(words: list[str]) -> None:
    door_command(words[0]).make_context(words[0], words[1:])
