"""JSON that people bring: an object that has a key twice is refused, since one of its two values would be lost."""

import json
from typing import Any, TypeAlias

JsonPath: TypeAlias = tuple[str | int, ...]


class RepeatedKeyError(ValueError):
    """An object has a key twice; the message has the path of keys to it."""


def read_json_text(text: str | bytes) -> Any:
    """Return the value that a JSON text holds.

    Args:
        text: The text, or its bytes in UTF-8.

    Raises:
        RepeatedKeyError: An object has a key twice.
        ValueError: The text is no JSON, or has a number of too many digits. A `json.JSONDecodeError` has the place.
        RecursionError: The value is nested too deeply.
    """
    repeated = list[_Repeated]()

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        repeated.append(_Repeated(found, pairs))
        return repeated[-1]

    value = json.loads(text, object_pairs_hook=object_of)
    if repeated:
        raise RepeatedKeyError(f"`{shown_path(_path_to_repeated(value))}` is given twice")
    return value


def shown_path(path: JsonPath) -> str:
    """Return the path as programs write it, such as `delta.even["a b"][3]`."""
    shown = ""
    for key in path:
        if isinstance(key, int):
            shown += f"[{key}]"
        elif key.isidentifier() or (key.isalnum() and shown):
            shown += f".{key}" if shown else key
        else:
            shown += f"[{json.dumps(key, ensure_ascii=False)}]"
    return shown


class _Repeated(dict[str, Any]):
    """A JSON object in which the key `twice` occurs twice."""

    def __init__(self, found: dict[str, Any], pairs: list[tuple[str, Any]]) -> None:
        super().__init__(found)
        seen = set[str]()
        self.twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]


def _path_to_repeated(value: Any) -> JsonPath:
    """Return the path to a key that its object has twice; the value holds such an object."""
    waiting: list[tuple[JsonPath, Any]] = [((), value)]
    while True:
        path, each = waiting.pop()
        if isinstance(each, _Repeated):
            return (*path, each.twice)
        inside = each.items() if isinstance(each, dict) else enumerate(each)
        waiting += [((*path, key), held) for key, held in inside if isinstance(held, dict | list)]
