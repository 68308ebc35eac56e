"""Checkpoints: files with all that a stack of seeds needs to go on as if it had never stopped.

A checkpoint file is whole or absent.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from tasks.ground.files import replace_bytes
from train.ledger.damaged_files import set_aside
from train.ledger.ledger import Ledger
from train.model.config import TrainConfig
from train.running.schedule import Course, course_from_json, course_to_json


@dataclass(frozen=True)
class Checkpoint:
    """The records of a stack's seeds, and three arrays (seeds, parameters).

    The arrays are the parameters (`flat`) and the optimiser's two means (`first`, `second`).
    """

    courses: tuple[Course, ...]
    flat: NDArray[np.float32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint at the path. The old one stays whole until the new one is.

    The caller must hold the claim on the runs in it.

    Raises:
        OSError: It cannot be written.
    """
    arrays = {"flat": checkpoint.flat, "first": checkpoint.first, "second": checkpoint.second}
    courses = json.dumps([course_to_json(course) for course in checkpoint.courses])
    write_checkpoint_file(path, save(arrays, metadata={"courses": courses}))


def write_checkpoint_file(path: Path, content: bytes) -> None:
    """Replace the checkpoint at the path by the content of a checkpoint file, as another machine wrote it.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        replace_bytes(path, content)
    except OSError as error:
        raise OSError(f"{path}: the checkpoint could not be written, and the last one is kept: {error}") from error


def read_checkpoint(path: Path, size: int) -> Checkpoint | None:
    """Return the checkpoint at the path; None if there is none. A damaged one is named on standard error and set aside.

    Args:
        path: The file.
        size: The number of parameters of a model.
    """
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="np") as file:
            courses = tuple(course_from_json(value) for value in json.loads(file.metadata()["courses"]))
            flat, first, second = (file.get_tensor(name) for name in ("flat", "first", "second"))
        for array in (flat, first, second):
            if array.shape != (len(courses), size) or not np.isfinite(array).all():
                raise ValueError(f"expected finite arrays of shape {(len(courses), size)}, found {array.shape}")
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        set_aside(path, f"damaged checkpoint: {error}")
        return None
    return Checkpoint(courses, flat, first, second)


def kept_steps(ledger: Ledger, config: TrainConfig) -> dict[int, int]:
    """Return, for each seed of the configuration that a checkpoint has, the furthest step that was kept."""
    found: dict[int, int] = {}
    for path in ledger.checkpoints(config):
        try:
            with safe_open(path, framework="np") as file:
                courses = [course_from_json(value) for value in json.loads(file.metadata()["courses"])]
        except (OSError, SafetensorError, ValueError, KeyError, TypeError):
            continue  # damaged, or deleted meanwhile: the training that goes on from it will say so
        for course in courses:
            if course.lr == config.lr:
                found[course.seed] = max(course.step, found.get(course.seed, 0))
    return found


def clear_checkpoints(ledger: Ledger, config: TrainConfig, size: int) -> None:
    """Delete the checkpoints of the configuration, with any learning rates, if all of their runs are finished."""
    for path in ledger.checkpoints(config):
        kept = read_checkpoint(path, size)
        runs = [(replace(config, lr=each.lr), each.seed) for each in kept.courses] if kept is not None else []
        if runs and all(ledger.find(config, seed) is not None for config, seed in runs):
            path.unlink(missing_ok=True)
