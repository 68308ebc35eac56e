"""What a directory brings is looked at before any library reads it: code, pickles and ways out are refused."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from tasks.ground.models.causal_model import load_causal_model
from tasks.ground.models.model_directory import ModelError, look_at, read_arrays
from tests.tasks.ground.models.stock_models import change_json, name_own_code, save_model


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model("gpt2", tmp_path_factory.mktemp("stock") / "gpt2")


@pytest.fixture
def copy(gpt2: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(gpt2, tmp_path / "model"))


def test_a_directory_is_its_configuration_and_its_arrays(copy: Path) -> None:
    found = look_at(copy)
    assert found.config["model_type"] == "gpt2"
    assert [path.name for path in found.weights] == ["model.safetensors"]
    config, arrays = read_arrays(copy)
    assert config == found.config
    assert arrays.keys() == load_file(copy / "model.safetensors").keys()


@pytest.mark.parametrize("key", ["auto_map", "custom_generate"])
@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "generation_config.json"])
def test_code_of_its_own_is_refused_wherever_it_is_named(copy: Path, file: str, key: str) -> None:
    touched = name_own_code(copy, file, key)
    with pytest.raises(ModelError, match=rf"names code of the directory to run \({key}\): it is not loaded"):
        load_causal_model(copy)
    assert not touched.exists()


def test_code_that_is_named_deep_inside_is_refused(copy: Path) -> None:
    change_json(copy / "config.json", text_config={"layers": [{"auto_map": {"AutoConfig": "own.C"}}]})
    with pytest.raises(ModelError, match="names code of the directory to run"):
        look_at(copy)


def test_code_to_be_fetched_is_refused(copy: Path) -> None:
    change_json(copy / "config.json", attn_implementation="someone/kernels")
    with pytest.raises(ModelError, match="names code to fetch and run"):
        look_at(copy)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt", "weights.pkl"])
def test_pickles_are_refused(copy: Path, name: str) -> None:
    (copy / "model.safetensors").rename(copy / name)
    with pytest.raises(ModelError, match=rf"its weights as {name}, which can run code when it is read"):
        look_at(copy)


@pytest.mark.parametrize("name", ["tf_model.h5", "flax_model.msgpack", "model.gguf"])
def test_other_forms_of_weights_are_refused(copy: Path, name: str) -> None:
    (copy / "model.safetensors").rename(copy / name)
    with pytest.raises(ModelError, match=rf"its weights as {name}: only safetensors are read"):
        look_at(copy)


def indexed(copy: Path, file: str) -> None:
    """The weights under an index that names the file for each of them."""
    names = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").rename(copy / "part.safetensors")
    (copy / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {}, "weight_map": dict.fromkeys(names, file)})
    )


def test_weights_in_parts_are_read(copy: Path) -> None:
    indexed(copy, "part.safetensors")
    assert [path.name for path in look_at(copy).weights] == ["part.safetensors"]
    assert load_causal_model(copy).outputs == 9


@pytest.mark.parametrize("file", ["../part.safetensors", "/etc/passwd", "a/b.safetensors", "..", "", "..\\part"])
def test_an_index_that_points_outside_the_directory_is_refused(copy: Path, file: str) -> None:
    indexed(copy, file)
    shutil.copy(copy / "part.safetensors", copy.parent / "part.safetensors")
    with pytest.raises(ModelError, match="outside the directory: it is not followed"):
        load_causal_model(copy)


@pytest.mark.parametrize(
    ("file", "phrase"),
    [("part.bin", "only safetensors are read"), ("gone.safetensors", "which is not there")],
)
def test_an_index_of_what_cannot_be_read_is_refused(copy: Path, file: str, phrase: str) -> None:
    indexed(copy, file)
    with pytest.raises(ModelError, match=phrase):
        look_at(copy)


@pytest.mark.parametrize(
    "text",
    [
        '{"metadata": {}, "weight_map": []}',
        "{}",
        '{"metadata": {}}',
        '{"metadata": {}, "weight_map": {"a": 1}}',
        "[]",
        "{",
    ],
)
def test_an_index_that_is_none_is_refused(copy: Path, text: str) -> None:
    indexed(copy, "part.safetensors")
    (copy / "model.safetensors.index.json").write_text(text)
    with pytest.raises(ModelError, match=r"model\.safetensors\.index\.json: expected"):
        look_at(copy)


def linked(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy.parent / "elsewhere.safetensors")
    (copy / "model.safetensors").symlink_to(copy.parent / "elsewhere.safetensors")


def piped(copy: Path) -> None:
    (copy / "config.json").unlink()
    os.mkfifo(copy / "config.json")


def device(copy: Path) -> None:
    (copy / "tokenizer.json").symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("damage", "phrase"),
    [
        (linked, r"model\.safetensors: is a link to .*outside the directory"),
        (piped, r"config\.json: expected a regular file, found a device or a pipe"),
        (device, r"tokenizer\.json: is a link to /dev/zero, outside the directory"),
        (lambda copy: (copy / "vocab.json").symlink_to("nowhere"), r"vocab\.json: is a link to nothing"),
        (lambda copy: (copy / "vocab.json").symlink_to("vocab.json"), r"vocab\.json: is a link to nothing"),
        (lambda copy: (copy / "vocab.json").mkdir(), r"vocab\.json: expected a file, found a directory"),
        (lambda copy: (copy / "config.json").write_text("[" * 100_000), r"config\.json: is nested too deeply"),
        (lambda copy: (copy / "config.json").write_bytes(b"\xff"), r"config\.json: expected JSON"),
        (lambda copy: (copy / "config.json").write_text("[]"), r"config\.json: expected an object, found list"),
        (lambda copy: (copy / "config.json").unlink(), r"holds no model: it has no config\.json"),
        (lambda copy: (copy / "model.safetensors").unlink(), r"holds no weights: it has no model\.safetensors"),
        (lambda copy: (copy / "model.safetensors").write_bytes(b"\0" * 40), r"model\.safetensors: no readable"),
        (lambda copy: (copy / "model.safetensors").write_bytes(b""), r"model\.safetensors: no readable"),
        (
            lambda copy: change_json(copy / "adapter_config.json", base_model_name_or_path="some/base"),
            r"holds an adapter, not the model that it changes \(some/base\)",
        ),
        (shutil.rmtree, "there is no such directory"),
    ],
)
def test_a_directory_that_is_no_whole_model_is_refused(
    copy: Path, damage: Callable[[Path], object], phrase: str
) -> None:
    damage(copy)
    with pytest.raises(ModelError, match=phrase):
        load_causal_model(copy)


def test_the_links_of_a_hubs_cache_are_followed(copy: Path) -> None:
    store = copy.parent / "models--a--b" / "blobs"
    snapshot = store.parent / "snapshots" / "0123"
    store.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for path in sorted(copy.iterdir()):
        path.rename(store / path.name)
        (snapshot / path.name).symlink_to(f"../../blobs/{path.name}")
    assert load_causal_model(snapshot).outputs == 9
