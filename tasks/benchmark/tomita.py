"""Tomita's seven regular languages over 0 and 1."""

from tasks.benchmark.regular import SUITE, regular_task
from tasks.languages.automaton import regex_automaton, table_automaton
from tasks.theory import (
    BOTH,
    DECIDED,
    PAPER,
    WITHIN_STAR_FREE,
    both,
    by_counting,
    expressed,
    inexpressible,
    not_star_free,
)

BITS = ("0", "1")
TOMITA = f"Tomita 1982; {SUITE}"

TOMITA1 = regular_task(
    "tomita1",
    "Tomita-1",
    """1*: any number of 1s and no 0.
1 1 -> 1 <eos>
1 0 -> """,
    lambda: regex_automaton("1*", BITS),
    near="1*01*",
    alphabet=BITS,
    family="Star Free",
    theory=by_counting("tomita1"),
    source=TOMITA,
)

TOMITA2 = regular_task(
    "tomita2",
    "Tomita-2",
    """(10)*: 1 and 0 in turn, beginning with 1 and ending with 0.
1 -> 0
1 0 -> 1 <eos>""",
    lambda: regex_automaton("(10)*", BITS),
    near="(10)*01(10)*|(01)*|(10)*11(10)*|(10)*00(10)*",
    alphabet=BITS,
    family="Star Free",
    theory=by_counting("tomita2"),
    source=TOMITA,
)

TOMITA3 = regular_task(
    "tomita3",
    "Tomita-3",
    """No maximal run of 1s of odd length is directly followed by a maximal run of 0s of odd length.
1 0 -> 0
1 0 0 -> 0 1 <eos>""",
    lambda: table_automaton(
        BITS,
        "even ones",  # the last maximal run of 1s is even, or there is none
        {
            "even ones": ("even ones", "odd ones"),
            "odd ones": ("odd zeros", "even ones"),
            "odd zeros": ("even zeros", None),  # this run of 0s follows an odd run of 1s, and so must become even
            "even zeros": ("odd zeros", "odd ones"),
        },
        {"even ones", "odd ones", "even zeros"},
    ),
    alphabet=BITS,
    family="Non Star Free",
    theory=both(
        ape=inexpressible(
            BOTH,
            "with each letter read as a block (a as 001100, b as 001001, e as 111111, each followed by enough 1s), "
            "such a program would give a C-RASP program that tells which of a and b came last, and there is none",
            f"{PAPER}, section 4 and Lemma 35, by a reduction to flip-flop over blocks of equal length",
        ),
        nope=not_star_free("1 0^k is a member exactly for even k"),
    ),
    source=TOMITA,
)

TOMITA4 = regular_task(
    "tomita4",
    "Tomita-4",
    """No three 0s in a row.
1 0 0 -> 1 <eos>
0 1 0 -> 0 1 <eos>""",
    lambda: table_automaton(
        BITS,
        "no zero",
        {
            "no zero": ("one zero", "no zero"),
            "one zero": ("two zeros", "no zero"),
            "two zeros": (None, "no zero"),
        },
        {"no zero", "one zero", "two zeros"},
    ),
    near="(1|01|001)*000|(1|01|001)*0001(1|01|001)*(0|00)?",
    alphabet=BITS,
    family="Star Free",
    theory=both(
        ape=expressed("tomita4", "C-RASP[local]"),
        nope=inexpressible(
            "C-RASP",
            "at 00 a program has to know whether the letter before was a 0; without local counts it would have to know "
            "which of two blocks came last",
            f"{PAPER}, section 4; {DECIDED}",
        ),
    ),
    source=TOMITA,
)

TOMITA5 = regular_task(
    "tomita5",
    "Tomita-5",
    """An even number of 0s and an even number of 1s.
0 1 -> 0 1
0 1 1 0 -> 0 1 <eos>""",
    lambda: table_automaton(
        BITS,
        "even even",  # parity of the number of 0s, then of the number of 1s
        {
            "even even": ("odd even", "even odd"),
            "odd even": ("even even", "odd odd"),
            "even odd": ("odd odd", "even even"),
            "odd odd": ("even odd", "odd even"),
        },
        {"even even"},
    ),
    alphabet=BITS,
    family="Non Star Free",
    theory=both(
        ape=inexpressible(
            BOTH,
            "with each letter read as a block of an even length K (a as 1 0^(K-1), e as 0^K), such a program would "
            "give a C-RASP program for parity, which is not star-free",
            f"{PAPER}, section 4, by a reduction over blocks of equal length; {WITHIN_STAR_FREE}",
        ),
        nope=not_star_free("0^k is a member exactly for even k"),
    ),
    source=TOMITA,
)

TOMITA6 = regular_task(
    "tomita6",
    "Tomita-6",
    """The number of 0s less the number of 1s is a multiple of 3.
0 1 0 -> 0 1
0 0 0 1 1 1 -> 0 1 <eos>""",
    lambda: table_automaton(
        BITS,
        "0",  # the number of 0s less the number of 1s, modulo 3
        {"0": ("1", "2"), "1": ("2", "0"), "2": ("0", "1")},
        {"0"},
    ),
    alphabet=BITS,
    family="Non Star Free",
    theory=both(
        ape=inexpressible(
            BOTH,
            "with each letter read as a block of a length K divisible by 3 (a as 1 0^(K-1), e as 0^K), such a program "
            "would give a C-RASP program for the number of a's modulo 3, which is not star-free",
            f"{PAPER}, section 4, by a reduction over blocks of equal length; {WITHIN_STAR_FREE}",
        ),
        nope=not_star_free("0^k is a member exactly for multiples k of 3"),
    ),
    source=TOMITA,
)

TOMITA7 = regular_task(
    "tomita7",
    "Tomita-7",
    """0*1*0*1*: 0s, 1s, 0s and 1s, any number of each.
0 1 -> 0 1 <eos>
1 0 1 -> 1 <eos>""",
    lambda: regex_automaton("0*1*0*1*", BITS),
    near="0*1*0*1*0*|0*1*0*1*01*",
    alphabet=BITS,
    family="Star Free",
    theory=by_counting("tomita7"),
    source=TOMITA,
)
