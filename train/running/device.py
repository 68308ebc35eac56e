"""What this machine can compute a step with: asked before anything is trained."""

import ctypes
import os
import platform
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


# Of glibc's malloc.h, with the greatest values that it takes.
_TRIM_THRESHOLD, _TRIM_NEVER = -1, 2**31 - 1
_MMAP_THRESHOLD, _MMAP_LATE = -3, 32 * 2**20


def keep_memory() -> bool:
    """This process keeps the memory of a step for the next one; whether the C library could be told so.

    Else what a step frees goes back to the system and comes anew, page by page: of a model of width 64 up to 2,000
    faults a step, some 8% of its time.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    accepted = (library.mallopt(_TRIM_THRESHOLD, _TRIM_NEVER), library.mallopt(_MMAP_THRESHOLD, _MMAP_LATE))
    return all(accepted)
