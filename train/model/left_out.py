"""The words that a training leaves out, as a user writes them: `a b; length % 3 = 1; run > 5`."""

import re
from dataclasses import dataclass

LONGEST_RUN_LETTERS = 10_000  # the largest number that may follow `run >`
MOST_PARTS = 20

LENGTH = re.compile(r"length\s*%\s*(\d{1,4})\s*=\s*(\d{1,4})")
RUN = re.compile(r"run\s*>\s*(\d{1,5})")


@dataclass(frozen=True)
class LeftOutWords:
    """Conditions on words; a word is left out if it meets one of them.

    Attributes:
        pairs: A word meets this if the two letters of a pair occur in it side by side, in this order.
        residues: (residue, modulus); a word meets this if its length has the residue.
        longest_run: A word meets this if it has a longer run of one letter; None for no such condition.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    residues: tuple[tuple[int, int], ...] = ()
    longest_run: int | None = None


def read_left_out(text: str) -> LeftOutWords:
    """Return the conditions that the text names, which are separated by semicolons.

    Raises:
        ValueError: A part has none of the three forms; the message names it.
    """
    pairs, residues, runs = [], [], []
    parts = [part.strip() for part in text.split(";")]
    if len(parts) > MOST_PARTS:
        raise ValueError(f"expected at most {MOST_PARTS} parts, found {len(parts)}")
    for part in parts:
        letters = part.split()
        if found := LENGTH.fullmatch(part):
            modulus, residue = int(found[1]), int(found[2])
            if not residue < modulus:
                raise ValueError(f"{part!r}: expected a residue smaller than {modulus}")
            residues.append((residue, modulus))
        elif found := RUN.fullmatch(part):
            runs.append(int(found[1]))
            if not 1 <= runs[-1] <= LONGEST_RUN_LETTERS:
                raise ValueError(f"{part!r}: expected a number from 1 to {LONGEST_RUN_LETTERS:,}")
        elif len(letters) == 2:
            pairs.append((letters[0], letters[1]))
        else:
            raise ValueError(f"expected a pair of letters as `a b`, `length % 3 = 1` or `run > 5`, found {part!r}")
    return LeftOutWords(tuple(pairs), tuple(residues), min(runs, default=None))
