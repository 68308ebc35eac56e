"""Checks of a model's directory before any library reads it: its files are only data, and none is run.

A directory is refused if it names code of its own, if it holds its weights in a form whose reading can run code
(pickles), or if its files lie elsewhere. What is left is JSON and safetensors.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.ground.files import why_unreadable
from tasks.ground.json_text import RepeatedKeyError, read_json_text

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
ADAPTER = "adapter_config.json"
READ = (".json", ".jinja", ".model", ".safetensors", ".txt")  # endings of files that libraries read
OTHER_WEIGHTS = (".bin", ".ckpt", ".gguf", ".h5", ".msgpack", ".onnx", ".pickle", ".pkl", ".pt", ".pth")
PICKLES = (".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth")
LARGEST_JSON_BYTES = 64 * 1024 * 1024  # bytes of a file that is read whole
# Keys of JSON under which a directory names code to be imported.
CODE_KEYS = ("auto_map", "auto_mapping", "custom_generate", "custom_pipelines", "trust_remote_code")


class ModelError(ValueError):
    """A directory holds no model that can be read; the message says why."""


@dataclass(frozen=True)
class ModelDirectory:
    """A directory that passed the checks: its configuration, and the files of its weights, which all lie inside it."""

    path: Path
    config: Mapping[str, Any]
    weights: tuple[Path, ...]


def look_at(directory: Path) -> ModelDirectory:
    """Return the directory's configuration and the files of its weights.

    Raises:
        ModelError: The directory would have code run, or holds no whole model.
    """
    if not directory.is_dir():
        found = "expected a directory, found a file" if directory.exists() else "there is no such directory"
        raise ModelError(f"{directory}: {found}")
    for path in sorted(_entries(directory)):
        if path.suffix in READ:
            _check_place(directory, path)
    if (directory / ADAPTER).exists():
        base = read_json(directory / ADAPTER).get("base_model_name_or_path")
        raise ModelError(f"{directory} holds an adapter, not the model that it changes ({base}): merge the two first")
    if not (directory / CONFIG).is_file():
        inside = next((path.parent for path in sorted(directory.glob(f"*/{CONFIG}"))), None)
        hint = "" if inside is None else f"; a directory inside it, such as {inside}, does"
        raise ModelError(f"{directory} holds no model: it has no {CONFIG}{hint}")
    for path in sorted(directory.glob("*.json")):
        if path.name.endswith("config.json"):
            _refuse_code(path, read_json(path))
    config = read_json(directory / CONFIG)
    if config.get("quantization_config"):
        raise ModelError(f"{directory / CONFIG}: the weights are quantized (quantization_config), which is not read")
    return ModelDirectory(directory, config, _weights(directory))


def read_arrays(directory: Path) -> tuple[Mapping[str, Any], dict[str, NDArray[Any]]]:
    """Return the configuration of a directory, and its weights by name.

    Raises:
        ModelError: `look_at` refuses the directory, or the weights are damaged or not finite.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    found = look_at(directory)
    arrays: dict[str, NDArray[Any]] = {}
    for path in found.weights:
        try:
            arrays |= load_file(path)
        except (OSError, SafetensorError, TypeError, ValueError) as error:
            raise ModelError(f"{path}: no readable safetensors: {error}") from None
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ModelError(f"{directory}: the weights hold NaN or infinity ({name})")
    return found.config, arrays


def tensor_shapes(weights: tuple[Path, ...]) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor by name, read from the headers of the files alone.

    Raises:
        ModelError: A file is damaged.
    """
    from safetensors import SafetensorError, safe_open

    shapes: dict[str, tuple[int, ...]] = {}
    for path in weights:
        try:
            with safe_open(path, framework="np") as file:
                shapes |= {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, ValueError) as error:
            raise ModelError(f"{path}: no readable safetensors: {error}") from None
    return shapes


def _entries(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError as error:
        raise ModelError(f"{directory}: cannot be read: {error.strerror or error}") from None


def _check_place(directory: Path, path: Path) -> None:
    """Raise ModelError unless the file is a regular one inside the directory.

    A file in the `blobs` of the hub's cache to which the directory belongs is allowed too.
    """
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise ModelError(f"{path}: is a link to nothing") from None
    home = directory.resolve()
    store = home.parent.parent / "blobs" if home.parent.name == "snapshots" else home
    if not (target.is_relative_to(home) or target.is_relative_to(store)):
        raise ModelError(f"{path}: is a link to {target}, outside the directory: it is not followed")
    if target.is_dir() and path.suffix in (".json", ".safetensors"):
        raise ModelError(f"{path}: expected a file, found a directory")
    if not (target.is_file() or target.is_dir()):
        raise ModelError(f"{path}: expected a regular file, found a device or a pipe")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that the JSON file holds.

    Raises:
        ModelError: The file cannot be read, is too long, or holds no JSON object.
    """
    try:
        if path.stat().st_size > LARGEST_JSON_BYTES:
            raise ModelError(f"{path}: is longer than {LARGEST_JSON_BYTES:,} bytes, this implementation's limit")
        found = read_json_text(path.read_text(encoding="utf-8"))
    except RepeatedKeyError as error:
        raise ModelError(f"{path}: {error}") from None
    except RecursionError:
        raise ModelError(f"{path}: is nested too deeply to be read") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path}: expected JSON: {why_unreadable(error)}") from None
    if not isinstance(found, dict):
        raise ModelError(f"{path}: expected an object, found {type(found).__name__}")
    return found


def _refuse_code(path: Path, config: Mapping[str, Any]) -> None:
    for key, value in _keys(config):
        if key in CODE_KEYS and value:
            raise ModelError(f"{path} names code of the directory to run ({key}): it is not loaded")
        # A name with a slash is a repository, from which transformers fetches kernels and runs them.
        if key in ("attn_implementation", "_attn_implementation") and "/" in str(value):
            raise ModelError(f"{path} names code to fetch and run ({key}): it is not loaded")


def _keys(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key in the nested data, with its value."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield from each.items()
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _weights(directory: Path) -> tuple[Path, ...]:
    if (directory / WEIGHTS).is_file():
        return (directory / WEIGHTS,)
    if (directory / INDEX).is_file():
        return _indexed(directory)
    others = sorted(path for path in _entries(directory) if path.suffix in OTHER_WEIGHTS)
    if others:
        why = ", which can run code when it is read" if others[0].suffix in PICKLES else ""
        raise ModelError(
            f"{directory} holds its weights as {others[0].name}{why}: only safetensors are read ({WEIGHTS}). If you "
            "trust the model's maker, save it again as safetensors."
        )
    raise ModelError(f"{directory} holds no weights: it has no {WEIGHTS}")


def _indexed(directory: Path) -> tuple[Path, ...]:
    """Return the files that the index names; each lies in the directory itself."""
    index = directory / INDEX
    found = read_json(index)
    names = found.get("weight_map")
    if not isinstance(found.get("metadata"), dict):
        raise ModelError(f"{index}: expected an object as its metadata")
    if not isinstance(names, dict) or not names or not all(isinstance(name, str) for name in names.values()):
        raise ModelError(f"{index}: expected a weight_map from tensors to files")
    paths = []
    for name in sorted(set(names.values())):
        if PurePath(name).name != name or "\\" in name or name in ("", ".", ".."):
            raise ModelError(f"{index}: names {name!r}, outside the directory: it is not followed")
        if PurePath(name).suffix != ".safetensors":
            raise ModelError(f"{index}: names {name!r}: only safetensors are read")
        if not (directory / name).is_file():
            raise ModelError(f"{index}: names {name!r}, which is not there")
        paths.append(directory / name)
    return tuple(paths)
