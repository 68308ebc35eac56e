"""Positional encodings other than APE and NoPE, with parameters, as a person writes them: `rope:base=500000,width=32`.

Sinusoidal positions have the angles base^(-2c/width), c = 0, 1, ... (Vaswani et al. 2017). RoPE rotates pairs of
coordinates of each head by the same angles (Su et al. 2021). ALiBi subtracts from a score a slope times the distance
(Press et al. 2022). Randomised positions are a sorted draw from a longer range (Ruoss et al. 2023).
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
MOST_WIDTH, MOST_ROTATED_COORDINATES = 4096, 512  # coordinates of a model; rotated coordinates of one head
MOST_HEADS = 256
MOST_MODULUS, MOST_POSITIONS = 10**6, 10**9  # tokens
LEAST_POSITIONS = 2  # tokens: the shortest word is one letter after the begin token
MOST_BASE, STEEPEST_SLOPE = 1e30, 1e4
USUAL_WIDTH = 64  # coordinates of a head
SCALINGS: tuple[SlopeScaling, ...] = ("published", "falcon")


@dataclass(frozen=True)
class RotaryPositions:
    """RoPE on `width` coordinates of each head.

    The angles are the usual ones of `base`, or with a `modulus` multiples of 2 pi / modulus.
    """

    base: float = 10_000.0
    width: int = USUAL_WIDTH
    modulus: int | None = None


@dataclass(frozen=True)
class SinusoidalPositions:
    """A fixed table of sines and cosines with `width` coordinates.

    The angles are the usual ones of `base`, or with a `modulus` multiples of 2 pi / modulus.
    """

    base: float = 10_000.0
    width: int = USUAL_WIDTH
    modulus: int | None = None


@dataclass(frozen=True)
class LinearBiases:
    """ALiBi: the score of each head falls by the head's slope for each token of distance.

    Without `slopes` the slopes are the published ones. With the scaling "falcon" these are divided by the square root
    of a head's `width`; `width` is used for this scaling alone.
    """

    heads: int = 8
    slopes: tuple[float, ...] | None = None
    scaling: SlopeScaling = "published"
    width: int | None = None

    @property
    def in_use(self) -> tuple[float, ...]:
        """The slope of each head: the chosen one, or 2^(-8 t / heads) for t = 1, 2, ..., scaled."""
        if self.slopes is not None:
            return self.slopes
        root = math.sqrt(self.head_width) if self.scaling == "falcon" else 1.0
        return tuple(2.0 ** (-8 * t / self.heads) / root for t in range(1, self.heads + 1))

    @property
    def head_width(self) -> int:
        """The number of coordinates of a head that the scaling uses."""
        return USUAL_WIDTH if self.width is None else self.width


@dataclass(frozen=True)
class RandomizedPositions:
    """Positions of each word are a sorted draw from `largest` many."""

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
    """Return the name by which commands call the encoding."""
    return next(name for name, kind in SCHEMES.items() if isinstance(scheme, kind))


def scheme_parameters(scheme: PositionScheme) -> dict[str, float | int | list[float] | None]:
    """Return all parameters of the encoding as JSON data."""
    found = {field.name: getattr(scheme, field.name) for field in fields(scheme)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}


def scheme_title(scheme: PositionScheme) -> str:
    """Return the encoding with its parameters, as tables and texts call it."""
    given = telling_parameters(scheme)
    if isinstance(scheme, RotaryPositions | SinusoidalPositions) and scheme.modulus is not None:
        given = {"modulus": scheme.modulus}
    if isinstance(scheme, LinearBiases) and scheme.scaling == "falcon":
        return f"{TITLES['alibi']} (heads {scheme.heads}, of Falcon)"
    shown = [f"{name} {_shown(value)}" for name, value in given.items()]
    return f"{TITLES[scheme_name(scheme)]} ({', '.join(shown)})"


def telling_parameters(scheme: PositionScheme) -> dict[str, Any]:
    """Return, as JSON data, only the parameters that the encoding depends on: slopes or heads, a base or a modulus."""
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
    if isinstance(value, int):
        return f"{value:,}"
    return " ".join(f"{each:,g}" for each in value) if isinstance(value, list) else f"{value:,g}"


def scheme_from_record(name: SchemeName, record: Mapping[str, Any], place: str) -> PositionScheme:
    """Return the encoding with these parameters; `telling_parameters` is the inverse.

    Args:
        name: The name of the encoding.
        record: Its parameters, as JSON data.
        place: Where they come from, for messages.

    Raises:
        RefusedError: A parameter is unknown, of the wrong type, or out of range.
    """
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
    """Return the encoding as a person writes it; `read_scheme` reads the text as an encoding that computes the same."""
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
    """Return the encoding that a text names: `NAME` or `NAME:PARAMETER=VALUE,...`, a list of slopes with more commas.

    Args:
        text: What a person wrote.
        option: The option that the text was given to, for messages.
        usual: For each encoding the values of parameters that are not given; None: the defaults of the classes.

    Raises:
        RefusedError: No encoding has this name, it has no such parameter, or a value is out of range.
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
    _check_together(values, place)
    return checked_scheme(kind(**(dict((usual or {}).get(name, {})) | values)), place)


def _check_together(values: Mapping[str, Any], place: str) -> None:
    """Raise RefusedError if one of the given parameters has no effect beside another."""
    if "base" in values and "modulus" in values:
        raise RefusedError(f"{place}: base has no effect beside modulus, which gives the angles")
    if "heads" in values and len(values.get("slopes", [])) not in (0, values["heads"]):
        raise RefusedError(
            f"{place}: slopes: expected one for each of {values['heads']} heads, found {len(values['slopes'])}"
        )


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
    """Return the encoding, whose parameters are all in range.

    Raises:
        RefusedError: A parameter is out of range; the message begins with `place` and names it.
    """

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
                LEAST_POSITIONS <= scheme.largest <= MOST_POSITIONS,
                f"largest: expected a number from {LEAST_POSITIONS} to {MOST_POSITIONS:,}, because a word is a begin "
                f"token and at least one letter; found {scheme.largest}",
            )
        case _:
            assert_never(scheme)
    return scheme


def _check_linear(scheme: LinearBiases, check: Callable[[bool, str], None]) -> None:
    power = 1 <= scheme.heads <= MOST_HEADS and scheme.heads & (scheme.heads - 1) == 0
    check(power, f"heads: expected a power of two up to {MOST_HEADS}, found {scheme.heads}")
    check(scheme.scaling in SCALINGS, f"scaling: expected {' or '.join(SCALINGS)}, found {scheme.scaling}")
    falcon = scheme.scaling == "falcon"
    check(not falcon or scheme.slopes is None, "scaling does not go together with slopes: given slopes are not scaled")
    check(falcon or scheme.width is None, "width goes with scaling=falcon alone")
    check(
        1 <= scheme.head_width <= MOST_WIDTH, f"width: expected a number from 1 to {MOST_WIDTH:,}, found {scheme.width}"
    )
    check(
        all(0 <= slope <= STEEPEST_SLOPE for slope in scheme.in_use),
        f"slopes: expected numbers from 0 to {STEEPEST_SLOPE:,g}, found {' '.join(f'{s:g}' for s in scheme.in_use)}",
    )
