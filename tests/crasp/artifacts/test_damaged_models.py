"""A slice of `make fuzz-models`, and what it found."""

import json
from pathlib import Path
from shutil import copytree

import pytest

from crasp.__main__ import main
from tests.cases import few
from tests.crasp.artifacts.damaged_models import check_case, good


@pytest.mark.parametrize("first", few(range(0, 18, 6), 3))
def test_damaged_directories_are_judged_without_an_exception(first: int) -> None:
    for number in range(first, first + 6):
        check_case(number)


@pytest.mark.parametrize("target", ["gpt2", "torch", "limit"])
def test_a_certificate_without_a_length_is_none(
    target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = copytree(good("tomita4", target), tmp_path / "model")
    certificate = json.loads((directory / "certificate.json").read_text())
    del certificate["max_length"]
    (directory / "certificate.json").write_text(json.dumps(certificate))
    assert main(["verify", str(directory)]) == 2
    assert "expected a length and a type of numbers" in capsys.readouterr().err


def test_a_configuration_of_a_torch_module_that_is_nested_deeply_is_refused(
    tmp_path: Path,
) -> None:
    from limit_transformer.floating.torch_directory import CONFIG, ModuleError, load

    directory = copytree(good("tomita4", "torch"), tmp_path / "model")
    (directory / CONFIG).write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(ModuleError, match="cannot be read as a module"):
        load(directory)
