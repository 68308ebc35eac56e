"""What a training leaves out of its words, as a person writes it: `a b; length % 3 = 1; run > 5`."""

import re
from dataclasses import dataclass

LONGEST_RUN_LETTERS = 10_000  # letters
MOST_PARTS = 20

LENGTH = re.compile(r"length\s*%\s*(\d{1,4})\s*=\s*(\d{1,4})")
RUN = re.compile(r"run\s*>\s*(\d{1,5})")


@dataclass(frozen=True)
class LeftOutWords:
    """Words in which a pair of letters stands side by side, whose length has a residue, or with a longer run.

    residues      each with its modulus; longest_run   the longest run of one letter that is kept
    """

    pairs: tuple[tuple[str, str], ...] = ()
    residues: tuple[tuple[int, int], ...] = ()
    longest_run: int | None = None


def read_left_out(text: str) -> LeftOutWords:
    """What the text leaves out; ValueError says what is none of the three forms."""
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
