"""Random formulas of grammar G as text, with their size: written apart from the enumeration that they test."""

from dataclasses import dataclass

import numpy as np

from crasp.learning.grammar import Grammar


@dataclass(frozen=True)
class Drawn:
    """A formula's text at position i, and the size that docs/learn.md gives it."""

    text: str
    size: int


def draw_formula(rng: np.random.Generator, letters: str, grammar: Grammar, size: int, at: str = "i") -> Drawn:
    """A formula of at most this size, which is 1 at least."""
    kinds = ["atom"] + (["both"] * 2 if size >= 3 else []) + (["comparison"] * 5 if size >= 3 else [])
    kinds += ["lag"] if grammar.lags and size >= 3 else []
    if size >= 3:
        kinds.remove("atom")
    match kinds[rng.integers(len(kinds))]:
        case "atom":
            found = Drawn(_atom(rng, letters, grammar, at), 1)
        case "both":
            first = draw_formula(rng, letters, grammar, int(rng.integers(1, size - 1)), at)
            second = draw_formula(rng, letters, grammar, size - 1 - first.size, at)
            word = ("and", "or")[rng.integers(2)]
            found = Drawn(f"({first.text} {word} {second.text})", 1 + first.size + second.size)
        case "lag":
            inner, back = other(at), rng.choice(grammar.lags)
            body = draw_formula(rng, letters, grammar, size - 2, inner)
            found = Drawn(f"(#[{inner} <= {at}, {inner} = {at} - {back}] ({body.text}) = 1)", 2 + body.size)
        case _:
            found = _comparison(rng, letters, grammar, size, at)
    return Drawn(f"(not {found.text})", found.size) if rng.random() < 0.3 else found


def other(at: str) -> str:
    """Another position variable."""
    return "j" if at == "i" else "i"


def _atom(rng: np.random.Generator, letters: str, grammar: Grammar, at: str) -> str:
    atoms = [f"Q_{letter}({at})" for letter in letters] * 3 + ["true"]
    atoms += [f"({at} % {m} = {rng.integers(m)})" for m in grammar.moduli]
    return atoms[rng.integers(len(atoms))]


def _comparison(rng: np.random.Generator, letters: str, grammar: Grammar, size: int, at: str) -> Drawn:
    number = int(rng.integers(1, min(grammar.counts, (size - 1) // 2) + 1))
    left, constant, spent = size - 1, 0, 1
    if rng.random() < 0.5 and left > 2 * number:
        constant = int(rng.integers(1, grammar.constants + 1)) * (1 if rng.random() < 0.5 else -1)
        left, spent = left - 1, spent + 1
    factors = [int(rng.choice([1, -1])) for _ in range(number)]
    if number == 2 and rng.random() < 0.5 and left > 4:
        factor = int(rng.integers(2, grammar.coefficients + 1)) if grammar.coefficients > 1 else 1
        if left - (factor - 1) >= 4:
            factors[rng.integers(2)] *= factor
            left, spent = left - (factor - 1), spent + factor - 1
    terms = []
    for place, factor in enumerate(factors):
        most = left - 1 - 2 * (number - 1 - place)
        body = draw_formula(rng, letters, grammar, int(rng.integers(1, most + 1)), inner := other(at))
        left, spent = left - 1 - body.size, spent + 1 + body.size
        windows = ["", *(f", {inner} >= {at} - {c}" for c in grammar.windows)]
        window = windows[rng.integers(len(windows))]
        terms.append(f"{factor} * #[{inner} <= {at}{window}] ({body.text})")
    relation = ("<", "<=", "=", "!=", ">=", ">")[rng.integers(6)]
    return Drawn(f"({' + '.join(terms)} {relation} {constant})", spent)
