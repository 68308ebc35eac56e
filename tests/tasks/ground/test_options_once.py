"""An option with one value is given once: no command takes the last value and loses the others."""

import pytest

import crasp.__main__
import tasks.__main__
import train.__main__
from eval.__main__ import main as eval_main
from eval.commands.predict import main as predict_main
from eval.door.command_line import main as door_main


@pytest.mark.parametrize(
    ("main", "arguments", "option"),
    [
        (predict_main, ["--task", "parity", "--pe", "nope", "--pe", "rope"], "--pe"),
        (door_main, ["predict", "--task", "parity", "--pe=nope", "--pe", "rope"], "--pe"),
        (eval_main, ["predict", "--task", "parity", "--task", "dyck1"], "--task"),
        (train.__main__.main, ["--task", "parity", "--seeds", "0", "--seeds", "1"], "--seeds"),
        (train.__main__.main, ["export", "--out", "a", "--out", "b"], "--out"),
        (tasks.__main__.main, ["sample", "parity", "-n", "1", "-n", "2"], "-n"),
        (crasp.__main__.main, ["compile", "lib:dyck1", "-o", "a", "-o", "b"], "-o"),
    ],
)
def test_a_second_value_is_refused(
    main: object, arguments: list[str], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(main)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "expected once, found 2 times" in said.err
    assert option in said.err


def test_flags_and_options_with_several_values_may_be_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert tasks.__main__.main(["list", "--json", "--json"]) == 0
    assert capsys.readouterr().out
