"""The regular languages of the published suite: Tomita's, Dyck of bounded depth, and the star languages."""

from collections.abc import Callable, Mapping
from functools import cache

from tasks.automaton import Automaton, automaton_label, regex_automaton, table_automaton
from tasks.paths import path_sampler
from tasks.published import published
from tasks.task import Encoding, Task, TheoryRecord
from tasks.theory import (
    BOTH,
    DECIDED,
    PAPER,
    WITHIN_STAR_FREE,
    both,
    counted,
    expressed,
    inexpressible,
    not_star_free,
)

BITS = ("0", "1")
SUITE = f"{PAPER}, formal-language suite"
TOMITA = f"Tomita 1982; {SUITE}"


def _regular(
    name: str,
    title: str,
    summary: str,
    build: Callable[[], Automaton],
    *,
    alphabet: tuple[str, ...],
    family: str,
    theory: Mapping[Encoding, TheoryRecord],
    source: str = SUITE,
) -> Task:
    """The task of a regular language; its automaton is built when first asked for."""
    build = cache(build)
    return Task(
        name=name,
        title=title,
        summary=summary,
        family=family,
        alphabet=alphabet,
        format="continuations",
        sample=path_sampler(name, alphabet, build),
        label=automaton_label(alphabet, build),
        theory=theory,
        program=name if theory["ape"].verdict == "generalizes" else None,
        published=published(name),
        source=source,
    )


# --- Tomita's languages -----------------------------------------------------------------------------------

TOMITA1 = _regular(
    "tomita1",
    "Tomita-1",
    """1*: any number of 1s and no 0.
1 1 -> 1 <eos>
1 0 -> """,
    lambda: regex_automaton("1*", BITS),
    alphabet=BITS,
    family="Star Free",
    theory=counted("tomita1"),
    source=TOMITA,
)

TOMITA2 = _regular(
    "tomita2",
    "Tomita-2",
    """(10)*: 1 and 0 in turn, beginning with 1 and ending with 0.
1 -> 0
1 0 -> 1 <eos>""",
    lambda: regex_automaton("(10)*", BITS),
    alphabet=BITS,
    family="Star Free",
    theory=counted("tomita2"),
    source=TOMITA,
)

TOMITA3 = _regular(
    "tomita3",
    "Tomita-3",
    """No maximal run of 1s of odd length is directly followed by a maximal run of 0s of odd length.
1 0 -> 0
1 0 0 -> 0 1 <eos>""",
    lambda: table_automaton(
        BITS,
        "even ones",  # or 0s that follow them: nothing is owed
        {
            "even ones": ("even ones", "odd ones"),
            "odd ones": ("odd zeros", "even ones"),
            "odd zeros": ("even zeros", None),  # these after an odd run of 1s
            "even zeros": ("odd zeros", "odd ones"),
        },
        {"even ones", "odd ones", "even zeros"},
    ),
    alphabet=BITS,
    family="Non Star Free",
    theory=both(
        ape=inexpressible(
            BOTH,
            "with letters read as blocks (a as 001100, b as 001001, e as 111111, each followed by enough 1s) it "
            "would tell which of a and b came last, and no C-RASP program does",
            f"{PAPER}, section 4 and Lemma 35, by a reduction to flip-flop over blocks of equal length",
        ),
        nope=not_star_free("1 0^k is a member exactly for even k"),
    ),
    source=TOMITA,
)

TOMITA4 = _regular(
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
    alphabet=BITS,
    family="Star Free",
    theory=both(
        ape=expressed("tomita4", "C-RASP[local]"),
        nope=inexpressible(
            "C-RASP",
            "at 00 one has to know whether the letter before was a 0, which without local counts is to know "
            "which of two blocks came last",
            f"{PAPER}, section 4; {DECIDED}",
        ),
    ),
    source=TOMITA,
)

TOMITA5 = _regular(
    "tomita5",
    "Tomita-5",
    """An even number of 0s and an even number of 1s.
0 1 -> 0 1
0 1 1 0 -> 0 1 <eos>""",
    lambda: table_automaton(
        BITS,
        "even even",  # the number of 0s, the number of 1s
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
            "with letters read as blocks of an even length K (a as 1 0^(K-1), e as 0^K) it would be a C-RASP "
            "program for parity, which is not star-free",
            f"{PAPER}, section 4, by a reduction over blocks of equal length; {WITHIN_STAR_FREE}",
        ),
        nope=not_star_free("0^k is a member exactly for even k"),
    ),
    source=TOMITA,
)

TOMITA6 = _regular(
    "tomita6",
    "Tomita-6",
    """The number of 0s less the number of 1s is a multiple of 3.
0 1 0 -> 0 1
0 0 0 1 1 1 -> 0 1 <eos>""",
    lambda: table_automaton(
        BITS,
        "0",  # the difference modulo 3
        {"0": ("1", "2"), "1": ("2", "0"), "2": ("0", "1")},
        {"0"},
    ),
    alphabet=BITS,
    family="Non Star Free",
    theory=both(
        ape=inexpressible(
            BOTH,
            "with letters read as blocks of a length K divisible by 3 (a as 1 0^(K-1), e as 0^K) it would be "
            "a C-RASP program for the number of a's modulo 3, which is not star-free",
            f"{PAPER}, section 4, by a reduction over blocks of equal length; {WITHIN_STAR_FREE}",
        ),
        nope=not_star_free("0^k is a member exactly for multiples k of 3"),
    ),
    source=TOMITA,
)

TOMITA7 = _regular(
    "tomita7",
    "Tomita-7",
    """0*1*0*1*: 0s, 1s, 0s and 1s, any number of each.
0 1 -> 0 1 <eos>
1 0 1 -> 1 <eos>""",
    lambda: regex_automaton("0*1*0*1*", BITS),
    alphabet=BITS,
    family="Star Free",
    theory=counted("tomita7"),
    source=TOMITA,
)


# --- Dyck of bounded depth --------------------------------------------------------------------------------

AB = ("a", "b")


def _bounded_dyck(depth: int) -> str:
    return f"(a{_bounded_dyck(depth - 1)}b)*" if depth else ""


def _d(depth: int, examples: str) -> Task:
    name = f"d_{depth}"
    return _regular(
        name,
        f"D-{depth}",
        f"Brackets a (opens) and b (closes), balanced, never deeper than {depth}: D_n = (a D_(n-1) b)*, "
        f"D_0 the empty word.\n{examples}",
        lambda: regex_automaton(_bounded_dyck(depth), AB),
        alphabet=AB,
        family="Star Free",
        theory=counted(name),
    )


D_2 = _d(2, "a a -> b\na b -> a <eos>")
D_3 = _d(3, "a a -> a b\na a a -> b")
D_4 = _d(4, "a a a -> a b\na a a a -> b")
D_12 = _d(12, "a a a a a a a a a a a a -> b\na a b b -> a <eos>")

# --- star languages ---------------------------------------------------------------------------------------

AA_STAR = _regular(
    "aa_star",
    "(aa)*",
    """(aa)*: a word of a's of even length.
a -> a
a a -> a <eos>""",
    lambda: regex_automaton("(aa)*", ("a",)),
    alphabet=("a",),
    family="Non Star Free",
    theory=both(
        ape=expressed("aa_star", "C-RASP[periodic]"),
        nope=not_star_free("a^k is a member exactly for even k"),
    ),
)

AAAA_STAR = _regular(
    "aaaa_star",
    "(aaaa)*",
    """(aaaa)*: a word of a's whose length is a multiple of four.
a a -> a
a a a a -> a <eos>""",
    lambda: regex_automaton("(aaaa)*", ("a",)),
    alphabet=("a",),
    family="Non Star Free",
    theory=both(
        ape=expressed("aaaa_star", "C-RASP[periodic]"),
        nope=not_star_free("a^k is a member exactly for multiples k of 4"),
    ),
)

ABAB_STAR = _regular(
    "abab_star",
    "(abab)*",
    """(abab)*: a and b in turn, ab an even number of times.
a b -> a
a b a b -> a <eos>""",
    lambda: regex_automaton("(abab)*", AB),
    alphabet=AB,
    family="Non Star Free",
    theory=both(
        ape=expressed("abab_star", "C-RASP[periodic]"),
        nope=not_star_free("(ab)^k is a member exactly for even k"),
    ),
)

AB_STAR_D_BC_STAR = _regular(
    "ab_star_d_bc_star",
    "{a,b}*d{b,c}*",
    """{a,b}*d{b,c}*: one d, after any a's and b's, before any b's and c's.
a b -> a b d
a d b -> b c <eos>""",
    lambda: regex_automaton("(a|b)*d(b|c)*", ("a", "b", "c", "d")),
    alphabet=("a", "b", "c", "d"),
    family="Star Free",
    theory=counted("ab_star_d_bc_star"),
)

AABBCCDDEE = _regular(
    "aabbccddee",
    "aa*bb*cc*dd*ee*",
    """aa*bb*cc*dd*ee*: a's, b's, c's, d's and e's in this order, at least one of each.
a a b -> b c
a b c d e -> e <eos>""",
    lambda: regex_automaton("aa*bb*cc*dd*ee*", ("a", "b", "c", "d", "e")),
    alphabet=("a", "b", "c", "d", "e"),
    family="Star Free",
    theory=counted("aabbccddee"),
)

ZOT_STAR_0_2_STAR = _regular(
    "012_star_0_2_star",
    "{0,1,2}*02*",
    """{0,1,2}*02*: the last letter that is not 2 is 0.
1 0 2 -> 0 1 2 <eos>
0 1 2 -> 0 1 2""",
    lambda: regex_automaton("(0|1|2)*02*", ("0", "1", "2")),
    alphabet=("0", "1", "2"),
    family="Star Free",
    theory=both(
        ape=inexpressible(
            BOTH,
            "the language is flip-flop, which asks for the last letter of two that came, anywhere before",
            f"{PAPER}, Lemma 35",
        ),
        nope=inexpressible(
            "C-RASP",
            "the language is flip-flop, and none exists even with periodic and local operations",
            f"{PAPER}, Lemma 35; {DECIDED}",
        ),
    ),
)
