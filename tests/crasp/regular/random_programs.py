"""Random small programs of a family over given letters, as text."""

import random

from crasp.regular.families.family import Family
from crasp.spelling import spell_token


def random_program(rng: random.Random, alphabet: tuple[str, ...], family: Family) -> str:
    """A program with up to three levels of counting, numbers up to 3, moduli to 4, look-back to 3."""
    lines = [f"alphabet {' '.join(map(spell_token, alphabet))}"]
    booleans = [f'Q["{letter}"]({{0}})' for letter in alphabet]
    if family in ("periodic", "periodic_local"):
        for _ in range(2):
            modulus = rng.randint(2, 4)
            booleans.append(f"{{0}} % {modulus} = {rng.randrange(modulus)}")
    for level in range(rng.randint(1, 3)):
        fresh = []
        if family in ("local", "periodic_local"):
            for number in range(2):
                lag = rng.randint(1, 3)
                name = f"back_{level}_{number}"
                lines.append(f"{name}(i) := #[j <= i, j = i - {lag}] ({_body(rng, booleans, 'j')}) = 1")
                fresh.append(f"{name}({{0}})")
        for number in range(3):
            terms = [_term(rng, booleans) for _ in range(rng.randint(1, 3))]
            name = f"p_{level}_{number}"
            relation = rng.choice(("<", "<=", "=", "!=", ">=", ">"))
            lines.append(f"{name}(i) := 0 {' '.join(terms)} {relation} {rng.randint(0, 3)}")
            fresh.append(f"{name}({{0}})")
        booleans += fresh
    return "\n".join([*lines, f"accept(i) := {_body(rng, booleans[-4:] + booleans[:3], 'i')}"]) + "\n"


def _term(rng: random.Random, booleans: list[str]) -> str:
    bound = rng.choice(("<", "<="))
    return f"{rng.choice('+-')} {rng.randint(1, 3)} * #[j {bound} i] ({_body(rng, booleans, 'j')})"


def _body(rng: random.Random, booleans: list[str], position: str) -> str:
    chosen = [rng.choice(("", "not ")) + f"({rng.choice(booleans).format(position)})" for _ in range(rng.randint(1, 3))]
    return rng.choice((" and ", " or ")).join(chosen)
