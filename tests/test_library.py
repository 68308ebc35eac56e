"""What the five packages give, lazily, with examples that run; the scripts of examples/."""

import doctest
import importlib
import json
import re
import runpy
import subprocess
import sys
import typing
from collections.abc import Callable
from inspect import isfunction, signature
from pathlib import Path

import pytest

import crasp
import limit_transformer
from crasp.compiler.compiler import compile_program
from crasp.text.loader import load_program
from eval import measure, predict
from eval.__main__ import main

ROOT = Path(__file__).parents[1]
LIBRARY = {"crasp": "decide", "tasks": "get", "train": "run", "eval": "measure", "limit_transformer": "read"}
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
SAID = {
    "check_and_run": "aab is accepted\nabb is rejected\naba is accepted",
    "compile_to_gpt2": "certified to 2048 tokens\n( ( ) ) is accepted\n( ) ) is rejected",
    "decide_a_language": "periodic: yes",
    "train_and_measure": "on words that no test has: (1, 10): 200 of 200 right",
    "your_own_task": "program: (1, 50) 100%",
}


@pytest.mark.parametrize("package", LIBRARY)
def test_the_examples_of_the_docstrings_run(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    api = importlib.import_module(f"{package}.api")
    found = [test for test in doctest.DocTestFinder().find(api) if test.examples]
    shown = {name for name in api.__all__ if isfunction(getattr(api, name))}
    assert {test.name.rpartition(".")[2] for test in found} == shown
    for test in found:
        assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("package", LIBRARY)
def test_every_function_says_what_it_takes_gives_and_refuses(package: str) -> None:
    api = importlib.import_module(f"{package}.api")
    for name in api.__all__:
        function = getattr(api, name)
        if not isfunction(function):
            continue
        said, taken = function.__doc__ or "", signature(function).parameters
        assert typing.get_type_hints(function).keys() == {*taken, "return"}
        assert [parameter for parameter in taken if f"        {parameter}: " not in said] == []
        assert not taken or ("Returns:" in said and "Raises:" in said)


@pytest.mark.parametrize(("package", "name"), LIBRARY.items())
def test_a_package_imports_what_it_gives_when_that_is_asked_for(package: str, name: str) -> None:
    code = (
        f"import sys, importlib\nm = importlib.import_module('{package}')\n"
        f"early = [x for x in sys.modules if x.startswith(('{package}.', 'numpy', 'torch'))]\n"
        "early = [x for x in early if x not in ('tasks.ground', 'tasks.ground.lazy_names')]\n"
        f"assert '{name}' in dir(m) and not early, early\n"
        f"assert callable(m.{name}), m.{name}\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("package", LIBRARY)
def test_a_package_names_what_it_gives_once(package: str) -> None:
    module = importlib.import_module(package)
    api = importlib.import_module(f"{package}.api")
    assert module.__all__ == api.__all__
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nothing'"):
        _ = module.nothing
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("name", ["predict", "measure"])
def test_a_door_of_the_command_line_leaves_the_function_in_place(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [f"eval.{name}", "--version"])
    with pytest.raises(SystemExit):
        runpy.run_module(f"eval.{name}", run_name="__main__")
    assert isfunction(getattr(importlib.import_module("eval"), name))


@pytest.mark.parametrize("name", ["predict", "measure"])
def test_a_door_that_was_imported_is_called_as_the_function_and_keeps_its_command(name: str) -> None:
    code = (
        f"import importlib\ndoor = importlib.import_module('eval.{name}')\n"
        f"from eval import {name}\nassert callable(door.main) and {name} is door\n"
        f"try: {name}('nothing')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True).stdout
    api = importlib.import_module("eval.api")
    with pytest.raises(Exception) as refused:  # noqa: PT011
        getattr(api, name)("nothing")
    assert said.strip() == f"{type(refused.value).__name__} {refused.value}"


@pytest.mark.parametrize(
    ("task", "pe"), [("dyck1", "nope"), ("tomita2", "nope"), ("aa_star", "ape"), ("parity", "rope")]
)
def test_a_prediction_of_the_library_is_that_of_the_command(
    task: str, pe: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "--task", task, "--pe", pe, "--json"]) == 0
    assert json.loads(json.dumps(predict(task, pe=pe).record())) == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_an_example_runs(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [str(script), str(tmp_path / "made")])
    runpy.run_path(str(script), run_name="__main__")
    assert SAID[script.stem] in capsys.readouterr().out


def tomita1() -> limit_transformer.LimitTransformer:
    return compile_program(load_program("lib:tomita1")).machine


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: crasp.decide("ab*", accept="x"), "accept: expected last or end, found 'x'"),
        (lambda: crasp.decide("ab*", target="x"), "target: expected membership, state or next, found 'x'"),
        (lambda: crasp.decide("ab*", target="next", accept="end"), "target next is asked at the last letter"),
        (lambda: crasp.decide("ab*", seconds=-1), "seconds: expected a number that is not negative, or None"),
        (lambda: crasp.decide("ab*", seconds=float("nan")), "seconds: expected a number that is not negative"),
        (
            lambda: crasp.compile("lib:tomita1", "made", target="x"),
            "target: expected limit, torch, gpt2 or gptneox, found 'x'",
        ),
        (lambda: predict("dyck1", pe="x"), "pe: expected ape, nope, rope, alibi, sinusoidal, randomized, found x"),
        (lambda: limit_transformer.load("none"), "none/machine.json: cannot be read: No such file or directory"),
        (lambda: limit_transformer.read("none", answers="x"), "answers: expected sets or greatest, found 'x'"),
        (lambda: limit_transformer.read("none"), "none: there is no such directory"),
        (lambda: limit_transformer.run(tomita1(), "102"), "expected letters of 0 1, found '2'"),
        (lambda: measure("lib:dyck1", "dyck1", judge="x"), "judge: expected all or answer, found 'x'"),
    ],
)
def test_what_there_is_not_is_refused(
    call: Callable[[], object], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
    assert not list(tmp_path.iterdir())
