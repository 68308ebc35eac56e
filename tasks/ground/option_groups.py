"""Groups of command-line options that a command takes as one parameter."""

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any


def with_options(**makers: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that gives a command the options of each maker in place of its parameter of that name.

    The command gets what the maker returns for the options.

    Args:
        makers: For each parameter a function or data class. Its own parameters are the options, with their types and
            defaults.
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

        # typer reads both: order and defaults from the signature, types from the annotations.
        given.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        given.__annotations__ = {each.name: each.annotation for each in parameters}
        return given

    return grouped
