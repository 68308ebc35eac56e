"""Which formulas are looked at: grammar G of docs/learn.md, with its bounds."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from tasks.ground.console import RefusedError

FRAGMENTS = ("plain", "local", "periodic", "periodic_local")
MOST_MODULUS, MOST_WINDOW_LETTERS = 64, 64  # a residue or a letter farther back than this is no short program's


@dataclass(frozen=True)
class Grammar:
    """The bounds of G.

    Attributes:
        coefficients: The largest coefficient in a comparison of two counts; there one of the two is 1 or -1.
        constants: The largest constant of a comparison, by its size.
        counts: How many counts a comparison may have: 1, 2 or 3.
        lags: How far back a letter or a Boolean may be looked at.
        windows: The c of the counts over i - c <= j <= i.
        moduli: The m of the residues.
    """

    coefficients: int = 2
    constants: int = 3
    counts: int = 3
    lags: tuple[int, ...] = ()
    windows: tuple[int, ...] = ()
    moduli: tuple[int, ...] = ()

    def record(self) -> dict[str, Any]:
        """The bounds as JSON data."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @property
    def fragment(self) -> str:
        """The family of programs that it belongs to."""
        local, periodic = bool(self.lags or self.windows), bool(self.moduli)
        return FRAGMENTS[2 * periodic + local]

    @property
    def in_words(self) -> str:
        """The bounds for a person."""
        parts = [f"{self.counts} counts, coefficients to {self.coefficients}, constants to {self.constants}"]
        parts += [f"lags {_listed(self.lags)}"] if self.lags else []
        parts += [f"windows {_listed(self.windows)}"] if self.windows else []
        parts += [f"residues of {_listed(self.moduli)}"] if self.moduli else []
        return ", ".join(parts)


def grammar_of_record(record: dict[str, Any]) -> Grammar:
    """The bounds that `Grammar.record` wrote; ValueError unless each is one that is searched."""
    numbers = {"coefficients": (1, 2), "constants": (0, 3), "counts": (1, 3)}
    lists = {"lags": (1, MOST_WINDOW_LETTERS), "windows": (1, MOST_WINDOW_LETTERS), "moduli": (2, MOST_MODULUS)}
    if set(record) != {*numbers, *lists}:
        raise ValueError("a grammar has these bounds: " + ", ".join((*numbers, *lists)))
    for key, (least, most) in (numbers | lists).items():
        values = record[key] if key in lists else [record[key]]
        if not all(type(value) is int and least <= value <= most for value in values) or len(set(values)) < len(values):
            raise ValueError(f"{key}: expected different numbers from {least} to {most}")
    fields: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in record.items()}
    return Grammar(**fields)


def grammar_of_fragment(fragment: str, *, window: int = 2, moduli: tuple[int, ...] = (2, 3, 4)) -> Grammar:
    """G with what the fragment has beyond plain counting: lags and windows to `window`, residues of `moduli`."""
    if fragment not in FRAGMENTS:
        raise RefusedError(f"--fragment: expected one of {', '.join(FRAGMENTS)}, found {fragment or 'nothing'}")
    if not 1 <= window <= MOST_WINDOW_LETTERS:
        raise RefusedError(f"--window: expected a number from 1 to {MOST_WINDOW_LETTERS}, found {window}")
    if not moduli or not all(2 <= modulus <= MOST_MODULUS for modulus in moduli):
        raise RefusedError(f"--moduli: expected numbers from 2 to {MOST_MODULUS}, found {_listed(moduli)}")
    grammar, back = Grammar(), tuple(range(1, window + 1))
    if "local" in fragment:
        grammar = replace(grammar, lags=back, windows=back)
    if "periodic" in fragment:
        grammar = replace(grammar, moduli=tuple(dict.fromkeys(moduli)))
    return grammar


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers))
