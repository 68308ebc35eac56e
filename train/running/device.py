"""Checks of what this machine can compute on, made before anything is trained."""

import ctypes
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum


class Device(StrEnum):
    """The devices to train on."""

    CPU = "cpu"
    CUDA = "cuda"


class DeviceError(ValueError):
    """This machine cannot train as asked; the message gives the reason."""


def check_device(device: str, *, compiled: bool = False) -> None:
    """Raise DeviceError unless this machine has the device, and a C++ compiler if steps are compiled for its CPU."""
    if device == Device.CUDA:
        import torch

        if not torch.cuda.is_available():
            raise DeviceError("--device cuda: torch finds no CUDA device here")
    elif compiled:
        compiler = os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")  # as torch chooses it
        if shutil.which(compiler) is None:
            raise DeviceError(f"--compile needs a C++ compiler: {compiler} is not there; CXX names another")


@contextmanager
def memory_of(device: str) -> Iterator[None]:
    """Turn a lack of device memory in the block into a DeviceError."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise DeviceError(f"--device {device}: {str(error).splitlines()[0]}") from error


# Options of `mallopt` in glibc's malloc.h, each with the greatest value that it takes.
_TRIM_THRESHOLD, _TRIM_NEVER = -1, 2**31 - 1
_MMAP_THRESHOLD, _MMAP_LATE = -3, 32 * 2**20


def keep_memory() -> bool:
    """Make this process keep the memory of a step for the next one; return whether the C library accepted it.

    Otherwise memory that a step frees goes back to the system and is mapped again page by page. For a model of width 64
    these are up to 2,000 page faults a step, about 8% of its time.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    accepted = (library.mallopt(_TRIM_THRESHOLD, _TRIM_NEVER), library.mallopt(_MMAP_THRESHOLD, _MMAP_LATE))
    return all(accepted)
