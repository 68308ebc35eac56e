"""A group of commands that are imported where they are asked for: its help, and completion, import none of them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

from eval.door.commands import DoorCommand


class LazyGroup(TyperGroup):
    """The commands of `rows`, by the names that they have there, and those that the app itself has."""

    rows: ClassVar[Mapping[str, DoorCommand]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands' names, in the order of the help."""
        return [*self.rows, *super().list_commands(ctx)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, None where there is none."""
        row = self.rows.get(cmd_name)
        return super().get_command(ctx, cmd_name) if row is None else command_of(cmd_name, named_function(row))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands in a table."""
        own = {name: super(LazyGroup, self).get_command(ctx, name) for name in super().list_commands(ctx)}
        summaries = {name: row.summary for name, row in self.rows.items()}
        summaries |= {name: command.get_short_help_str(60) for name, command in own.items() if command is not None}
        with formatter.section("Commands"):
            formatter.write_dl(list(summaries.items()))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """The options, and the commands that begin so, without importing these."""
        from typer._click.shell_completion import CompletionItem

        begun = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        options = super(TyperGroup, self).shell_complete(ctx, incomplete)
        return [*(CompletionItem(name, help=self._summary(name)) for name in begun), *options]

    def _summary(self, name: str) -> str | None:
        return self.rows[name].summary if name in self.rows else None


def named_function(row: DoorCommand) -> Callable[..., None]:
    """The function of the module's own command."""
    module, _, attribute = row.function.partition(":")
    function: Callable[..., None] = getattr(import_module(module), attribute)
    return function


def command_of(name: str, function: Callable[..., None], example: str | None = None) -> Any:
    """The command that runs the function, as a group wants it; `example` is a command line that runs."""
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command(name, epilog=None if example is None else f"Try: {example}")(function)
    return typer.main.get_command(app)
