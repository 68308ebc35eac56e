"""Options that a command takes as one value."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from tasks.ground.option_groups import with_options


@dataclass(frozen=True, kw_only=True)
class _Size:
    width: Annotated[int, typer.Option(help="How wide.")] = 2
    height: Annotated[int | None, typer.Option("--high", help="How high.")] = None


def _area(side: Annotated[int, typer.Option("--side", help="Of a square.")] = 1) -> int:
    return side * side


@with_options(size=_Size, area=_area)
def _told(context: typer.Context, name: str, *, area: int, size: _Size, loud: bool = False) -> None:
    """Say what was given."""
    print(name, area, size, loud, context.info_name)


_APP = typer.Typer()
_APP.command("told")(_told)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["a"], "a 1 _Size(width=2, height=None) False told"),
        (["a", "--side", "3", "--high", "4", "--width", "5", "--loud"], "a 9 _Size(width=5, height=4) True told"),
    ],
)
def test_a_command_takes_what_the_makers_make_of_their_options(given: list[str], told: str) -> None:
    result = CliRunner().invoke(_APP, given)
    assert (result.exit_code, result.stdout.strip()) == (0, told), result.output


def test_the_options_stand_in_the_help_where_the_parameter_does() -> None:
    text = CliRunner().invoke(_APP, ["--help"]).stdout
    places = [text.index(option) for option in ("--side", "--width", "--high", "--loud")]
    assert places == sorted(places)
    assert "--area" not in text
    assert "--size" not in text


def test_called_from_python_without_options_it_has_their_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    _told(context=typer.Context(typer.main.get_command(_APP), info_name="told"), name="b", loud=False)  # type: ignore[call-arg]
    assert capsys.readouterr().out == "b 1 _Size(width=2, height=None) False told\n"
