"""The torch module answers as the interpreter does, saved and loaded too, and is steep enough for its length."""

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

from crasp.compiler.compiler import compile_program
from crasp.meaning import ir
from crasp.text.sources import library_names
from limit_transformer.floating import torch_directory as realization
from limit_transformer.floating import torch_modules as modules
from limit_transformer.floating.certificate import LengthError, UncertifiedError
from limit_transformer.floating.rounding_errors import FLOAT32
from limit_transformer.floating.steep_steps import slopes
from limit_transformer.floating.torch_directory import (
    ModuleError,
    StateSizeError,
    TorchRealization,
    load,
    realize_torch,
    save,
)
from limit_transformer.floating.torch_modules import Attention, CompiledTransformer, FeedForwardModule
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.values.machine_values import machine_values
from tests.cases import few
from tests.crasp.compiler.library import LIBRARY, library
from tests.crasp.compiler.programs import programs
from tests.limit_transformer.floating.words import assert_realizes, near_ties, numbered, random_words

pytestmark = pytest.mark.xdist_group(LIBRARY)

SMALL_LIBRARY = [name for name in library_names() if not name.startswith(("copy_unique", "count", "unique"))]


def realized(
    machine: LimitTransformer, dtype: str = "float32", *, offset: int = 0, max_length: int | None = None
) -> TorchRealization:
    return TorchRealization(realize_torch(machine, dtype, max_length=max_length).module, offset)


@settings(max_examples=settings.default.max_examples)
@given(programs(), st.randoms(use_true_random=False), st.integers(0, 7), st.sampled_from(["float32", "float64"]))
def test_a_random_program_means_what_its_module_computes(
    program: ir.Program, random: Random, offset: int, dtype: str
) -> None:
    try:
        module = realized(compile_program(program).machine, dtype, offset=offset)
    except UncertifiedError:
        assume(False)
    assert_realizes(module, program, random_words(program, random, 6, min(30, module.max_length)))


# Each program in one of these ways, the next one in the next.
@pytest.mark.parametrize(
    ("name", "way"), few(product(SMALL_LIBRARY, [("float32", 7), ("float32", 0), ("float64", 2)]), 4, rows=True)
)
def test_a_library_program_is_what_its_module_computes(name: str, way: tuple[str, int]) -> None:
    dtype, offset = way
    module = realized(library(name).machine, dtype, offset=offset)
    assert_realizes(module, library(name).program, random_words(library(name).program, Random(name), 30, 50))


@pytest.mark.parametrize("name", few(["anbn", "anbncndn", "most_frequent", "d_12", "tomita4"], 2))
def test_near_ties_at_the_certified_length(name: str) -> None:
    program = library(name).program
    module = realized(library(name).machine, max_length=1500)
    assert_realizes(module, program, near_ties(1500, len(program.alphabet)))


def test_blocks_of_queries_and_of_tokens_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    module = realized(library("tomita4").machine)
    words = random_words(library("tomita4").program, Random(0), 5, 40)
    monkeypatch.setattr(modules, "SCORES_AT_ONCE", 5 * 41 * 7)
    monkeypatch.setattr(modules, "NUMBERS_AT_ONCE", 100)
    assert_realizes(module, library("tomita4").program, words)


@pytest.mark.long
def test_copying_unique_tokens_with_sparse_weights_that_are_small_on_disk(tmp_path: Path) -> None:
    module = realized(library("copy_unique").machine)
    letters = len(library("copy_unique").program.alphabet) - 1
    word = np.random.default_rng(2).permutation(letters)[:60]
    assert_realizes(module, library("copy_unique").program, numbered([np.concatenate([word, [letters], word])]))
    save(module.module, tmp_path)
    dense = len(module.module.config.coordinates) ** 2 * 4
    assert (tmp_path / "model.safetensors").stat().st_size < 20 * 2**20 < dense


def test_it_is_made_of_plain_modules_with_every_weight_in_its_state() -> None:
    module = realized(library("tomita4").machine).module
    kinds = {type(part) for part in module.modules()}
    assert kinds == {
        CompiledTransformer,
        modules.LayerModule,
        Attention,
        FeedForwardModule,
        modules.SparseLinear,
        nn.ModuleList,
    }
    assert module(torch.tensor([[2, 0, 1]])).shape == (1, 3, 4)
    with torch.no_grad():
        for tensor in module.parameters():
            tensor.zero_()
    assert not module(torch.tensor([[2, 0, 1]])).any()


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    for dtype in ("float32", "float64"):
        module = realized(library("abab_star").machine, dtype, max_length=64).module
        save(module, tmp_path)
        again = load(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.safetensors"]
        assert again.config == module.config
        assert again.embedding.dtype == getattr(torch, dtype)
        words = random_words(library("abab_star").program, Random(1), 10, 64)
        assert_realizes(TorchRealization(again, 3), library("abab_star").program, words)


READ, WRITE = "layers.0.feed_forward.read", "layers.1.feed_forward.write"
DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent": (lambda d: (d / "model.json").unlink(), "cannot be read as a module"),
    "nonsense": (lambda d: (d / "model.safetensors").write_bytes(b"nonsense"), "cannot be read as a module"),
    "list": (lambda d: (d / "model.json").write_text("[]"), "expected the format"),
    "half": (lambda d: (d / "model.json").write_text("{"), "cannot be read as a module"),
    "fewer heads": (lambda d: rewrite(d, heads=[1]), "it has no place for layers.1"),
    "more heads": (lambda d: rewrite(d, heads=[1, 1, 1]), "expected a module as `crasp compile` writes it"),
    "width": (lambda d: rewrite(d, coordinates=["one"]), r"expected embedding of shape \(3, 1\), found \(3, 14\)"),
    "outputs": (lambda d: rewrite(d, outputs=["one"]), "expected bias of shape"),
    "dtype": (lambda d: rewrite(d, dtype="float64"), "expected weights of type float64, found float32"),
    "length": (lambda d: rewrite(d, max_length="many"), "expected a module as `crasp compile` writes it"),
    "residues": (lambda d: rewrite(d, positions=[[3, 12]]), "expected residues within 14 coordinates"),
    "rows": (lambda d: reweigh(d, f"{READ}.indices", lambda t: t + 10**6), "expected rows from 0 to 1"),
    "order": (lambda d: reweigh(d, f"{READ}.indices", lambda t: t.flip(1)), "expected entries by row"),
    "targets": (lambda d: reweigh(d, "layers.0.heads.0.targets", lambda t: -t), "expected targets from 0 to 13"),
    "weights": (lambda d: reweigh(d, f"{WRITE}.weight", lambda t: t[:1]), r"expected weight of shape \(3,\)"),
    "types": (
        lambda d: reweigh(d, "embedding", torch.Tensor.double),
        "expected weights of type float32, found float32",
    ),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_directory_is_refused(tmp_path: Path, damage: Callable[[Path], object], message: str) -> None:
    save(realized(library("dyck1").machine).module, tmp_path)
    damage(tmp_path)
    with pytest.raises(ModuleError, match=message):
        load(tmp_path)


def rewrite(directory: Path, **changes: object) -> None:
    record = json.loads((directory / "model.json").read_text())
    (directory / "model.json").write_text(json.dumps({**record, **changes}))


def reweigh(directory: Path, name: str, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
    state = load_file(directory / "model.safetensors")
    save_file({**state, name: change(state[name]).contiguous()}, directory / "model.safetensors")


# --- steepness -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [10, 1000, 100_000])
def test_slopes_are_as_steep_as_the_length_needs(length: int) -> None:
    machine = library("anbn").machine
    found = slopes(machine, machine_values(machine), FLOAT32, length)
    # A comparison keeps 1/s, so 1 / (length + 1) at the end: k >= length + 1, and the next power of 2 or the one after.
    assert all(length + 1 <= slope <= 4 * (length + 1) for slope in (float(layer.max()) for layer in found))


def test_a_slope_too_small_is_seen_in_the_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    program, machine = library("anbn").program, library("anbn").machine
    words = near_ties(1500, 2)
    assert_realizes(realized(machine, max_length=1500), program, words)
    shrunk = lambda *arguments: tuple(layer / 64 for layer in slopes(*arguments))  # noqa: E731
    monkeypatch.setattr(realization, "slopes", shrunk)
    with pytest.raises(AssertionError, match="word, position, output"):
        assert_realizes(realized(machine, max_length=1500), program, words)


def test_a_difference_of_two_ramps_would_not_count_exactly() -> None:
    """Why a step is two ramps one after the other: where k z is near 2, say, the two of a difference round unlike."""
    random = torch.Generator().manual_seed(0)
    x, y = (0.75 + torch.rand(10_000, generator=random) / 2 for _ in range(2))
    up, down = x + (y + 0.5), x + (y - 0.5)
    assert (torch.relu(up) - torch.relu(down) != 1).any()
    assert (1 - torch.relu(1 - torch.relu(up)) == 1).all()


def test_a_module_without_its_half_unit_differs() -> None:
    """The half-unit shift taken out of the weights alone: ties go wrong, and the tests see it."""
    module = realized(library("anbn").machine, max_length=1500)
    place = library("anbn").machine.coordinates.index("1/s")
    with torch.no_grad():
        read = module.module.layers[0].feed_forward.read
        read.weight[read.indices[1] == place] = 0
    with pytest.raises(AssertionError, match="word, position, output"):
        assert_realizes(module, library("anbn").program, near_ties(1500, 2))


# --- refusals ------------------------------------------------------------------------------------------------


def test_more_than_can_be_certified_is_refused() -> None:
    with pytest.raises(LengthError, match="the largest length that can be is"):
        realize_torch(library("dyck1").machine, "float32", max_length=10**7)


def test_a_machine_too_large_is_refused_before_its_memory_is_taken() -> None:
    machine = library("dyck1").machine
    wide = as_if_wide(machine, range(10**8))
    with pytest.raises(StateSizeError, match="a machine of 100,000,000 coordinates and 2 letters needs"):
        realize_torch(wide, "float32")


def as_if_wide(machine: LimitTransformer, names: range) -> LimitTransformer:
    """The machine as if it had that many coordinates; it is asked for its size alone."""
    wide = object.__new__(LimitTransformer)
    for field in ("alphabet", "embedding", "positions", "layers", "outputs", "unembedding"):
        object.__setattr__(wide, field, getattr(machine, field))
    object.__setattr__(wide, "coordinates", names)
    return wide


def test_the_language_starts_without_torch() -> None:
    code = "import sys, crasp.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
