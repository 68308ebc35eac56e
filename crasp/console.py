"""The arguments that the commands of this package share."""

from typing import Annotated

import typer

File = Annotated[str, typer.Argument(metavar="FILE", help="A program's file, or lib:NAME for one of the library.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]
