"""The options that the commands of this package share."""

from typing import Annotated

import typer

TaskName = Annotated[str | None, typer.Option(metavar="TASK", help="A task's name; `python -m tasks list` shows them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]
