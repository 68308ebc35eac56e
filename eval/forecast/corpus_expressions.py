"""Random regular expressions over two to four letters; each seed always gives the same expression."""

import random
from collections.abc import Callable
from typing import Final

LETTERS: Final = "abcd"


def expression_of_seed(seed: int) -> tuple[str, str]:
    """The expression of this seed, and its letters as one string."""
    rng = random.Random(f"corpus/1/{seed}")
    letters = LETTERS[: rng.choice((2, 2, 3, 4))]
    shape = rng.choice(SHAPES)
    return shape(rng, letters), letters


def _word(rng: random.Random, letters: str, length: int) -> str:
    """A word of places, each of which is a letter, any letter, or one of two letters."""
    return "".join(_place(rng, letters) for _ in range(length))


def _place(rng: random.Random, letters: str) -> str:
    chance = rng.random()
    if chance < 0.1:
        return "."
    if chance < 0.2 and len(letters) > 2:
        return f"[{''.join(sorted(rng.sample(letters, 2)))}]"
    return rng.choice(letters)


def _blocks(rng: random.Random, letters: str, lengths: list[int]) -> str:
    """A star over words of these lengths."""
    return f"({'|'.join(_word(rng, letters, length) for length in lengths)})*"


def _rows(rng: random.Random, letters: str) -> str:
    """Words in a row, most of them repeated, such as (ab)*c*aa."""
    parts = []
    for _ in range(rng.randint(2, 4)):
        word = _word(rng, letters, rng.randint(1, 3))
        parts.append(f"({word}){rng.choice('**+?')}" if rng.random() < 0.7 else word)
    return "".join(parts)


def _stars(rng: random.Random, letters: str) -> str:
    """A star over words of various lengths, sometimes followed by words in a row."""
    star = _blocks(rng, letters, [rng.randint(1, 4) for _ in range(rng.randint(2, 3))])
    return star + (_rows(rng, letters) if rng.random() < 0.3 else "")


def _even_blocks(rng: random.Random, letters: str) -> str:
    """A star over words of one length, so that positions modulo that length may matter."""
    length = rng.randint(2, 4)
    star = _blocks(rng, letters, [length] * rng.randint(1, 3))
    return star + (_word(rng, letters, rng.randint(1, 2)) if rng.random() < 0.3 else "")


def _ends(rng: random.Random, letters: str) -> str:
    """The words that begin or end with a given word, or contain it."""
    word = _word(rng, letters, rng.randint(2, 4))
    return rng.choice((f".*{word}", f".*{word}.*", f"{word}.*", f".*{word}{_blocks(rng, letters, [1, 2])}"))


def _ends_at_a_multiple(rng: random.Random, letters: str) -> str:
    """The words in which a given word stands at a multiple of its length, or which end in repetitions of it."""
    length = rng.randint(2, 3)
    word = _word(rng, letters, length)
    other = _word(rng, letters, rng.randint(1, 2))
    return rng.choice(
        (f"({'.' * length})*{word}", f"({'.' * length})*{word}(.{{{length}}})*", f"(.*{other})?({word})*")
    )


def _nested(rng: random.Random, letters: str, depth: int = 3) -> str:
    """An expression of nested unions, concatenations and stars."""
    if depth == 0:
        return _word(rng, letters, rng.randint(1, 2))
    left, right = (_nested(rng, letters, depth - 1) for _ in range(2))
    return rng.choice((f"({left}|{right})", f"{left}{right}", f"({left})*{right}", f"({left}|{right})*"))


SHAPES: Final[tuple[Callable[[random.Random, str], str], ...]] = (
    _rows,
    _stars,
    _even_blocks,
    _even_blocks,
    _ends,
    _ends_at_a_multiple,
    _nested,
)
