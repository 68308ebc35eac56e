"""What this machine can compute a step with: asked before anything is trained."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Device(StrEnum):
    """Where to train."""

    CPU = "cpu"
    CUDA = "cuda"


class DeviceError(ValueError):
    """Steps cannot be computed as asked for, with the reason."""


def check_device(device: str, *, compiled: bool = False) -> None:
    """DeviceError unless this machine has the device and, where steps are to be compiled for its CPU, a compiler."""
    if device == Device.CUDA:
        import torch

        if not torch.cuda.is_available():
            raise DeviceError("--device cuda: torch finds no CUDA device here")
    elif compiled:
        compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")  # as torch looks for it
        if shutil.which(compiler) is None:
            raise DeviceError(f"--compile needs a C++ compiler: {compiler} is not there; CXX names another")


@contextmanager
def memory_of(device: str) -> Iterator[None]:
    """DeviceError where the block needs more memory than the device has."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise DeviceError(f"--device {device}: {str(error).splitlines()[0]}") from error
