"""Lengths found by enumeration, with the CPU time that each takes: `make bench-training-length`.

First come discrimination lengths of classes of programs. Then come the lengths N for which words to length N stand for
all longer words.
"""

import time
from fractions import Fraction

import numpy as np

from benchmarks.representative_words import (
    pair_length,
    pair_upper_bound,
    pair_words,
    representative_length,
    untied_length,
)
from crasp.lengths.discrimination import discrimination_length
from crasp.lengths.window_classes import window_discrimination
from crasp.lengths.window_counts import Counting

CLASSES = (
    *((2, largest, 1) for largest in range(1, 9)),
    *((3, largest, 1) for largest in range(1, 6)),
    *((2, largest, 2) for largest in range(1, 5)),
)
WINDOWS = {
    "letters by parity": (Counting(2, period=2, ending=2), 3),
    "letters by parity, length mod 4": (Counting(2, period=2, ending=4), 2),
    "letters mod 3": (Counting(2, period=3, ending=3), 1),
    "letters mod 4": (Counting(2, period=4, ending=4), 1),
    "pairs": (Counting(2, size=2), 3),
    "pairs, last letter": (Counting(2, size=2, last=1), 3),
    "pairs by parity": (Counting(2, size=2, period=2, ending=2), 1),
    "triples": (Counting(2, size=3), 1),
    "triples, last two letters": (Counting(2, size=3, last=2), 1),
}  # over two letters: what is counted and which end decides, with the largest coefficient that is tried
LONGEST = {1: 240, 2: 120, 3: 75, 4: 48}  # for each period, the longest words that are looked at
INVERSES = (10, 20, 40, 80)  # one over eps
NEARLY_ONE = Fraction(10**6 - 1, 10**6)
TABLES = 20  # random tables of logits of each size


def main() -> None:
    print_classes()
    print_windows()
    print_one_pattern()
    print_pairs()
    print_untied()


def print_classes() -> None:
    print("letters  coefficients  thresholds  length  programs  different  CPU s")
    for letters, largest, conjuncts in CLASSES:
        begun = time.process_time()
        found = discrimination_length(letters, largest, conjuncts=conjuncts)
        seconds = time.process_time() - begun
        print(
            f"{letters:7}  {f'-{largest}..{largest}':>12}  {conjuncts:10}  {found.length:6}  "
            f"{found.programs:8,}  {found.different:9,}  {seconds:5.2f}"
        )


def print_windows() -> None:
    print("\ncounts of (two letters)            coefficients  length  thresholds  CPU s")
    for name, (counting, most) in WINDOWS.items():
        for largest in range(1, most + 1):
            begun = time.process_time()
            found = window_discrimination(counting, largest)
            seconds = time.process_time() - begun
            print(
                f"{name:33}  {f'-{largest}..{largest}':>12}  {found.length:6}  {found.thresholds:10,}  {seconds:5.2f}"
            )


def print_one_pattern() -> None:
    print("\none residue class, eps = 1/10: period  words to  length  CPU s")
    for period, longest in LONGEST.items():
        begun = time.process_time()
        found = representative_length(period, 1 % period, eps=0.1, longest=longest)
        print(f"{period:38}  {longest:8}  {found:6}  {time.process_time() - begun:5.2f}")


def print_pairs() -> None:
    """Print lengths for two patterns.

    Each length is a lower bound from one word and an upper bound for all words; it is `exact` if the two agree.
    """
    print("\ntwo patterns, letters 1, 2 and 2, 3: eps  shared letter at least  length  standing  CPU s")
    for inverse in INVERSES:
        eps = Fraction(1, inverse)
        for scarcest, parts, shown in ((eps / 4, 4, "eps / 4"), (Fraction(0), 1, "none")):
            begun = time.process_time()
            above = eps / NEARLY_ONE  # just above eps, so that a stand-in must have the letter 1
            found = pair_length([(above, 1 - (scarcest or eps * (1 - NEARLY_ONE)))], eps=eps).length
            bound = pair_upper_bound(eps=eps, parts=parts, scarcest=scarcest)
            standing = "exact" if bound == found else f"to {bound}"
            seconds = time.process_time() - begun
            print(f"{f'1/{inverse}':>39}  {shown:>22}  {found:6}  {standing:>8}  {seconds:5.2f}")
    print("\nthe same, eps = 1/10, all words to: length  length  CPU s")
    for longest in (20, 40, 80):
        begun = time.process_time()
        found = pair_length(pair_words(longest), eps=Fraction(1, 10)).length
        print(f"{longest:42}  {found:6}  {time.process_time() - begun:5.2f}")


def print_untied() -> None:
    print(
        f"\n{TABLES} random tables of logits without ties, words to 4 periods: period  letters  eps  least - greatest"
    )
    for period in (1, 2, 3, 5):
        for letters in (2, 4):
            rngs = [np.random.default_rng(seed) for seed in range(TABLES)]
            shape = (period, letters)
            tables = [(rng.normal(size=(*shape, *shape)), rng.normal(size=shape)) for rng in rngs]
            for eps in (0.3, 0.01, 1e-9):
                found = [untied_length(*each, eps=eps, longest=4 * period) for each in tables]
                print(f"{period:72}  {letters:7}  {eps:5.0e}  {min(found):5} - {max(found)}")


if __name__ == "__main__":
    main()
