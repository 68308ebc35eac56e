"""A person's own module: `module.py:factory`, given by name on the command line, and so run because that was asked.

A factory is a function of the vocabulary's size and of how many positions the longest word takes, which makes a
`torch.nn.Module`:

    def factory(vocabulary: int, positions: int) -> torch.nn.Module: ...

The module is called with tokens (words, length) and answers with logits (words, length, vocabulary), or with an object
that has them as `logits`. Where its `forward` takes `position_ids`, it gets them.
"""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from train.architectures.specification import ArchitectureError, ArchitectureSpec

if TYPE_CHECKING:
    from torch.nn import Module

T = TypeVar("T")
HERE = Path(__file__).resolve().parents[2]
OURS = tuple(str(HERE / package) for package in ("crasp", "limit_transformer", "tasks", "train", "eval"))


class UserCodeError(ArchitectureError):
    """A person's own code raised an exception: the message has its traceback, as theirs."""


def build_module(architecture: ArchitectureSpec, vocabulary: int, positions: int) -> "Module":
    """What the factory makes; UserCodeError where its code fails, ArchitectureError where that is no module."""
    from torch.nn import Module

    assert architecture.file is not None
    place = f"{architecture.file}:{architecture.kind}"
    module = run_theirs(
        lambda: _imported(Path(str(architecture.file)), str(architecture.digest)), f"{place}: importing"
    )
    factory = getattr(module, architecture.kind, None)
    if factory is None:
        raise ArchitectureError(f"{place}: the file has no {architecture.kind}")
    if not callable(factory):
        raise ArchitectureError(f"{place}: expected a function, found {type(factory).__name__}")
    _check_signature(factory, place)
    made = run_theirs(lambda: factory(vocabulary, positions), f"{place}: the factory")
    if not isinstance(made, Module):
        raise ArchitectureError(f"{place}: expected a torch.nn.Module from the factory, found {type(made).__name__}")
    return made


def run_theirs(call: Callable[[], T], what: str) -> T:
    """What the call returns; UserCodeError with the traceback of their code where it raises, or ends the process.

    What their code prints goes to standard error: standard output has what the command prints alone.
    """
    try:
        with redirect_stdout(sys.stderr):
            return call()
    except (KeyboardInterrupt, ArchitectureError):
        raise
    except BaseException as error:  # SystemExit too: their code does not end this command
        raise UserCodeError(f"{what} failed. This is the traceback of your own code:\n{_theirs(error)}") from None


def _imported(path: Path, digest: str) -> ModuleType:
    """The file as a module, imported once for its text; what stands beside it can be imported by it."""
    name = f"crasp_bench_own_{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ArchitectureError(f"{path}: cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _check_signature(factory: Callable[..., Any], place: str) -> None:
    try:
        inspect.signature(factory).bind(0, 0)
    except TypeError as error:
        raise ArchitectureError(
            f"{place}: expected a function of two arguments, vocabulary and positions: {error}"
        ) from None
    except ValueError:  # a builtin that does not tell its arguments: it is called
        return


def _theirs(error: BaseException) -> str:
    """The traceback, from the first place that is neither this project's nor a library's on."""
    where: TracebackType | None = error.__traceback__
    while where is not None and _is_known(where.tb_frame.f_code.co_filename):
        where = where.tb_next
    return "".join(traceback.format_exception(type(error), error, where or error.__traceback__)).rstrip()


def _is_known(filename: str) -> bool:
    return filename.startswith((*OURS, "<frozen importlib")) or "site-packages" in filename
