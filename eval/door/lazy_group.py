"""A group of commands whose modules are imported only when they are used; help and completion import none of them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from eval.door.commands import DoorCommand
from tasks.ground.options_once import CommandLine


class LazyGroup(TyperGroup):
    """A group that has the commands of `rows`, and those that are added to the app itself."""

    rows: ClassVar[Mapping[str, DoorCommand]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands' names in the order of the help."""
        return [*self.rows, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of this name, or None if there is none."""
        row = self.rows.get(cmd_name)
        return super().get_command(ctx, cmd_name) if row is None else command_of(cmd_name, named_function(row))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands into the help."""
        own = {name: super(LazyGroup, self).get_command(ctx, name) for name in super().list_commands(ctx)}
        summaries = {name: row.summary for name, row in self.rows.items()}
        summaries |= {name: command.get_short_help_str(60) for name, command in own.items() if command is not None}
        with formatter.section("Commands"):
            formatter.write_dl(list(summaries.items()))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return the options and commands that begin with the text, without importing the commands."""
        from typer._click.shell_completion import CompletionItem

        begun = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        options = super(TyperGroup, self).shell_complete(ctx, incomplete)
        return [*(CompletionItem(name, help=self._summary(name)) for name in begun), *options]

    def _summary(self, name: str) -> str | None:
        return self.rows[name].summary if name in self.rows else None


def named_function(row: DoorCommand) -> Callable[..., None]:
    """Return the function that the row names, and import its module."""
    module, _, attribute = row.function.partition(":")
    function: Callable[..., None] = getattr(import_module(module), attribute)
    return function


def command_of(name: str, function: Callable[..., None], example: str | None = None) -> Any:
    """Return a command that runs the function, in the form that a group needs.

    Args:
        name: The command's name.
        function: The function.
        example: A command line that runs, for the end of the help.
    """
    app = CommandLine(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command(name, epilog=None if example is None else f"Try: {example}")(function)
    return typer.main.get_command(app)
