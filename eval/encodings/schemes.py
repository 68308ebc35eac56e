"""Positional encodings beside APE and NoPE, with parameters, as a person gives them: `rope:base=500000,width=32`.

The formulas: sinusoidal positions have angles base^(-2c/width), c = 0, 1, ... (Vaswani et al. 2017); rotary ones turn
as many coordinates of each head by the same angles (RoPE, Su et al. 2021); ALiBi takes a slope times the distance from
a score (Press et al. 2022); randomised positions are sorted draws from a longer range (Ruoss et al. 2023).
"""

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

from tasks.ground.console import RefusedError

SchemeName: TypeAlias = Literal["rope", "alibi", "sinusoidal", "randomized"]
MOST_WIDTH, MOST_ROTATED = 4096, 512  # coordinates: of a model; of one head
MOST_HEADS = 256


@dataclass(frozen=True)
class RotaryPositions:
    """RoPE: `width` coordinates of each head are turned, by stock angles, or by multiples of 2 pi / modulus."""

    base: float = 10_000.0
    width: int = 64
    modulus: int | None = None


@dataclass(frozen=True)
class SinusoidalPositions:
    """A fixed table of sines and cosines, with stock angles, or with multiples of 2 pi / modulus."""

    base: float = 10_000.0
    width: int = 64
    modulus: int | None = None


@dataclass(frozen=True)
class LinearBiases:
    """ALiBi: each head's score falls by its slope for each token of distance; without slopes the published ones."""

    heads: int = 8
    slopes: tuple[float, ...] | None = None

    @property
    def in_use(self) -> tuple[float, ...]:
        """The slope of each head: 2^(-8 t / heads), t = 1, 2, ..., where none were chosen."""
        if self.slopes is not None:
            return self.slopes
        return tuple(2.0 ** (-8 * t / self.heads) for t in range(1, self.heads + 1))


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
    given = {name: value for name, value in scheme_parameters(scheme).items() if value is not None}
    if isinstance(scheme, LinearBiases) and scheme.slopes is not None:
        del given["heads"]
    if isinstance(scheme, RotaryPositions | SinusoidalPositions) and scheme.modulus is not None:
        given = {"modulus": scheme.modulus}
    shown = [f"{name} {_shown(value)}" for name, value in given.items()]
    return f"{TITLES[scheme_name(scheme)]} ({', '.join(shown)})"


def _shown(value: float | list[float]) -> str:
    return " ".join(f"{each:,g}" for each in value) if isinstance(value, list) else f"{value:,g}"


def read_scheme(text: str, *, option: str = "--pe") -> PositionScheme:
    """The encoding of a text, `name` or `name:parameter=value,...`; a list of slopes goes on after commas.

    Args:
        text: What a person gave.
        option: What it was given to, for messages.

    Raises:
        RefusedError: No encoding has the name, it has no such parameter, or a value cannot be.
    """
    name, colon, rest = text.partition(":")
    if name not in SCHEMES:
        raise RefusedError(f"{option}: expected ape, nope, {', '.join(SCHEMES)}, found {text}")
    place = f"{option} {text}"
    kind = SCHEMES[name]
    known = [field.name for field in fields(kind)]
    given: dict[str, list[str]] = {}
    last = None
    for part in rest.split(",") if colon else []:
        key, equals, value = part.partition("=")
        if equals:
            if key not in known or key in given:
                said = "twice" if key in given else f"{name} has {', '.join(known)}"
                raise RefusedError(f"{place}: {key or 'a name'} before `=`: {said}")
            last, given[key] = key, [value]
        elif last is None:
            raise RefusedError(f"{place}: expected parameter=value, found {part or 'nothing'}")
        else:
            given[last].append(part)
    values: dict[str, Any] = {key: _value(place, key, parts) for key, parts in given.items()}
    return checked_scheme(kind(**values), place)


def _value(place: str, key: str, values: list[str]) -> float | int | tuple[float, ...]:
    try:
        if key == "slopes":
            return tuple(float(value) for value in values)
        (value,) = values
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
            check(1 < scheme.base < math.inf, f"base: expected a number over 1, found {scheme.base:g}")
            most = MOST_ROTATED if isinstance(scheme, RotaryPositions) else MOST_WIDTH
            even = 2 <= scheme.width <= most and scheme.width % 2 == 0
            check(even, f"width: expected an even number from 2 to {most:,}, found {scheme.width}")
            check(
                scheme.modulus is None or scheme.modulus >= 1,
                f"modulus: expected a number from 1, found {scheme.modulus}",
            )
        case LinearBiases():
            power = 1 <= scheme.heads <= MOST_HEADS and scheme.heads & (scheme.heads - 1) == 0
            check(power, f"heads: expected a power of two up to {MOST_HEADS}, found {scheme.heads}")
            check(
                all(0 <= slope < math.inf for slope in scheme.in_use),
                f"slopes: expected numbers from 0, found {' '.join(f'{s:g}' for s in scheme.in_use)}",
            )
        case RandomizedPositions():
            check(scheme.largest >= 1, f"largest: expected a number from 1, found {scheme.largest}")
    return scheme
