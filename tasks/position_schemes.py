"""Positional encodings beside APE and NoPE, with parameters, as a person gives them: `rope:base=500000,width=32`.

The formulas: sinusoidal positions have angles base^(-2c/width), c = 0, 1, ... (Vaswani et al. 2017); rotary ones turn
as many coordinates of each head by the same angles (RoPE, Su et al. 2021); ALiBi takes a slope times the distance from
a score (Press et al. 2022); randomised positions are sorted draws from a longer range (Ruoss et al. 2023).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, assert_never

from tasks.ground.console import RefusedError
from tasks.task import ENCODINGS, Encoding

SchemeName: TypeAlias = Literal["rope", "alibi", "sinusoidal", "randomized"]
EncodingName: TypeAlias = Encoding | SchemeName
SlopeScaling: TypeAlias = Literal["published", "falcon"]
MOST_WIDTH, MOST_ROTATED_COORDINATES = 4096, 512  # coordinates: of a model; of one head
MOST_HEADS = 256
MOST_MODULUS, MOST_POSITIONS = 10**6, 10**9  # tokens
MOST_BASE, STEEPEST_SLOPE = 1e30, 1e4
USUAL_WIDTH = 64  # coordinates of a head
SCALINGS: tuple[SlopeScaling, ...] = ("published", "falcon")


@dataclass(frozen=True)
class RotaryPositions:
    """RoPE: `width` coordinates of each head are turned, by stock angles, or by multiples of 2 pi / modulus."""

    base: float = 10_000.0
    width: int = USUAL_WIDTH
    modulus: int | None = None


@dataclass(frozen=True)
class SinusoidalPositions:
    """A fixed table of sines and cosines, with stock angles, or with multiples of 2 pi / modulus."""

    base: float = 10_000.0
    width: int = USUAL_WIDTH
    modulus: int | None = None


@dataclass(frozen=True)
class LinearBiases:
    """ALiBi: each head's score falls by its slope for each token of distance; without slopes the published ones.

    With Falcon's scaling they are the published ones over the root of a head's `width`, which goes with it alone.
    """

    heads: int = 8
    slopes: tuple[float, ...] | None = None
    scaling: SlopeScaling = "published"
    width: int | None = None

    @property
    def in_use(self) -> tuple[float, ...]:
        """The slope of each head: 2^(-8 t / heads), t = 1, 2, ..., where none were chosen, scaled."""
        if self.slopes is not None:
            return self.slopes
        root = math.sqrt(self.head_width) if self.scaling == "falcon" else 1.0
        return tuple(2.0 ** (-8 * t / self.heads) / root for t in range(1, self.heads + 1))

    @property
    def head_width(self) -> int:
        """How many coordinates a head has, for the scaling."""
        return USUAL_WIDTH if self.width is None else self.width


@dataclass(frozen=True)
class RandomizedPositions:
    """Positions are drawn for each word from `largest` many, and sorted."""

    largest: int = 2048


PositionScheme: TypeAlias = RotaryPositions | SinusoidalPositions | LinearBiases | RandomizedPositions
SCHEMES: dict[SchemeName, type[PositionScheme]] = {
    "rope": RotaryPositions,
    "alibi": LinearBiases,
    "sinusoidal": SinusoidalPositions,
    "randomized": RandomizedPositions,
}
TITLES: dict[SchemeName, str] = {
    "rope": "RoPE",
    "alibi": "ALiBi",
    "sinusoidal": "sinusoidal positions",
    "randomized": "randomised positions",
}


def scheme_name(scheme: PositionScheme) -> SchemeName:
    """What the commands call it."""
    return next(name for name, kind in SCHEMES.items() if isinstance(scheme, kind))


def scheme_parameters(scheme: PositionScheme) -> dict[str, float | int | list[float] | None]:
    """The parameters as JSON data."""
    found = {field.name: getattr(scheme, field.name) for field in fields(scheme)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def scheme_title(scheme: PositionScheme) -> str:
    """The encoding with its parameters, as tables and texts call it."""
    given = telling_parameters(scheme)
    if isinstance(scheme, RotaryPositions | SinusoidalPositions) and scheme.modulus is not None:
        given = {"modulus": scheme.modulus}
    if isinstance(scheme, LinearBiases) and scheme.scaling == "falcon":
        return f"{TITLES['alibi']} (heads {scheme.heads}, of Falcon)"
    shown = [f"{name} {_shown(value)}" for name, value in given.items()]
    return f"{TITLES[scheme_name(scheme)]} ({', '.join(shown)})"


def telling_parameters(scheme: PositionScheme) -> dict[str, Any]:
    """The parameters that the encoding depends on: slopes or heads, a base or a modulus, as JSON data."""
    match scheme:
        case LinearBiases():
            if scheme.slopes is not None:
                return {"slopes": list(scheme.slopes)}
            falcon = {"scaling": scheme.scaling, "width": scheme.head_width} if scheme.scaling == "falcon" else {}
            return {"heads": scheme.heads, **falcon}
        case RotaryPositions() | SinusoidalPositions():
            turned = {"base": float(scheme.base)} if scheme.modulus is None else {"modulus": scheme.modulus}
            return {**turned, "width": scheme.width}
        case RandomizedPositions():
            return {"largest": scheme.largest}
        case _:
            assert_never(scheme)


def _shown(value: float | list[float]) -> str:
    return " ".join(f"{each:,g}" for each in value) if isinstance(value, list) else f"{value:,g}"


def scheme_from_record(name: SchemeName, record: Mapping[str, Any], place: str) -> PositionScheme:
    """The encoding whose `telling_parameters` these are; RefusedError names what is wrong with them."""
    kind = SCHEMES[name]
    unknown = sorted(set(record) - {field.name for field in fields(kind)})
    if unknown:
        raise RefusedError(f"{place}: {', '.join(unknown)}: {name} has {', '.join(f.name for f in fields(kind))}")
    values = dict(record)
    for key, value in record.items():
        wanted = (
            (list, tuple) if key == "slopes" else str if key == "scaling" else (int, float) if key == "base" else int
        )
        each = value if key == "slopes" and isinstance(value, list | tuple) else []
        numbers = all(isinstance(slope, int | float) and not isinstance(slope, bool) for slope in each)
        if not isinstance(value, wanted) or isinstance(value, bool) or not numbers:
            raise RefusedError(f"{place}: {key}: found {value!r}")
        if key == "slopes":
            values[key] = tuple(map(float, each))
    return checked_scheme(kind(**values), place)


def scheme_text(scheme: PositionScheme) -> str:
    """The encoding as a person gives it, which `read_scheme` reads back to one that computes the same."""
    parts = []
    for name, value in telling_parameters(scheme).items():
        values = [f"{each:.17g}" if isinstance(each, float) else str(each) for each in _as_list(value)]
        parts.append(f"{name}={','.join(values)}")
    return f"{scheme_name(scheme)}:{','.join(parts)}"


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def read_scheme(
    text: str, *, option: str = "--pe", usual: Mapping[SchemeName, Mapping[str, int]] | None = None
) -> PositionScheme:
    """The encoding of a text, `name` or `name:parameter=value,...`; a list of slopes goes on after commas.

    Args:
        text: What a person gave.
        option: What it was given to, for messages.
        usual: What parameters are that are not given, by encoding; None for what the classes say.

    Raises:
        RefusedError: No encoding has the name, it has no such parameter, or a value cannot be.
    """
    name, colon, rest = text.partition(":")
    if colon and name in ENCODINGS:
        raise RefusedError(f"{option} {text}: {name} has no parameters")
    if name not in SCHEMES:
        raise RefusedError(f"{option}: expected {', '.join((*ENCODINGS, *SCHEMES))}, found {text or 'nothing'}")
    place = f"{option} {text}"
    kind = SCHEMES[name]
    known = [field.name for field in fields(kind)]
    given: dict[str, list[str]] = {}
    last = None
    for part in rest.split(",") if colon else []:
        key, equals, value = part.partition("=")
        if equals:
            if key in given:
                raise RefusedError(f"{place}: {key} is given twice")
            if key not in known:
                raise RefusedError(
                    f"{place}: {name} has no parameter {key or 'without a name'}: it has {', '.join(known)}"
                )
            last, given[key] = key, [value]
        elif last is None:
            raise RefusedError(f"{place}: expected parameter=value, found {part or 'nothing'}")
        else:
            given[last].append(part)
    values: dict[str, Any] = {key: _value(place, key, parts) for key, parts in given.items()}
    return checked_scheme(kind(**(dict((usual or {}).get(name, {})) | values)), place)


def _value(place: str, key: str, values: list[str]) -> float | int | str | tuple[float, ...]:
    try:
        if key == "slopes":
            return tuple(float(value) for value in values)
        (value,) = values
        if key == "scaling":
            return value
        return float(value) if key == "base" else int(value)
    except ValueError:
        what = "numbers" if key == "slopes" else "a number" if key == "base" else "a whole number"
        raise RefusedError(f"{place}: {key}: expected {what}, found {','.join(values) or 'nothing'}") from None


def checked_scheme(scheme: PositionScheme, place: str) -> PositionScheme:
    """The encoding, if its parameters can be; RefusedError names the one that cannot."""

    def check(good: bool, what: str) -> None:
        if not good:
            raise RefusedError(f"{place}: {what}")

    match scheme:
        case RotaryPositions() | SinusoidalPositions():
            check(
                1 < scheme.base <= MOST_BASE,
                f"base: expected a number over 1, up to {MOST_BASE:g}, found {scheme.base}",
            )
            most = MOST_ROTATED_COORDINATES if isinstance(scheme, RotaryPositions) else MOST_WIDTH
            even = 2 <= scheme.width <= most and scheme.width % 2 == 0
            check(even, f"width: expected an even number from 2 to {most:,}, found {scheme.width}")
            check(
                scheme.modulus is None or 1 <= scheme.modulus <= MOST_MODULUS,
                f"modulus: expected a number from 1 to {MOST_MODULUS:,}, found {scheme.modulus}",
            )
        case LinearBiases():
            _check_linear(scheme, check)
        case RandomizedPositions():
            check(
                1 <= scheme.largest <= MOST_POSITIONS,
                f"largest: expected a number from 1 to {MOST_POSITIONS:,}, found {scheme.largest}",
            )
        case _:
            assert_never(scheme)
    return scheme


def _check_linear(scheme: LinearBiases, check: Callable[[bool, str], None]) -> None:
    power = 1 <= scheme.heads <= MOST_HEADS and scheme.heads & (scheme.heads - 1) == 0
    check(power, f"heads: expected a power of two up to {MOST_HEADS}, found {scheme.heads}")
    check(scheme.scaling in SCALINGS, f"scaling: expected {' or '.join(SCALINGS)}, found {scheme.scaling}")
    falcon = scheme.scaling == "falcon"
    check(not falcon or scheme.slopes is None, "scaling: not together with slopes, which are as they are given")
    check(falcon or scheme.width is None, "width: goes with scaling=falcon alone")
    check(
        1 <= scheme.head_width <= MOST_WIDTH, f"width: expected a number from 1 to {MOST_WIDTH:,}, found {scheme.width}"
    )
    check(
        all(0 <= slope <= STEEPEST_SLOPE for slope in scheme.in_use),
        f"slopes: expected numbers from 0 to {STEEPEST_SLOPE:,g}, found {' '.join(f'{s:g}' for s in scheme.in_use)}",
    )
