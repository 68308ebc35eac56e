"""Options that a command takes as one value: its parameter of that name is made of the options of a maker."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any


def with_options(**makers: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The command with the options of each maker in place of its parameter of that name, which is what the maker makes.

    Args:
        makers: For each name a function or a data class, whose parameters are options, with their kinds and defaults.
    """

    def grouped(command: Callable[..., None]) -> Callable[..., None]:
        options = {name: tuple(signature(maker).parameters.values()) for name, maker in makers.items()}
        parameters = [
            part.replace(kind=Parameter.KEYWORD_ONLY)
            for each in signature(command).parameters.values()
            for part in options.get(each.name, (each,))
        ]

        @wraps(command)
        def given(**arguments: Any) -> None:
            made = {
                name: make(**{each.name: arguments.pop(each.name, each.default) for each in options[name]})
                for name, make in makers.items()
            }
            command(**made, **arguments)

        # typer reads both: the order and the defaults of the one, the kinds of the other.
        given.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        given.__annotations__ = {each.name: each.annotation for each in parameters}
        return given

    return grouped
