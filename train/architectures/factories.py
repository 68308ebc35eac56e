"""Modules that a user wrote, named on the command line as `module.py:factory`. Naming the file asks to run it.

A factory is a function of two numbers, the size of the vocabulary and the number of positions that the longest word
takes. It returns a `torch.nn.Module`:

    def factory(vocabulary: int, positions: int) -> torch.nn.Module: ...

The module is called with tokens (words, length). It returns logits (words, length, vocabulary), or an object that has
them as `logits`. If its `forward` takes `position_ids`, it gets them.
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
from weakref import WeakSet

from train.architectures.specification import ArchitectureError, ArchitectureSpec
from train.architectures.stock_models import MOST_PARAMETERS

if TYPE_CHECKING:
    from torch.nn import Module

T = TypeVar("T")
# The parts with weights of the modules that factories made in this process.
_MADE: "WeakSet[Module]" = WeakSet()
HERE = Path(__file__).resolve().parents[2]
OURS = tuple(str(HERE / package) for package in ("crasp", "limit_transformer", "tasks", "train", "eval"))


class UserCodeError(ArchitectureError):
    """The user's own code raised an exception; the message has the traceback of that code."""


def build_module(architecture: ArchitectureSpec, vocabulary: int, positions: int) -> "Module":
    """Return the module that the factory makes.

    Raises:
        UserCodeError: The user's code failed.
        ArchitectureError: The file has no such function, or the function returns no module.
    """
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
    _check_made(made, place)
    return made


def _check_made(module: "Module", place: str) -> None:
    """Raise ArchitectureError if the module is too large, or shares parts with one that was made before."""
    from torch.nn.parameter import is_lazy

    parameters = list(module.parameters())
    count = sum(each.numel() for each in parameters if not is_lazy(each))
    if count > MOST_PARAMETERS:
        raise ArchitectureError(
            f"{place}: a model of {count:,} parameters, but this command trains at most {MOST_PARAMETERS:,}"
        )
    trained = [part for part in module.modules() if any(each.requires_grad for each in part.parameters(recurse=False))]
    if any(part in _MADE for part in trained):
        raise ArchitectureError(
            f"{place}: the factory returns a module again that it returned before: each run needs a new one, with "
            "weights of its own"
        )
    for part in trained:
        _MADE.add(part)


def run_theirs(call: Callable[[], T], what: str) -> T:
    """Return what `call`, which runs the user's code, returns.

    What the user's code prints goes to standard error: standard output is kept for what the command prints.

    Args:
        call: Runs the user's code.
        what: What the call does, for the message.

    Raises:
        UserCodeError: The code raised an exception or tried to end the process. The message has its traceback.
    """
    try:
        with redirect_stdout(sys.stderr):
            return call()
    except (KeyboardInterrupt, ArchitectureError):
        raise
    except BaseException as error:  # this includes SystemExit: the user's code must not end this command
        raise UserCodeError(f"{what} failed. This is the traceback of your own code:\n{_theirs(error)}") from None


def _imported(path: Path, digest: str) -> ModuleType:
    """Return the file as a module, imported once for each version of its text; it can import files beside it."""
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
    except ValueError:  # a builtin whose signature is not known; it is called without the check
        return


def _theirs(error: BaseException) -> str:
    """Return the traceback from the first file on that is neither the project's nor a library's.

    It is the error alone if no such file was reached, as when a call does not have the arguments that are expected.
    """
    where: TracebackType | None = error.__traceback__
    while where is not None and _is_known(where.tb_frame.f_code.co_filename):
        where = where.tb_next
    if where is None:
        return "".join(traceback.format_exception_only(error)).rstrip()
    return "".join(traceback.format_exception(type(error), error, where)).rstrip()


def _is_known(filename: str) -> bool:
    return filename.startswith((*OURS, "<frozen importlib")) or "site-packages" in filename
