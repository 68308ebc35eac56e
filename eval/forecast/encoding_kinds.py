"""The positional encodings that the forecast tells apart, and the programs that each of them allows.

Runs of one kind are counted together: widths, and the number of positions, are not told apart.
"""

from typing import Final, Literal, TypeAlias, assert_never, cast

from crasp.regular.families.family import Family, includes
from eval.encodings.family_ladder import allowed_family
from eval.forecast.rungs import NO_FAMILY, RungName
from tasks.position_schemes import (
    LinearBiases,
    PositionScheme,
    RandomizedPositions,
    RotaryPositions,
    SinusoidalPositions,
)
from tasks.task import ENCODINGS, Encoding

OtherKind: TypeAlias = Literal["sinusoidal", "sinusoidal:modulus", "rope", "rope:modulus", "alibi", "randomized"]
EncodingKind: TypeAlias = Encoding | OtherKind

OTHER_KINDS: Final[tuple[OtherKind, ...]] = (
    "sinusoidal",
    "sinusoidal:modulus",
    "rope",
    "rope:modulus",
    "alibi",
    "randomized",
)
KINDS: Final[tuple[EncodingKind, ...]] = (*ENCODINGS, *OTHER_KINDS)
STOCK_BASE: Final = 10_000.0


def kind_of(pe: Encoding, scheme: PositionScheme | None) -> EncodingKind | None:
    """The kind of an encoding; None if it is none of these, because its angles or slopes are unusual.

    Args:
        pe: Whether the model has positions; read only without a scheme.
        scheme: The encoding, if it is another one than APE and NoPE.
    """
    match scheme:
        case None:
            return pe
        case RotaryPositions():
            return "rope:modulus" if scheme.modulus is not None else _stock("rope", scheme.base)
        case SinusoidalPositions():
            return "sinusoidal:modulus" if scheme.modulus is not None else _stock("sinusoidal", scheme.base)
        case LinearBiases():
            return "alibi" if scheme.slopes is None else None
        case RandomizedPositions():
            return "randomized"
        case other:
            assert_never(other)


def _stock(kind: OtherKind, base: float) -> OtherKind | None:
    return kind if base == STOCK_BASE else None


def allows(kind: EncodingKind, rung: RungName) -> bool:
    """Whether a transformer of this kind is known to do what the programs of this rung do.

    Rational angles are taken to tell the residues that the program needs. Stock slopes lose what is far away, so even
    for counts it is not known.
    """
    family: Family
    match kind:
        case "ape" | "nope":
            family = allowed_family(kind)
        case "sinusoidal:modulus" | "rope:modulus":
            family = "periodic"
        case "sinusoidal" | "rope" | "randomized":
            family = "plain"
        case "alibi":
            return False
        case other:
            assert_never(other)
    return rung != NO_FAMILY and includes(family, cast(Family, rung))
