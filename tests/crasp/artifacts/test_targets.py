"""`compile` and `verify` for every program of the library and every target, and `verify` of random programs' models."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crasp.__main__ import main
from crasp.artifacts.verify import verify
from crasp.compiler.compiler import compile_program
from crasp.meaning import ir
from crasp.text.sources import library_names
from limit_transformer.floating.certificate import UncertifiedError
from limit_transformer.floating.float_machine import realize_float
from limit_transformer.floating.torch_directory import TorchRealization, realize_torch
from limit_transformer.gpt2.directory import Gpt2LengthError, load_compiled_gpt2, write_gpt2
from limit_transformer.machine.answers import ExactRealization, Realization
from limit_transformer.machine.machine import LimitTransformer
from tests.cases import few
from tests.crasp.compiler.programs import programs

LENGTH = 60
LARGEST = ("copy_unique", "copy_unique_ages", "count", "unique_bigram_copy", "unique_reverse")
LARGE = ("majority", "sort")
# Over 151 tokens, or of many pairs: slow; the GPT-2 of the first has 3.5 GB.
TARGETS = [(target, dtype) for target in ("torch", "gpt2") for dtype in ("float32", "float64")]
USUAL = tuple(name for name in library_names() if name not in (*LARGEST, *LARGE))
CASES = [
    # Every second as a GPT-2 in float32, as `tests/limit_transformer/gpt2` has each; every sixth in all ways.
    *few(
        [(name, *which) for name in USUAL for which in TARGETS],
        also=[
            (name, *which) for name in USUAL for which in TARGETS if name in USUAL[:: 2 if which == TARGETS[2] else 6]
        ],
        rows=True,
    ),
    *(pytest.param(name, *which, marks=pytest.mark.long) for name in LARGE for which in TARGETS),
    *(pytest.param(name, "torch", "float32", marks=pytest.mark.long) for name in LARGEST),
]


@pytest.mark.parametrize(("name", "target", "dtype"), CASES)
def test_a_library_programs_model_is_equal_to_it(
    name: str, target: str, dtype: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = str(tmp_path / "model")
    length = ["--max-length", str(LENGTH)]
    assert main(["compile", f"lib:{name}", "-o", directory, "--target", target, "--dtype", dtype, *length]) == 0
    capsys.readouterr()
    seed = str(Random(name).randrange(1000))
    words = ["--words-only"] if name in LARGEST else []  # compiling again takes as long as compiling
    assert main(["verify", directory, "--random", "30", "--seed", seed, *words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["equal"]
    assert 30 < record["longest"] <= LENGTH


def exact(machine: LimitTransformer, _: str) -> Realization:
    return ExactRealization(machine)


def as_floats(machine: LimitTransformer, dtype: str) -> Realization:
    return realize_float(machine, dtype, max_length=LENGTH)


def as_torch(machine: LimitTransformer, dtype: str) -> Realization:
    return TorchRealization(realize_torch(machine, dtype, max_length=LENGTH).module)


def as_gpt2(machine: LimitTransformer, dtype: str) -> Realization:
    with TemporaryDirectory() as name:
        write_gpt2(machine, Path(name), max_length=LENGTH, dtype=dtype)
        return load_compiled_gpt2(Path(name))


Realize = Callable[[LimitTransformer, str], Realization]
REALIZATIONS: list[tuple[Realize, str]] = [
    (exact, "rational"),
    *((realize, dtype) for realize in (as_floats, as_torch, as_gpt2) for dtype in ("float32", "float64")),
]
IN_FLOAT32 = [each for each in REALIZATIONS if each[1] != "float64"]


@pytest.mark.parametrize(
    ("realize", "dtype"),
    few(REALIZATIONS, also=IN_FLOAT32, rows=True),
    ids=lambda value: getattr(value, "__name__", value),
)
def test_random_programs_models_are_equal_to_them(realize: Realize, dtype: str) -> None:
    verified = 0

    @settings(database=None)
    @given(programs(largest=20), st.integers(0, 1000))
    def check(program: ir.Program, seed: int) -> None:
        nonlocal verified
        try:
            model = realize(compile_program(program).machine, dtype)
        except (UncertifiedError, Gpt2LengthError):
            return  # coefficients of 10^20 leave no room
        found = verify(program, model, exhaustive=4, random=10, seed=seed, longest=LENGTH)
        assert found.difference is None
        verified += 1

    check()
    assert verified >= 15


@pytest.mark.parametrize(("target", "length"), [("limit", "every word, exactly"), ("torch", "tokens** in **float32**")])
def test_the_card_of_a_model_that_only_we_read_has_python_that_asks_it(
    target: str, length: str, tmp_path: Path
) -> None:
    directory = tmp_path / "model"
    assert main(["compile", "lib:dyck1", "-o", str(directory), "--target", target]) == 0
    card = (directory / "README.md").read_text()
    assert card.startswith("---\nlicense: apache-2.0\n")
    assert "# dyck1\n" in card
    assert length in card
    python = card.split("```python\n")[1].split("```")[0]
    said: dict[str, object] = {"DIR": str(directory)}
    exec(python, said)
    assert said["said"][-1] == {"(": True, ")": True, "<eos>": False, "<accept>": False}  # type: ignore[index]


def test_an_exact_machine_that_was_written_without_a_card_is_still_verified(tmp_path: Path) -> None:
    directory = tmp_path / "model"
    assert main(["compile", "lib:tomita1", "-o", str(directory)]) == 0
    certificate = json.loads((directory / "certificate.json").read_text())
    del certificate["files"]["README.md"]
    (directory / "certificate.json").write_text(json.dumps(certificate))
    (directory / "README.md").unlink()
    assert main(["verify", str(directory), "--random", "3"]) == 0
