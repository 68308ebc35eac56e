"""A model's positional encoding: it is read for the model's shape, checked against it, and named. Imports no torch."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, assert_never, cast

from tasks.ground.console import RefusedError
from tasks.position_schemes import (
    MOST_ROTATED_COORDINATES,
    SCHEMES,
    EncodingName,
    LinearBiases,
    PositionScheme,
    RandomizedPositions,
    RotaryPositions,
    SinusoidalPositions,
    read_scheme,
    scheme_from_record,
    scheme_name,
    scheme_text,
    scheme_title,
    telling_parameters,
)
from tasks.task import ENCODINGS


class EncodingError(ValueError):
    """No model of the shape has such an encoding; the message says why."""


def encoding_for(text: str, *, heads: int, width: int) -> tuple[EncodingName, PositionScheme | None]:
    """Return the name and the parameters of the encoding that a text names, for a model of this shape.

    Parameters that the text leaves out follow from the shape: RoPE turns a whole head, up to 512 coordinates of it, and
    the sinusoidal table fills the whole stream. Both come in pairs, so the last coordinate of an odd width is left out.

    Args:
        text: The encoding as it stands after `--pe`.
        heads: The number of heads in a layer; 0 if it is not known.
        width: The width of the residual stream.

    Raises:
        EncodingError: There is no such encoding for this shape.
    """
    if text in ENCODINGS:
        return cast(EncodingName, text), None
    head = width // heads if heads and width % heads == 0 else 0
    turned = min(head - head % 2, MOST_ROTATED_COORDINATES)
    try:
        scheme = read_scheme(
            text,
            option="pe",
            usual={
                "rope": {"width": turned} if turned else {},
                "sinusoidal": {"width": width - width % 2} if width > 1 else {},
                "alibi": {"heads": heads} if 0 < heads & -heads == heads else {},
            },
        )
    except RefusedError as error:
        raise EncodingError(str(error)) from None
    if isinstance(scheme, LinearBiases) and scheme.scaling == "falcon" and scheme.width is None and head:
        scheme = replace(scheme, width=head)
    return scheme_name(scheme), canonical(scheme)


def canonical(scheme: PositionScheme) -> PositionScheme:
    """Return the same encoding without the parameters that it does not depend on.

    Equal encodings are then equal values, and give one run's identity.
    """
    record = telling_parameters(scheme)
    return scheme_from_record(scheme_name(scheme), record, "pe")


def scheme_of_record(name: str, record: object) -> PositionScheme | None:
    """Return the parameters of an encoding from the record that `telling_parameters` gave; None for None.

    Raises:
        EncodingError: The record is not valid; the message says what is wrong.
    """
    if record is None:
        return None
    if name not in SCHEMES or not isinstance(record, Mapping):
        raise EncodingError(f"scheme: expected the parameters of an encoding, found {record!r} for pe={name}")
    try:
        return canonical(scheme_from_record(cast(Any, name), record, f"scheme of {name}"))
    except RefusedError as error:
        raise EncodingError(str(error)) from None


def check_encoding(pe: EncodingName, scheme: PositionScheme | None, *, heads: int, width: int, positions: int) -> None:
    """Raise EncodingError if no model of the shape has the encoding."""
    if scheme is None or pe in ENCODINGS:
        if (scheme is None) != (pe in ENCODINGS):
            raise EncodingError(f"pe={pe} and its parameters {scheme} do not go together")
        return
    if scheme_name(scheme) != pe or canonical(scheme) != scheme:
        raise EncodingError(f"pe={pe}: expected its own parameters, found {scheme}")
    problem = _problem(scheme, heads, width, positions)
    if problem is not None:
        raise EncodingError(f"pe={scheme_text(scheme)}: {problem}")


def _problem(scheme: PositionScheme, heads: int, width: int, positions: int) -> str | None:
    head = width // heads
    match scheme:
        case RotaryPositions():
            if head == 1:
                return (
                    "RoPE turns pairs of coordinates, and each head here has only one: take fewer heads, or more width"
                )
            if scheme.width > head:
                return f"width: expected at most {head}, the coordinates of a head, found {scheme.width}"
            if scheme.modulus == 1:
                return (
                    "modulus: expected a number from 2; angles that are multiples of 2 pi turn nothing, as with pe=nope"
                )
        case SinusoidalPositions():
            if width == 1:
                return "a sine and a cosine are two coordinates, and the model has only one: take more width"
            if scheme.width > width:
                return f"width: expected at most {width}, the width of the model, found {scheme.width}"
        case LinearBiases():
            return _linear_problem(scheme, heads, head)
        case RandomizedPositions():
            if positions != scheme.largest:
                return f"largest: expected the model's positions, {positions}, found {scheme.largest}"
        case _:
            assert_never(scheme)
    return None


def _linear_problem(scheme: LinearBiases, heads: int, head: int) -> str | None:
    if scheme.slopes is not None:
        found = len(scheme.slopes)
        return None if found == heads else f"slopes: expected one for each of {heads} heads, found {found}"
    if heads & (heads - 1):
        return f"heads: slopes are published for a power of two, and the model has {heads} heads; give the slopes"
    if scheme.heads != heads:
        return f"heads: expected the model's {heads}, found {scheme.heads}; or give the slopes"
    if scheme.scaling == "falcon":
        if scheme.width != head:
            return f"width: expected {head}, the coordinates of a head, found {scheme.width}"
        if head % 2:
            return f"scaling: Falcon has heads of even width alone, these have {head} coordinates"
    return None


def encoding_title(pe: EncodingName, scheme: PositionScheme | None) -> str:
    """Return the encoding with its parameters as tables name it."""
    return ENCODINGS[pe] if scheme is None else scheme_title(scheme)  # type: ignore[index]


def smallest_shape(scheme: PositionScheme | None) -> tuple[int, int]:
    """Return the fewest heads and the smallest width of a model that can have the encoding."""
    match scheme:
        case RotaryPositions() | SinusoidalPositions():
            return 1, scheme.width
        case LinearBiases():
            heads = len(scheme.in_use)
            return heads, heads * (scheme.head_width if scheme.scaling == "falcon" else 1)
        case RandomizedPositions() | None:
            return 1, 1
        case _:
            assert_never(scheme)


def has_stock_class(scheme: PositionScheme | None) -> bool:
    """Return whether transformers can load a model with this encoding. It cannot if the slopes of ALiBi are chosen."""
    return not (isinstance(scheme, LinearBiases) and scheme.slopes is not None)
