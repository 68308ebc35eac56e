"""Grammar G of docs/learn.md, whose formulas are enumerated, with its bounds."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from tasks.ground.console import RefusedError

FRAGMENTS = ("plain", "local", "periodic", "periodic_local")
MOST_MODULUS, MOST_WINDOW_LETTERS = 64, 64  # larger ones are in no short program


@dataclass(frozen=True)
class Grammar:
    """The bounds of grammar G.

    Attributes:
        coefficients: The largest coefficient in a comparison of two counts. One of the two counts has 1 or -1.
        constants: The largest absolute value of the constant in a comparison.
        counts: How many counts a comparison may have: 1, 2 or 3.
        lags: How many positions back a Boolean may be read.
        windows: The numbers c for which counts over i - c <= j <= i are allowed.
        moduli: The moduli m of the residues `i % m = r`.
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
        """The family of programs that the formulas belong to."""
        local, periodic = bool(self.lags or self.windows), bool(self.moduli)
        return FRAGMENTS[2 * periodic + local]

    @property
    def in_words(self) -> str:
        """The bounds as a phrase."""
        parts = [f"{self.counts} counts, coefficients to {self.coefficients}, constants to {self.constants}"]
        parts += [f"lags {_listed(self.lags)}"] if self.lags else []
        parts += [f"windows {_listed(self.windows)}"] if self.windows else []
        parts += [f"residues of {_listed(self.moduli)}"] if self.moduli else []
        return ", ".join(parts)


def grammar_of_record(record: dict[str, Any]) -> Grammar:
    """The bounds that `Grammar.record` wrote.

    Raises:
        ValueError: A bound is missing, or is not one that is searched.
    """
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
    """The grammar of a family of programs.

    Args:
        fragment: The family: plain, local, periodic or periodic_local.
        window: The largest lag and the largest window, for families with look-back.
        moduli: The moduli, for families with residues.

    Raises:
        RefusedError: One of them is not allowed; the message names the option of `crasp learn`.
    """
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
