"""Command lines in which an option with one value is given once.

Without this the last value would be taken and the others lost: `--pe nope --pe rope` would ask about RoPE alone.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class OnceCommand(TyperCommand):
    """A command that refuses an option with one value that is given more than once."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; the status of a refusal is 2, as of all wrong arguments."""
        _refuse_repeated(self, ctx, args)
        return super().parse_args(ctx, args)


class OnceGroup(TyperGroup):
    """A group whose own options are read as those of `OnceCommand`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the group's own options; the status of a refusal is 2, as of all wrong arguments."""
        _refuse_repeated(self, ctx, args)
        return super().parse_args(ctx, args)


class CommandLine(typer.Typer):
    """A command line of such commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=OnceGroup, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Return a decorator that adds a command."""
        return super().command(name, cls=OnceCommand, **settings)


def _refuse_repeated(command: Any, ctx: Any, args: list[str]) -> None:
    if ctx.resilient_parsing:  # the shell asks how a line may go on
        return
    *_, order = command.make_parser(ctx).parse_args(args=list(args))
    for option, times in Counter(order).items():
        if times > 1 and option.param_type_name == "option" and not (option.multiple or option.is_flag or option.count):
            ctx.fail(f"{max(option.opts, key=len)}: expected once, found {times} times")
